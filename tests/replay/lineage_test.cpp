#include "replay/lineage.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>

#include "replay/branch.hpp"
#include "replay/compaction.hpp"
#include "replay/flattening.hpp"
#include "replay/verify.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temp_dir.hpp"

namespace reprise {
namespace {

using namespace test;
using Catch::Matchers::Contains;

/// A meadow, and a branch of it with an edit.
struct Family {
  TempDir folder;
  Catalog catalog = test_catalog();
  WorldFactory factory = meadow_factory(catalog);
  std::filesystem::path root = path("root.rpj");
  std::filesystem::path branch = path("branch.rpj");
  Seal root_seal = record_meadow(root, catalog, 6s);
  Seal branch_seal = fork(root, 4500, branch, SetField{"walker[1]", "place", "1000"});

  std::filesystem::path path(const std::string& name) const { return folder.path() / name; }

  template <class... Edits>
  Seal fork(const std::filesystem::path& from, Step step, const std::filesystem::path& to,
            Edits... edits) const {
    const Journal journal = open_history(from);
    Player player(journal, catalog, factory);
    REQUIRE(player.run_to(step));
    BranchPlan plan;
    (plan.edits.emplace_back(edits), ...);
    plan.limit = limit_of(journal);
    return record_branch(journal, player.world(), std::move(plan), to, false).seal;
  }

