#include "replay/recorded_events.hpp"

#include <catch2/catch.hpp>

#include "replay/player.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temp_dir.hpp"

namespace reprise {
namespace {

using namespace test;
using Catch::Matchers::Contains;

struct Kept {
  RecordedEvent event;
  Bytes payload;
};

bool same(const RecordedEvent& read, const Kept& kept) {
  return read.step == kept.event.step && read.key == kept.event.key && read.to == kept.event.to &&
         read.kind == kept.event.kind && read.dropped == kept.event.dropped &&
         std::ranges::equal(read.payload, kept.payload);
}

/// Keeps all that is delivered, apart from any journal.
struct Witness : Observer {
  std::vector<Kept> kept;

  bool wants_deliveries() const override { return true; }
  void on_delivery(const Delivery& delivery) override {
    const Event& event = delivery.event;
    Kept one{{.step = delivery.step,
              .key = event.key,
              .to = event.to,
              .kind = event.kind->id,
              .dropped = delivery.dropped,
              .payload = {}},
             {}};
    Encoder out(one.payload);
    event.kind->encode(event.message, out);
    kept.push_back(std::move(one));
  }
};

/// A meadow's journal with all its events, and what was delivered.
struct Recorded {
  TempDir folder;
  Catalog catalog = test_catalog();
  std::filesystem::path path = folder.path() / "a.rpj";
  Witness witness;
  Seal seal = write(path, true, Time(60s), &witness);

