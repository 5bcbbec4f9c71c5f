#include "timeline/difference.hpp"

#include <catch2/catch.hpp>
#include <map>

#include "agents/standard_catalog.hpp"
#include "engine/random.hpp"
#include "replay/branch.hpp"
#include "replay/compaction.hpp"
#include "replay/lineage.hpp"
#include "replay/salvage.hpp"
#include "scenarios/scenario.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temp_dir.hpp"
#include "timeline/parting.hpp"
#include "timeline/timeline.hpp"
#include "tools/world_factory.hpp"

namespace reprise {
namespace {

using namespace test;

/// A history as it is when it is simply lived from its start to its end.
struct Straight : Observer {
  const Simulation* world = nullptr;
  std::vector<Digest> prefixes;     ///< By step - 1, before edits after it.
  std::vector<std::string> events;  ///< What was delivered, without the sender's number.
  std::unique_ptr<Player> player;   ///< Stands at the end.

  Straight(const RecordedHistory& history)
      : player(std::make_unique<Player>(history.journal, history.catalog, history.factory)) {
    world = &player->world();
    player->observe(*this);
    player->run_to(history.journal.last_step());
    player->forget(*this);
    player->stand_at(history.journal.last_at());
  }

  bool wants_deliveries() const override { return true; }
  bool wants_checkpoints() const override { return false; }
  void on_delivery(const Delivery& delivery) override {
    prefixes.push_back(world->prefix());
    const Event& event = delivery.event;
    events.push_back(std::to_string(event.key.at.time_since_epoch().count()) + ' ' +
                     std::to_string(number(event.key.from)) + ' ' +
                     std::to_string(number(event.to)) + ' ' + std::string(event.kind->name) +
                     json_text(to_json(*event.kind->fields, event.message)));
  }
};

/// The first step whose values are not the same, or that only one has.
template <class T>
Step first_different(const std::vector<T>& a, const std::vector<T>& b) {
  const auto [x, y] = std::ranges::mismatch(a, b);
  return static_cast<Step>(x - a.begin()) + 1;
}

using Fields = std::map<std::string, std::vector<std::string>>;

/// The paths of what differs, by agent.
Fields straight_differences(const Simulation& a, const Simulation& b) {
  Fields all;
  for (std::uint32_t id = 1; id <= a.agent_count(); ++id) {
    const std::string name = a.name_of(AgentId{id});
    const AgentId other = *b.find(name);
    if (a.view(AgentId{id}) == b.view(other)) continue;
    const auto found =
        field_differences(*a.type_of_agent(AgentId{id}).fields, a.view(AgentId{id}), b.view(other));
    for (const FieldDifference& field : found) all[name].push_back(field.path);
  }
  return all;
}

Fields told_differences(const StateDifference& state) {
  Fields all;
  for (const AgentDifference& agent : state.agents) {
    for (const FieldDifference& field : agent.fields) all[agent.name].push_back(field.path);
  }
  return all;
}

struct Plan {
  std::string file;
  Duration until;
  std::string agent;  ///< One of which an edit sets a field,
  std::string path;
};

/// A shipped scenario, recorded with keyframes.
struct Recorded {
  TempDir folder;
  Catalog catalog = standard_catalog();
  WorldFactory factory = world_factory(catalog);
  std::unique_ptr<Journal> base;
  int branches = 0;

  explicit Recorded(const Plan& plan) {
    base = std::make_unique<Journal>(run(plan, "base.rpj", std::nullopt));
  }

