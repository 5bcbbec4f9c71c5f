#include "engine/session.hpp"

#include <catch2/catch.hpp>

#include "tests/support/test_agents.hpp"

namespace reprise {
namespace {

using namespace test;

TEST_CASE("a session hands each input over when it falls due") {
  const Catalog catalog = test_catalog();
  const auto fed = meadow(catalog);
  InputList inputs(meadow_inputs());
  Session session(*fed, inputs);
  const auto injected = meadow(catalog);
  for (Input& input : meadow_inputs()) injected->inject(std::move(input));
  CHECK(session.run({.until = Time(1s)}) == RunEnd::until);
  injected->run_until(Time(1s));
  CHECK(fed->prefix() == injected->prefix());
  CHECK(fed->state_root() == injected->state_root());
  CHECK(session.exhausted());
}

TEST_CASE("a run ends at its time or its step or when it is told to or when nothing is left") {
  const Catalog catalog = test_catalog();
  InputList none;
  SECTION("time") {
    const auto world = meadow(catalog);
    CHECK(Session(*world, none).run({.until = Time(20ms)}) == RunEnd::until);
    CHECK(world->now() == Time(20ms));
  }
  SECTION("step") {
    const auto world = meadow(catalog);
    CHECK(Session(*world, none).run({.steps = 33}) == RunEnd::steps);
    CHECK(world->steps() == 33);
  }
  SECTION("stop") {
    const auto world = meadow(catalog);
    InputList stop({input_at(15ms, world_id, Stop{})});
    CHECK(Session(*world, stop).run({}) == RunEnd::stopped);
    CHECK(world->now() == Time(15ms));
  }
  SECTION("interrupt") {
    const auto world = meadow(catalog);
    int asked = 0;
    CHECK(Session(*world, none).run({}, [&] { return ++asked == 3; }) == RunEnd::interrupted);
    CHECK(world->steps() > 0);
  }
  SECTION("nothing left") {
    Simulation world(catalog, 1);
    world.add("listener", Listener{});
    InputList one({input_at(5ms, AgentId{1}, Note{1})});
    CHECK(Session(world, one).run({}) == RunEnd::drained);
    CHECK(world.now() == Time(5ms));
  }
  SECTION("nothing left before a time") {
    Simulation world(catalog, 1);
    world.add("listener", Listener{});
    CHECK(Session(world, none).run({.until = Time(9ms)}) == RunEnd::drained);
    CHECK(world.now() == Time(9ms));
  }
}

/// Ends the world after one of its steps.
struct Ender final : Observer {
  Simulation& world;
  Step last;

  Ender(Simulation& ended, Step step) : world(ended), last(step) { world.observe(*this); }
  ~Ender() override { world.forget(*this); }

  bool wants_deliveries() const override { return true; }
  bool wants_checkpoints() const override { return false; }
  void on_delivery(const Delivery& delivery) override {
    if (delivery.step == last) world.end();
  }
};

TEST_CASE("an observer that ends the world ends the run after that very step") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  const Ender ender(*world, 77);
  InputList inputs(meadow_inputs());
  Session session(*world, inputs);
  CHECK(session.run({.until = Time(1s)}) == RunEnd::violated);
  CHECK(world->steps() == 77);
  CHECK_FALSE(world->stopped());
  CHECK(session.run({.until = Time(1s)}) == RunEnd::violated);
  CHECK_FALSE(session.advance(100, Time(1s)));
  world->run(Time(1s));
  world->run_until(Time(1s));
  CHECK(world->steps() == 77);
}

TEST_CASE("that an observer ended the world is no part of its state") {
  const Catalog catalog = test_catalog();
  const auto ended = meadow(catalog);
  const auto going = meadow(catalog);
  {
    const Ender ender(*ended, 20);
    ended->run(Time(1s));
  }
  going->run(Time(1s), 20);
  CHECK(ended->state_root() == going->state_root());
  CHECK(saved(*ended) == saved(*going));
  CHECK_FALSE(ended->copy()->ended());
  const Bytes bytes = saved(*ended);
  Decoder in(bytes);
  ended->restore(in);
  CHECK_FALSE(ended->ended());
}

TEST_CASE("a world that was told to stop has ended and so has what is made of it") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  InputList stop({input_at(15ms, world_id, Stop{})});
  Session(*world, stop).run({});
  CHECK(world->ended());
  CHECK(world->copy()->ended());
  const Bytes bytes = saved(*world);
  const auto other = meadow(catalog);
  Decoder in(bytes);
  other->restore(in);
  CHECK(other->ended());
}

TEST_CASE("an edit is applied after its step and before the next") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  InputList edits({edit_after(10, SetField{"walker[0]", "place", "500"}),
                   edit_after(10, SetField{"walker[1]", "place", "600"})});
  Session session(*world, edits);
  session.run({.steps = 10});
  CHECK(world->agent<Walker>(AgentId{1})->place == 500);
  CHECK(world->agent<Walker>(AgentId{2})->place == 600);
  CHECK(session.exhausted());
}

TEST_CASE("a run in pieces is the run in one") {
  const Catalog catalog = test_catalog();
  const auto whole = meadow(catalog);
  InputList inputs(meadow_inputs());
  Session(*whole, inputs).run({.until = Time(500ms)});
  const auto pieces = meadow(catalog);
  InputList again(meadow_inputs());
  Session session(*pieces, again);
  for (int i = 1; i <= 50; ++i) session.run({.until = Time(10ms * i)});
  CHECK(pieces->prefix() == whole->prefix());
  CHECK(pieces->state_root() == whole->state_root());
}

}  // namespace
}  // namespace reprise
