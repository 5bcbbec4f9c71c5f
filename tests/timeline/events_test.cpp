#include "timeline/history_events.hpp"

#include <catch2/catch.hpp>

#include "engine/json.hpp"
#include "engine/random.hpp"
#include "replay/branch.hpp"
#include "replay/lineage.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temp_dir.hpp"

namespace reprise {
namespace {

using namespace test;
using Catch::Matchers::Contains;

/// An event with its message as text: what can be kept and compared.
struct Kept {
  Step step = 0;
  Time at{};
  std::uint32_t hop = 0;
  std::string from;
  std::string to;
  std::string kind;
  std::string message;
  std::optional<Step> cause;
  bool dropped = false;

  friend bool operator==(const Kept&, const Kept&) = default;
};

std::ostream& operator<<(std::ostream& out, const Kept& event) {
  return out << event.step << ' ' << event.at.time_since_epoch().count() << ' ' << event.hop << ' '
             << event.from << ' ' << event.to << ' ' << event.kind << ' ' << event.message << ' '
             << event.cause.value_or(0) << ' ' << event.dropped;
}

/// Keeps every event while it happens, and then looks for each cause: the first step of its sender
/// after which that had sent more than the event's number.
struct Witness : Observer {
  const Simulation& world;
  std::vector<Kept> events;
  std::vector<EventKey> keys;
  std::vector<std::pair<AgentId, std::uint64_t>> sent;  // by step - 1: the receiver and its count

  explicit Witness(const Simulation& simulation) : world(simulation) {}

  bool wants_deliveries() const override { return true; }

  void on_delivery(const Delivery& delivery) override {
    const Event& event = delivery.event;
    const auto name = [&](AgentId id) { return id == world_id ? "world" : world.name_of(id); };
    events.push_back({.step = delivery.step,
                      .at = event.key.at,
                      .hop = event.key.hop,
                      .from = name(event.key.from),
                      .to = name(event.to),
                      .kind = std::string(event.kind->name),
                      .message = json_text(to_json(*event.kind->fields, event.message)),
                      .dropped = delivery.dropped});
    keys.push_back(event.key);
    sent.emplace_back(event.to, event.to == world_id ? 0 : world.sent(event.to));
  }

  std::vector<Kept> with_causes() const {
    std::vector<Kept> all = events;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (keys[i].from == world_id) continue;
      std::size_t j = 0;
      while (sent[j].first != keys[i].from || sent[j].second <= keys[i].seq) ++j;
      all[i].cause = j + 1;
    }
    return all;
  }
};

/// Sends itself messages that are long under way.
struct Sleeper {
  using Handles = Messages<Start, Tick>;
  std::int64_t woken = 0;
  REPRISE_FIELDS(woken)

  void on(const Start&, Context& world) {
    for (const Duration delay : {900ms, 400ms, 899ms, 1ms}) world.wake(delay, Tick{});
  }
  void on(const Tick&, Context& world) {
    if (++woken == 1) world.wake(700ms, Tick{});
  }
};

std::vector<Kept> told(EventSource& source) {
  std::vector<Kept> all;
  while (const auto event = source.next()) {
    all.push_back(
        {event->step, event->at, event->hop, event->from, event->to, std::string(event->kind->name),
         json_text(to_json(*event->kind->fields, event->message)), event->cause, event->dropped});
  }
  CHECK_FALSE(source.next());
  return all;
}

/// A meadow with inputs of every sort, as it was seen when it was recorded: without keyframes, with
/// many, and with all events.
struct Seen {
  TempDir folder;
  Catalog catalog = test_catalog().add<Sleeper>("sleeper");
  std::vector<Kept> events;
  std::vector<EventKey> keys;
  std::vector<AgentId> receivers;
  WorldFactory factory = factory_of_seed(1);
  std::unique_ptr<Journal> plain = written("plain.rpj", KeyframePolicy::none(), false);
  std::unique_ptr<Journal> keyed = written("keyed.rpj", KeyframePolicy::every(50), false);
  std::unique_ptr<Journal> stored = written("stored.rpj", KeyframePolicy::every(400), true);

  WorldFactory factory_of_seed(std::uint64_t seed) const {
    return [this, seed](const JournalHeader&) {
      auto world = meadow(catalog, seed);
      world->add("sleeper", Sleeper{});
      return world;
    };
  }