  Seal write(const std::filesystem::path& to, bool events, Time until, Witness* seen = nullptr) {
    const auto world = meadow(catalog);
    InputList inputs(meadow_inputs());
    JournalWriter journal(to, header_of(*world), {"meadow.toml", "# a meadow"}, true);
    Recorder recorder(*world, journal, {.events = events});
    if (seen != nullptr) world->observe(*seen);
    Session session(*world, inputs);
    const RunLimit limit{.until = until};
    const Seal sealed = recorder.finish(session.run(limit), limit);
    if (seen != nullptr) world->forget(*seen);
    return sealed;
  }
};

void check_events(RecordedEvents& events, std::span<const Kept> expected) {
  for (const Kept& each : expected) {
    const RecordedEvent* const read = events.next();
    REQUIRE(read != nullptr);
    REQUIRE(same(*read, each));
  }
  CHECK_FALSE(events.next());
}

TEST_CASE("the recorded events are those that were delivered") {
  const Recorded recorded;
  const Journal journal(recorded.path);
  const std::vector<Kept>& kept = recorded.witness.kept;
  CHECK(journal.events() == recorded.seal.step);
  CHECK(journal.events() == kept.size());
  CHECK(journal.seal()->events == kept.size());
  CHECK(journal.streams().at(FrameType::events).frames > 3);
  RecordedEvents events(journal);
  CHECK(events.count() == kept.size());
  check_events(events, kept);
}

TEST_CASE("the recorded events are those seen when the journal lives again") {
  const Recorded recorded;
  const Journal journal(recorded.path);
  const auto world = meadow(recorded.catalog, journal.header().seed);
  Witness witness;
  world->observe(witness);
  RecordedInputs inputs(journal, recorded.catalog);
  Session(*world, inputs).run(journal.seal()->limit);
  world->forget(witness);
  RecordedEvents events(journal);
  check_events(events, witness.kept);
}

TEST_CASE("events change neither the digests nor the identity") {
  Recorded recorded;
  const auto path = recorded.folder.path() / "b.rpj";
  const Seal without = recorded.write(path, false, Time(60s));
  CHECK(without.prefix == recorded.seal.prefix);
  CHECK(without.root == recorded.seal.root);
  CHECK(without.identity == recorded.seal.identity);
  CHECK(without.events == 0);
  const Journal journal(path);
  CHECK(journal.events() == 0);
  RecordedEvents events(journal);
  CHECK_FALSE(events.next());
  events.seek(Step{1});
  CHECK_FALSE(events.next());
  events.seek(Time(1s));
  CHECK_FALSE(events.next());
}

TEST_CASE("the same run with events writes the same bytes") {
  Recorded recorded;
  const auto path = recorded.folder.path() / "b.rpj";
  recorded.write(path, true, Time(60s));
  CHECK(file_bytes(path) == file_bytes(recorded.path));
}

TEST_CASE("events can be read from any step and from any time") {
  const Recorded recorded;
  const Journal journal(recorded.path);
  const std::span<const Kept> kept = recorded.witness.kept;
  RecordedEvents events(journal);
  for (Step step = 0; step <= kept.size() + 1; step += step < 4 ? 1 : 97) {
    events.seek(step);
    const auto read = events.next();
    const Step expected = std::max<Step>(step, 1);
    if (expected > kept.size()) {
      CHECK_FALSE(read);
    } else {
      REQUIRE(read);
      CHECK(same(*read, kept[expected - 1]));
    }
  }
  for (Time time{}; time < Time(61s); time += 777ms) {
    events.seek(time);
    const auto read = events.next();
    const auto expected =
        std::ranges::find_if(kept, [&](const Kept& each) { return each.event.key.at >= time; });
    REQUIRE((read != nullptr) == (expected != kept.end()));
    if (read) CHECK(same(*read, *expected));
  }
  events.seek(Step{1});
  check_events(events, kept);
}

TEST_CASE("events can be read by agent and by kind") {
  const Recorded recorded;
  const Journal journal(recorded.path);
  const auto check = [&](const EventSelection& filter) {
    std::vector<Kept> expected;
    for (const Kept& each : recorded.witness.kept) {
      const RecordedEvent& event = each.event;
      const auto is_meant = [&](AgentId agent) {
        return std::ranges::find(filter.agents, agent) != filter.agents.end() ||
               (filter.agents_from && agent >= *filter.agents_from);
      };
      const bool any_agent = filter.agents.empty() && !filter.agents_from;
      const auto& kinds = filter.kinds;
      if (!kinds.empty() && std::ranges::find(kinds, event.kind) == kinds.end()) continue;
      if (!any_agent && !is_meant(event.key.from) && !is_meant(event.to)) continue;
      expected.push_back(each);
    }
    RecordedEvents events(journal, filter);
    check_events(events, expected);
    return expected.size();
  };
  for (std::uint32_t agent = 0; agent < 12; ++agent) {
    check({.agents = {AgentId{agent}}});
    check({.agents = {AgentId{agent}}, .kinds = {message_type<Tick>().id}});
    check({.agents = {AgentId{2}, AgentId{agent + 3}}, .agents_from = AgentId{agent + 5}});
    CHECK(check({.agents_from = AgentId{agent}}) > 0);
  }
  const std::uint64_t note = message_type<Note>().id;
  const std::uint64_t letter = message_type<Letter>().id;
  const std::size_t notes = check({.kinds = {note}});
  const std::size_t letters = check({.kinds = {letter}});
  CHECK(notes > 0);
  CHECK(letters > 0);
  CHECK(check({.kinds = {letter, note}}) == notes + letters);
  CHECK(check({.kinds = {1}}) == 0);
  CHECK(check({.agents = {AgentId{1'000'000}}}) == 0);
}

TEST_CASE("events can be read up to a step and a time") {
  const Recorded recorded;
  const Journal journal(recorded.path);
  RecordedEvents events(journal);
  Step last = 0;
  while (const auto event = events.next(3000)) last = event->step;
  CHECK(last == 3000);
  const std::vector<Kept>& kept = recorded.witness.kept;
  const Time end = kept[3500].event.key.at;
  while (const auto event = events.next(5000, end)) last = event->step;
  CHECK(kept[last - 1].event.key.at == end);
  CHECK(kept[last].event.key.at > end);
}

/// A journal of a header and frames of events with these bodies and spans.
struct Forged {
  TempDir folder;
  Catalog catalog = test_catalog();
  std::filesystem::path path = folder.path() / "a.rpj";

