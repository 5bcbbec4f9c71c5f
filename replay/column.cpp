#include "replay/column.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "engine/assert.hpp"

namespace reprise {

namespace {

constexpr std::size_t sample_max = 32;
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

/// Whether a column begins with the number that the first one is told apart from: itself.
constexpr bool has_base(Prediction prediction) {
  return prediction == Prediction::previous || prediction == Prediction::sender;
}

constexpr unsigned unused_bits(unsigned width) {
  return 64 - 8 * width;
}

/// Fills `values` with what lies in the first of `planes`, the lowest first; `folded`: as zigzag()
/// left it.
template <unsigned count, bool folded>
void join(std::span<const std::byte* const> planes, std::span<std::uint64_t> values) {
  std::array<const std::byte*, count> from{};
  std::ranges::copy(planes.first(count), from.begin());
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::uint64_t value = 0;
    for (unsigned plane = 0; plane < count; ++plane) {
      value |= std::to_integer<std::uint64_t>(from[plane][i]) << 8 * plane;
    }
    values[i] = folded ? unzigzag(value) : value;
  }
}

using Join = void (*)(std::span<const std::byte* const>, std::span<std::uint64_t>);

/// join() for each number of planes, without and with zigzag(): who knows both needs one pass.
template <unsigned... counts>
constexpr auto joins_of(std::integer_sequence<unsigned, counts...>) {
  return std::array<std::array<Join, 2>, sizeof...(counts)>{
      {{&join<counts, false>, &join<counts, true>}...}};
}
constexpr auto joins = joins_of(std::make_integer_sequence<unsigned, 9>());

/// By how many different bytes there are among the first 256: of bytes drawn at random 162 on
/// average, with a deviation of 6.
PlaneSort sort_of(std::span<const std::uint64_t> values, unsigned plane) {
  constexpr std::size_t sample = 256;
  if (values.size() < sample) return PlaneSort::quiet;
  std::array<bool, 256> seen{};
  for (const std::uint64_t value : values.first(sample)) seen[value >> 8 * plane & 0xFF] = true;
  const auto different = std::ranges::count(seen, true);
  if (different < 24) return PlaneSort::quiet;
  return different < 140 || different > 190 ? PlaneSort::busy : PlaneSort::noise;
}

}  // namespace

bool ColumnCodec::subtract(std::span<const std::uint64_t> values, unsigned width,
                           const Senders& senders, Prediction prediction) {
  const unsigned unused = unused_bits(width);
  const std::size_t count = values.size();
  folded_.resize(count);
  std::uint64_t* const folded = folded_.data();
  std::uint64_t any = 0;
  switch (prediction) {
    case Prediction::none:
      for (std::size_t i = 0; i < count; ++i) folded[i] = narrow(values[i], unused);
      break;
    case Prediction::previous:
      folded[0] = 0;
      for (std::size_t i = 1; i < count; ++i) folded[i] = narrow(values[i] - values[i - 1], unused);
      break;
    case Prediction::sender:
      forget_senders(senders, values[0]);
      for (std::size_t i = 0; i < count; ++i) {
        std::uint64_t& before = last_[senders.of[i]];
        folded[i] = narrow(values[i] - before, unused);
        before = values[i];
      }
      break;
    case Prediction::self:
      for (std::size_t i = 0; i < count; ++i)
        folded[i] = narrow(values[i] - senders.number_of(i), unused);
      break;
  }
  for (std::size_t i = 0; i < count; ++i) any |= folded[i];
  return any >> 63 != 0;
}

void ColumnCodec::forget_senders(const Senders& senders, std::uint64_t value) {
  if (last_.size() < senders.count) last_.resize(senders.count);
  for (const std::uint32_t sender : senders.of) last_[sender] = value;
}

Prediction ColumnCodec::best(std::span<const std::uint64_t> values, unsigned width,
                             const Senders& senders) {
  // At the end of the column, where most senders have been seen before.
  const std::size_t first = values.size() - std::min(values.size() - 1, sample_max);
  negative_ = subtract(values, width, senders, Prediction::sender);
  std::array<std::uint64_t, 4> bits{};
  const auto add = [&](Prediction prediction, std::uint64_t difference) {
    bits[static_cast<std::size_t>(prediction)] +=
        static_cast<std::uint64_t>(std::bit_width(zigzag(narrow(difference, unused_bits(width)))));
  };
  for (std::size_t i = first; i < values.size(); ++i) {
    add(Prediction::none, values[i]);
    add(Prediction::previous, values[i] - values[i - 1]);
    add(Prediction::sender, folded_[i]);
    add(Prediction::self, values[i] - senders.number_of(i));
  }
  return static_cast<Prediction>(std::ranges::min_element(bits) - bits.begin());
}

