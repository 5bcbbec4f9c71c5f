#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/catalog.hpp"
#include "engine/context.hpp"
#include "engine/control.hpp"
#include "engine/simulation.hpp"

// What an agent draws is its own: who else lives in the world, and in which order, is no part of
// it.
namespace reprise {
namespace {

struct Tick {
  static constexpr std::string_view kind = "streams.tick";
  REPRISE_FIELDS()
};

/// Draws a few times at times that it draws, and may give birth to one more.
struct Drawer {
  using Handles = Messages<Start, Tick>;
  using Spawns = Kinds<Drawer>;
  bool parent = false;
  std::vector<std::uint64_t> drawn{};
  REPRISE_FIELDS(parent, drawn)

  void on(const Start&, Context& world) {
    if (parent) world.spawn(Drawer{});
    on(Tick{}, world);
  }
  void on(const Tick&, Context& world) {
    drawn.push_back(world.random().bits());
    if (drawn.size() == 20) return;
    const Duration delay = world.random().exponential(std::chrono::milliseconds(5));
    world.wake(delay, Tick{});
  }
};

struct Declaration {
  std::string name;
  std::optional<std::uint32_t> count;
  bool parent = false;
};

using Draws = std::map<std::string, std::vector<std::uint64_t>>;

Draws draws_of(const std::vector<Declaration>& declared) {
  Catalog catalog;
  catalog.add<Drawer>("drawer");
  Simulation world(catalog, 11);
  for (const Declaration& each : declared) {
    world.add(each.name, Drawer{.parent = each.parent}, each.count);
  }
  world.run_until(Time(std::chrono::hours(1)));
  Draws draws;
  for (std::uint32_t i = 1; i <= world.agent_count(); ++i) {
    draws[world.name_of(AgentId{i})] = world.agent<Drawer>(AgentId{i})->drawn;
  }
  return draws;
}

TEST_CASE(
    "agents that are added or removed or declared in another order leave the draws of all others "
    "alone") {
  std::vector<Declaration> all{{"a", {}, false}, {"b", 3, true},   {"c", {}, true},
                               {"d", 5, false},  {"e", {}, false}, {"f", 1, true}};
  const Draws expected = draws_of(all);
  REQUIRE(expected.size() == 17);
  REQUIRE(expected.at("c/0").size() == 20);
  Random random(1, "worlds");
  std::size_t compared = 0;
  for (int i = 0; i < 200; ++i) {
    random.shuffle(all);
    const auto count = random.uniform(std::int64_t{1}, static_cast<std::int64_t>(all.size()));
    std::vector<Declaration> some(all.begin(), all.begin() + count);
    for (Declaration& each : some) {  // a group may grow and shrink
      if (each.count && random.bernoulli(0.5)) each.count = *each.count + 2;
    }
    for (const auto& [name, drawn] : draws_of(some)) {
      const auto found = expected.find(name);
      if (found == expected.end()) continue;  // of a group that has grown
      INFO(name);
      REQUIRE(drawn == found->second);
      ++compared;
    }
  }
  CHECK(compared > 1000);
}

}  // namespace
}  // namespace reprise