  std::unique_ptr<Journal> written(const char* name, const KeyframePolicy& keyframes,
                                   bool with_events) {
    const auto world = factory(JournalHeader{});
    Witness witness(*world);
    world->observe(witness);
    std::vector<Input> inputs = meadow_inputs();
    inputs.insert(inputs.begin() + 32, edit_after(412, SetField{"walker[2]", "place", "100"}));
    InputList source(inputs);
    record(folder.path() / name, *world, source, {.until = Time(1s)}, keyframes, with_events);
    events = witness.with_causes();
    keys = witness.keys;
    receivers.clear();
    for (const auto& [to, sent] : witness.sent) receivers.push_back(to);
    return std::make_unique<Journal>(folder.path() / name);
  }

  std::vector<Kept> expected(const EventRange& range, const EventSelection& selection = {}) const {
    std::vector<Kept> chosen;
    for (std::size_t i = 0; i < events.size(); ++i) {
      const Kept& event = events[i];
      if (event.step < range.first || event.step > range.last) continue;
      if (event.at < range.begin || event.at > range.end) continue;
      const auto& agents = selection.agents;
      const auto is = [&](AgentId id) { return std::ranges::find(agents, id) != agents.end(); };
      if (!agents.empty() && !is(keys[i].from) && !is(receivers[i])) continue;
      const auto& kinds = selection.kinds;
      const std::uint64_t kind = digest64_of(event.kind);
      if (!kinds.empty() && std::ranges::find(kinds, kind) == kinds.end()) continue;
      chosen.push_back(event);
    }
    return chosen;
  }

  std::vector<Kept> derived(const Journal& journal, const EventRange& range,
                            const EventSelection& selection = {}) const {
    DerivedEvents source(journal, catalog, factory, range, selection);
    return told(source);
  }

