#include "replay/branch.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>

#include "replay/checked_player.hpp"
#include "replay/lineage.hpp"
#include "replay/verify.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temp_dir.hpp"

namespace reprise {
namespace {

using namespace test;

/// A meadow with several frames of inputs and of checkpoints, and branches of it.
struct Meadow {
  TempDir folder;
  Catalog catalog = test_catalog();
  WorldFactory factory = meadow_factory(catalog);
  std::filesystem::path root = folder.path() / "root.rpj";
  RunLimit limit{.until = Time(60s)};
  Seal seal = record_root();

  Seal record_root() const {
    const auto world = meadow(catalog);
    InputList inputs(meadow_inputs(6000));
    return record(root, *world, inputs, limit, KeyframePolicy::every(700));
  }

  std::filesystem::path path(const std::string& name) const { return folder.path() / name; }

  /// Branches `from` at `step`.
  RecordedBranch fork(const std::filesystem::path& from, Step step, const std::filesystem::path& to,
                      BranchPlan plan = {}, const KeyframePolicy& keyframes = {}) const {
    const Journal journal = open_history(from);
    CheckedPlayer player(journal, catalog, factory, step);
    REQUIRE(player.run_to(step, time_max, {}));
    REQUIRE(player.world().steps() == step);
    if (plan.limit.until == time_max) plan.limit = limit_of(journal);
    return record_branch(journal, player.world(), std::move(plan), to, false, keyframes);
  }

