#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "engine/session.hpp"
#include "tests/support/test_agents.hpp"

namespace reprise {
namespace {

using namespace test;

/// The root of a world that has only just been made from the bytes of `world`: nothing of it was
/// known before.
Digest from_scratch(const Simulation& world) {
  const Bytes bytes = saved(world);
  Simulation copy(world.catalog(), 0);
  Decoder in(bytes);
  copy.restore(in);
  return copy.state_root();
}

TEST_CASE("a state root is the same however often it was asked for before") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  InputList inputs(meadow_inputs());
  Session session(*world, inputs);
  Random random(3, "roots");
  std::set<Digest> seen;
  for (Step step = 0; session.step(); ++step) {
    if (step % 97 == 50) {
      world->edit(edit_after(world->steps(), Reseed{"sheep", step}));
    }
    if (step % 301 == 50) {
      world->edit(edit_after(world->steps(), Reseed{"", step}));
    }
    if (!random.bernoulli(0.2)) continue;
    const Digest root = world->state_root();
    REQUIRE(root == from_scratch(*world));
    seen.insert(root);
    if (step > 3000) break;
  }
  CHECK(seen.size() > 50);
}

TEST_CASE("only what changed since the last state root is digested again") {
  const Catalog catalog = test_catalog();
  Simulation world(catalog, 1);
  world.add("walker", Walker{}, 4096);
  world.run(time_max, 10'000);
  world.state_root();
  const std::uint64_t before = world.digests_computed();
  world.state_root();
  CHECK(world.digests_computed() == before);
  REQUIRE(world.step());
  const Digest root = world.state_root();
  // The walker that took a step and the one it told, each with the three beside it, and the six
  // nodes above.
  CHECK(world.digests_computed() - before <= 2 * (4 + 6));
  CHECK(root == from_scratch(world));
}

TEST_CASE("agents that differ between two worlds are found by descent") {
  const Catalog catalog = test_catalog();
  Simulation ours(catalog, 1);
  ours.add("walker", Walker{}, 4096);
  ours.run(time_max, 10'000);
  const Bytes bytes = saved(ours);
  Simulation theirs(catalog, 0);
  Decoder in(bytes);
  theirs.restore(in);
  const auto none = Simulation::difference(ours, theirs);
  CHECK(none.agents.empty());
  CHECK(none.compared == 1);

  const std::vector<std::uint32_t> changed{5, 6, 2999, 4095};
  for (const std::uint32_t i : changed) {
    theirs.edit(edit_after(theirs.steps(), Reseed{"walker[" + std::to_string(i) + "]", 7}));
  }
  const auto some = Simulation::difference(ours, theirs);
  std::vector<AgentId> expected;
  for (const std::uint32_t i : changed) expected.push_back(AgentId{i + 1});
  CHECK(some.agents == expected);
  // The root, on each of the five levels below it the children of at most four nodes, and the
  // leaves of at most four groups.
  CHECK(some.compared <= 1 + 5 * 4 * 4 + 4 * 4);
}

TEST_CASE("agents differ in what is pending for them and in being there") {
  const Catalog catalog = test_catalog();
  const auto ours = meadow(catalog);
  const auto theirs = meadow(catalog);
  const AgentId peer = *ours->find("walker[0]");
  const auto differs = [&](AgentId id) {
    return std::ranges::count(Simulation::difference(*ours, *theirs).agents, id) != 0;
  };
  bool only_pending = false;
  bool only_there = false;
  for (int step = 0; step < 5000; ++step) {
    REQUIRE(theirs->step());
    only_pending = only_pending || (differs(peer) && ours->view(peer) == theirs->view(peer));
    if (ours->agent_count() < theirs->agent_count()) {
      only_there = true;
      REQUIRE(differs(AgentId{theirs->agent_count()}));
    }
    REQUIRE(ours->step());
    REQUIRE(Simulation::difference(*ours, *theirs).agents.empty());
  }
  CHECK(only_pending);
  CHECK(only_there);
}

TEST_CASE("an observer that wants no checkpoints costs no state root and gets no trail") {
  struct Counter : Observer {
    bool wants_checkpoints() const override { return false; }
    void on_input(const Input&, Step) override { ++inputs; }
    void on_checkpoint(const Checkpoint&) override { ++checkpoints; }
    int inputs = 0;
    int checkpoints = 0;
  };
  struct Prover : Observer {
    void on_checkpoint(const Checkpoint& checkpoint) override {
      ++checkpoints;
      steps += checkpoint.trail.size();
    }
    int checkpoints = 0;
    std::size_t steps = 0;
  };
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  InputList inputs(meadow_inputs());
  Session session(*world, inputs);
  Counter counter;
  world->observe(counter);
  session.run({.steps = 20'000});
  world->checkpoint();
  CHECK(counter.inputs == 40);
  CHECK(counter.checkpoints == 0);
  CHECK(world->digests_computed() == 0);

  Prover prover;
  world->observe(prover);
  session.run({.steps = 40'000});
  world->checkpoint();
  CHECK(prover.checkpoints >= 4);
  CHECK(prover.steps == 20'000);
  CHECK(counter.checkpoints == 0);
  const std::uint64_t digests = world->digests_computed();
  CHECK(digests > 0);

  world->forget(prover);
  session.run({.steps = 60'000});
  CHECK(world->digests_computed() == digests);
}

}  // namespace
}  // namespace reprise