  Verification verified(const std::filesystem::path& which) const {
    return verify(open_history(which), catalog, factory);
  }
};

/// Writes a journal with this header: of a world as it is at that step of another history.
void write_with(const std::filesystem::path& path, const JournalHeader& header,
                const Catalog& catalog) {
  const auto world = meadow(catalog);
  if (header.parent) world->run(time_max, std::min<Step>(header.parent->step, 5000));
  JournalWriter journal(path, header, {}, true);
  Recorder(*world, journal).finish(RunEnd::steps, {.steps = world->steps()});
}

TEST_CASE("a branch without its parent is refused with what to do") {
  const Family family;
  std::filesystem::rename(family.root, family.path("elsewhere"));
  CHECK_NOTHROW(open_history(family.branch));  // whatever it is called
  std::filesystem::remove(family.path("elsewhere"));
  CHECK_THROWS_WITH(open_history(family.branch), Contains("branch.rpj: is a branch") &&
                                                     Contains("parent is missing") &&
                                                     Contains("beside it"));
  const Journal alone(family.branch);
  CHECK_THROWS_WITH(Player(alone, family.catalog, family.factory),
                    Contains("opened without its parent"));
}

TEST_CASE("a parent is also looked for where one says") {
  const Family family;
  const TempDir other;
  const auto moved = other.path() / "moved.rpj";
  std::filesystem::copy_file(family.root, moved);
  std::filesystem::remove(family.root);
  CHECK_THROWS_AS(open_history(family.branch), JournalError);
  for (const std::filesystem::path& place : {moved, other.path()}) {
    const std::vector<std::filesystem::path> places{place};
    const Journal journal = open_history(family.branch, places);
    CHECK_FALSE(verify(journal, family.catalog, family.factory).divergence);
  }
}

TEST_CASE("an ancestor is also looked for in the folders of its descendants") {
  const Family family;
  const TempDir other;
  const auto moved = other.path() / "branch.rpj";
  const auto grandchild = family.path("grandchild.rpj");
  family.fork(family.branch, 6000, grandchild);
  std::filesystem::copy_file(family.branch, moved);
  std::filesystem::remove(family.branch);
  const std::vector<std::filesystem::path> places{other.path()};
  const Journal journal = open_history(grandchild, places);
  CHECK(journal.parent()->path() == moved);
  CHECK(journal.parent()->parent()->path() == family.root);
}

TEST_CASE("a parent that is not what it was is refused") {
  const Family family;
  const auto replaced = [&](Time until, std::vector<Input> inputs) {
    std::filesystem::remove(family.root);
    const auto world = meadow(family.catalog);
    InputList listed(std::move(inputs));
    record(family.root, *world, listed, {.until = until});
  };
  replaced(Time(6s), meadow_inputs());
  CHECK_NOTHROW(open_history(family.branch));  // the same again

  replaced(Time(6s), meadow_inputs(39));  // the same header
  CHECK_THROWS_WITH(open_history(family.branch),
                    Contains("not what it was") && Contains("root.rpj holds other inputs"));
  std::vector<Input> other = meadow_inputs();
  other.back().payload = Payload(Note{-1});
  replaced(Time(6s), other);
  CHECK_THROWS_WITH(open_history(family.branch), Contains("root.rpj holds other inputs"));

  replaced(Time(1s), meadow_inputs());
  CHECK_THROWS_WITH(open_history(family.branch),
                    Contains("root.rpj ends at step") && Contains("before step 4500"));

  std::vector<Input> more = meadow_inputs();
  more.push_back(input_at(5900ms, AgentId{1}, Note{1}));  // after the branch has left it
  replaced(Time(6s), more);
  CHECK_FALSE(family.verified(family.branch).divergence);
}

TEST_CASE("a parent whose trail leads elsewhere is refused") {
  const Family family;
  JournalHeader header = Journal(family.branch).header();
  ++header.parent->prefix.low;
  write_with(family.branch, header, family.catalog);
  CHECK_THROWS_WITH(open_history(family.branch), Contains("root.rpj has another history"));
}

TEST_CASE("a branch whose numbers cannot be is refused") {
  const Family family;
  const JournalHeader whole = Journal(family.branch).header();
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  JournalHeader header = whole;
  header.parent->step = 4000;
  write_with(family.branch, header, family.catalog);
  CHECK_THROWS_WITH(open_history(family.branch), Contains("root.rpj has another history"));
  header.parent->step = most;
  write_with(family.branch, header, family.catalog);
  CHECK_THROWS_WITH(
      open_history(family.branch),
      Contains("the checkpoint of step 5000 is not that of step 18446744073709551615"));
  header = whole;
  header.parent->input_count = most;
  write_with(family.branch, header, family.catalog);
  CHECK_THROWS_WITH(open_history(family.branch), Contains("root.rpj holds other inputs"));
}

TEST_CASE("a parent of another scenario is refused") {
  const Family family;
  JournalHeader header = Journal(family.branch).header();
  header.seed = 2;
  write_with(family.branch, header, family.catalog);
  CHECK_THROWS_WITH(open_history(family.branch), Contains("another scenario"));
}

TEST_CASE("of several journals with the name of the parent the one that holds is taken") {
  const Family family;
  record_meadow(family.path("a.rpj"), family.catalog, 1s);                    // too short
  write_bytes(family.path("b.rpj"), file_bytes(family.root).substr(0, 700));  // torn
  CHECK(open_history(family.branch).parent()->path() == family.root);
  std::filesystem::copy_file(family.root, family.path("c.rpj"));  // holds, too
  CHECK(open_history(family.branch).parent()->path() == family.root);
  std::filesystem::remove(family.root);
  CHECK(open_history(family.branch).parent()->path() == family.path("c.rpj"));
}

TEST_CASE("a journal cannot be its own ancestor") {
  const Family family;
  JournalHeader header = Journal(family.branch).header();
  // A header that held its own digest would be a fixed point of SHA-256: this is as near as one
  // comes, and it is a name that nobody has.
  header.parent->header = Journal(family.branch).name();
  write_with(family.branch, header, family.catalog);
  CHECK_THROWS_WITH(open_history(family.branch), Contains("parent is missing"));
  // The name in the frames' heads is only the hint by which a file is found.
  header.parent->header = Journal(family.branch).name();
  header.parent->header.back() ^= std::byte{1};
  write_with(family.path("c.rpj"), header, family.catalog);
  CHECK_THROWS_WITH(open_history(family.path("c.rpj")), Contains("branch.rpj is another journal"));
}

TEST_CASE("a line of branches is as long as the bound and not longer") {
  const Family family;
  std::filesystem::path last = family.root;
  for (std::size_t depth = 1; depth <= ancestors_max; ++depth) {
    const auto next = family.path("d" + std::to_string(depth) + ".rpj");
    // Straight from the header: living each one again would take its time.
    JournalHeader header = Journal(family.root).header();
    const Journal parent(last);
    header.parent = ParentLink{
        .header = parent.name(), .inputs = first_inputs(parent, 0).digest, .step = 0, .prefix = {}};
    write_with(next, header, family.catalog);
    last = next;
  }
  const Journal deepest = open_history(last);
  CHECK(deepest.parent() != nullptr);
  CHECK_FALSE(verify(deepest, family.catalog, family.factory).divergence);
  JournalHeader header = Journal(family.root).header();
  header.parent = ParentLink{
      .header = deepest.name(), .inputs = first_inputs(deepest, 0).digest, .step = 0, .prefix = {}};
  write_with(family.path("deeper.rpj"), header, family.catalog);
  CHECK_THROWS_WITH(open_history(family.path("deeper.rpj")),
                    Contains("more than 64 ancestors") && Contains("flatten"));
}

TEST_CASE("a branch that was cut off is read up to the cut") {
  const Family family;
  const std::string whole = file_bytes(family.branch);
  write_bytes(family.branch, whole.substr(0, whole.size() - 1));
  const Journal journal = open_history(family.branch);
  CHECK_FALSE(journal.seal());
  const Verification result = verify(journal, family.catalog, family.factory);
  CHECK_FALSE(result.divergence);
  CHECK(result.steps == journal.last_step());
  write_bytes(family.branch, whole.substr(0, 1200));
  CHECK_THROWS_WITH(open_history(family.branch), Contains("fork it again"));
}

TEST_CASE("a compacted branch is the same branch") {
  const Family family;
  compact(Journal(family.branch), family.path("small.rpj"), false);
  const Verification result = family.verified(family.path("small.rpj"));
  CHECK_FALSE(result.divergence);
  CHECK(result.steps == family.branch_seal.step);
  compact(Journal(family.root), family.path("small_root.rpj"), false);
  std::filesystem::remove(family.root);  // and a compacted parent the same parent
  CHECK_FALSE(family.verified(family.branch).divergence);
}

TEST_CASE("a flattened branch stands alone and ends as it does") {
  const Family family;
  const auto deeper = family.path("deeper.rpj");
  const Seal seal = family.fork(family.branch, 5200, deeper, SetField{"walker[2]", "place", "77"},
                                Reseed{"walker[0]", 5});
  for (const auto& [from, expected] :
       {std::pair(family.branch, family.branch_seal), std::pair(deeper, seal)}) {
    const auto flat = family.path("flat_" + from.filename().string());
    flatten(open_history(from), family.catalog, family.factory, flat, false);
    const TempDir elsewhere;
    const auto moved = elsewhere.path() / "alone.rpj";
    std::filesystem::copy_file(flat, moved);
    const Journal journal = open_history(moved);
    CHECK_FALSE(journal.header().parent);
    CHECK(journal.name() == Journal(family.root).name());
    CHECK(journal.source().text == "# a meadow");
    REQUIRE(journal.seal());
    CHECK(journal.seal()->step == expected.step);
    CHECK(journal.seal()->at == expected.at);
    CHECK(journal.seal()->end == expected.end);
    CHECK(journal.seal()->prefix == expected.prefix);
    CHECK(journal.seal()->root == expected.root);
    const Verification result = verify(journal, family.catalog, family.factory);
    CHECK_FALSE(result.divergence);
    CHECK(result.steps == expected.step);
  }
}

TEST_CASE("a flattened branch without edits is its parent byte for byte") {
  const Family family;
  family.fork(family.root, 4321, family.path("same.rpj"));
  flatten(open_history(family.path("same.rpj")), family.catalog, family.factory,
          family.path("flat.rpj"), false);
  CHECK(file_bytes(family.path("flat.rpj")) == file_bytes(family.root));
}

TEST_CASE("a branch of a flattened branch leaves it right at an edit") {
  const Family family;
  const auto flat = family.path("flat.rpj");
  flatten(open_history(family.branch), family.catalog, family.factory, flat, false);
  for (const Step step : {Step{4499}, Step{4500}, Step{4501}}) {
    const auto to = family.path("b" + std::to_string(step) + ".rpj");
    const Seal seal = family.fork(flat, step, to);
    CHECK(seal.prefix == family.branch_seal.prefix);
    CHECK(seal.root == family.branch_seal.root);
    CHECK_FALSE(family.verified(to).divergence);
  }
}

TEST_CASE("what cannot be flattened is refused and leaves nothing") {
  const Family family;
  const auto to = family.path("flat.rpj");
  const auto flatten_from = [&](const std::filesystem::path& from) {
    flatten(open_history(from), family.catalog, family.factory, to, false);
  };
  CHECK_THROWS_WITH(flatten_from(family.root), Contains("stands alone already"));
  Seal seal = *Journal(family.branch).seal();
  const std::string whole = file_bytes(family.branch);
  write_bytes(family.branch, whole.substr(0, whole.size() - 1));
  CHECK_THROWS_WITH(flatten_from(family.branch), Contains("has no seal"));
  CHECK_FALSE(std::filesystem::exists(to));
}

TEST_CASE("a branch that fails is recorded and flattened as one that does") {
  const Family family;
  const auto world = [&] {
    auto made = std::make_unique<Simulation>(family.catalog, 1);
    made->add("fragile", Fragile{});
    made->add("walker", Walker{}, 5);
    return made;
  };
  const WorldFactory factory = [&](const JournalHeader&) { return world(); };
  const auto root = family.path("fragile.rpj");
  {
    const auto made = world();
    InputList none;
    record(root, *made, none, {.until = Time(1s)});
  }
  const Journal journal = open_history(root);
  Player player(journal, family.catalog, factory);
  player.run_to(100);
  BranchPlan plan;
  plan.limit = limit_of(journal);
  plan.inputs = {input_at(800ms, AgentId{1}, Note{-1})};
  const auto to = family.path("failing.rpj");
  const RecordedBranch branch = record_branch(journal, player.world(), std::move(plan), to, false);
  CHECK(branch.seal.end == RunEnd::failed);
  REQUIRE(branch.seal.failure);
  CHECK(branch.seal.failure->agent == "fragile");
  CHECK_FALSE(verify(open_history(to), family.catalog, factory).divergence);
  flatten(open_history(to), family.catalog, factory, family.path("flat.rpj"), false);
  CHECK_FALSE(verify(Journal(family.path("flat.rpj")), family.catalog, factory).divergence);
}

}  // namespace
}  // namespace reprise