  Verification verified(const std::filesystem::path& which) const {
    return verify(open_history(which), catalog, factory);
  }
};

BranchPlan setting(const std::string& path, const std::string& value) {
  BranchPlan plan;
  plan.edits.emplace_back(SetField{"walker[1]", path, value});
  return plan;
}

/// The checkpoints that have a root, by step.
std::map<Step, RecordedCheckpoint> proofs(const Journal& journal) {
  std::map<Step, RecordedCheckpoint> all;
  RecordedCheckpoints checkpoints(journal);
  while (const auto each = checkpoints.next()) {
    if (each->root) all.insert_or_assign(each->step, *each);
  }
  return all;
}

TEST_CASE("a branch without edits has its parents digests at every shared step to the end") {
  const Meadow made;
  const Journal root(made.root);
  const auto expected = proofs(root);
  const Step end = made.seal.step;
  for (const FrameType type : {FrameType::inputs, FrameType::checkpoints}) {
    REQUIRE(root.streams().at(type).frames > 1);
  }
  std::vector<Step> steps{0, 1, 4096, 4097, end - 1, end};
  std::mt19937 random(7);
  for (int i = 0; i < 8; ++i) steps.push_back(random() % end);
  for (const Step step : steps) {
    INFO("forked at " << step);
    const auto to = made.path("b" + std::to_string(step) + ".rpj");
    std::filesystem::remove(to);
    const RecordedBranch branch = made.fork(made.root, step, to);
    CHECK(branch.seal.step == end);
    CHECK(branch.seal.prefix == made.seal.prefix);
    CHECK(branch.seal.root == made.seal.root);
    CHECK(branch.seal.end == made.seal.end);
    CHECK(branch.seal.at == made.seal.at);
    const Journal journal = open_history(to);
    std::size_t shared = 0;
    for (const auto& [at, proof] : proofs(journal)) {
      const auto same = expected.find(at);
      if (same == expected.end()) {
        CHECK(at == step);  // the one it begins with
        continue;
      }
      ++shared;
      CHECK(proof.prefix == same->second.prefix);
      CHECK((at == step || proof.root == same->second.root));  // the clock may stand earlier
    }
    CHECK(shared >=
          static_cast<std::size_t>(std::distance(expected.upper_bound(step), expected.end())));
    const Verification result = verify(journal, made.catalog, made.factory);
    CHECK_FALSE(result.divergence);
    CHECK(result.steps == end);
  }
}

TEST_CASE("a branch holds what happens after its step and nothing before") {
  const Meadow made;
  const Step step = 5000;
  const RecordedBranch branch = made.fork(made.root, step, made.path("b.rpj"));
  const Journal root(made.root);
  const Journal journal(made.path("b.rpj"));
  REQUIRE(journal.header().parent);
  const ParentLink& link = *journal.header().parent;
  CHECK(link.step == step);
  CHECK(link.header == root.name());
  CHECK(link.input_count + journal.inputs() == root.inputs());
  CHECK(branch.parent == made.root);
  CHECK(proofs(journal).begin()->first == step);
  CHECK(journal.source().file == "root.rpj");
  CHECK(journal.source().text.empty());
  CHECK(journal.bytes() < root.bytes());
  CHECK_NOTHROW(journal.check());
}

TEST_CASE("an edit is proved by the first checkpoint of its branch and lived again") {
  const Meadow made;
  const Step step = 5000;
  const RecordedBranch branch =
      made.fork(made.root, step, made.path("b.rpj"), setting("place", "1000"));
  CHECK(branch.seal.prefix != made.seal.prefix);
  const Verification result = made.verified(made.path("b.rpj"));
  CHECK_FALSE(result.divergence);
  CHECK(result.steps == branch.seal.step);
  const Journal journal = open_history(made.path("b.rpj"));
  for (const Step start : {Step{0}, Step{4990}, step, Step{5001}}) {  // also from keyframes
    CheckedPlayer player(journal, made.catalog, made.factory, start);
    player.run_to(step, time_max, {});
    CHECK(player.world().agent<Walker>(*player.world().find("walker[1]"))->place == 1000);
    CHECK(player.run_to(journal.last_step(), time_max, {}));
    CHECK_NOTHROW(player.compare_end());
  }
}

TEST_CASE("a branch has keyframes of its own and begins at those of its ancestors") {
  const Meadow made;
  made.fork(made.root, 5000, made.path("b.rpj"), setting("place", "1000"),
            KeyframePolicy::every(900));
  const Journal journal = open_history(made.path("b.rpj"));
  CHECK(journal.keyframes() > 0);
  const HistoryKeyframes keyframes(journal);
  CHECK(keyframes.find(4950)->step == 4900);
  CHECK(keyframes.find(5000)->step == 4900);
  CHECK(keyframes.find(5899)->step == 4900);
  CHECK(keyframes.find(5900)->step == 5900);
  CHECK_FALSE(keyframes.find(699));
  Player straight(journal, made.catalog, made.factory);
  for (const Step step : {Step{4950}, Step{5000}, Step{5600}, Step{5900}, Step{7000}}) {
    INFO(step);
    Player near(journal, made.catalog, made.factory, step);
    CHECK(near.world().steps() == keyframes.find(step)->step);
    CHECK(near.run_to(step));
    CHECK(straight.run_to(step));
    CHECK(near.world().prefix() == straight.world().prefix());
    CHECK(near.world().state_root() == straight.world().state_root());
  }
}

TEST_CASE("a branch stores no page that its ancestors have") {
  const TempDir folder;
  const Catalog catalog = test_catalog();
  // Most of the state never changes.
  Listener hoard;
  for (int i = 0; hoard.last_letter.size() < 1 << 20; ++i) hoard.last_letter += std::to_string(i);
  const WorldFactory factory = [&](const JournalHeader& header) {
    auto world = std::make_unique<Simulation>(catalog, header.seed);
    world->add("hoard", hoard);
    world->add("walker", Walker{}, 100);
    return world;
  };
  const auto path = [&](const char* name) { return folder.path() / name; };
  const auto record_root = [&](const char* name, const KeyframePolicy& keyframes) {
    const auto world = factory({.schema = {}, .scenario = {}, .seed = 1, .overrides = {}});
    InputList none;
    record(path(name), *world, none, {.steps = 3000}, keyframes);
  };
  const auto fork = [&](const char* from, Step step, const char* to, Step end, BranchPlan plan) {
    const Journal journal = open_history(path(from));
    CheckedPlayer player(journal, catalog, factory, step);
    REQUIRE(player.run_to(step, time_max, {}));
    plan.limit.steps = end;
    record_branch(journal, player.world(), std::move(plan), path(to), false,
                  KeyframePolicy::every(50));
  };
  const auto pages = [&](const char* name) {
    return Journal(path(name)).streams().at(FrameType::pages).records;
  };
  record_root("root.rpj", KeyframePolicy::every(1000));
  fork("root.rpj", 2010, "child.rpj", 2100, {});
  fork("child.rpj", 2070, "grandchild.rpj", 2150, {});
  CHECK(pages("root.rpj") > 64);
  CHECK(pages("child.rpj") < 10);
  CHECK(pages("grandchild.rpj") < 10);

  const auto restores = [&](const char* name, Step step) {
    const Journal journal = open_history(path(name));
    Player straight(journal, catalog, factory);
    REQUIRE(straight.run_to(step));
    const Keyframes keyframes(journal);
    Simulation world(catalog, 1);
    return keyframes.restore(*keyframes.find(step), world) &&
           saved(world) == saved(straight.world());
  };
  CHECK(restores("child.rpj", 2060));
  CHECK(restores("grandchild.rpj", 2120));
  // The same history without the pages is as good a parent; the keyframes are passed over.
  std::filesystem::remove(path("root.rpj"));
  record_root("root.rpj", KeyframePolicy::none());
  CHECK_FALSE(restores("child.rpj", 2060));
  const Journal again = open_history(path("grandchild.rpj"));
  CHECK_FALSE(verify(again, catalog, factory).divergence);
  CheckedPlayer near(again, catalog, factory, 2140);
  CHECK(near.run_to(2140, time_max, {}));
}

TEST_CASE("new inputs come at their times among the recorded ones") {
  const Meadow made;
  const Journal root(made.root);
  BranchPlan plan;
  const AgentId listener = *made.factory(root.header())->find("listener");
  plan.inputs = {input_at(6s, listener, Note{-1}), input_at(5579ms, listener, Note{-2})};
  const RecordedBranch branch = made.fork(made.root, 5000, made.path("b.rpj"), std::move(plan));
  CHECK_FALSE(made.verified(made.path("b.rpj")).divergence);
  const Journal journal = open_history(made.path("b.rpj"));
  CHECK(journal.header().parent->input_count + journal.inputs() == root.inputs() + 2);
  CheckedPlayer player(journal, made.catalog, made.factory);
  player.run_to(journal.last_step(), time_max, {});
  const auto& heard = player.world().agent<Listener>(listener)->heard;
  const auto first = std::find(heard.begin(), heard.end(), -2);
  REQUIRE(first != heard.begin());
  CHECK(*std::prev(first) == 797);  // recorded for the same time
  CHECK(std::find(first, heard.end(), -1) != heard.end());
  CHECK(branch.seal.step > made.seal.step);
  HistoryInputs inputs(journal, made.catalog);
  std::set<std::uint64_t> numbers;
  while (const auto input = inputs.next()) CHECK(numbers.insert(*input->seq).second);
}

TEST_CASE("a branch may do without the inputs that were recorded") {
  const Meadow made;
  const Step step = 3000;
  BranchPlan plan;
  plan.recorded_inputs = false;
  made.fork(made.root, step, made.path("b.rpj"), std::move(plan));
  CHECK(Journal(made.path("b.rpj")).inputs() == 0);
  CHECK_FALSE(made.verified(made.path("b.rpj")).divergence);
}

TEST_CASE("branches of branches are lived again at any depth") {
  const Meadow made;
  std::filesystem::path from = made.root;
  for (int depth = 1; depth <= 5; ++depth) {
    const auto to = made.path("depth" + std::to_string(depth) + ".rpj");
    const RecordedBranch branch = made.fork(from, 1500 * static_cast<Step>(depth), to,
                                            setting("place", std::to_string(depth * 100)));
    CHECK(branch.parent == from);
    const Verification result = made.verified(to);
    CHECK_FALSE(result.divergence);
    CHECK(result.steps == branch.seal.step);
    from = to;
  }
  CHECK(stretches_of(open_history(from)).size() == 6);
}

TEST_CASE("a branch may begin where its parent begins") {
  const Meadow made;
  made.fork(made.root, 5000, made.path("a.rpj"), setting("place", "100"));
  made.fork(made.path("a.rpj"), 5000, made.path("b.rpj"), setting("heard", "7"));
  const RecordedBranch same = made.fork(made.path("b.rpj"), 5000, made.path("c.rpj"));
  CHECK(same.parent == made.path("b.rpj"));
  CHECK_FALSE(made.verified(made.path("c.rpj")).divergence);
  CHECK(same.seal.prefix == Journal(made.path("b.rpj")).seal()->prefix);
  CHECK(same.seal.root == Journal(made.path("b.rpj")).seal()->root);
}

TEST_CASE("a branch at a step before its parent is one of the journal that holds the step") {
  const Meadow made;
  made.fork(made.root, 5000, made.path("a.rpj"), setting("place", "100"));
  const RecordedBranch before = made.fork(made.path("a.rpj"), 2000, made.path("b.rpj"));
  CHECK(before.parent == made.root);
  // What the history did later it still does, the edit after step 5000 included.
  const Seal seal = *Journal(made.path("a.rpj")).seal();
  CHECK(before.seal.prefix == seal.prefix);
  CHECK(before.seal.root == seal.root);
  CHECK_FALSE(made.verified(made.path("b.rpj")).divergence);
  const RecordedBranch other =
      made.fork(made.path("a.rpj"), 2000, made.path("c.rpj"), setting("options.pace", "4000000"));
  CHECK(other.seal.prefix != seal.prefix);
  CHECK_FALSE(made.verified(made.path("c.rpj")).divergence);
}

TEST_CASE("a branch that is interrupted is whole up to there") {
  const Meadow made;
  const Journal journal = open_history(made.root);
  CheckedPlayer player(journal, made.catalog, made.factory);
  player.run_to(3000, time_max, {});
  const auto to = made.path("b.rpj");
  const RecordedBranch branch = record_branch(journal, player.world(), {}, to, false, {},
                                              [](Step step) { return step >= 4000; });
  CHECK(branch.seal.end == RunEnd::interrupted);
  CHECK(branch.seal.step >= 4000);
  CHECK(branch.seal.step < made.seal.step);
  const Verification result = made.verified(to);
  CHECK_FALSE(result.divergence);
  CHECK(result.steps == branch.seal.step);
  // Forked itself it goes as far.
  const RecordedBranch again = made.fork(to, branch.seal.step - 5, made.path("c.rpj"));
  CHECK(again.seal.prefix == branch.seal.prefix);
  CHECK(again.seal.root == branch.seal.root);
}

TEST_CASE("what cannot be leaves no branch") {
  const Meadow made;
  const Journal journal = open_history(made.root);
  CheckedPlayer player(journal, made.catalog, made.factory);
  player.run_to(3000, time_max, {});
  const auto to = made.path("b.rpj");
  CHECK_THROWS_AS(record_branch(journal, player.world(), setting("plaice", "1"), to, false),
                  std::runtime_error);
  BranchPlan late;
  late.inputs = {input_at(1ms, AgentId{1}, Note{1})};
  CHECK_THROWS_AS(record_branch(journal, player.world(), std::move(late), to, false),
                  std::invalid_argument);
  BranchPlan to_nobody;
  to_nobody.inputs = {input_at(40s, AgentId{999}, Note{1})};
  CHECK_THROWS_AS(record_branch(journal, player.world(), std::move(to_nobody), to, false),
                  std::invalid_argument);
  CHECK_FALSE(std::filesystem::exists(to));
}

TEST_CASE("a journal that is still being written is forked up to its last checkpoint") {
  const Meadow made;
  const auto torn = made.path("torn.rpj");
  std::uint64_t last_checkpoints = 0;
  const Journal whole(made.root);
  for (const FrameEntry& entry : whole.frames()) {
    if (entry.type == FrameType::checkpoints) last_checkpoints = entry.offset;
  }
  write_bytes(torn, file_bytes(made.root).substr(0, last_checkpoints + 100));
  std::filesystem::remove(made.root);
  const Journal journal = open_history(torn);
  REQUIRE_FALSE(journal.seal());
  REQUIRE(journal.last_step() > 4096);
  REQUIRE(journal.last_step() < whole.last_step());
  const RecordedBranch branch = made.fork(torn, 4500, made.path("b.rpj"));
  CHECK(branch.seal.step == journal.last_step());
  CHECK_FALSE(made.verified(made.path("b.rpj")).divergence);
}

}  // namespace
}  // namespace reprise
