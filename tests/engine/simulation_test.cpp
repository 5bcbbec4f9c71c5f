#include "engine/simulation.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "engine/session.hpp"
#include "tests/support/test_agents.hpp"

namespace reprise {
namespace {

using namespace test;
using Catch::Matchers::Contains;

/// Sends three notes to the listener, with and without delay, in one call.
struct Chatter {
  using Handles = Messages<Start>;

  std::int64_t first = 0;
  REPRISE_FIELDS(first)

  void on(const Start&, Context& world) {
    const AgentId listener = world.find("listener");
    world.send(listener, Note{first + 2}, 2ms);
    world.send(listener, Note{first});
    world.send(listener, Note{first + 1}, 1ms);
  }
};

/// Passes a note on without delay, for ever.
struct Echo {
  using Handles = Messages<Note>;

  AgentId peer{};
  REPRISE_FIELDS(peer)

  void on(const Note& note, Context& world) { world.send(peer, note); }
};

struct Deaf {
  using Handles = Messages<>;
  REPRISE_FIELDS()
};

struct Wrong {
  using Handles = Messages<Start, Tick>;
  std::int64_t how = 0;
  REPRISE_FIELDS(how)
  void on(const Start&, Context& world) {
    if (how == 0) world.send(world.find("deaf"), Note{1});
    if (how == 1) world.send(world_id, Note{1});
    if (how == 2) world.send(AgentId{99}, Note{1});
    if (how == 3) world.wake(-1ns, Tick{});
    if (how == 4) world.wake(Duration::max(), Tick{});
    if (how == 5) world.find("deef");
    if (how == 6) world.spawn(Lamb{});
    if (how == 7) throw 7;
    if (how == 4) world.wake(1ns, Tick{});
  }
  void on(const Tick&, Context& world) { world.wake(Duration::max(), Tick{}); }
};

Catalog wide_catalog() {
  Catalog catalog = test_catalog();
  catalog.add<Chatter>("chatter").add<Echo>("echo").add<Deaf>("deaf").add<Wrong>("wrong");
  return catalog;
}

struct Watcher : Observer {
  std::vector<Checkpoint> checkpoints;
  std::vector<std::size_t> trails;
  std::vector<Step> inputs;
  std::vector<bool> dropped;
  std::vector<EventKey> keys;
  void on_input(const Input&, Step step) override { inputs.push_back(step); }
  bool wants_deliveries() const override { return true; }
  void on_delivery(const Delivery& delivery) override {
    dropped.push_back(delivery.dropped);
    keys.push_back(delivery.event.key);
  }
  void on_checkpoint(const Checkpoint& checkpoint) override {
    checkpoints.push_back(checkpoint);
    trails.push_back(checkpoint.trail.size());
  }
};

TEST_CASE("an event without delay comes after its cause and before later ones") {
  const Catalog catalog = wide_catalog();
  Simulation world(catalog, 1);
  world.add("chatter", Chatter{10});
  const AgentId listener = world.add("listener", Listener{});
  world.run_until(Time(1s));
  CHECK(world.agent<Listener>(listener)->heard == std::vector<std::int64_t>{10, 11, 12});
  CHECK(world.agent<Listener>(listener)->at == std::vector<std::int64_t>{0, 1'000'000, 2'000'000});
  CHECK(world.steps() == 4);
  CHECK(world.now() == Time(1s));
}

TEST_CASE("at the same instant senders go in the order of their declaration") {
  const Catalog catalog = wide_catalog();
  Simulation world(catalog, 1);
  world.add("a", Chatter{100});
  const AgentId listener = world.add("listener", Listener{});
  world.add("b", Chatter{200});
  world.run_until(Time(1s));
  CHECK(world.agent<Listener>(listener)->heard ==
        std::vector<std::int64_t>{100, 200, 101, 201, 102, 202});
}

TEST_CASE("an input goes before what agents sent for the same instant") {
  const Catalog catalog = wide_catalog();
  Simulation world(catalog, 1);
  world.add("chatter", Chatter{10});
  const AgentId listener = world.add("listener", Listener{});
  world.inject(input_at(1ms, listener, Note{-1}));
  world.inject(input_at(1ms, listener, Note{-2}));
  world.run_until(Time(1s));
  CHECK(world.agent<Listener>(listener)->heard == std::vector<std::int64_t>{10, -1, -2, 11, 12});
  CHECK(world.agent<Listener>(listener)->from[1] == world_id);
}

TEST_CASE("every delivered key is greater than the one before") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  Watcher watcher;
  world->observe(watcher);
  for (Input& input : meadow_inputs()) world->inject(std::move(input));
  world->run_until(Time(2s));
  REQUIRE(watcher.keys.size() == world->steps());
  CHECK(std::ranges::is_sorted(watcher.keys));
  CHECK(std::ranges::adjacent_find(watcher.keys) == watcher.keys.end());
}

TEST_CASE("the same world run twice has the same digests at every step") {
  const Catalog catalog = test_catalog();
  const auto a = meadow(catalog);
  const auto b = meadow(catalog);
  for (int i = 0; i < 500; ++i) {
    REQUIRE(a->step());
    REQUIRE(b->step());
    REQUIRE(a->prefix() == b->prefix());
    REQUIRE(a->state_root() == b->state_root());
  }
}

TEST_CASE("another seed is another history") {
  const Catalog catalog = test_catalog();
  const auto a = meadow(catalog, 1);
  const auto b = meadow(catalog, 2);
  a->run_until(Time(1s));
  b->run_until(Time(1s));
  CHECK(a->prefix() != b->prefix());
  CHECK(a->state_root() != b->state_root());
}

TEST_CASE("the digests of a known world are what they were") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog, 42);
  CHECK(to_string(world->state_root()) == "c8057b6b1c3eda303ca03f72d764d461");
  for (Input& input : meadow_inputs()) world->inject(std::move(input));
  world->run_until(Time(1s));
  CHECK(world->steps() == 1665);
  CHECK(to_string(world->prefix()) == "24a0eb57101e9be94d0540391965fdc3");
  CHECK(to_string(world->state_root()) == "ba5f838defc0c734dbad1b2cb211cbec");
}

