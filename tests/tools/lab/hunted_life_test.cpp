#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "agents/standard_catalog.hpp"
#include "scenarios/scenario.hpp"
#include "tests/tools/program.hpp"
#include "tools/lab/hunt/hunted_life.hpp"

namespace reprise::test {
namespace {

/// Raft under chaos with a bug.
Hunted hunted_raft(const Catalog& catalog, const std::string& bug) {
  const std::vector<std::string> changes{"agent.server.options.bug=" + bug};
  Scenario scenario = load_scenario(shipped("raft/chaos.toml"), catalog, changes);
  InputList inputs = read_inputs(scenario, catalog, {});
  return {.scenario = std::move(scenario),
          .catalog = catalog,
          .feeds = {},
          .limit = {.until = Time(std::chrono::seconds(3))},
          .inputs = std::move(inputs)};
}

std::string ending(HuntedLife& life) {
  while (life.step()) {
  }
  const auto failure = life.failure();
  return std::to_string(life.steps()) + ' ' + to_string(life.world().prefix()) + ' ' +
         (failure ? in_words(*failure) : "fine");
}

TEST_CASE("a life that leaves another ends as that does") {
  const Catalog catalog = standard_catalog();
  const Hunted hunted = hunted_raft(catalog, "vote_twice");
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U}) {
    HuntedLife whole(hunted, seed);
    const std::string expected = ending(whole);
    HuntedLife life(hunted, seed);
    while (life.steps() < whole.steps() / 2) REQUIRE(life.step());
    HuntedLife second(life);
    HuntedLife third(second);
    CHECK(ending(third) == expected);
    CHECK(ending(second) == expected);
    CHECK(ending(life) == expected);
  }
}

TEST_CASE("a story leads to where its life stands") {
  const Catalog catalog = standard_catalog();
  const Hunted hunted = hunted_raft(catalog, "none");
  HuntedLife life(hunted, 5);
  for (const std::uint64_t seed : {70U, 71U}) {
    const Step until = life.steps() + 700;
    while (life.steps() < until || !life.can_reseed()) REQUIRE(life.step());
    life.reseed(seed);
    REQUIRE(life.step());
    REQUIRE(life.step());
  }
  REQUIRE(life.story().reseedings.size() == 2);
  const auto again = HuntedLife::at(hunted, life.story(), life.steps());
  CHECK(again->steps() == life.steps());
  CHECK(again->world().state_root() == life.world().state_root());
  CHECK(again->world().prefix() == life.world().prefix());

  // As a scenario that is told the same.
  const Scenario told = hunted.scenario_of(life.story());
  ScenarioLife plain(told, catalog);
  plain.run({.steps = life.steps()});
  CHECK(plain.world().state_root() == life.world().state_root());
}

}  // namespace
}  // namespace reprise::test
