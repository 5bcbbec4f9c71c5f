// Inputs in columns: the records that they stand for are put into columns again, and are the same.
//
// An input is how many bytes the records come to (4 bytes), then the body. Mutations keep its
// pieces apart and their lengths right, and its pieces are not compressed.
#include <cstring>

#include "replay/input_columns.hpp"
#include "tests/fuzz/forge.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/pieces.hpp"

namespace {

using namespace reprise;
using namespace reprise::fuzz;

constexpr std::size_t size_bytes = sizeof(std::uint32_t);
constexpr std::uint32_t records_max = 1 << 22;

/// Sixteen inputs or more of three producers and two kinds.
Bytes some_records(std::size_t count) {
  Bytes records;
  Encoder out(records);
  for (std::size_t i = 0; i < count; ++i) {
    RecordedInput recorded;
    Input& input = recorded.input;
    input.at = Time(Duration(static_cast<std::int64_t>(i * 1'000'003)));
    if (i % 7 == 3) input.after = i;
    input.seq = i;
    input.to = AgentId{static_cast<std::uint32_t>(i % 5)};
    input.producer = "producer " + std::to_string(i % 3);
    input.producer_seq = i / 3 + 1;
    input.resendable = i % 4 == 0;
    if (i % 8 == 0) input.key = "key " + std::to_string(i);
    recorded.kind = 7 + i % 2;
    recorded.version = 1;
    const Bytes payload = reprise::encode(std::uint64_t{i * i});
    recorded.payload = std::span(payload).first(i % 2 == 0 ? payload.size() : i % 8);
    encode_input(out, recorded);
  }
  return records;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < size_bytes) return 0;
  const std::span<const std::byte> bytes = std::as_bytes(std::span(data, size));
  const auto records_bytes =
      reprise::decode<std::uint32_t>(bytes.first(size_bytes)) % (records_max + 1);
  Bytes records;
  try {
    records = InputDecoder().decode(bytes.subspan(size_bytes), records_bytes);
  } catch (const DecodeError&) {
    return 0;
  }
  expect(records.size() == records_bytes, "columns come to as many bytes as were asked for");
  Bytes body;
  if (!InputEncoder().encode(records, body)) return 0;
  expect(InputDecoder().decode(body, records.size()) == records,
         "records come back from columns as they were");
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int seed) {
  return mutated(data, size, max_size, [&](std::string_view input) {
    return with_piece_mutated(input, size_bytes, seed);
  });
}

std::vector<std::string> reprise::fuzz::seeds() {
  std::vector<std::string> all;
  for (const std::size_t count : {16, 40}) {
    const Bytes records = some_records(count);
    Bytes body;
    expect(InputEncoder().encode(records, body), "so many inputs are worth columns");
    all.push_back(text_of(reprise::encode(static_cast<std::uint32_t>(records.size()))) +
                  with_plain_pieces(text_of(body)));
  }
  return all;
}
