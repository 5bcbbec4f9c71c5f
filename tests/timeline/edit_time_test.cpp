#include <catch2/catch.hpp>

#include "replay/branch.hpp"
#include "replay/lineage.hpp"
#include "replay/verify.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temp_dir.hpp"
#include "timeline/timeline.hpp"

namespace reprise {
namespace {

using namespace test;
namespace fs = std::filesystem;

std::unique_ptr<Simulation> counter(const Catalog& catalog) {
  auto world = std::make_unique<Simulation>(catalog, 1);
  world->add("fragile", Fragile{});
  return world;
}

/// One is added every 100 ms up to a second, and in a branch the sum is set at 250 ms: after step
/// 3, at 200 ms.
struct Counted {
  TempDir folder;
  Catalog catalog = test_catalog();
  WorldFactory factory = [this](const JournalHeader&) { return counter(catalog); };
  fs::path root = path("root.rpj");
  fs::path branch = path("branch.rpj");
  Seal root_seal;
  Seal branch_seal;

  Counted() {
    std::vector<Input> inputs;
    for (int i = 0; i <= 10; ++i) inputs.push_back(input_at(i * 100ms, AgentId{1}, Note{1}));
    InputList listed(inputs);
    const auto world = counter(catalog);
    root_seal = record(root, *world, listed, {.until = Time(1s)});
    branch_seal = fork(root, Time(250ms), branch, setting(77)).seal;
  }

  fs::path path(const std::string& name) const { return folder.path() / name; }

  static BranchPlan setting(int sum) {
    BranchPlan plan;
    plan.edits.emplace_back(SetField{"fragile", "sum", std::to_string(sum)});
    return plan;
  }

  RecordedBranch fork(const fs::path& from, const Position& at, const fs::path& to,
                      BranchPlan plan = {}) const {
    const Journal journal = open_history(from);
    Timeline timeline(journal, catalog, factory);
    timeline.seek(at);
    if (plan.limit.until == time_max) plan.limit = limit_of(journal);
    return record_branch(journal, timeline.world(), std::move(plan), to, false);
  }

  std::int64_t sum_at(const fs::path& which, const Position& position) const {
    const Journal journal = open_history(which);
    Timeline timeline(journal, catalog, factory);
    timeline.seek(position);
    return sum_of(timeline.world());
  }

  static std::int64_t sum_of(const Simulation& world) {
    return world.agent<Fragile>(AgentId{1})->sum;
  }

  void expect_verified(const fs::path& which, Step steps) const {
    const Verification result = verify(open_history(which), catalog, factory);
    CHECK_FALSE(result.divergence);
    CHECK(result.steps == steps);
  }
};

TEST_CASE("an edit takes effect at its time and not with the event before it") {
  const Counted made;
  const Journal journal = open_history(made.branch);
  Timeline timeline(journal, made.catalog, made.factory);
  struct Moment {
    Position position;
    Duration now;
    std::int64_t sum;
  };
  for (const auto& [position, now, sum] :
       {Moment{Time(249ms), 249ms, 3}, Moment{Time(250ms), 250ms, 77}, Moment{Step{3}, 250ms, 77},
        Moment{Time(200ms), 200ms, 3}, Moment{Time(299ms), 299ms, 77},
        Moment{Time(249ms), 249ms, 3}, Moment{Step{4}, 300ms, 78}}) {
    INFO(to_string(position));
    timeline.seek(position);
    CHECK(timeline.world().now() == Time(now));
    CHECK(Counted::sum_of(timeline.world()) == sum);
  }
  made.expect_verified(made.branch, made.root_seal.step);
}

TEST_CASE("a branch that begins between a step and an edit after it is lived past both") {
  const Counted made;
  made.fork(made.branch, Time(240ms), made.path("two.rpj"), Counted::setting(5));
  made.fork(made.branch, Time(249ms), made.path("same.rpj"));
  for (const char* name : {"two.rpj", "same.rpj"}) {
    INFO(name);
    const Journal journal = open_history(made.path(name));
    Timeline timeline(journal, made.catalog, made.factory);
    for (const Step step : {Step{3}, Step{4}, Step{2}, Step{3}, Step{5}, journal.last_step()}) {
      timeline.seek(Position(step));
      CHECK(timeline.world().steps() == step);
    }
    timeline.seek(Position(Step{3}));
    CHECK(Counted::sum_of(timeline.world()) == 77);
    const Question is_77{
        .holds = [](const Simulation& world) { return Counted::sum_of(world) == 77; }};
    timeline.seek(Position(Step{0}));
    const auto found = timeline.find(Direction::forward, is_77);
    REQUIRE(found);
    CHECK(found->step == 3);
    CHECK(found->edited);
  }
}

TEST_CASE("a branch that leaves before an edit has it later") {
  const Counted made;
  const RecordedBranch same = made.fork(made.branch, Time(249ms), made.path("same.rpj"));
  CHECK(same.parent == made.root);
  CHECK(same.seal.prefix == made.branch_seal.prefix);
  CHECK(same.seal.root == made.branch_seal.root);
  CHECK(made.sum_at(made.path("same.rpj"), Time(249ms)) == 3);
  CHECK(made.sum_at(made.path("same.rpj"), Time(250ms)) == 77);
  made.expect_verified(made.path("same.rpj"), same.seal.step);

  const fs::path two = made.path("two.rpj");
  const RecordedBranch earlier = made.fork(made.branch, Time(240ms), two, Counted::setting(5));
  CHECK(earlier.parent == made.root);
  CHECK(made.sum_at(two, Time(239ms)) == 3);
  CHECK(made.sum_at(two, Time(245ms)) == 5);
  CHECK(made.sum_at(two, Time(250ms)) == 77);
  made.expect_verified(two, earlier.seal.step);
  for (const auto& [at, parent] :
       {std::pair(239ms, made.root), std::pair(240ms, two), std::pair(245ms, two),
        std::pair(250ms, two), std::pair(260ms, two), std::pair(300ms, two)}) {
    INFO(at.count() << " ms");
    const fs::path to = made.path(std::to_string(at.count()) + ".rpj");
    const RecordedBranch again = made.fork(two, Time(at), to);
    CHECK(again.parent == parent);
    CHECK(again.seal.prefix == earlier.seal.prefix);
    CHECK(again.seal.root == earlier.seal.root);
    made.expect_verified(to, again.seal.step);
  }
}

TEST_CASE("a branch that ends before a recorded edit does not make it") {
  const Counted made;
  for (const Position& at : {Position(Step{2}), Position(Time(240ms))}) {
    BranchPlan plan;
    plan.limit = {.until = Time(249ms)};
    const fs::path to = made.path("short.rpj");
    fs::remove(to);
    const RecordedBranch branch = made.fork(made.branch, at, to, std::move(plan));
    CHECK(branch.seal.at == Time(249ms));
    CHECK(branch.seal.end == RunEnd::until);
    CHECK(branch.seal.step == 3);
    CHECK(made.sum_at(to, EndOfRun()) == 3);
    made.expect_verified(to, 3);
  }
}

TEST_CASE("a new input may come between an event and the recorded edit after it") {
  const Counted made;
  BranchPlan plan;
  plan.inputs = {input_at(240ms, AgentId{1}, Note{10})};
  const fs::path to = made.path("sent.rpj");
  const RecordedBranch branch = made.fork(made.branch, Step{2}, to, std::move(plan));
  CHECK(branch.seal.step == made.branch_seal.step + 1);
  made.expect_verified(to, branch.seal.step);
  CHECK(made.sum_at(to, Step{4}) == 87);
}

}  // namespace
}  // namespace reprise
