#include <catch2/catch.hpp>
#include <map>

#include "replay/branch.hpp"
#include "replay/checked_player.hpp"
#include "replay/lineage.hpp"
#include "replay/verify.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temp_dir.hpp"

// Branches in which recorded inputs are left out or changed, against runs that never had them.
namespace reprise {
namespace {

using namespace test;
using Numbers = std::vector<std::uint64_t>;

/// A meadow whose inputs have numbers of their own, so that one can be taken out and leave a hole.
struct Numbered {
  TempDir folder;
  Catalog catalog = test_catalog();
  RunLimit limit{.until = Time(20s)};
  std::vector<Input> inputs = numbered();
  Seal seal = straight("root.rpj", inputs);

  static std::vector<Input> numbered() {
    std::vector<Input> inputs = meadow_inputs(2500);
    for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i].seq = i;
    return inputs;
  }

  std::filesystem::path path(const std::string& name) const { return folder.path() / name; }

  /// A run with other inputs.
  Seal straight(const std::string& name, std::vector<Input> others) const {
    const auto world = meadow(catalog);
    InputList source(std::move(others));
    return record(path(name), *world, source, limit);
  }

  /// Branches the root at six seconds, when 858 inputs have come.
  RecordedBranch fork(BranchPlan plan, const std::string& to = "branch.rpj") const {
    const Journal journal(path("root.rpj"));
    CheckedPlayer player(journal, catalog, meadow_factory(catalog));
    REQUIRE(player.run_to(journal.last_step(), Time(6s), {}));
    plan.limit = limit;
    return record_branch(journal, player.world(), std::move(plan), path(to), false);
  }

  Verification verified(const std::string& which) const {
    return verify(open_history(path(which)), catalog, meadow_factory(catalog));
  }

  /// The branch ends as the run does, and has its prefix digest and root wherever both have one.
  void expect_same(const RecordedBranch& branch, const Seal& run) const {
    CHECK(branch.seal.step == run.step);
    CHECK(branch.seal.prefix == run.prefix);
    CHECK(branch.seal.root == run.root);
    CHECK(branch.seal.at == run.at);
    CHECK(branch.seal.prefix != seal.prefix);
    std::map<Step, RecordedCheckpoint> expected;
    const Journal straight(path("straight.rpj"));
    for (RecordedCheckpoints all(straight); const auto each = all.next();) {
      expected.insert_or_assign(each->step, *each);
    }
    std::size_t shared = 0;
    const Journal journal(path("branch.rpj"));
    for (RecordedCheckpoints all(journal); const auto each = all.next();) {
      const auto same = expected.find(each->step);
      if (same == expected.end()) continue;
      ++shared;
      CHECK(each->prefix == same->second.prefix);
      CHECK(each->root == same->second.root);
    }
    CHECK(shared >= 2);
    CHECK_FALSE(verified("branch.rpj").divergence);
  }
};

/// Where an input of that number is in a list.
std::ptrdiff_t place(std::uint64_t number) {
  return static_cast<std::ptrdiff_t>(number) - 1;
}

TEST_CASE("a branch without some inputs is the run that never had them") {
  const Numbered made;
  BranchPlan plan;
  std::vector<Input> fewer = made.inputs;
  for (const std::uint64_t number : Numbers{2500, 1200, 1199, 859}) {
    plan.changed[number] = std::nullopt;
    fewer.erase(fewer.begin() + place(number));
  }
  // Its producer's highest number is that of the last input which came.
  const Seal run = made.straight("straight.rpj", fewer);
  made.expect_same(made.fork(plan), run);
  CHECK(Journal(made.path("branch.rpj")).inputs() == 2500 - 858 - 4);
}

TEST_CASE("a branch with other messages is the run that was told those") {
  const Numbered made;
  BranchPlan plan;
  std::vector<Input> others = made.inputs;
  for (const std::uint64_t number : Numbers{859, 1500}) {
    const Note note{-1000 - static_cast<std::int64_t>(number)};
    plan.changed[number] = Payload(note);
    others.at(number - 1).payload = Payload(note);
  }
  const Seal run = made.straight("straight.rpj", others);
  made.expect_same(made.fork(plan), run);
}

TEST_CASE("a delayed input is the run in which the branch sends it later") {
  const Numbered made;
  BranchPlan plan;
  const std::uint64_t number = 1000;
  const auto input = made.inputs.begin() + place(number);
  Input later = *input;
  later.at += 70ms;  // when another input comes, too
  later.seq = std::nullopt;
  plan.changed[number] = std::nullopt;
  plan.inputs = {later};
  std::vector<Input> others = made.inputs;
  later.seq = 2500;
  later.producer = "branch";
  later.producer_seq = 0;
  others.insert(others.begin() + place(number) + 11, later);
  others.erase(others.begin() + place(number));
  const Seal run = made.straight("straight.rpj", others);
  made.expect_same(made.fork(plan), run);
}

TEST_CASE("an edit of the parent that is yet to come may be left out") {
  const TempDir folder;
  const Catalog catalog = test_catalog();
  const RunLimit limit{.until = Time(5s)};
  const auto with = folder.path() / "with.rpj";
  const auto without = folder.path() / "without.rpj";
  const auto run = [&](const std::filesystem::path& path, std::vector<Input> edits) {
    const auto world = meadow(catalog);
    InputList source(std::move(edits));
    return record(path, *world, source, limit);
  };
  const Seal edited = run(with, {edit_after(900, SetField{"walker[1]", "place", "900"})});
  const Seal plain = run(without, {});
  REQUIRE(edited.prefix != plain.prefix);
  const Journal journal(with);
  CheckedPlayer player(journal, catalog, meadow_factory(catalog));
  REQUIRE(player.run_to(500, time_max, {}));
  BranchPlan plan;
  plan.limit = limit;
  plan.changed[1] = std::nullopt;
  const RecordedBranch branch =
      record_branch(journal, player.world(), plan, folder.path() / "b.rpj", false);
  CHECK(branch.seal.prefix == plain.prefix);
  CHECK(branch.seal.root == plain.root);
}

TEST_CASE("an input that has come or that there is not cannot be changed and leaves nothing") {
  const Numbered made;
  for (const std::uint64_t number : Numbers{0, 1, 858, 2501}) {
    BranchPlan plan;
    plan.changed[number] = std::nullopt;
    CHECK_THROWS_AS(made.fork(plan), std::invalid_argument);
  }
  BranchPlan plan;
  plan.changed[859] = std::nullopt;
  plan.recorded_inputs = false;
  CHECK_THROWS_AS(made.fork(plan), std::invalid_argument);
  CHECK_FALSE(std::filesystem::exists(made.path("branch.rpj")));
}

TEST_CASE("inputs are numbered through a history of branches") {
  const Numbered made;
  made.fork({});
  const Journal branch = open_history(made.path("branch.rpj"));
  HistoryInputs inputs(branch, made.catalog);
  std::uint64_t count = 0;
  while (const auto input = inputs.next()) {
    CHECK(inputs.number() == ++count);
    CHECK(*input->seq == count - 1);
  }
  CHECK(count == 2500);
  CheckedPlayer player(branch, made.catalog, meadow_factory(made.catalog));
  REQUIRE(player.run_to(branch.last_step(), Time(10s), {}));
  inputs.pass_taken(player.world(), true);
  CHECK(inputs.number() == 1429);  // every 7 ms, from 0 on
}

}  // namespace
}  // namespace reprise