TEST_CASE("an input that waits is no part of the state") {
  const Catalog catalog = test_catalog();
  const auto a = meadow(catalog);
  const auto b = meadow(catalog);
  for (int i = 0; i < 20; ++i) a->step();
  for (int i = 0; i < 20; ++i) b->step();
  b->inject(input_at(10s, AgentId{6}, Note{1}));
  CHECK(a->state_root() == b->state_root());
  CHECK(b->waiting_inputs() == 1);
}

TEST_CASE("anything that decides the future moves the state root") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  world->run_until(Time(50ms));
  const Digest before = world->state_root();
  SECTION("the clock") {
    CHECK(world->stand_at(Time(50ms + 1ns)));
  }
  SECTION("a field") {
    world->edit(edit_after(world->steps(), SetField{"walker[2]", "place", "77"}));
  }
  SECTION("a stream") {
    world->edit(edit_after(world->steps(), Reseed{"walker[2]", 5}));
  }
  SECTION("all streams") {
    world->edit(edit_after(world->steps(), Reseed{"", 5}));
  }
  SECTION("a stop") {
    world->edit(edit_after(world->steps(), Stop{}));
  }
  SECTION("a step") {
    world->step();
  }
  CHECK(world->state_root() != before);
}

TEST_CASE("an agent taken out of the scenario leaves the draws of the others alone") {
  const Catalog catalog = test_catalog();
  Simulation both(catalog, 3);
  both.add("other", Walker{.options = {.peer = "other"}});
  const AgentId one = both.add("one", Walker{.options = {.peer = "one"}});
  Simulation alone(catalog, 3);
  const AgentId same = alone.add("one", Walker{.options = {.peer = "one"}});
  both.run_until(Time(1s));
  alone.run_until(Time(1s));
  CHECK(both.agent<Walker>(one)->visited == alone.agent<Walker>(same)->visited);
  CHECK(both.agent<Walker>(one)->place == alone.agent<Walker>(same)->place);
}

TEST_CASE("newborn agents have names and streams of their own and start at once") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  world->run_until(Time(30ms));
  const std::optional<AgentId> second = world->find("sheep/1");
  REQUIRE(second);
  CHECK(number(*second) > 7);
  CHECK(world->name_of(*second) == "sheep/1");
  CHECK_FALSE(world->find("sheep/99"));
  CHECK_FALSE(world->find("sheep/x"));
}

TEST_CASE("what is sent to a retired agent is a step and is marked as dropped") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  Watcher watcher;
  world->observe(watcher);
  world->run_until(Time(300ms));
  const AgentId first = *world->find("sheep/0");
  CHECK(world->retired(first));
  CHECK(world->view(first).is_null());
  CHECK(std::ranges::count(watcher.dropped, true) > 0);
  CHECK(watcher.dropped.size() == world->steps());
}

