#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "replay/journal.hpp"
#include "replay/payload_columns.hpp"
#include "replay/records.hpp"

/// The records of inputs cut into columns: a codec for the bodies of their frames
/// (docs/journal_format.md, codec 2).
namespace reprise {

/// Encodes records of inputs. Keeps its memory from one body to the next.
class InputEncoder {
 public:
  /// `level` is zstd's.
  explicit InputEncoder(int level = 1) : compressor_(level) {}

  /// Kinds in `schema` have their payloads cut into fields; others have theirs kept as they are.
  void set_schema(std::span<const KindSchema> schema);

  /// Appends to `out` what stands for `records`, which encode_input() wrote one after another. The
  /// same records give the same bytes. False, and nothing is appended, where columns do not pay:
  /// for fewer than 16 records, for more than 4 MiB of them, and bytes that are none.
  bool encode(std::span<const std::byte> records, Bytes& out);

 private:
  struct Kind {
    std::uint64_t id = 0;
    std::uint16_t version = 0;
    PayloadLayout layout;
    std::vector<std::uint32_t> inputs;  // which
  };

  bool read(std::span<const std::byte> records);
  void sort();
  void write_heads();
  void write_payloads(const Kind& kind);

  using KindKey = std::pair<std::uint64_t, std::uint16_t>;  // id and version

  std::map<KindKey, PayloadLayout> layouts_;
  Compressor compressor_;
  ColumnCodec columns_;
  PayloadColumns payload_columns_;
  ColumnBytes heads_;
  ColumnBytes payloads_;
  std::vector<RecordedInput> inputs_;
  std::vector<std::string> producers_;  // in order of appearance
  std::map<std::string, std::uint32_t> producer_places_;
  std::vector<Kind> kinds_;  // in order of appearance
  std::map<KindKey, std::uint32_t> kind_places_;
  std::vector<std::uint32_t> producer_;  // places, by input
  std::vector<std::uint32_t> kind_;
  std::vector<std::uint32_t> senders_;
  std::vector<std::uint64_t> values_;
};

/// Decodes what InputEncoder wrote. Keeps its memory from one body to the next.
class InputDecoder {
 public:
  /// The records that `body` stands for, which must come to `bytes`, at most 4 MiB. Throws
  /// DecodeError. Needs at most some 6 times `bytes`, whatever the body says.
  Bytes decode(std::span<const std::byte> body, std::size_t bytes);

 private:
  struct Kind {
    std::uint64_t id = 0;
    std::uint16_t version = 0;
    PayloadLayout layout;
    std::vector<std::uint32_t> inputs;
    Bytes bytes;
  };

  void read_heads(ColumnDecoder& in, std::size_t bytes);
  void read_names(Decoder& in, std::uint32_t producers, std::uint32_t kinds);
  void read_places(ColumnDecoder& in, std::vector<std::uint32_t>& places, std::size_t count);
  void read_present(ColumnDecoder& in, std::vector<std::uint64_t>& present);
  void read_keys(ColumnDecoder& in);
  void read_payloads(ColumnDecoder& in, std::size_t bytes);
  std::uint64_t bytes_of_records() const;
  Bytes records();

  Decompressor decompressor_;
  ColumnCodec columns_;
  PayloadColumns payload_columns_;
  ColumnBytes raw_heads_;
  ColumnBytes raw_payloads_;
  std::vector<std::string> producers_;
  std::vector<Kind> kinds_;
  std::size_t count_ = 0;
  std::vector<std::uint32_t> producer_;  // places, by input
  std::vector<std::uint32_t> kind_;
  std::vector<std::uint64_t> at_;
  std::vector<std::uint64_t> seq_;
  std::vector<std::uint64_t> is_edit_;
  std::vector<std::uint64_t> after_;  // of the edits
  std::vector<std::uint64_t> to_;
  std::vector<std::uint64_t> producer_seq_;
  std::vector<std::uint64_t> is_keyed_;
  std::vector<std::uint64_t> key_bytes_;  // of those with a key
  std::span<const std::byte> keys_;       // one after another
  std::vector<std::uint32_t> payload_;    // where it is in its kind's bytes
  std::vector<std::uint32_t> payload_bytes_;
  std::vector<std::uint32_t> senders_;
};

}  // namespace reprise
