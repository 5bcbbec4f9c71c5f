#include "replay/event_columns.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <optional>
#include <random>
#include <vector>

#include "engine/type.hpp"
#include "tests/replay/column_bodies.hpp"
#include "tests/support/test_agents.hpp"

namespace reprise {
namespace {

using namespace test;
using Random = std::mt19937_64;

/// An event that keeps its own payload.
struct Kept {
  RecordedEvent event;
  PayloadLayout layout;
  Bytes payload;
};

using Events = std::vector<Kept>;

bool same(const RecordedEvent& one, const RecordedEvent& other) {
  return one.step == other.step && one.key == other.key && one.to == other.to &&
         one.kind == other.kind && one.dropped == other.dropped && one.cause == other.cause &&
         std::ranges::equal(one.payload, other.payload);
}

Bytes encoded(const Events& events) {
  EventBatch batch;
  for (const Kept& each : events) {
    RecordedEvent event = each.event;
    event.payload = each.payload;
    batch.add(event, each.layout);
  }
  Bytes body;
  EventEncoder().encode(batch, body);
  return body;
}

bool names(const EventDecoder& decoder, AgentId agent) {
  return std::ranges::find(decoder.agents(), number(agent)) != decoder.agents().end();
}

/// Checks that what comes back is what was written, and writes to the same bytes again.
void check_round_trip(const Events& events) {
  const Bytes body = encoded(events);
  EventDecoder decoder;
  decoder.decode(body, events.size(), events.front().event.step);
  REQUIRE(decoder.size() == events.size());
  Events again;
  for (std::size_t i = 0; i < events.size(); ++i) {
    RecordedEvent written = events[i].event;
    written.payload = events[i].payload;
    const RecordedEvent read = decoder.event(i);
    REQUIRE(same(read, written));
    REQUIRE(names(decoder, read.to));
    REQUIRE(names(decoder, read.key.from));
    REQUIRE(decoder.has_kind(read.kind));
    again.push_back({read, decoder.layout(i), Bytes(read.payload.begin(), read.payload.end())});
  }
  CHECK(encoded(again) == body);
}

/// A number of any magnitude: as often small as large.
std::uint64_t any_number(Random& random) {
  const std::uint64_t value = random() >> random() % 64;
  return random() % 2 == 0 ? value : ~value + 1;
}

struct Shape {
  std::size_t events = 1;
  std::size_t agents = 1;
  std::vector<PayloadLayout> kinds;
  std::size_t tail_max = 0;
  bool wild = false;  // numbers of any magnitude
};

Events random_events(const Shape& shape, Random& random) {
  Events events;
  std::uint64_t at = shape.wild ? std::uint64_t{1} << 63 : 1000;
  const Step first = random() % 1000 + 1;
  for (std::size_t i = 0; i < shape.events; ++i) {
    at += shape.wild ? random() >> random() % 64 : random() % 1'000'000;
    const std::size_t kind = random() % shape.kinds.size();
    Kept kept;
    kept.layout = shape.kinds[kind];
    kept.event = {.step = first + i,
                  .key = {.at = Time(Duration(static_cast<std::int64_t>(at))),
                          .hop = static_cast<std::uint32_t>(random() % 3),
                          .from = AgentId(static_cast<std::uint32_t>(random() % shape.agents)),
                          .seq = shape.wild ? any_number(random) : i},
                  .to = AgentId(static_cast<std::uint32_t>(random() % shape.agents)),
                  .kind = digest64_of("kind " + std::to_string(kind)),
                  .dropped = random() % 10 == 0,
                  .payload = {}};
    if (i != 0 && random() % 2 == 0) {  // sent by who got one of the last events
      const RecordedEvent& sent = events[i - 1 - random() % std::min<std::size_t>(i, 40)].event;
      kept.event.key.from = sent.to;
      kept.event.cause = sent.step;
    } else if (first + i > 1 && random() % 2 == 0) {
      kept.event.cause = 1 + random() % (first + i - 1);
    }
    std::size_t size = kept.layout.fixed_bytes();
    if (kept.layout.open && shape.tail_max != 0) size += random() % shape.tail_max;
    while (kept.payload.size() < size) {
      const Bytes number = encode(any_number(random));
      kept.payload.insert(kept.payload.end(), number.begin(), number.end());
    }
    kept.payload.resize(size);
    events.push_back(std::move(kept));
  }
  return events;
}

const std::vector<PayloadLayout> all_layouts = {
    {},
    {.widths = {8}, .open = false},
    {.widths = {8, 4, 2, 1}, .open = false},
    {.widths = {}, .open = true},
    {.widths = {1, 4}, .open = true},
    {.widths = std::vector<std::uint8_t>(PayloadLayout::fields_max, 8), .open = false}};

TEST_CASE("events of every shape come back as they were written") {
  Random random(1);
  for (const std::size_t events : {1, 2, 3, 100, 2048, 5000}) {
    for (const std::size_t agents : {1, 3, 300, 1'000'000}) {
      for (const bool wild : {false, true}) {
        check_round_trip(random_events({.events = events,
                                        .agents = agents,
                                        .kinds = all_layouts,
                                        .tail_max = 60,
                                        .wild = wild},
                                       random));
      }
    }
  }
}

TEST_CASE("numbers at the ends of their ranges come back") {
  constexpr std::array<std::int64_t, 7> edges{
      std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(), -1, 0, 1,
      std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()};
  for (const auto width : std::array<std::uint8_t, 4>{1, 2, 4, 8}) {
    Events events;
    for (const std::int64_t one : edges) {
      for (const std::int64_t other : edges) {
        Bytes payload = encode(one);
        payload.resize(width);
        events.push_back({{.step = events.size() + 1,
                           .key = {.at = Time(Duration(one)),
                                   .hop = std::numeric_limits<std::uint32_t>::max(),
                                   .from = AgentId(static_cast<std::uint32_t>(other)),
                                   .seq = static_cast<std::uint64_t>(other)},
                           .to = AgentId(static_cast<std::uint32_t>(one)),
                           .kind = static_cast<std::uint64_t>(-1)},
                          {.widths = {width}, .open = false},
                          payload});
      }
    }
    check_round_trip(events);
  }
}

TEST_CASE("a kind that only one event in a frame has comes back") {
  Random random(2);
  Events events;
  for (std::size_t i = 0; i < 300; ++i) {
    const Shape one{.events = 1, .agents = 5, .kinds = {all_layouts[i % all_layouts.size()]}};
    Kept kept = random_events(one, random).front();
    kept.event.step = i + 1;
    kept.event.cause = i == 0 ? std::nullopt : std::optional(i);
    kept.event.kind = i;
    events.push_back(std::move(kept));
  }
  check_round_trip(events);
}

TEST_CASE("what an event is can be read without its payload") {
  Random random(3);
  const Events events = random_events(
      {.events = 500, .agents = 20, .kinds = all_layouts, .tail_max = 20, .wild = false}, random);
  Bytes body = encoded(events);
  EventDecoder decoder;
  decoder.decode(body, events.size(), events.front().event.step);
  for (std::size_t i = 0; i < events.size(); ++i) {
    const RecordedEvent& event = events[i].event;
    CHECK(decoder.step(i) == event.step);
    CHECK(decoder.at(i) == event.key.at);
    CHECK(decoder.from(i) == event.key.from);
    CHECK(decoder.to(i) == event.to);
    CHECK(decoder.kind(i) == event.kind);
  }
  CHECK_FALSE(decoder.payloads_decoded());
  CHECK_FALSE(names(decoder, AgentId{20}));
  CHECK_FALSE(decoder.has_kind(1));
  decoder.event(0);
  CHECK(decoder.payloads_decoded());
}

TEST_CASE("a decoder can be used again after any body") {
  Random random(4);
  EventDecoder decoder;
  for (int i = 0; i < 50; ++i) {
    const Events events = random_events({.events = 1 + random() % 400,
                                         .agents = 1 + random() % 50,
                                         .kinds = all_layouts,
                                         .tail_max = 1 + random() % 90,
                                         .wild = i % 2 == 0},
                                        random);
    const Bytes body = encoded(events);
    CHECK_THROWS_AS(decoder.decode(std::span(body).first(20), events.size(), 1), DecodeError);
    decoder.decode(body, events.size(), events.front().event.step);
    RecordedEvent last = events.back().event;
    last.payload = events.back().payload;
    CHECK(same(decoder.event(events.size() - 1), last));
  }
}

TEST_CASE("a layout follows the fields up to the first of varying length") {
  CHECK(payload_layout(type_of<Tick>()) == PayloadLayout{});
  CHECK(payload_layout(type_of<Note>()) == PayloadLayout{.widths = {8}, .open = false});
  CHECK(payload_layout(type_of<Letter>()) == PayloadLayout{.widths = {}, .open = true});
  CHECK(payload_layout(type_of<std::pair<std::array<AgentId, 2>, bool>>()) ==
        PayloadLayout{.widths = {4, 4, 1}, .open = false});
  CHECK(payload_layout(type_of<std::pair<double, std::string>>()) ==
        PayloadLayout{.widths = {8}, .open = true});
  CHECK(payload_layout(type_of<std::array<Duration, 40>>()) ==
        PayloadLayout{.widths = std::vector<std::uint8_t>(32, 8), .open = true});
}

TEST_CASE("a layout holds for the canonical bytes") {
  const auto holds = [](const auto& value) {
    const PayloadLayout layout = payload_layout(type_of<std::remove_cvref_t<decltype(value)>>());
    return !layout.open && encode(value).size() == layout.fixed_bytes();
  };
  CHECK(holds(Note{5}));
  CHECK(holds(std::array<double, 3>{1, 2, 3}));
  CHECK(holds(std::array<std::array<std::int16_t, 2>, 3>{}));
  CHECK(holds(std::array<bool, 2>{true, false}));
  CHECK(holds(std::pair<Time, AgentId>{}));
}

// Hostile bytes.

/// Decodes all there is to decode. True if it could be.
bool decodes(std::span<const std::byte> body, std::size_t count) {
  EventDecoder decoder;
  try {
    decoder.decode(body, count, 1000);  // no cause of random events is further back
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < count; ++i) bytes += decoder.event(i).payload.size();
    CHECK(bytes <= (std::size_t{2} << 20) + body.size() * 512);
    return true;
  } catch (const DecodeError&) {
    return false;
  }
}

TEST_CASE("a body with any bit flipped or cut anywhere is refused or gives as many events") {
  Random random(5);
  for (const std::size_t count : {1, 7, 120}) {
    for (const bool wild : {false, true}) {
      const Events events = random_events(
          {.events = count, .agents = 9, .kinds = all_layouts, .tail_max = 9, .wild = wild},
          random);
      const Bytes body = encoded(events);
      for (std::size_t at = 0; at < body.size(); ++at) {
        Bytes changed = body;
        changed[at] ^= std::byte{1} << at % 8;
        decodes(changed, count);
        changed[at] = ~body[at];
        decodes(changed, count);
        CHECK_FALSE(decodes(std::span(body).first(at), count));
      }
      CHECK(decodes(body, count));
      // columns of one event say no number of events: the frame's head does
      if (count > 1) CHECK_FALSE(decodes(body, count + 1));
      CHECK_FALSE(decodes(body, 0));
    }
  }
}

constexpr std::uint8_t none = 0;
constexpr std::uint8_t quiet = 0;
constexpr std::uint8_t empty = 0;

TEST_CASE("a body that asks for much more than it holds is refused before anything is allocated") {
  constexpr std::size_t most = EventBatch::events_max;
  EventDecoder decoder;
  const auto refused = [&](const Bytes& body, std::size_t count, const char* why) {
    CHECK_THROWS_WITH(decoder.decode(body, count, 1), Catch::Matchers::Contains(why));
  };
  refused(body_of({}, {}), most + 1, "a frame of 65537 events");
  Bytes lengths(48);
  lengths[3] = std::byte{255};
  refused(lengths, 1, "a length asks for too much");
  lengths[7] = std::byte{255};
  refused(lengths, 1, "the bytes end");
  refused(body_of(bytes_of(0xFFFFFFFFu, 1u), {}), most, "more agents or kinds");
  refused(body_of(bytes_of(1u, 0xFFFFFFFFu), {}), most, "more agents or kinds");
  refused(body_of(bytes_of(1u, 60'000u), {}), most, "the bytes end");
  const std::uint64_t id = 7;
  refused(body_of(bytes_of(1u, 1u, id, false, std::uint8_t{33}), {}), 1, "too many fields");
  refused(body_of(bytes_of(1u, 1u, id, false, std::uint8_t{1}, std::uint8_t{3}), {}), 1,
          "no such width");
  // 65,536 events of 256 bytes each, which no byte stands for
  Bytes heads = bytes_of(1u, 1u, id, false, std::uint8_t{32});
  for (int i = 0; i < 32; ++i) heads.push_back(std::byte{8});
  for (int column = 0; column < 9; ++column) {
    for (const std::byte byte : bytes_of(none, empty)) heads.push_back(byte);
  }
  refused(body_of(heads, {}), most, "the payloads ask for too much");
  Bytes payloads;
  for (int column = 0; column < 32; ++column) {
    for (const std::byte byte : bytes_of(none, empty)) payloads.push_back(byte);
  }
  CHECK(decodes(body_of(heads, payloads), 2048));
}

TEST_CASE("payloads larger than a frame may be are refused") {
  Events one(1);
  one[0].event.step = 1;
  one[0].layout.open = true;
  Random random(1);
  const auto refused = [&](std::size_t mebibytes) {
    one[0].payload.resize(mebibytes << 20);
    for (std::size_t i = 0; i < one[0].payload.size(); i += 64) {  // some of it: it compresses
      one[0].payload[i] = static_cast<std::byte>(random());
    }
    const Bytes body = encoded(one);
    CHECK(body.size() < one[0].payload.size() / 16);
    EventDecoder decoder;
    CHECK_THROWS_AS((decoder.decode(body, 1, 1), decoder.event(0)), DecodeError);
  };
  refused(65);
  refused(129);
}

TEST_CASE("columns that contradict each other are refused") {
  EventDecoder decoder;
  const std::uint64_t id = 7;
  const auto refused = [&](const Bytes& columns, const char* why) {
    Bytes heads = bytes_of(1u, 1u, id, true, empty);  // one agent, one kind
    heads.insert(heads.end(), columns.begin(), columns.end());
    CHECK_THROWS_WITH(decoder.decode(body_of(heads, {}), 1, 1), Catch::Matchers::Contains(why));
  };
  const std::uint8_t one = 1;
  refused(bytes_of(std::uint8_t{8}, empty), "unknown form");
  refused(bytes_of(none, std::uint8_t{5}), "wider than its numbers");
  refused(bytes_of(none, one, std::uint8_t{3}, one), "an enumeration has no value 3");
  refused(bytes_of(none, one, std::uint8_t{2}, one), "the bytes end");
  for (const std::uint8_t by_sender : {std::uint8_t{2}, std::uint8_t{3}}) {
    refused(bytes_of(by_sender, empty, std::uint64_t{0}), "by senders where there are none");
  }
  const Bytes agent_seven = bytes_of(none, one, quiet, std::uint8_t{7});
  refused(bytes_of(none, empty, none, one, quiet, one), "a kind that is not listed");
  Bytes from = bytes_of(none, empty, none, empty, none, empty);
  from.insert(from.end(), agent_seven.begin(), agent_seven.end());
  refused(from, "an agent that is not listed");
  Bytes to = bytes_of(none, empty, none, empty, none, empty, none, empty);
  to.insert(to.end(), agent_seven.begin(), agent_seven.end());
  refused(to, "an agent that is not listed");
  const auto with_cause = [&](std::uint8_t cause) {
    Bytes columns;
    for (int column = 0; column < 8; ++column) {
      for (const std::byte byte : bytes_of(none, empty)) columns.push_back(byte);
    }
    for (const std::byte byte : bytes_of(none, one, quiet, cause)) columns.push_back(byte);
    return columns;
  };
  refused(with_cause(1), "a cause before the first step");
  refused(with_cause(200), "a cause before the first step");
}

TEST_CASE("a column of one number after another takes next to no bytes") {
  Random random(6);
  Events events =
      random_events({.events = 2048, .agents = 50, .kinds = {{}}, .tail_max = 0}, random);
  const std::size_t before = encoded(events).size();
  std::vector<std::uint64_t> sent(50);
  for (Kept& kept : events) kept.event.key.seq = sent[number(kept.event.key.from)]++;
  CHECK(before > encoded(events).size() + 1500);
}

}  // namespace
}  // namespace reprise
