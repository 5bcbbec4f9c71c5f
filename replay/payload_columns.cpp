#include "replay/payload_columns.hpp"

#include <bit>
#include <cstring>

namespace reprise {

namespace {

constexpr std::size_t length_bytes = 4;
constexpr std::size_t prelude_bytes = 2 * plane_sorts * 2 * length_bytes;

void store(std::byte* to, std::uint64_t value, unsigned width) {
  const auto bytes = detail::little_endian(value);
  std::memcpy(to, bytes.data(), width);
}

}  // namespace

std::uint64_t ColumnBody::raw_bytes() const {
  std::uint64_t bytes = 0;
  for (const ColumnPieces* each : {&heads, &payloads}) {
    for (const ColumnPiece& piece : *each) bytes += piece.raw;
  }
  return bytes;
}

void append_body(const ColumnBytes& heads, const ColumnBytes& payloads, Compressor& compressor,
                 Bytes& out) {
  std::size_t length = out.size();
  out.resize(length + prelude_bytes);
  for (const ColumnBytes* each : {&heads, &payloads}) {
    for (std::size_t sort = 0; sort < plane_sorts; ++sort) {
      const Bytes& raw = (*each)[sort];
      std::size_t stored = raw.size();
      if (static_cast<PlaneSort>(sort) == PlaneSort::noise) {
        out.insert(out.end(), raw.begin(), raw.end());
      } else {
        stored = compressor.append(raw, out);
      }
      store(out.data() + length, raw.size(), length_bytes);
      store(out.data() + length + length_bytes, stored, length_bytes);
      length += 2 * length_bytes;
    }
  }
}

ColumnBody split_body(std::span<const std::byte> body) {
  ColumnBody split;
  Decoder in(body);
  std::array<std::uint32_t, 2 * plane_sorts> stored{};
  std::size_t next = 0;
  for (ColumnPieces* each : {&split.heads, &split.payloads}) {
    for (ColumnPiece& piece : *each) in(piece.raw, stored[next++]);
  }
  next = 0;
  for (ColumnPieces* each : {&split.heads, &split.payloads}) {
    for (ColumnPiece& piece : *each) piece.stored = in.take(stored[next++]);
  }
  in.expect_end();
  return split;
}

ColumnDecoder unpack(const ColumnPieces& pieces, Decompressor& decompressor, ColumnBytes& raw) {
  for (std::size_t i = 0; i < plane_sorts; ++i) {
    decompressor.decode(pieces[i].stored, pieces[i].raw, raw[i]);
  }
  return {Decoder(raw[0]), Decoder(raw[1]), Decoder(raw[2])};
}

void write_layout(Encoder& out, const PayloadLayout& layout) {
  out(layout.open, static_cast<std::uint8_t>(layout.widths.size()));
  out.write(layout.widths.data(), layout.widths.size());
}

void read_layout(Decoder& in, PayloadLayout& layout) {
  std::uint8_t fields = 0;
  in(layout.open, fields);
  if (fields > PayloadLayout::fields_max) throw DecodeError("a kind with too many fields");
  layout.widths.resize(fields);
  if (fields != 0) in.read(layout.widths.data(), fields);
  for (const std::uint8_t width : layout.widths) {
    if (width > 8 || !std::has_single_bit(width)) throw DecodeError("a field of no such width");
  }
}

void PayloadColumns::read(ColumnDecoder& in, const PayloadLayout& layout,
                          std::span<const std::uint32_t> records, const Senders& senders,
                          std::size_t behind_max, Bytes& bytes, std::span<std::uint32_t> places,
                          std::span<std::uint32_t> sizes) {
  const std::size_t count = records.size();
  const std::size_t fixed = layout.fixed_bytes();
  values_.assign(count, 0);
  if (layout.open) columns_.read(in, detail::payload_length_bytes, senders, values_);
  std::size_t behind = 0;
  for (std::size_t i = 0; i < count; ++i) {
    places[records[i]] = static_cast<std::uint32_t>(i * fixed + behind);
    sizes[records[i]] = static_cast<std::uint32_t>(fixed + values_[i]);
    behind += values_[i];
    if (behind > behind_max) throw DecodeError("payloads longer than what follows them");
  }
  bytes.resize(count * fixed + behind);
  std::size_t offset = 0;
  for (const std::uint8_t width : layout.widths) {
    columns_.read(in, width, senders, values_);
    std::byte* const to = bytes.data() + offset;
    detail::with_width(width, [&](auto constant) {
      for (std::size_t i = 0; i < count; ++i) {
        store(to + places[records[i]], values_[i], constant());
      }
    });
    offset += width;
  }
  if (!layout.open) return;
  for (const std::uint32_t record : records) {
    const std::size_t size = sizes[record] - fixed;
    if (size != 0) in[0].read(bytes.data() + places[record] + fixed, size);
  }
}

}  // namespace reprise
