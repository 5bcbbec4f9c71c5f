#include "timeline/causality.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "engine/faults.hpp"
#include "engine/json.hpp"
#include "engine/network_plan.hpp"
#include "engine/random.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temp_dir.hpp"
#include "timeline/timeline.hpp"

namespace reprise {
namespace {

using namespace test;
using Catch::Matchers::Contains;

/// A step as it was seen when it happened.
struct Happened {
  EventKey key;
  AgentId to{};
  std::string kind;
  std::string message;
  std::string receiver;  ///< Its fields afterwards.
  std::uint64_t sent = 0;
  std::uint32_t agents = 0;
  std::optional<std::size_t> cause{};  ///< An index among them.
};

struct Taken {
  Input input;
  Step step = 0;
};

/// Sees everything, and looks for each cause afterwards: the first step of its sender after which
/// that had sent more than the event's number.
struct Witness : Observer {
  const Simulation& world;
  std::vector<Happened> events;
  std::vector<Taken> inputs;

  explicit Witness(const Simulation& simulation) : world(simulation) {}

  bool wants_deliveries() const override { return true; }
  void on_input(const Input& input, Step step) override { inputs.push_back({input, step}); }

  void on_delivery(const Delivery& delivery) override {
    const Event& event = delivery.event;
    const bool to_world = event.to == world_id;
    events.push_back({.key = event.key,
                      .to = event.to,
                      .kind = std::string(event.kind->name),
                      .message = json_text(to_json(*event.kind->fields, event.message)),
                      .receiver = to_world ? "" : json_text(world.view(event.to)),
                      .sent = to_world ? 0 : world.sent(event.to),
                      .agents = world.agent_count()});
  }

  void find_causes() {
    for (Happened& event : events) {
      if (event.key.from == world_id) continue;
      std::size_t j = 0;
      while (events[j].to != event.key.from || events[j].sent <= event.key.seq) ++j;
      event.cause = j;
    }
  }
};

/// The inputs of a meadow, with orders to the world and edits among them, each with a number of its
/// own, so that those that are left stay the same when one is left out.
std::vector<Input> all_inputs() {
  std::vector<Input> inputs = meadow_inputs();
  const auto add_at = [&](Duration at, auto message) {
    const auto place = std::ranges::upper_bound(inputs, Time(at), {}, &Input::at);
    inputs.insert(place, input_at(at, world_id, message));
  };
  add_at(100ms, SetField{"walker[1]", "place", "7"});
  add_at(150ms, Reseed{"walker[2]", 5});
  std::uint64_t seq = 100;
  for (Input& input : inputs) {
    input.seq = seq++;
    input.producer_seq = 0;
  }
  return inputs;
}

struct Lived {
  std::vector<Happened> events;
  std::vector<Taken> inputs;
};

/// A second of a meadow and what was seen of it, as a journal with keyframes.
struct Seen {
  TempDir folder;
  Catalog catalog = test_catalog();
  WorldFactory factory = meadow_factory(catalog);
  Lived lived;
  std::unique_ptr<Journal> journal;

  Seen() {
    lived = live(all_inputs(), "a.rpj", true);
    journal = std::make_unique<Journal>(folder.path() / "a.rpj");
  }

  Lived live(std::vector<Input> inputs, const char* name, bool edits) const {
    const auto world = meadow(catalog);
    Witness witness(*world);
    world->observe(witness);
    if (edits) {  // before the first input later than the step they come after
      const auto after = [&](Duration at, Input edit) {
        const auto place = std::ranges::upper_bound(inputs, Time(at), {}, &Input::at);
        edit.seq = 500 + *edit.after;
        edit.at = Time(at);
        inputs.insert(place, std::move(edit));
      };
      after(201ms, edit_after(step_at(201ms), SetField{"walker[3]", "place", "100"}));
      after(202ms, edit_after(step_at(202ms), Reseed{"", 9}));
    }
    InputList source(inputs);
    record(folder.path() / name, *world, source, {.until = Time(500ms)}, KeyframePolicy::every(50));
    witness.find_causes();
    return {witness.events, witness.inputs};
  }

