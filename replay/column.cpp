#include "replay/column.hpp"

#include <algorithm>
#include <bit>

#include "engine/assert.hpp"

namespace reprise {

namespace {

constexpr std::size_t sample_max = 384;
constexpr std::uint8_t prediction_bits = 3;
constexpr std::uint8_t zigzag_bit = 4;

/// `difference` as a signed number of `width` bytes.
constexpr std::uint64_t narrow(std::uint64_t difference, unsigned unused_bits) {
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(difference << unused_bits) >>
                                    unused_bits);
}

/// Small numbers of either sign as small numbers without one (Protocol Buffers' ZigZag).
constexpr std::uint64_t zigzag(std::uint64_t value) {
  return value << 1 ^ static_cast<std::uint64_t>(static_cast<std::int64_t>(value) >> 63);
}

constexpr std::uint64_t unzigzag(std::uint64_t value) {
  return value >> 1 ^ (~(value & 1) + 1);
}

constexpr unsigned unused_bits(unsigned width) {
  return 64 - 8 * width;
}

}  // namespace

bool ColumnCodec::subtract(std::span<const std::uint64_t> values, unsigned width,
                           const Senders& senders, Prediction prediction) {
  const unsigned unused = unused_bits(width);
  folded_.resize(values.size());
  std::uint64_t* const folded = folded_.data();
  std::uint64_t any = 0;
  switch (prediction) {
    case Prediction::none:
      for (std::size_t i = 0; i < values.size(); ++i) {
        folded[i] = narrow(values[i], unused);
        any |= folded[i];
      }
      break;
    case Prediction::previous: {
      std::uint64_t before = values[0];
      for (std::size_t i = 0; i < values.size(); ++i) {
        folded[i] = narrow(values[i] - before, unused);
        any |= folded[i];
        before = values[i];
      }
      break;
    }
    case Prediction::sender:
      last_.assign(senders.count, values[0]);
      for (std::size_t i = 0; i < values.size(); ++i) {
        std::uint64_t& before = last_[senders.of[i]];
        folded[i] = narrow(values[i] - before, unused);
        any |= folded[i];
        before = values[i];
      }
      break;
  }
  return any >> 63 != 0;
}

Prediction ColumnCodec::best(std::span<const std::uint64_t> values, unsigned width,
                             const Senders& senders) {
  const auto sample = values.first(std::min(values.size(), sample_max));
  Prediction found = Prediction::none;
  std::uint64_t least = ~std::uint64_t{0};
  for (const Prediction each : {Prediction::none, Prediction::previous, Prediction::sender}) {
    const bool negative = subtract(sample, width, senders, each);
    std::uint64_t bits = 0;
    for (const std::uint64_t value : folded_) {
      bits += std::bit_width(negative ? zigzag(value) : value);
    }
    if (bits < least) {
      least = bits;
      found = each;
    }
  }
  return found;
}

void ColumnCodec::write(std::span<const std::uint64_t> values, unsigned width,
                        const Senders& senders, std::optional<Prediction> prediction,
                        Segments& out) {
  if (values.empty()) return;
  const Prediction chosen = prediction ? *prediction : best(values, width, senders);
  const bool negative = subtract(values, width, senders, chosen);
  std::uint64_t any = 0;
  if (negative) {
    for (std::uint64_t& value : folded_) value = zigzag(value);
  }
  for (const std::uint64_t value : folded_) any |= value;
  const auto planes = static_cast<unsigned>(std::bit_width(any) + 7) / 8;
  Encoder encoder(out.bytes);
  encoder(static_cast<std::uint8_t>(static_cast<unsigned>(chosen) | (negative ? zigzag_bit : 0u)),
          static_cast<std::uint8_t>(planes));
  if (chosen != Prediction::none) encoder(values[0]);
  const std::size_t start = out.bytes.size();
  const std::size_t count = values.size();
  out.bytes.resize(start + planes * count);
  for (unsigned plane = 0; plane < planes; ++plane) {
    std::byte* const to = out.bytes.data() + start + plane * count;
    const std::uint64_t* const from = folded_.data();
    for (std::size_t i = 0; i < count; ++i) to[i] = static_cast<std::byte>(from[i] >> 8 * plane);
  }
  for (unsigned plane = 0; plane <= planes; ++plane) out.cut(start + plane * count);
}

void ColumnCodec::read(Decoder& in, unsigned width, const Senders& senders,
                       std::span<std::uint64_t> values) {
  if (values.empty()) return;
  std::uint8_t form = 0;
  std::uint8_t planes = 0;
  in(form, planes);
  if (form > (prediction_bits | zigzag_bit) || (form & prediction_bits) == prediction_bits) {
    throw DecodeError("a column of unknown form");
  }
  if (planes > width) throw DecodeError("a column is wider than its numbers");
  const auto prediction = static_cast<Prediction>(form & prediction_bits);
  if (prediction == Prediction::sender && senders.of.size() != values.size()) {
    throw DecodeError("a column by senders where there are none");
  }
  std::uint64_t before = 0;
  if (prediction != Prediction::none) in(before);
  const std::size_t count = values.size();
  const std::span<const std::byte> bytes = in.take(planes * count);
  std::uint64_t* const to = values.data();
  std::fill(values.begin(), values.end(), 0);
  for (unsigned plane = 0; plane < planes; ++plane) {
    const std::byte* const from = bytes.data() + plane * count;
    for (std::size_t i = 0; i < count; ++i) {
      to[i] |= std::to_integer<std::uint64_t>(from[i]) << 8 * plane;
    }
  }
  if ((form & zigzag_bit) != 0) {
    for (std::size_t i = 0; i < count; ++i) to[i] = unzigzag(to[i]);
  }
  const std::uint64_t mask = ~std::uint64_t{0} >> unused_bits(width);
  switch (prediction) {
    case Prediction::none:
      for (std::size_t i = 0; i < count; ++i) to[i] &= mask;
      break;
    case Prediction::previous:
      for (std::size_t i = 0; i < count; ++i) {
        before = (before + to[i]) & mask;
        to[i] = before;
      }
      break;
    case Prediction::sender:
      last_.assign(senders.count, before);
      for (std::size_t i = 0; i < count; ++i) {
        std::uint64_t& last = last_[senders.of[i]];
        last = (last + to[i]) & mask;
        to[i] = last;
      }
      break;
  }
}

}  // namespace reprise
