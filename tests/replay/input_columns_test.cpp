#include "replay/input_columns.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <random>

#include "engine/type.hpp"
#include "tests/replay/column_bodies.hpp"
#include "tests/support/test_agents.hpp"

namespace reprise {
namespace {

using namespace test;
using Random = std::mt19937_64;

const std::vector<KindSchema> schema{
    {KindSchema::Role::message, "plain", 1, "{}"},
    {KindSchema::Role::message, "note", 1, "{value:int64}"},
    {KindSchema::Role::message, "note", 2, "{value:int64,side:enum8(buy=0,sell=1),to:agent}"},
    {KindSchema::Role::message, "letter", 1, "{number:uint16,text:text}"},
    {KindSchema::Role::agent, "strange", 1, "{value:int64}"}};

/// A number of any magnitude: as often small as large.
std::uint64_t any_number(Random& random) {
  const std::uint64_t value = random() >> random() % 64;
  return random() % 2 == 0 ? value : ~value + 1;
}

struct Shape {
  std::size_t inputs = 16;
  std::size_t producers = 1;
  bool wild = false;  // numbers of any magnitude, payloads that do not fit their kind
};

Bytes random_records(const Shape& shape, Random& random) {
  Bytes records;
  Encoder out(records);
  for (std::size_t i = 0; i < shape.inputs; ++i) {
    const auto any = [&](std::uint64_t usual) { return shape.wild ? any_number(random) : usual; };
    RecordedInput recorded;
    Input& input = recorded.input;
    input.at = Time(Duration(static_cast<std::int64_t>(any(i * 1'000'000 + random() % 1000))));
    if (random() % 7 == 0) input.after = any(i);
    input.seq = any(i);
    input.to = AgentId(static_cast<std::uint32_t>(any(random() % 5)));
    input.producer = "producer " + std::to_string(random() % shape.producers);
    input.producer_seq = any(i + 1);
    input.resendable = random() % 3 == 0;
    if (input.resendable && random() % 2 == 0) input.key = std::string(random() % 20, 'k');
    const KindSchema& kind = schema[random() % schema.size()];
    recorded.kind = digest64_of(kind.kind);
    recorded.version = kind.version;
    const PayloadLayout layout = payload_layout(std::string_view(kind.fields));
    std::size_t size = layout.fixed_bytes();
    if (layout.open || kind.kind == "strange") size += random() % 50;
    if (shape.wild && random() % 50 == 0) size = random() % 30;
    Bytes payload;
    while (payload.size() < size) {
      const Bytes number = encode(any_number(random));
      payload.insert(payload.end(), number.begin(), number.end());
    }
    payload.resize(size);
    recorded.payload = payload;
    encode_input(out, recorded);
  }
  return records;
}

Bytes columns_of(const Bytes& records) {
  InputEncoder encoder;
  encoder.set_schema(schema);
  Bytes body;
  REQUIRE(encoder.encode(records, body));
  return body;
}

TEST_CASE("records of inputs of every shape come back as they were written") {
  Random random(1);
  InputEncoder encoder;
  encoder.set_schema(schema);
  InputDecoder decoder;
  for (const std::size_t inputs : {16, 17, 300, 3000}) {
    for (const std::size_t producers : {1, 2, 40, 4000}) {
      for (const bool wild : {false, true}) {
        const Bytes records = random_records({inputs, producers, wild}, random);
        Bytes body;
        REQUIRE(encoder.encode(records, body));
        CHECK(body.size() < records.size());
        CHECK(decoder.decode(body, records.size()) == records);
        CHECK(columns_of(records) == body);
      }
    }
  }
}

TEST_CASE("what columns do not make smaller is left as it is") {
  Random random(2);
  InputEncoder encoder;
  Bytes body;
  CHECK_FALSE(encoder.encode(random_records({.inputs = 15}, random), body));
  CHECK_FALSE(encoder.encode({}, body));
  Bytes records = random_records({.inputs = 20}, random);
  records.pop_back();
  CHECK_FALSE(encoder.encode(records, body));
  // sixteen thousand that differ in nothing: a reader would not believe so much from so little
  RecordedInput recorded;
  recorded.input.seq = 1;
  Bytes one;
  Encoder out(one);
  encode_input(out, recorded);
  records.clear();
  for (int i = 0; i < 16'000; ++i) records.insert(records.end(), one.begin(), one.end());
  CHECK_FALSE(encoder.encode(records, body));
  const Bytes half(records.begin(), records.begin() + 500'000);
  recorded.payload = half;
  records.clear();
  Encoder large(records);
  for (int i = 0; i < 20; ++i) encode_input(large, recorded);
  CHECK_FALSE(encoder.encode(records, body));
  CHECK(body.empty());
}

TEST_CASE("a kind that the schema does not have comes back") {
  Random random(3);
  const Bytes records = random_records({.inputs = 100, .producers = 3}, random);
  Bytes body;
  REQUIRE(InputEncoder().encode(records, body));
  CHECK(InputDecoder().decode(body, records.size()) == records);
}

TEST_CASE("a regular feed takes a few bytes an input beside its payload") {
  Bytes records;
  Encoder out(records);
  Random random(4);
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const Bytes payload = encode(random());
    RecordedInput recorded{.input = {}, .kind = digest64_of("note"), .payload = payload};
    recorded.input.at = Time(Duration(static_cast<std::int64_t>(i * 1000 + random() % 100)));
    recorded.input.seq = i;
    recorded.input.producer = "feed";
    recorded.input.producer_seq = i + 1;
    encode_input(out, recorded);
  }
  CHECK(columns_of(records).size() < 1000 * (8 + 2) + 300);
}

TEST_CASE("a layout follows from a type's description as from the type") {
  const auto same = [](const Type& type) {
    INFO(describe(type));
    CHECK(payload_layout(std::string_view(describe(type))) == payload_layout(type));
  };
  const Catalog catalog = test_catalog();
  for (const std::string& name : catalog.message_names()) same(*catalog.message(name)->fields);
  same(type_of<std::pair<std::array<AgentId, 2>, bool>>());
  same(type_of<std::pair<double, std::string>>());
  same(type_of<std::array<Duration, 40>>());
  same(type_of<std::array<Tick, 40>>());
  same(type_of<std::array<std::array<std::int16_t, 2>, 3>>());
  same(type_of<std::pair<Time, std::vector<int>>>());
  same(type_of<std::pair<std::pair<float, std::uint8_t>, std::optional<int>>>());
}

TEST_CASE("a description that describes nothing gives bytes of varying length") {
  const auto layout = [](const std::string& text) {
    return payload_layout(std::string_view(text));
  };
  const PayloadLayout open{.widths = {}, .open = true};
  for (const char* text : {"", "{", "}", "int", "int65", "{:}", "{a}", "array<>", "pair<", "<>",
                           "array<int8>", "array<array<{},9>,int8,4>", "enum"}) {
    INFO(text);
    CHECK(layout(text) == open);
  }
  CHECK(layout("array<array<{},4000000000>,4000000000>") == PayloadLayout{});
  CHECK(layout("array<array<int8,4000000000>,4000000000>").widths.size() == 32);
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "{a:";
  CHECK(layout(deep + "int8" + std::string(100'000, '}')) == open);
}

// Hostile bytes.

/// True if `body` decodes, to exactly `bytes` of records that can be read.
bool decodes(std::span<const std::byte> body, std::size_t bytes) {
  try {
    const Bytes records = InputDecoder().decode(body, bytes);
    CHECK(records.size() == bytes);
    Decoder in(records);
    while (in.remaining() != 0) decode_input(in);
    return true;
  } catch (const DecodeError&) {
    return false;
  }
}

TEST_CASE("columns of inputs with any bit flipped or cut anywhere are refused or give records") {
  Random random(5);
  for (const bool wild : {false, true}) {
    const Bytes records = random_records({.inputs = 60, .producers = 4, .wild = wild}, random);
    const Bytes body = columns_of(records);
    for (std::size_t at = 0; at < body.size(); ++at) {
      Bytes changed = body;
      changed[at] ^= std::byte{1} << at % 8;
      decodes(changed, records.size());
      changed[at] = ~body[at];
      decodes(changed, records.size());
      CHECK_FALSE(decodes(std::span(body).first(at), records.size()));
    }
    CHECK(decodes(body, records.size()));
    CHECK_FALSE(decodes(body, records.size() + 1));
    CHECK_FALSE(decodes(body, records.size() - 1));
    CHECK_FALSE(decodes(body, 0));
  }
}

TEST_CASE("columns of inputs that ask for much more than there is are refused") {
  InputDecoder decoder;
  const auto refused = [&](const Bytes& body, std::size_t bytes, const char* why) {
    CHECK_THROWS_WITH(decoder.decode(body, bytes), Catch::Matchers::Contains(why));
  };
  Bytes lengths(48);
  lengths[3] = std::byte{1};  // 16 MiB
  refused(lengths, 1000, "the columns ask for too much");
  lengths[3] = std::byte{0};
  lengths[2] = std::byte{64};  // 4 MiB
  refused(lengths, 4 << 20, "a length asks for too much");
  refused(lengths, (4 << 20) + 1, "columns for too many records");
  refused(body_of(bytes_of(0u, 0u, 0u), {}), 1000, "other inputs than the records could be");
  refused(body_of(bytes_of(21u, 1u, 1u), {}), 1000, "other inputs than the records could be");
  refused(body_of(bytes_of(20u, 21u, 1u), {}), 1000, "more producers or kinds");
  refused(body_of(bytes_of(20u, 1u, 21u), {}), 1000, "more producers or kinds");
  refused(body_of(bytes_of(20u, 1u, 1u, 0xFFFFFFFFu), {}), 1000, "a length is larger");
  const std::uint64_t id = 7;
  const std::uint16_t version = 1;
  const std::string producer = "a";
  const std::uint8_t zero = 0;
  const auto heads = [&](std::uint8_t fields, std::uint8_t places) {
    Bytes bytes = bytes_of(20u, 1u, 1u, producer, id, version, false, fields);
    for (int i = 0; i < fields; ++i) bytes.push_back(std::byte{8});
    // columns of zeros: producers, kinds, at, seq, edits, to, producers' own, keyed
    const std::uint8_t previous = 1;
    const Bytes place =
        places == 0 ? bytes_of(zero, zero) : bytes_of(previous, zero, std::uint64_t{places});
    bytes.insert(bytes.end(), place.begin(), place.end());
    for (int i = 0; i < 14; ++i) bytes.push_back(std::byte{0});
    return bytes;
  };
  const std::size_t exact = 20 * (48 + 1);
  CHECK(decodes(body_of(heads(0, 0), {}), exact));
  refused(body_of(heads(0, 1), {}), exact, "not listed");
  refused(body_of(heads(0, 0), {}), exact + 48, "other records than the frame's head says");
  refused(body_of(heads(32, 0), {}), exact, "the payloads ask for too much");
  Bytes flags = heads(0, 0);
  flags.resize(flags.size() - 2);
  for (const std::byte byte : bytes_of(std::uint8_t{1}, zero, std::uint64_t{2})) {
    flags.push_back(byte);
  }
  refused(body_of(flags, {}), exact, "a bool is neither 0 nor 1");
  Bytes keys = heads(0, 0);
  keys.resize(keys.size() - 2);
  for (const std::uint64_t number : {1ull, 0xFFFFFFFFull}) {
    for (const std::byte byte : bytes_of(std::uint8_t{1}, zero, number)) keys.push_back(byte);
  }
  refused(body_of(keys, {}), exact, "the bytes end");
}

}  // namespace
}  // namespace reprise
