#include <catch2/catch.hpp>
#include <cstdint>
#include <set>

#include "engine/control.hpp"
#include "tests/support/test_agents.hpp"
#include "tools/lab/hunt/feature_watch.hpp"

namespace reprise::test {
namespace {

/// An agent that is told what to be like.
struct Be {
  static constexpr std::string_view kind = "test.be";
  std::uint64_t mark = 0;
  std::uint64_t height = 0;
  REPRISE_FIELDS(mark, height)
};

struct Actor {
  using Handles = Messages<Be>;

  std::uint64_t mark = 99;
  std::uint64_t height = 99;
  REPRISE_FIELDS(mark, height)

  void abstract(AbstractState& state) const { state.is(mark).compared(height); }
  void on(const Be& be) {
    mark = be.mark;
    height = be.height;
  }
};

Catalog actors() {
  Catalog catalog;
  catalog.add<Actor>("actor").add<Sheep>("sheep").add<Lamb>("lamb");
  return catalog;
}

/// What two actors are to a search, when each is told what to be like.
std::uint64_t pair_after(const Be& first, const Be& second) {
  static const Catalog catalog = actors();
  Simulation world(catalog, 1);
  world.add<Actor>("actor", {}, 2);
  FeatureWatch watch(world);
  world.inject(input_at(1ms, AgentId{1}, first));
  world.inject(input_at(2ms, AgentId{2}, second));
  world.step();
  world.step();
  REQUIRE(watch.changed().size() == 1);
  return watch.changed().front();
}

TEST_CASE("a pair does not depend on which of its agents is which") {
  CHECK(pair_after({1, 10}, {2, 20}) == pair_after({2, 20}, {1, 10}));
  CHECK(pair_after({1, 10}, {1, 20}) == pair_after({1, 20}, {1, 10}));
  CHECK(pair_after({1, 10}, {2, 20}) != pair_after({1, 20}, {2, 10}));
  CHECK(pair_after({1, 10}, {2, 20}) != pair_after({1, 10}, {1, 20}));
}

TEST_CASE("numbers count by how they compare") {
  CHECK(pair_after({0, 10}, {0, 20}) == pair_after({0, 1}, {0, 3000}));
  CHECK(pair_after({0, 5}, {0, 5}) == pair_after({0, 7}, {0, 7}));
  CHECK(pair_after({0, 5}, {0, 5}) != pair_after({0, 5}, {0, 6}));
}

TEST_CASE("a kind of very many agents is looked at one by one") {
  const Catalog catalog = actors();
  Simulation world(catalog, 1);
  world.add<Actor>("actor", {}, FeatureWatch::paired_agents_max + 1);
  FeatureWatch watch(world);
  world.inject(input_at(1ms, AgentId{1}, Be{1, 5}));
  world.inject(input_at(2ms, AgentId{2}, Be{1, 9}));
  world.step();
  REQUIRE(watch.changed().size() == 1);
  const std::uint64_t first = watch.changed().front();
  world.step();
  REQUIRE(watch.changed().size() == 1);
  CHECK(watch.changed().front() == first);
}

TEST_CASE("what a run shows is seen and a copy goes on from there") {
  const Catalog catalog = actors();
  Simulation world(catalog, 1);
  world.add<Actor>("actor", {}, 2);
  FeatureWatch watch(world);
  world.inject(input_at(1ms, AgentId{1}, Be{1, 0}));
  world.inject(input_at(2ms, AgentId{1}, Be{1, 0}));
  world.inject(input_at(3ms, AgentId{2}, Be{1, 0}));
  REQUIRE(watch.seen().size() == 1);
  const KindFeatures& seen = watch.seen().front();
  CHECK(seen.pairs.empty());
  world.step();
  CHECK(seen.pairs.size() == 1);
  CHECK(seen.turns.size() == 1);
  CHECK(seen.orders.size() == 1);
  world.step();
  CHECK(watch.changed().empty());
  CHECK(seen.pairs.size() == 1);
  CHECK(seen.turns.size() == 2);  // it was like that already
  CHECK(seen.orders.size() == 2);
  CHECK(seen.messages == std::set<const MessageType*>{&message_type<Be>()});
  const std::unique_ptr<Simulation> copy = world.copy();
  FeatureWatch second(watch, *copy);
  CHECK(second.seen().front().turns.empty());
  copy->step();
  CHECK(second.changed().size() == 1);
  CHECK(watch.changed().empty());
  world.step();
  CHECK(second.changed() == watch.changed());
}

TEST_CASE("agents that are born and retire are looked at") {
  const Catalog catalog = actors();
  Simulation world(catalog, 1);
  world.add<Sheep>("sheep", {}, 2);
  FeatureWatch watch(world);
  CHECK(watch.seen().size() == 1);
  world.run_until(Time(100ms));
  REQUIRE(watch.seen().size() == 2);
  CHECK(watch.kind(1).name == "lamb");
  CHECK(watch.seen()[1].states.size() == 4);  // ages 0 to 2, and what has retired
}

}  // namespace
}  // namespace reprise::test
