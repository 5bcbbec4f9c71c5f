#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

#include "engine/assert.hpp"
#include "replay/column.hpp"
#include "replay/compression.hpp"
#include "replay/payload_layout.hpp"

/// What the bodies of frames made of columns have in common (docs/journal_format.md): two tapes,
/// what the records are and what they say, each in three pieces by the sort of the planes.
namespace reprise {

struct ColumnPiece {
  std::uint32_t raw = 0;  ///< Bytes that it decodes to.
  std::span<const std::byte> stored;
};
using ColumnPieces = std::array<ColumnPiece, plane_sorts>;

struct ColumnBody {
  ColumnPieces heads;
  ColumnPieces payloads;

  /// What all pieces decode to.
  std::uint64_t raw_bytes() const;
};

/// Appends the body of both tapes to `out`.
void append_body(const ColumnBytes& heads, const ColumnBytes& payloads, Compressor& compressor,
                 Bytes& out);

/// The pieces of `body`, which they lie in, not yet decoded. Throws DecodeError.
ColumnBody split_body(std::span<const std::byte> body);

/// Decodes pieces into `raw`, which the decoders read. Throws DecodeError.
ColumnDecoder unpack(const ColumnPieces& pieces, Decompressor& decompressor, ColumnBytes& raw);

/// How a kind's payloads are cut, as it stands before the columns. Reading throws DecodeError.
void write_layout(Encoder& out, const PayloadLayout& layout);
void read_layout(Decoder& in, PayloadLayout& layout);

/// Writes and reads the payloads of one kind: a column for each field of fixed width, and what is
/// behind them. Keeps its memory from one kind to the next.
class PayloadColumns {
 public:
  /// Appends `count` payloads to `out`: `payload(i)` gives the canonical bytes of each.
  template <class Payload>
  void write(const PayloadLayout& layout, std::size_t count, const Payload& payload,
             const Senders& senders, ColumnBytes& out);

  /// Reads as many payloads as there are `records`: into `bytes` one after another, and by record
  /// where in there and how long it is. `behind_max` is the most that all bytes behind fields may
  /// come to. Throws DecodeError.
  void read(ColumnDecoder& in, const PayloadLayout& layout, std::span<const std::uint32_t> records,
            const Senders& senders, std::size_t behind_max, Bytes& bytes,
            std::span<std::uint32_t> places, std::span<std::uint32_t> sizes);

 private:
  ColumnCodec columns_;
  std::vector<std::uint64_t> values_;
};

namespace detail {

inline constexpr unsigned payload_length_bytes = 4;

/// The number of `width` bytes that stands at `from`.
inline std::uint64_t load(const std::byte* from, unsigned width) {
  std::uint64_t value = 0;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(&value, from, width);
  } else {
    for (unsigned i = 0; i < width; ++i) value |= std::to_integer<std::uint64_t>(from[i]) << 8 * i;
  }
  return value;
}

/// Calls `visit` with `width` as a constant, so that what it copies needs no call.
template <class Visit>
void with_width(unsigned width, const Visit& visit) {
  switch (width) {
    case 1:
      return visit(std::integral_constant<unsigned, 1>());
    case 2:
      return visit(std::integral_constant<unsigned, 2>());
    case 4:
      return visit(std::integral_constant<unsigned, 4>());
    default:
      return visit(std::integral_constant<unsigned, 8>());
  }
}

}  // namespace detail

template <class Payload>
void PayloadColumns::write(const PayloadLayout& layout, std::size_t count, const Payload& payload,
                           const Senders& senders, ColumnBytes& out) {
  const std::size_t fixed = layout.fixed_bytes();
  values_.resize(count);
  if (layout.open) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t size = payload(i).size();
      REPRISE_ASSERT(size >= fixed);
      values_[i] = size - fixed;
    }
    columns_.write(values_, detail::payload_length_bytes, senders, {}, out);
  }
  std::size_t offset = 0;
  for (const std::uint8_t width : layout.widths) {
    detail::with_width(width, [&](auto constant) {
      for (std::size_t i = 0; i < count; ++i) {
        values_[i] = detail::load(payload(i).data() + offset, constant());
      }
    });
    columns_.write(values_, width, senders, {}, out);
    offset += width;
  }
  if (!layout.open) return;
  for (std::size_t i = 0; i < count; ++i) {
    const std::span<const std::byte> behind = payload(i).subspan(fixed);
    out[0].insert(out[0].end(), behind.begin(), behind.end());
  }
}

}  // namespace reprise
