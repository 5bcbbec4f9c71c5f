#include "engine/session.hpp"

#include <catch2/catch.hpp>

#include "tests/support/test_agents.hpp"

namespace reprise {
namespace {

using namespace test;

TEST_CASE("a session hands each input over when it falls due") {
  const Catalog catalog = test_catalog();
  const auto fed = meadow(catalog);
  ListedInputs inputs(meadow_inputs());
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
  ListedInputs none({});
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
    ListedInputs stop({input_at(15ms, world_id, Stop{})});
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
    ListedInputs one({input_at(5ms, AgentId{1}, Note{1})});
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

TEST_CASE("an edit is applied after its step and before the next") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  ListedInputs edits({edit_after(10, SetField{"walker[0]", "place", "500"}),
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
  ListedInputs inputs(meadow_inputs());
  Session(*whole, inputs).run({.until = Time(500ms)});
  const auto pieces = meadow(catalog);
  ListedInputs again(meadow_inputs());
  Session session(*pieces, again);
  for (int i = 1; i <= 50; ++i) session.run({.until = Time(10ms * i)});
  CHECK(pieces->prefix() == whole->prefix());
  CHECK(pieces->state_root() == whole->state_root());
}

}  // namespace
}  // namespace reprise