  Forged(const std::vector<std::pair<Bytes, FrameSpan>>& frames) {
    OutputFile file(path, true);
    FrameWriter writer(file);
    Bytes header;
    Encoder out(header);
    encode_header(out, header_of(*meadow(catalog)));
    writer.set_salt(journal_salt(header));
    writer.add(FrameType::header, true, header, {.count = 1});
    for (const auto& [body, span] : frames) writer.add(FrameType::events, false, body, span);
    file.close();
  }
};

Bytes one_event() {
  EventBatch batch;
  batch.add({.step = 1, .payload = {}}, {});
  Bytes body;
  EventEncoder().encode(batch, body);
  return body;
}

TEST_CASE("it is known up to where no event is missing") {
  const FrameSpan one{.count = 1, .first_step = 1, .last_step = 1, .last_at = Time(1s)};
  const FrameSpan two{.count = 1, .first_step = 2, .last_step = 2, .last_at = Time(2s)};
  const FrameSpan four{.count = 1, .first_step = 4, .last_step = 4, .last_at = Time(4s)};
  const Forged forged({{one_event(), one}, {one_event(), two}, {one_event(), four}});
  const Journal journal(forged.path);
  const RecordedEvents events(journal);
  constexpr Step all = std::numeric_limits<Step>::max();
  CHECK(events.whole_up_to(0, Time{}, time_max) == 2);
  CHECK(events.whole_up_to(2, Time{}, time_max) == 2);
  CHECK(events.whole_up_to(3, Time{}, time_max) == 2);
  CHECK(events.whole_up_to(4, Time{}, time_max) == 4);
  CHECK(events.whole_up_to(5, Time{}, time_max) == 4);
  CHECK(events.whole_up_to(1, Time{}, Time(1s)) == all);
  CHECK(events.whole_up_to(1, Time{}, Time(2s)) == 2);
  CHECK(events.whole_up_to(1, Time(3s), time_max) == 2);
  CHECK(events.whole_up_to(4, Time(3s), Time(3s)) == all);
}

TEST_CASE("a torn journal gives the events of its whole frames") {
  const Recorded recorded;
  const std::string bytes = file_bytes(recorded.path);
  std::uint64_t before = 0;
  for (std::size_t size = bytes.size() / 2; size < bytes.size(); size += 7001) {
    write_bytes(recorded.path, bytes.substr(0, size));
    const Journal journal(recorded.path);
    CHECK(journal.events() >= before);
    before = journal.events();
    RecordedEvents events(journal);
    check_events(events, std::span(recorded.witness.kept).first(journal.events()));
  }
  CHECK(before > 0);
}

TEST_CASE("frames of events that do not follow each other are refused") {
  const FrameSpan one{.count = 1, .first_step = 1, .last_step = 1};
  const FrameSpan two{.count = 1, .first_step = 2, .last_step = 2};
  const FrameSpan long_one{.count = 1, .first_step = 1, .last_step = 2};
  const FrameSpan none{.count = 0, .first_step = 2, .last_step = 1};
  const auto refused = [](const std::vector<std::pair<Bytes, FrameSpan>>& frames) {
    const Forged forged(frames);
    const Journal journal(forged.path);
    CHECK_THROWS_WITH(RecordedEvents(journal), Contains("events do not follow those before"));
  };
  refused({{one_event(), one}, {one_event(), one}});
  refused({{one_event(), two}, {one_event(), one}});
  refused({{one_event(), long_one}});
  refused({{one_event(), none}});
  const Forged forged({{one_event(), one}, {one_event(), two}});
  const Journal journal(forged.path);
  RecordedEvents events(journal);
  CHECK(events.next()->step == 1);
  CHECK(events.next()->step == 2);
}

TEST_CASE("a body that does not decode is an error that names its place") {
  Bytes body = one_event();
  body.pop_back();
  const Forged forged({{body, {.count = 1, .first_step = 1, .last_step = 1}}});
  const Journal journal(forged.path);
  RecordedEvents events(journal);
  CHECK_THROWS_AS(events.next(), JournalError);
  CHECK_THROWS_WITH(events.next(), Contains("a.rpj at offset "));
}

}  // namespace
}  // namespace reprise
