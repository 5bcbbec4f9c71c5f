// The body of a frame of events: what it decodes to is written again, and read, and is the same.
//
// An input is the count of events (2 bytes), then a body. Mutations keep its pieces apart and their
// lengths right, and its pieces are not compressed.
#include "tests/fuzz/forge.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/pieces.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "replay/event_columns.hpp"
#include "tests/support/test_agents.hpp"

namespace {

using namespace reprise;
using namespace reprise::fuzz;

constexpr std::size_t count_bytes = 2;
constexpr Step first_step = 7;

/// An event with bytes of its own.
struct Kept {
  RecordedEvent event;
  PayloadLayout layout;
  Bytes payload;
};

std::vector<Kept> decoded(std::span<const std::byte> body, std::size_t count) {
  static EventDecoder decoder;  // its memory goes from one body to the next
  decoder.decode(body, count, first_step);
  std::vector<Kept> events;
  for (std::size_t i = 0; i < decoder.size(); ++i) {
    const RecordedEvent& event = decoder.event(i);
    const auto has_agent = [&](AgentId agent) {
      return std::ranges::count(decoder.agents(), number(agent)) != 0;
    };
    expect(decoder.has_kind(event.kind) && has_agent(event.to) && has_agent(event.key.from),
           "a body has the kinds and agents of its events");
    expect(!event.cause || (*event.cause != 0 && *event.cause < event.step),
           "an event is sent before it is delivered");
    expect(event.payload.size() >= decoder.layout(i).fixed_bytes() &&
               (decoder.layout(i).open || event.payload.size() == decoder.layout(i).fixed_bytes()),
           "a payload is laid out as its kind");
    events.push_back({event, decoder.layout(i), {event.payload.begin(), event.payload.end()}});
  }
  return events;
}

Bytes encoded(const std::vector<Kept>& events) {
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

bool same(const Kept& one, const Kept& other) {
  return one.event.step == other.event.step && one.event.key == other.event.key &&
         one.event.to == other.event.to && one.event.kind == other.event.kind &&
         one.event.dropped == other.event.dropped && one.event.cause == other.event.cause &&
         one.layout == other.layout && one.payload == other.payload;
}

/// The body of two events of one kind, which is laid out in two ways.
std::string one_kind_in_two_layouts() {
  constexpr std::uint64_t id = 0x1112131415161718;
  const std::vector<Kept> events{
      {{.step = first_step, .kind = id}, {.widths = {8, 8}, .open = true}, Bytes(40)},
      {{.step = first_step + 1, .kind = ~id}, {.widths = {1}}, Bytes(1)}};
  std::string body = text_of(encoded(events));
  body.replace(body.find(text_of(encode(~id))), sizeof id, text_of(encode(id)));
  return body;
}

std::string input_of(std::size_t count, std::string_view body) {
  return text_of(encode(static_cast<std::uint16_t>(count))) + std::string(body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < count_bytes) return 0;
  const std::span<const std::byte> bytes = std::as_bytes(std::span(data, size));
  const auto count = decode<std::uint16_t>(bytes.first(count_bytes));
  std::vector<Kept> events;
  try {
    events = decoded(bytes.subspan(count_bytes), count);
  } catch (const DecodeError&) {
    return 0;
  }
  const Bytes body = encoded(events);
  const std::vector<Kept> again = decoded(body, events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    expect(same(events[i], again[i]), "events come back as they were written");
  }
  expect(encoded(again) == body, "the same events give the same bytes");
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int seed) {
  return mutated(data, size, max_size, [&](std::string_view input) {
    return with_piece_mutated(input, count_bytes, seed);
  });
}

std::vector<std::string> reprise::fuzz::seeds() {
  const FrameBody recorded = first_body(plain_journal(false), FrameType::events);
  return {input_of(recorded.span.count, recorded.body),
          input_of(recorded.span.count, with_plain_pieces(recorded.body)),
          input_of(2, with_plain_pieces(one_kind_in_two_layouts()))};
}