  /// The last step up to a time, without edits.
  Step step_at(Duration at) const {
    const auto world = meadow(catalog);
    InputList source(all_inputs());
    Session session(*world, source);
    session.run({.until = Time(at)});
    return world->steps();
  }

  RecordedHistory history() const { return {*journal, catalog, factory}; }
};

const Seen& seen() {
  static const Seen the_meadow;
  return the_meadow;
}

std::string text_of(const DeliveredEvent& event) {
  return json_text(to_json(*event.kind->fields, event.message));
}

void expect_seen(const KeptEvent& kept) {
  const Happened& expected = seen().lived.events.at(kept.event.step - 1);
  CHECK(kept.event.at == expected.key.at);
  CHECK(kept.event.hop == expected.key.hop);
  CHECK(kept.event.kind->name == expected.kind);
  CHECK(text_of(kept.event) == expected.message);
  REQUIRE(kept.event.cause.has_value() == expected.cause.has_value());
  if (expected.cause) CHECK(*kept.event.cause == *expected.cause + 1);
}

std::vector<Step> steps_of(const std::vector<KeptEvent>& events) {
  std::vector<Step> steps;
  for (const KeptEvent& each : events) steps.push_back(each.event.step);
  return steps;
}

/// From the event of `step` back, by looking.
std::vector<Step> chain_to(Step step) {
  std::vector<Step> chain{step};
  while (const auto cause = seen().lived.events[chain.back() - 1].cause) {
    chain.push_back(*cause + 1);
  }
  return chain;
}

TEST_CASE("a causal chain leads from any event back to an input or to Start") {
  CHECK(seen().journal->keyframes() > 8);
  Random random(1, "chains");
  std::size_t longest = 0;
  std::set<std::string> roots;
  for (int i = 0; i < 40; ++i) {
    const auto step = static_cast<Step>(random.uniform(1, std::ssize(seen().lived.events)));
    INFO(step);
    const CausalChain chain = causal_chain(seen().history(), step, 100'000);
    const std::vector<Step> expected = chain_to(step);
    CHECK(steps_of(chain.events) == expected);
    CHECK(chain.length == expected.size());
    CHECK(chain.left_out() == 0);
    for (const KeptEvent& each : chain.events) expect_seen(each);
    CHECK(chain.events.back().event.from == "world");
    roots.insert(std::string(chain.events.back().event.kind->name));
    longest = std::max(longest, expected.size());
  }
  CHECK(longest > 20);
  CHECK(roots == std::set<std::string>{"reprise.start", "test.note"});
}

TEST_CASE("of a long chain the nearest events are kept and the one that it begins with") {
  const Step step = seen().lived.events.size();
  std::vector<Step> expected = chain_to(step);
  const std::size_t length = expected.size();
  REQUIRE(length > 10);
  const CausalChain chain = causal_chain(seen().history(), step, 4);
  expected.erase(expected.begin() + 4, expected.end() - 1);
  CHECK(steps_of(chain.events) == expected);
  CHECK(chain.length == length);
  CHECK(chain.left_out() == length - 5);
  for (const KeptEvent& each : chain.events) expect_seen(each);
}

/// How many messages were sent in the deliveries of these steps.
std::size_t sent_by(const std::vector<Step>& steps) {
  std::map<AgentId, std::uint64_t> sent;
  std::size_t all = 0;
  for (std::size_t i = 0; i < seen().lived.events.size(); ++i) {
    const Happened& event = seen().lived.events[i];
    const std::uint64_t before = std::exchange(sent[event.to], event.sent);
    if (std::ranges::find(steps, i + 1) != steps.end()) all += event.sent - before;
  }
  return all;
}

TEST_CASE("what an event caused is what its deliveries sent and so on") {
  const std::vector<Happened>& events = seen().lived.events;
  Random random(2, "consequences");
  std::size_t most = 0;
  for (int i = 0; i < 40; ++i) {
    const auto step = static_cast<Step>(random.uniform(1, std::ssize(events)));
    INFO(step);
    std::vector<Step> expected{step};
    for (std::size_t j = step; j < events.size(); ++j) {
      const auto& cause = events[j].cause;
      if (cause && std::ranges::find(expected, *cause + 1) != expected.end()) {
        expected.push_back(j + 1);
      }
    }
    const Consequences all = consequences(seen().history(), step, events.size());
    CHECK(steps_of(all.events) == expected);
    CHECK(all.complete);
    CHECK(all.under_way == sent_by(expected) - (expected.size() - 1));
    for (const KeptEvent& each : all.events) expect_seen(each);
    most = std::max(most, expected.size());
    const Consequences few = consequences(seen().history(), step, 3);
    if (expected.size() > 4) {
      CHECK_FALSE(few.complete);
      expected.resize(4);
    }
    CHECK(steps_of(few.events) == expected);
  }
  CHECK(most > 20);
}

/// The past of the event of `step` by its definition: what has to be in it is put in until no more
/// has to be.
struct NaivePast {
  std::set<Step> events;
  std::vector<std::uint64_t> inputs;  ///< By number.

  explicit NaivePast(Step step) {
    const std::vector<Happened>& all = seen().lived.events;
    std::vector<Step> fresh{step};
    const auto put = [&](Step each) {
      if (events.insert(each).second) fresh.push_back(each);
    };
    events.insert(step);
    while (!fresh.empty()) {
      const Step each = fresh.back();
      fresh.pop_back();
      const Happened& event = all[each - 1];
      if (event.cause) put(*event.cause + 1);
      if (event.to == world_id) continue;
      for (Step before = 1; before < each; ++before) {
        if (all[before - 1].to == event.to) put(before);
      }
      for (Step birth = 2; birth <= each; ++birth) {
        const std::uint32_t id = number(event.to);
        if (all[birth - 2].agents < id && id <= all[birth - 1].agents) put(birth);
      }
    }
    const std::set<Step> of_agents = events;
    for (std::size_t i = 0; i < seen().lived.inputs.size(); ++i) {
      const Taken& taken = seen().lived.inputs[i];
      const bool is_step = !taken.input.after;
      bool is_in = is_step && of_agents.contains(taken.step);
      if (taken.input.to == world_id) {
        const SetField* set = taken.input.payload.as<SetField>();
        const Reseed* reseed = taken.input.payload.as<Reseed>();
        const std::string name = set != nullptr ? set->agent : reseed->agent;
        for (const Step each : of_agents) {
          const AgentId to = all[each - 1].to;
          if (each <= taken.step || to == world_id) continue;
          is_in = is_in || name.empty() || meadow(seen().catalog)->find(name) == to;
        }
      }
      if (!is_in) continue;
      inputs.push_back(i + 1);
      if (is_step) events.insert(taken.step);
    }
  }
};

TEST_CASE("the causal past of an event is what its definition says") {
  const std::vector<Taken>& inputs = seen().lived.inputs;
  Random random(3, "pasts");
  std::size_t edits = 0;
  std::size_t left_out = 0;
  for (int i = 0; i < 60; ++i) {
    const auto step = static_cast<Step>(random.uniform(1, std::ssize(seen().lived.events)));
    INFO(step);
    const NaivePast expected(step);
    const CausalPast past = causal_past(seen().history(), step, inputs.size());
    std::vector<std::uint64_t> numbers;
    for (const CausalPast::Cause& cause : past.inputs) {
      numbers.push_back(cause.number);
      const Taken& taken = inputs.at(cause.number - 1);
      CHECK(cause.step == taken.step);
      CHECK(cause.input.seq == taken.input.seq);
      CHECK(cause.input.after == taken.input.after);
      edits += taken.input.after ? 1 : 0;
    }
    CHECK(numbers == expected.inputs);
    CHECK(past.inputs_count == expected.inputs.size());
    CHECK(past.events_count == expected.events.size());
    const auto before = std::ranges::count_if(inputs, [&](const Taken& taken) {
      return taken.input.after ? taken.step < step : taken.step <= step;
    });
    CHECK(past.inputs_before == static_cast<std::uint64_t>(before));
    left_out += past.inputs_before - past.inputs_count;
    const CausalPast latest = causal_past(seen().history(), step, 2);
    CHECK(latest.inputs_count == past.inputs_count);
    REQUIRE(latest.inputs.size() == std::min<std::size_t>(2, numbers.size()));
    if (!numbers.empty()) CHECK(latest.inputs.back().number == numbers.back());
  }
  CHECK(edits > 10);
  CHECK(left_out > 100);
}

TEST_CASE("an event is the same without the inputs that are not in its past") {
  const std::vector<Happened>& events = seen().lived.events;
  Random random(4, "left out");
  std::size_t compared = 0;
  while (compared < 12) {
    const auto step = static_cast<Step>(random.uniform(200, std::ssize(events)));
    const Happened& event = events[step - 1];
    if (event.to == world_id) continue;
    const CausalPast past = causal_past(seen().history(), step, 1'000);
    std::set<std::uint64_t> needed;
    for (const CausalPast::Cause& cause : past.inputs) needed.insert(*cause.input.seq);
    std::vector<Input> rest = all_inputs();
    const std::size_t before = rest.size();
    std::erase_if(rest, [&](const Input& input) { return !needed.contains(*input.seq); });
    if (rest.size() == before) continue;
    // Edits have their steps, which would not be the same ones: what is looked at has none.
    const bool has_edits = std::ranges::any_of(
        past.inputs, [](const CausalPast::Cause& cause) { return cause.input.after.has_value(); });
    if (has_edits) continue;
    INFO(step << ", without " << before - rest.size());
    const Lived without = seen().live(rest, "b.rpj", false);
    const auto same = std::ranges::find(without.events, event.key, &Happened::key);
    REQUIRE(same != without.events.end());
    CHECK(same->to == event.to);
    CHECK(same->message == event.message);
    CHECK(same->receiver == event.receiver);
    ++compared;
  }
}

/// Keeps a number that it was born with or told, and hears of nothing at its birth.
struct Child {
  using Handles = Messages<Note>;
  std::int64_t number = 0;
  REPRISE_FIELDS(number)

  void on(const Note& note) { number += note.value; }
};

/// Gives birth once, to what it has heard by then.
struct Mother {
  using Handles = Messages<Start, Tick, Note>;
  using Spawns = Kinds<Child>;
  std::int64_t heard = 0;
  REPRISE_FIELDS(heard)

  void on(const Start&, Context& world) { world.wake(10ms, Tick{}); }
  void on(const Tick&, Context& world) { world.spawn(Child{heard}); }
  void on(const Note& note, Context&) { heard += note.value; }
};

TEST_CASE("what a newborn does depends on what its parent heard before its birth") {
  const TempDir folder;
  Catalog catalog;
  catalog.add<Child>("child").add<Mother>("mother");
  const WorldFactory factory = [&](const JournalHeader&) {
    auto world = std::make_unique<Simulation>(catalog, 1);
    world->add("mother", Mother{});
    return world;
  };
  const auto world = factory({});
  InputList inputs({input_at(5ms, AgentId{1}, Note{1}), input_at(20ms, AgentId{1}, Note{2}),
                    input_at(30ms, AgentId{2}, Note{3})});
  record(folder.path() / "a.rpj", *world, inputs, {.until = Time(1s)}, KeyframePolicy::every(2));
  const Journal journal(folder.path() / "a.rpj");
  REQUIRE(journal.last_step() == 5);
  const CausalPast past = causal_past({journal, catalog, factory}, 5, 10);
  REQUIRE(past.inputs.size() == 2);
  CHECK(past.inputs[0].number == 1);
  CHECK(past.inputs[1].number == 3);
  CHECK(past.events_count == 4);
  CHECK(past.agents.size() == 2);
}

/// Passes what it hears on to the last agent that was added, and keeps it if that is itself.
struct Passer {
  using Handles = Messages<Note>;
  AgentId to{};
  std::int64_t heard = 0;
  REPRISE_FIELDS(to, heard)

  void on(const Note& note, Context& world) {
    heard += note.value;
    if (to != world_id) world.send(to, note);
  }
};

TEST_CASE("an event depends on what the network was told and on who shares its way") {
  const TempDir folder;
  Catalog catalog;
  catalog.add<Passer>("passer");
  const WorldFactory factory = [&](const JournalHeader&) {
    auto world = std::make_unique<Simulation>(catalog, 1);
    for (const char* name : {"one", "two", "other"}) world->add(name, Passer{.to = AgentId{4}});
    world->add("last", Passer{});
    NetworkPlan plan(world->names(), {.latency = {.mean = 1ms}, .bandwidth = 100});
    plan.add({.name = "shared", .agents = {"one", "two"}});
    world->connect(plan.network());
    return world;
  };
  const auto world = factory({});
  const AgentId network = world->network_id();
  // Step by step: the network hears, "other" passes on a note that comes last of all, "two" passes
  // one on that takes up the way from its node, "one" sends behind it.
  InputList inputs({input_at(1ms, network, Degrade{.from = "shared", .to = "last", .latency = 9ms}),
                    input_at(2ms, AgentId{3}, Note{1}), input_at(3ms, AgentId{2}, Note{2}),
                    input_at(4ms, AgentId{1}, Note{3}),
                    input_at(5ms, network, Cut{.from = "shared", .to = "last"})});
  record(folder.path() / "a.rpj", *world, inputs, {.until = Time(10s)}, KeyframePolicy::every(2));
  const Journal journal(folder.path() / "a.rpj");
  const RecordedHistory history{journal, catalog, factory};
  REQUIRE(journal.last_step() == 8);
  const CausalChain chain = causal_chain(history, 8, 5);
  REQUIRE(chain.events.size() == 2);
  REQUIRE(chain.events[1].event.step == 4);  // what "one" passed on
  std::vector<std::uint64_t> numbers;
  for (const CausalPast::Cause& each : causal_past(history, 8, 10).inputs) {
    numbers.push_back(each.number);
  }
  CHECK(numbers == std::vector<std::uint64_t>{1, 2, 3, 4, 5});
  numbers.clear();
  for (const CausalPast::Cause& each : causal_past(history, 4, 10).inputs) {
    numbers.push_back(each.number);
  }
  CHECK(numbers == std::vector<std::uint64_t>{1, 3, 4});
}

TEST_CASE("why of a step that is none is refused") {
  CHECK_THROWS_WITH(causal_chain(seen().history(), 0, 5), Contains("from 1 to"));
  const Step beyond = seen().journal->last_step() + 1;
  CHECK_THROWS_AS(causal_chain(seen().history(), beyond, 5), PositionError);
  CHECK_THROWS_AS(consequences(seen().history(), beyond, 5), PositionError);
  CHECK_THROWS_AS(causal_past(seen().history(), beyond, 5), PositionError);
}

TEST_CASE("a program that computes another history says so and answers nothing") {
  const WorldFactory other = [](const JournalHeader& header) {
    return meadow(seen().catalog, header.seed + 1);
  };
  const RecordedHistory history{*seen().journal, seen().catalog, other};
  CHECK_THROWS_AS(causal_past(history, seen().journal->last_step(), 5), DivergenceError);
}

}  // namespace
}  // namespace reprise