  std::filesystem::path run(const Plan& plan, const char* name, std::optional<std::uint64_t> seed) {
    const Scenario scenario =
        load_scenario(std::filesystem::path(REPRISE_SOURCE_DIR "/scenarios/library") / plan.file,
                      catalog, {}, seed);
    const auto world = build_world(scenario, catalog);
    JournalHeader header = header_of(*world);
    header.scenario = scenario.canonical;
    header.seed = scenario.seed;
    InputList inputs;
    Session session(*world, inputs);
    JournalWriter writer(folder.path() / name, header, {}, true);
    Recorder recorder(*world, writer, {.keyframes = KeyframePolicy::every(7'000)});
    const RunLimit limit{.until = Time(plan.until)};
    recorder.finish(session.run(limit), limit);
    return folder.path() / name;
  }

  RecordedHistory history(const Journal& journal) const { return {journal, catalog, factory}; }

  Journal branch(const Journal& journal, Step step, BranchPlan plan) {
    Timeline timeline(journal, catalog, factory);
    timeline.seek(step);
    plan.limit = limit_of(journal);
    const auto path = folder.path() / ("branch" + std::to_string(++branches) + ".rpj");
    record_branch(journal, timeline.world(), std::move(plan), path, false,
                  KeyframePolicy::every(9'000));
    return open_history(path);
  }

  Difference diff(const Journal& a, const Journal& b) const {
    return difference(history(a), history(b), EndOfRun(), {.agents = 100'000, .fields = 100'000});
  }
};

const std::vector<Plan>& plans() {
  static const std::vector<Plan> all{{"market/thin_market.toml", 90s, "trader[3]", "position"},
                                     {"queueing/mm3.toml", 40'000s, "station", "departed"},
                                     {"phold/phold.toml", 30s, "phold[7]", "handled"}};
  return all;
}

/// With many checkpoints.
Plan long_plan() {
  return {"queueing/mm3.toml", 2'000'000s, "", ""};
}

/// What difference() says is what living both from start to end shows.
void expect_straight(const Recorded& recorded, const Journal& a, const Journal& b) {
  const Difference told = recorded.diff(a, b);
  const Straight ours(recorded.history(a));
  const Straight theirs(recorded.history(b));
  const bool same = ours.world->prefix() == theirs.world->prefix() &&
                    ours.world->state_root() == theirs.world->state_root();
  REQUIRE(told.equal == same);
  CHECK(told.digests_compared <= 64);
  if (same) return;
  REQUIRE(told.first);
  const Step expected = first_different(ours.prefixes, theirs.prefixes);
  CHECK(told.first->step == expected);
  CHECK(told.first->exact);
  CHECK(told.first->refusal_a.empty());
  CHECK(told.first->refusal_b.empty());
  const Step events = first_different(ours.events, theirs.events);
  if (told.first->how == Parted::events) {
    CHECK(events == expected);
  } else {
    CHECK(told.first->how == Parted::edits);
    const bool is_near =
        events < expected + 100'000 && events <= std::max(ours.events.size(), theirs.events.size());
    REQUIRE(told.first->later.has_value() == is_near);
    if (is_near) {
      CHECK(told.first->later->step == events);
      CHECK(told.first->later->a.event.has_value() == (events <= ours.events.size()));
      CHECK(told.first->later->b.event.has_value() == (events <= theirs.events.size()));
    }
  }
  for (const auto& [side, straight] :
       {std::pair(&told.first->a, &ours), {&told.first->b, &theirs}}) {
    REQUIRE(side->event.has_value() == (expected <= straight->events.size()));
    if (side->event) CHECK(side->event->event.step == expected);
  }
  REQUIRE(told.state);
  CHECK(told.step_a == ours.world->steps());
  CHECK(told.step_b == theirs.world->steps());
  const Fields fields = straight_differences(*ours.world, *theirs.world);
  CHECK(told_differences(*told.state) == fields);
  CHECK(told.state->fields_differ == fields.size());
  const auto& agents = told.state->agents;
  CHECK(std::ranges::is_sorted(agents, std::ranges::greater(), &AgentDifference::fields_count));
  const Difference back = recorded.diff(b, a);
  CHECK(back.first->step == expected);
  CHECK(back.inputs.only_a == told.inputs.only_b);
}

TEST_CASE("a run and its branches part where living them step by step shows it") {
  for (const Plan& plan : plans()) {
    INFO(plan.file);
    Recorded recorded(plan);
    const Step last = recorded.base->last_step();
    REQUIRE(last > 20'000);
    Random random(1, plan.file);
    std::vector<Journal> branches;
    for (int i = 0; i < 4; ++i) {
      const auto step = static_cast<Step>(random.uniform(0, static_cast<std::int64_t>(last) - 1));
      INFO(step);
      BranchPlan edits;
      if (i % 2 == 0) edits.edits.emplace_back(Reseed{"", 5});
      if (i % 2 == 1) edits.edits.emplace_back(SetField{plan.agent, plan.path, "1"});
      if (i == 3) edits.edits.emplace_back(Reseed{plan.agent, 8});
      branches.push_back(recorded.branch(*recorded.base, step, std::move(edits)));
      expect_straight(recorded, *recorded.base, branches.back());
    }
    expect_straight(recorded, branches[0], branches[1]);
    expect_straight(recorded, branches[3], branches[2]);
    const Step later = (branches[0].header().parent->step + branches[0].last_step()) / 2;
    const Journal grandchild =
        recorded.branch(branches[0], later, {.edits = {Payload(Reseed{"", 77})}});
    expect_straight(recorded, branches[0], grandchild);
    expect_straight(recorded, *recorded.base, grandchild);
  }
}

TEST_CASE("two runs with other seeds part at their first event that differs") {
  for (const Plan& plan : plans()) {
    INFO(plan.file);
    Recorded recorded(plan);
    const Journal other(recorded.run(plan, "other.rpj", 99));
    expect_straight(recorded, *recorded.base, other);
    const Difference told = recorded.diff(*recorded.base, other);
    CHECK_FALSE(told.same_seed);
    CHECK_FALSE(told.same_start);
    CHECK(told.same_scenario);
    REQUIRE(told.first->agent);
  }
}

TEST_CASE("what holds the same history is equal") {
  Recorded recorded(plans()[0]);
  const Journal& base = *recorded.base;
  const auto expect_equal = [&](const Journal& other) {
    const Difference told = recorded.diff(base, other);
    CHECK(told.equal);
    CHECK_FALSE(told.first);
    CHECK(told.digests_compared <= 64);
    CHECK(recorded.diff(other, base).equal);
  };
  expect_equal(base);
  compact(base, recorded.folder.path() / "compact.rpj", false);
  expect_equal(Journal(recorded.folder.path() / "compact.rpj"));
  for (const Step step : {Step{0}, Step{1}, Step{4096}, Step{5000}, base.last_step()}) {
    INFO(step);
    expect_equal(recorded.branch(base, step, {}));
  }
}

TEST_CASE("a salvaged journal is equal to the whole one though some of the proof is lost") {
  Recorded recorded(long_plan());
  const Journal& base = *recorded.base;
  std::string bytes = file_bytes(base.path());
  std::vector<FrameEntry> proofs;
  for (const FrameEntry& entry : base.frames()) {
    if (entry.type == FrameType::checkpoints) proofs.push_back(entry);
  }
  REQUIRE(proofs.size() > 8);
  bytes[proofs[proofs.size() / 2].end() - 9] ^= 1;
  write_bytes(recorded.folder.path() / "damaged.rpj", bytes);
  const auto path = recorded.folder.path() / "salvaged.rpj";
  salvage(recorded.folder.path() / "damaged.rpj", path, false);
  const Journal salvaged(path);
  REQUIRE(salvaged.gaps().size() == 1);
  CHECK(recorded.diff(base, salvaged).equal);
  CHECK(recorded.diff(salvaged, base).equal);
  Random random(6, "salvaged");
  for (int i = 0; i < 6; ++i) {
    const auto step =
        static_cast<Step>(random.uniform(1, static_cast<std::int64_t>(base.last_step()) - 1));
    INFO(step);
    const Journal branch = recorded.branch(base, step, {.edits = {Payload(Reseed{"", 5})}});
    const Difference told = recorded.diff(salvaged, branch);
    CHECK(told.first->step == step + 1);
    CHECK(told.first->exact);
  }
}

TEST_CASE("a journal that is cut off parts from the whole one where it ends") {
  Recorded recorded(long_plan());
  const Journal& base = *recorded.base;
  const std::string bytes = file_bytes(base.path());
  const auto cut = recorded.folder.path() / "cut.rpj";
  write_bytes(cut, bytes.substr(0, bytes.size() / 2));
  const Journal torn(cut);
  REQUIRE(torn.last_step() > 1'000);
  REQUIRE(torn.last_step() < base.last_step());
  const Difference told = recorded.diff(base, torn);
  REQUIRE(told.first);
  CHECK(told.first->how == Parted::end);
  CHECK(told.first->step == torn.last_step() + 1);
  CHECK(told.first->exact);
  REQUIRE(told.first->a.event);
  CHECK(told.first->a.event->event.step == torn.last_step() + 1);
  CHECK_FALSE(told.first->b.event);
  CHECK_FALSE(told.first->agent);
}

TEST_CASE("of runs that cannot be lived the digests say where they part") {
  Recorded recorded(plans()[0]);
  const Journal& base = *recorded.base;
  const Step step = base.last_step() / 3;
  const Journal branch = recorded.branch(base, step, {.edits = {Payload(Reseed{"", 5})}});
  const Catalog empty;
  const WorldFactory none = [](const JournalHeader&) -> std::unique_ptr<Simulation> {
    throw JournalError("a scenario", "has kinds that nobody knows");
  };
  const RecordedHistory a{base, empty, none};
  const RecordedHistory b{branch, empty, none};
  const Difference told = difference(a, b);
  REQUIRE(told.first);
  CHECK_FALSE(told.equal);
  CHECK_FALSE(told.first->exact);
  CHECK(told.first->same <= step);
  CHECK(told.first->step > step);
  CHECK(told.first->step < step + 8);
  CHECK_FALSE(told.first->refusal_a.empty());
  CHECK_FALSE(told.state);
  CHECK(told.inputs.only_b == 1);
  CHECK(difference(a, a).equal);
  const Difference half = difference(recorded.history(base), b);
  CHECK_FALSE(half.first->exact);
  CHECK(half.first->a.event);
  CHECK_FALSE(half.first->b.event);
}

TEST_CASE("bisection compares few digests of many checkpoints") {
  Recorded recorded(long_plan());
  const Journal& base = *recorded.base;
  CHECK(base.checkpoints() > 250);
  Random random(3, "bisection");
  for (int i = 0; i < 8; ++i) {
    const auto step =
        static_cast<Step>(random.uniform(1, static_cast<std::int64_t>(base.last_step())));
    const Journal branch = recorded.branch(base, step, {.edits = {Payload(Reseed{"", 5})}});
    const Parting found = parting(base, branch);
    INFO(step);
    CHECK(found.differs > step);
    CHECK(found.differs < step + 8);
    CHECK(found.same <= step);
    CHECK(found.digests_compared <= 24);
    CHECK(found.digests_compared < base.checkpoints());
  }
}

TEST_CASE("a position that one of two runs does not have is refused") {
  Recorded recorded(plans()[1]);
  const RecordedHistory history = recorded.history(*recorded.base);
  CHECK_THROWS_AS(difference(history, history, recorded.base->last_step() + 1), PositionError);
}

}  // namespace
}  // namespace reprise