TEST_CASE("a handler that throws ends the run before that step") {
  const Catalog catalog = test_catalog();
  Simulation world(catalog, 1);
  const AgentId fragile = world.add("fragile", Fragile{});
  world.inject(input_at(1ms, fragile, Note{1}));
  world.inject(input_at(2ms, fragile, Note{-1}));
  REQUIRE(world.step());
  const Digest prefix = world.prefix();
  try {
    world.step();
    FAIL("it did not throw");
  } catch (const AgentFailure& failure) {
    CHECK(failure.step == 2);
    CHECK(failure.agent == "fragile");
    CHECK(failure.kind == "test.note");
    CHECK(failure.reason == "check failed: a negative number hurts");
    CHECK(std::string(failure.what()) ==
          "step 2: fragile failed on test.note: check failed: a negative number hurts");
  }
  CHECK(world.steps() == 1);
  CHECK(world.prefix() == prefix);
}

TEST_CASE("what an agent does wrong ends the run with a message that names it") {
  const Catalog catalog = wide_catalog();
  const std::vector<std::string> reasons = {
      "wrong sent it test.note, which it does not listen to; deaf handles",
      "it sent test.note to agent 0, who is nobody",
      "it sent test.note to agent 99, who is nobody",
      "it sent test.tick with a delay of -1ns; a delay is 0 or more and ends within the clock",
      "it sent test.tick with a delay of",
      "there is no agent 'deef'; did you mean 'deaf'?",
      "it gave birth to a kind that its Spawns does not name",
      "it threw something that is no std::exception",
  };
  for (std::size_t how = 0; how < reasons.size(); ++how) {
    Simulation world(catalog, 1);
    world.add("wrong", Wrong{static_cast<std::int64_t>(how)});
    world.add("deaf", Deaf{});
    CHECK_THROWS_WITH(world.run_until(Time(1s)), Contains(reasons[how]));
  }
}

TEST_CASE("a livelock ends the run and names the agents") {
  const Catalog catalog = wide_catalog();
  Simulation world(catalog, 1);
  const AgentId a = world.add("ping", Echo{AgentId{2}});
  world.add("pong", Echo{AgentId{1}});
  world.inject(input_at(3ms, a, Note{1}));
  CHECK_THROWS_WITH(world.run_until(Time(1s)), Contains("livelock: 1000000 messages in a row") &&
                                                   Contains("3ms") && Contains("ping") &&
                                                   Contains("pong"));
  CHECK(world.steps() == hop_max);
}

TEST_CASE("an input that cannot be delivered is refused at the door") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  world->run_until(Time(10ms));
  CHECK_THROWS_WITH(world->inject(input_at(5ms, AgentId{6}, Note{1})),
                    "an input of kind test.note is for 5ms, but the world already stands at 10ms");
  CHECK_THROWS_WITH(world->inject(input_at(50ms, AgentId{77}, Note{1})), Contains("is for nobody"));
  CHECK_THROWS_WITH(world->inject(input_at(50ms, AgentId{7}, Note{1})),
                    "an input of kind test.note is for sheep, which does not listen to it");
  CHECK_THROWS_WITH(world->inject(input_at(50ms, world_id, Note{1})),
                    "an input of kind test.note is for the world, which does not listen to it");
}

TEST_CASE("control messages are inputs to the world and steps like others") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  world->inject(input_at(20ms, world_id, SetField{"walker[1]", "options.stride", "0"}));
  world->inject(input_at(20ms, world_id, SetField{"walker[1]", "place", "1001"}));
  world->inject(input_at(40ms, world_id, Stop{}));
  world->run_until(Time(1s));
  CHECK(world->stopped());
  CHECK(world->now() == Time(40ms));
  CHECK(world->agent<Walker>(*world->find("walker[1]"))->place == 1001);
}

TEST_CASE("a control message for nobody or nothing ends the run with a message") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  world->inject(input_at(1ms, world_id, SetField{"walker[9]", "place", "1"}));
  CHECK_THROWS_WITH(world->run_until(Time(1s)),
                    Contains("the world failed on reprise.set: there is no agent 'walker[9]'"));
}

