#include <algorithm>
#include <catch2/catch.hpp>

#include "replay/branch.hpp"
#include "replay/checked_player.hpp"
#include "replay/flattening.hpp"
#include "replay/lineage.hpp"
#include "replay/salvage.hpp"
#include "replay/verify.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temp_dir.hpp"

namespace reprise {
namespace {

using namespace test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

/// A meadow with several frames of checkpoints.
struct Meadow {
  TempDir folder;
  Catalog catalog = test_catalog();
  WorldFactory factory = meadow_factory(catalog);
  fs::path root = path("root.rpj");
  Seal seal;

  explicit Meadow(Duration until) : seal(record_meadow(root, catalog, until)) {}

  fs::path path(const std::string& name) const { return folder.path() / name; }

  Seal fork(const fs::path& from, Step step, const fs::path& to) const {
    const Journal journal = open_history(from);
    CheckedPlayer player(journal, catalog, factory);
    REQUIRE(player.run_to(step, time_max, {}));
    BranchPlan plan;
    plan.edits.emplace_back(SetField{"walker[1]", "place", "1000"});
    plan.limit = limit_of(journal);
    return record_branch(journal, player.world(), std::move(plan), to, false).seal;
  }

  /// Salvages what is left of `from` without the frame of `type` at that place among them.
  fs::path salvaged(const fs::path& from, FrameType type, std::size_t place) const {
    std::string bytes = file_bytes(from);
    const Journal journal(from);
    for (const FrameEntry& entry : journal.frames()) {
      if (entry.type != type || place-- != 0) continue;
      char& byte = bytes[entry.offset + FrameHead::bytes + entry.stored_bytes / 2];
      byte = static_cast<char>(byte ^ 8);
    }
    const fs::path damaged = path("damaged");
    write_bytes(damaged, bytes);
    const fs::path whole = path("salvaged.rpj");
    CHECK(salvage(damaged, whole, true).gaps.size() == 1);
    fs::remove(damaged);
    return whole;
  }
};

TEST_CASE("a branch of a salvaged parent is verified and flattened wherever it leaves it") {
  const Duration until = GENERATE(Duration(2s), Duration(60s));
  const Meadow made(until);
  const Journal root(made.root);
  const std::size_t frames = root.streams().at(FrameType::checkpoints).frames;
  REQUIRE((frames > 1) == (until > 2s));
  const Step between =
      std::ranges::find(root.frames(), FrameType::checkpoints, &FrameEntry::type)->span.last_step;
  for (const std::size_t lost : {std::size_t{0}, frames - 1}) {
    const fs::path parent = made.salvaged(made.root, FrameType::checkpoints, lost);
    for (const Step step :
         {Step{0}, Step{50}, between - 5, between, std::min(between + 5, made.seal.step),
          made.seal.step - 5, made.seal.step}) {
      INFO("lost " << lost << ", forked at " << step);
      const fs::path to = made.path("branch.rpj");
      const fs::path flat = made.path("flat.rpj");
      fs::remove(to);
      const Seal seal = made.fork(parent, step, to);
      const std::vector<fs::path> places{parent};
      const Journal journal = open_history(to, places);
      const Verification result = verify(journal, made.catalog, made.factory);
      CHECK_FALSE(result.divergence);
      CHECK(result.steps == seal.step);
      CheckedPlayer player(journal, made.catalog, made.factory);
      CHECK(player.run_to(step, time_max, {}));
      flatten(journal, made.catalog, made.factory, flat, true);
      CHECK(Journal(flat).seal()->prefix == seal.prefix);
    }
  }
}

TEST_CASE("a salvaged branch that lost its first inputs says so") {
  const Meadow made(60s);
  const fs::path branch = made.path("branch.rpj");
  made.fork(made.root, 5000, branch);
  const fs::path lost = made.salvaged(branch, FrameType::inputs, 0);
  CHECK_THROWS_WITH(open_history(lost), Contains("salvaged.rpj: lost the inputs right after") &&
                                            Contains("step 5000, at which it begins") &&
                                            Contains("fork it again"));
}

TEST_CASE("a salvage that is broken off leaves nothing") {
  const Meadow made(2s);
  const fs::path whole = made.path("whole.rpj");
  int frames = 0;
  const auto progress = [&] {
    if (++frames == 3) throw std::runtime_error("enough");
  };
  CHECK_THROWS_WITH(salvage(made.root, whole, false, progress), "enough");
  CHECK_FALSE(fs::exists(whole));
}

}  // namespace
}  // namespace reprise