void ColumnCodec::write(std::span<const std::uint64_t> values, unsigned width,
                        const Senders& senders, std::optional<Prediction> prediction,
                        ColumnBytes& out) {
  if (values.empty()) return;
  const std::size_t count = values.size();
  if (std::ranges::all_of(values, [&](std::uint64_t value) { return value == values[0]; })) {
    Encoder encoder(out[0]);
    encoder(values[0] == 0 ? Prediction::none : Prediction::previous, std::uint8_t{0});
    if (values[0] != 0) encoder(values[0]);
    return;
  }
  const Prediction chosen = prediction ? *prediction : best(values, width, senders);
  const bool subtracted = !prediction && chosen == Prediction::sender;  // by best()
  const bool negative = subtracted ? negative_ : subtract(values, width, senders, chosen);
  std::uint64_t* const folded = folded_.data();
  std::uint64_t any = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (negative) folded[i] = zigzag(folded[i]);
    any |= folded[i];
  }
  const auto planes = static_cast<unsigned>(std::bit_width(any) + 7) / 8;
  Encoder encoder(out[0]);
  encoder(static_cast<std::uint8_t>(static_cast<unsigned>(chosen) | (negative ? zigzag_bit : 0u)),
          static_cast<std::uint8_t>(planes));
  if (has_base(chosen)) encoder(values[0]);
  std::array<PlaneSort, 8> sorts{};
  for (unsigned plane = 0; plane < planes; ++plane) {
    sorts[plane] = sort_of(folded_, plane);
    encoder(sorts[plane]);
  }
  for (unsigned plane = 0; plane < planes; ++plane) {
    Bytes& into = out[static_cast<std::size_t>(sorts[plane])];
    const std::size_t start = into.size();
    into.resize(start + count);
    std::byte* const to = into.data() + start;
    for (std::size_t i = 0; i < count; ++i) to[i] = static_cast<std::byte>(folded[i] >> 8 * plane);
  }
}

void ColumnCodec::read(ColumnDecoder& in, unsigned width, const Senders& senders,
                       std::span<std::uint64_t> values) {
  if (values.empty()) return;
  std::uint8_t form = 0;
  std::uint8_t planes = 0;
  in[0](form, planes);
  if (form > (prediction_bits | zigzag_bit)) throw DecodeError("a column of unknown form");
  if (planes > width) throw DecodeError("a column is wider than its numbers");
  const auto prediction = static_cast<Prediction>(form & prediction_bits);
  if (prediction >= Prediction::sender && senders.of.size() != values.size()) {
    throw DecodeError("a column by senders where there are none");
  }
  std::uint64_t before = 0;
  if (has_base(prediction)) in[0](before);
  std::array<PlaneSort, 8> sorts{};
  for (unsigned plane = 0; plane < planes; ++plane) in[0](sorts[plane]);  // refuses others
  if (planes == 0 && prediction <= Prediction::previous) {
    std::ranges::fill(values, before & ~std::uint64_t{0} >> unused_bits(width));
    return;
  }
  std::array<const std::byte*, 8> from{};
  for (unsigned plane = 0; plane < planes; ++plane) {
    from[plane] = in[static_cast<std::size_t>(sorts[plane])].take(values.size()).data();
  }
  const Join join_them = joins[planes][(form & zigzag_bit) != 0 ? 1 : 0];
  join_them(from, values);
  add_back(values, width, senders, prediction, before);
}

void ColumnCodec::add_back(std::span<std::uint64_t> values, unsigned width, const Senders& senders,
                           Prediction prediction, std::uint64_t before) {
  const std::size_t count = values.size();
  std::uint64_t* const to = values.data();
  const std::uint64_t mask = ~std::uint64_t{0} >> unused_bits(width);
  switch (prediction) {
    case Prediction::none:
      if (mask != ~std::uint64_t{0}) {
        for (std::size_t i = 0; i < count; ++i) to[i] &= mask;
      }
      break;
    case Prediction::previous:
      for (std::size_t i = 0; i < count; ++i) {
        before = (before + to[i]) & mask;
        to[i] = before;
      }
      break;
    case Prediction::sender:
      forget_senders(senders, before);
      for (std::size_t i = 0; i < count; ++i) {
        std::uint64_t& last = last_[senders.of[i]];
        last = (last + to[i]) & mask;
        to[i] = last;
      }
      break;
    case Prediction::self:
      for (std::size_t i = 0; i < count; ++i) to[i] = (to[i] + senders.number_of(i)) & mask;
      break;
  }
}

}  // namespace reprise