  std::vector<Kept> of_history(const Journal& journal, const EventRange& range,
                               const EventSelection& selection = {}) const {
    HistoryEvents source(journal, catalog, factory, range);
    source.begin(selection);
    return told(source);
  }
};

const Seen& seen() {
  static const Seen the_meadow;
  return the_meadow;
}

TEST_CASE("events derived from a journal are those that were seen with their causes") {
  const std::vector<Kept> all = seen().derived(*seen().plain, {});
  CHECK(all.size() == seen().plain->last_step());
  CHECK(all == seen().events);
  const auto count = [&](const auto& is) { return std::ranges::count_if(all, is); };
  CHECK(count([](const Kept& event) { return event.dropped; }) > 0);
  CHECK(count([](const Kept& event) { return event.from.starts_with("sheep/"); }) > 0);
  CHECK(count([](const Kept& event) { return event.from == "world"; }) > 40);
  CHECK(count([](const Kept& event) { return event.kind == "test.letter"; }) > 0);
}

TEST_CASE("an event comes from the agent its cause went to and as late as its hop says") {
  const std::vector<Kept>& all = seen().events;
  for (const Kept& event : all) {
    INFO(event);
    REQUIRE(event.cause.has_value() == (event.from != "world"));
    if (!event.cause) continue;
    const Kept& cause = all[*event.cause - 1];
    REQUIRE(cause.step < event.step);
    REQUIRE(cause.to == event.from);
    REQUIRE(event.hop == (event.at == cause.at ? cause.hop + 1 : 0));
  }
}

TEST_CASE("any range of events is that part of all of them") {
  const std::vector<Kept>& all = seen().events;
  Random random(3, "ranges");
  const std::int64_t steps = std::ssize(all);
  const std::int64_t end = all.back().at.time_since_epoch().count();
  for (int i = 0; i < 60; ++i) {
    EventRange range;
    if (random.bernoulli(0.5)) range.first = static_cast<Step>(random.uniform(0, steps + 1));
    if (random.bernoulli(0.5)) range.last = static_cast<Step>(random.uniform(0, steps + 1));
    if (random.bernoulli(0.5)) range.begin = Time(Duration(random.uniform(0, end)));
    if (random.bernoulli(0.5)) range.end = Time(Duration(random.uniform(0, end)));
    if (random.bernoulli(0.3)) range.begin = all[static_cast<std::size_t>(steps / 4)].at;
    if (random.bernoulli(0.3)) range.end = all[static_cast<std::size_t>(steps / 2)].at;
    EventSelection selection;
    if (random.bernoulli(0.3)) {
      selection.agents = {AgentId{2}, AgentId{8}, AgentId{11}};  // a walker, the sleeper, a lamb
    }
    if (random.bernoulli(0.3)) selection.kinds = {message_type<Tick>().id};
    const std::vector<Kept> expected = seen().expected(range, selection);
    REQUIRE(seen().derived(*seen().plain, range, selection) == expected);
    REQUIRE(seen().derived(*seen().keyed, range, selection) == expected);
    REQUIRE(seen().of_history(*seen().stored, range, selection) == expected);
  }
}

TEST_CASE("an event that was sent many keyframes ago has its cause") {
  const std::vector<Kept>& all = seen().events;
  CHECK(seen().keyed->keyframes() > 8);
  std::size_t found = 0;
  for (const Kept& event : all) {
    if (event.to != "sleeper" || !event.cause || event.step < *event.cause + 300) continue;
    ++found;
    const EventRange range{.first = event.step, .last = event.step};
    CHECK(seen().derived(*seen().keyed, range) == std::vector<Kept>{event});
  }
  CHECK(found >= 3);
}

TEST_CASE("events in an ancestors part are derived from its keyframes") {
  const TempDir folder;
  const Journal& root = *seen().keyed;
  CheckedPlayer player(root, seen().catalog, seen().factory);
  REQUIRE(player.run_to(root.last_step() - 10, time_max, {}));
  const auto path = folder.path() / "branch.rpj";
  record_branch(root, player.world(), {.limit = limit_of(root)}, path, false);
  const std::vector<std::filesystem::path> places{root.path()};
  const Journal branch = open_history(path, places);
  int built = 0;
  const WorldFactory counted = [&](const JournalHeader& header) {
    ++built;
    return seen().factory(header);
  };
  const EventRange range{.begin = Time(800ms), .end = Time(810ms)};
  DerivedEvents source(branch, seen().catalog, counted, range);
  CHECK(built == 0);
  CHECK(told(source) == seen().expected(range));
}

TEST_CASE("recorded events are told as they were seen") {
  CHECK(seen().stored->events() == seen().events.size());
  CHECK(seen().of_history(*seen().stored, {}) == seen().events);
  CHECK(seen().of_history(*seen().plain, {}) == seen().events);
}

TEST_CASE("where the recorded events end the others are derived") {
  const TempDir folder;
  const auto path = folder.path() / "a.rpj";
  const auto world = seen().factory(JournalHeader{});
  std::vector<Input> list = meadow_inputs();  // the first ends a frame of events at an odd step
  list.insert(list.begin(), input_at(0ns, AgentId{1}, Letter{std::string(70'000, 'x'), {}}));
  InputList inputs(list);
  record(path, *world, inputs, {.until = Time(60s)}, KeyframePolicy::every(10'000), true);
  const std::string bytes = file_bytes(path);
  const Journal whole(path);
  const auto cut = std::ranges::find(whole.frames(), FrameType::checkpoints, &FrameEntry::type);
  write_bytes(folder.path() / "torn.rpj", bytes.substr(0, cut->end()));
  const Journal torn(folder.path() / "torn.rpj");
  REQUIRE(torn.events() != 0);
  REQUIRE(torn.events() < torn.last_step());
  const EventRange range{.first = torn.events() - 500};
  const std::vector<Kept> told_of = seen().of_history(torn, range);
  CHECK(told_of.size() == torn.last_step() - range.first + 1);
  CHECK(told_of == seen().derived(torn, range));
}

TEST_CASE("recorded events are told by a program that computes another history") {
  const WorldFactory other = seen().factory_of_seed(2);
  const Journal& journal = *seen().stored;
  const EventSelection walkers{.agents = {AgentId{1}, AgentId{3}}};
  HistoryEvents source(journal, seen().catalog, other, {});
  source.begin(walkers);
  CHECK(told(source) == seen().expected({}, walkers));
  HistoryEvents all(journal, seen().catalog, other, {});
  CHECK_NOTHROW(all.next());
}

TEST_CASE("positions make a range with both ends inside") {
  const Journal& journal = *seen().plain;
  const Step last = journal.last_step();
  const EventRange all = events_between(journal, std::nullopt, std::nullopt);
  CHECK(all.first <= 1);
  CHECK(all.last == last);
  const EventRange steps = events_between(journal, Step{5}, Step{9});
  CHECK(steps.first == 5);
  CHECK(steps.last == 9);
  const EventRange times = events_between(journal, Time(10ms), Time(20ms));
  CHECK(times.begin == Time(10ms));
  CHECK(times.end == Time(20ms));
  CHECK(times.last == last);
  CHECK(events_between(journal, EndOfRun(), EndOfRun()).first == last);
  CHECK_THROWS_WITH(events_between(journal, last + 1, std::nullopt), Contains("beyond the end"));
  CHECK_THROWS_WITH(events_between(journal, std::nullopt, Time(2s)), Contains("beyond the end"));
}

}  // namespace
}  // namespace reprise