TEST_CASE("an edit is folded into the prefix digest and is no step") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  Watcher watcher;
  world->observe(watcher);
  world->run_until(Time(10ms));
  const Step step = world->steps();
  const Digest before = world->prefix();
  world->edit(edit_after(step, SetField{"walker[0]", "place", "5"}));
  CHECK(world->steps() == step);
  CHECK(world->prefix() != before);
  CHECK(watcher.inputs == std::vector<Step>{step});
  CHECK_THROWS_WITH(world->edit(edit_after(step + 1, Stop{})), Contains("the step it stands at"));
  CHECK_THROWS_WITH(world->edit(edit_after(step, SetField{"walker[0]", "plaice", "5"})),
                    Contains("unknown field 'plaice'; did you mean 'place'?"));
}

TEST_CASE("an edit that is refused leaves no trace") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  world->run_until(Time(10ms));
  const Bytes before = saved(*world);
  const auto refused = [&](const char* path, const char* value) {
    CHECK_THROWS(world->edit(edit_after(world->steps(), SetField{"walker[0]", path, value})));
    CHECK(saved(*world) == before);
  };
  refused("options", R"({"stride":99,"bogus":1})");
  refused("visited", "[1,2,\"x\"]");
  refused("options.stride", "-1");  // what validate() says of options holds for edits, too
}

TEST_CASE("an edit is no input and an input is no edit") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  CHECK_THROWS_WITH(world->inject(edit_after(0, Stop{})), Contains("is an edit"));
  CHECK_THROWS_WITH(world->inject(input_at(1ms, world_id, Start{})),
                    Contains("is for the world, which does not listen to it"));
}

TEST_CASE("a very long name is looked up and not found") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  world->run_until(Time(30ms));
  std::string name = "sheep";
  for (int i = 0; i < 1'000'000; ++i) name += "/0";
  CHECK_FALSE(world->find(name));
  CHECK(world->find("sheep/0"));
}

TEST_CASE("what a producer has had delivered is part of the state") {
  const Catalog catalog = test_catalog();
  const auto root = [&](std::uint64_t producer_seq) {
    const auto world = meadow(catalog);
    Input input = input_at(1ms, AgentId{6}, Note{1});
    input.producer_seq = producer_seq;
    world->inject(std::move(input));
    world->run_until(Time(2ms));
    return world->state_root();
  };
  CHECK(root(1) == root(1));
  CHECK(root(1) != root(2));
}

TEST_CASE("checkpoints come every max of 4096 and 32 times agents and pending steps") {
  const Catalog catalog = test_catalog();
  Simulation world(catalog, 1);
  world.add("walker", Walker{}, 200);
  Watcher watcher;
  world.observe(watcher);
  world.checkpoint();
  while (world.steps() < 30'000) world.step();
  REQUIRE(watcher.checkpoints.size() >= 3);
  CHECK(watcher.checkpoints[0].step == 0);
  CHECK(watcher.checkpoints[1].step == 32 * 400);
  CHECK(watcher.trails[1] == 32 * 400);
  CHECK(watcher.checkpoints[1].root.has_value());
}

TEST_CASE("watching a world does not change it") {
  const Catalog catalog = test_catalog();
  const auto watched = meadow(catalog);
  const auto alone = meadow(catalog);
  Watcher watcher;
  watched->observe(watcher);
  watched->run_until(Time(5s));
  alone->run_until(Time(5s));
  CHECK(watched->prefix() == alone->prefix());
  CHECK(saved(*watched) == saved(*alone));
}

TEST_CASE("names that are taken or malformed are refused") {
  const Catalog catalog = test_catalog();
  Simulation world(catalog, 1);
  world.add("walker", Walker{}, 3);
  CHECK_THROWS_WITH(world.add("walker", Walker{}), "there are two agents named 'walker'");
  for (const char* name : {"", "a b", "a.b", "a[0]", "9a", "a/0", "a\n"}) {
    CHECK_THROWS_WITH(world.add(name, Walker{}), Contains("is not made of letters"));
  }
  CHECK(world.name_of(AgentId{3}) == "walker[2]");
  CHECK(world.find("walker[2]") == AgentId{3});
  CHECK_FALSE(world.find("walker[3]"));
  CHECK_FALSE(world.find("walker"));
  CHECK_FALSE(world.find("walker[2"));
  CHECK_FALSE(world.find("walker[-1]"));
  CHECK_FALSE(world.find("walker[02]"));
}

}  // namespace
}  // namespace reprise
