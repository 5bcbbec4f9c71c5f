#include "timeline/events.hpp"

#include <catch2/catch.hpp>

#include "engine/json.hpp"
#include "engine/random.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temp_dir.hpp"
#include "timeline/timeline.hpp"

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

/// A meadow with inputs of every sort, as it was seen when it was recorded.
struct Seen {
  TempDir folder;
  Catalog catalog = test_catalog();
  std::vector<Kept> events;
  std::unique_ptr<Journal> journal;
  WorldFactory factory = meadow_factory(catalog);

  Seen() {
    const auto world = meadow(catalog);
    Witness witness(*world);
    world->observe(witness);
    std::vector<Input> inputs = meadow_inputs();
    inputs.insert(inputs.begin() + 32, edit_after(412, SetField{"walker[2]", "place", "100"}));
    ListedInputs source(inputs);
    record(folder.path() / "a.rpj", *world, source, {.until = Time(1s)});
    events = witness.with_causes();
    journal = std::make_unique<Journal>(folder.path() / "a.rpj");
  }

  std::vector<Kept> derived(const EventRange& range) const {
    DerivedEvents source(*journal, catalog, factory, range);
    std::vector<Kept> all;
    while (const auto event = source.next()) {
      all.push_back({event->step, event->at, event->hop, event->from, event->to,
                     std::string(event->kind->name),
                     json_text(to_json(*event->kind->fields, event->message)), event->cause,
                     event->dropped});
    }
    CHECK_FALSE(source.next());
    return all;
  }
};

const Seen& seen() {
  static const Seen the_meadow;
  return the_meadow;
}

TEST_CASE("events derived from a journal are those that were seen with their causes") {
  const std::vector<Kept> all = seen().derived({});
  CHECK(all.size() == seen().journal->last_step());
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
    std::vector<Kept> expected;
    for (const Kept& event : all) {
      const bool inside = event.step >= range.first && event.step <= range.last &&
                          event.at >= range.begin && event.at <= range.end;
      if (inside) expected.push_back(event);
    }
    REQUIRE(seen().derived(range) == expected);
  }
}

TEST_CASE("positions make a range with both ends inside") {
  const Journal& journal = *seen().journal;
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
