#include "timeline/memory_keyframes.hpp"

#include <catch2/catch.hpp>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/control.hpp"
#include "replay/checked_player.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temp_dir.hpp"

namespace reprise {
namespace {

using namespace test;

struct Tick {
  static constexpr std::string_view kind = "test.tick";
  REPRISE_FIELDS()
};

/// Grows with every step, and its world has no more agents or events for it.
struct Hoard {
  using Handles = Messages<Start, Tick>;
  std::vector<std::array<std::uint64_t, 8>> kept;
  REPRISE_FIELDS(kept)

  void on(const Start&, Context& world) { world.wake(1us, Tick{}); }
  void on(const Tick&, Context& world) {
    kept.push_back({kept.size()});
    world.wake(1us, Tick{});
  }
};

TEST_CASE("copies of a world whose agents grow are booked at about what they take") {
  constexpr Step last = 200'000;
  constexpr Step apart = 20'000;
  Catalog catalog;
  catalog.add<Hoard>("hoard");
  const WorldFactory factory = [&](const JournalHeader&) {
    auto world = std::make_unique<Simulation>(catalog, 1);
    world->add("hoard", Hoard{});
    return world;
  };
  const TempDir folder;
  const auto path = folder.path() / "a.rpj";
  const auto world = factory({});
  InputList none;
  record(path, *world, none, {.steps = last}, KeyframePolicy::none());
  const Journal journal(path);
  MemoryKeyframes memory(std::size_t{1} << 30);
  CheckedPlayer player(journal, catalog, factory, 0, time_max);
  std::size_t taken = 0;
  for (Step step = 0; step <= last; step += apart) {
    player.run_to(step, time_max, {});
    memory.add(player);
    taken += copy_bytes_of(player.world());
  }
  CHECK(memory.size() == last / apart + 1);
  CHECK(memory.bytes() > taken / 2);
  CHECK(memory.bytes() <= taken);
}

}  // namespace
}  // namespace reprise
