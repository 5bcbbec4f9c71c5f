#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <pcg_random.hpp>
#include <ranges>
#include <string_view>
#include <utility>

#include "engine/assert.hpp"
#include "engine/time.hpp"

namespace reprise {

namespace detail {

/// A density cut into 256 layers of equal area, laid on whole numbers of 53 bits. A point of layer
/// i is one of them times `width`; below `inside` it lies under the density for certain.
struct Ziggurat {
  struct Layer {
    std::uint64_t inside = 0;
    double width = 0;
  };
  std::array<Layer, 256> layers{};
  std::array<double, 257> heights{};  ///< The density at the right end of each layer, and at 0.
};

extern const Ziggurat exponential_ziggurat;
extern const Ziggurat normal_ziggurat;

}  // namespace detail

/// One stream of randomness: PCG64 (O'Neill 2014) and distributions made from nothing but its bits,
/// whole numbers, IEEE basic operations and engine/math.hpp, so that every build draws the same.
///
/// Each draw moves the stream on; how far may depend on what is drawn, so give every draw a
/// statement of its own. Arguments that make no sense throw std::invalid_argument.
class Random {
 public:
  /// The stream PCG64 has without a seed.
  Random() = default;

  /// The stream of `name` under `seed`. The state is XXH3-128 of 8 bytes `seed` (little-endian), a
  /// byte 0 and `name`; the increment is that of the seed, a byte 1 and `name`, with its last bit
  /// set.
  Random(std::uint64_t seed, std::string_view name);

  /// 64 random bits.
  std::uint64_t bits() { return generator_(); }

  /// A whole number from `low` to `high`, both possible, all alike (Lemire 2019).
  std::int64_t uniform(std::int64_t low, std::int64_t high) {
    if (low > high) refuse("uniform: `low` must not be above `high`");
    const std::uint64_t others = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
    const std::uint64_t offset = others == ~std::uint64_t{0} ? bits() : below(others + 1);
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + offset);
  }
  Duration uniform(Duration low, Duration high) {
    return Duration(uniform(low.count(), high.count()));
  }

  /// A multiple of 2^-53 from 0 up to, not including, 1.
  double real() { return static_cast<double>(static_cast<std::int64_t>(bits() >> 11)) * 0x1p-53; }

  /// A number from `low` up to, not including, `high`; `low` where they are equal.
  double real(double low, double high);

  /// True with probability `p`.
  bool bernoulli(double p) {
    if (!(p >= 0.0 && p <= 1.0)) refuse("bernoulli: the probability must lie between 0 and 1");
    return real() < p;
  }

  /// The time to the next of events that come at random, `mean` apart (ziggurat: Marsaglia & Tsang
  /// 2000).
  double exponential(double mean) {
    if (!(mean > 0.0 && mean <= double_max)) refuse_mean("exponential");
    return mean * standard_exponential();
  }

  /// The same in whole nanoseconds, the nearest; what does not fit is Duration::max().
  Duration exponential(Duration mean);

  /// The bell curve (ziggurat: Marsaglia & Tsang 2000); `deviation` may be 0.
  double normal(double mean, double deviation);

  /// How many of events that come at random fall where `mean`, at most 10^15, are expected. The
  /// product of uniform numbers (Knuth, The Art of Computer Programming 2, 3.4.1) below 10, PTRS
  /// (Hörmann 1993) from there.
  std::uint64_t poisson(double mean);

  /// A rank from 1 to `n`, each k in proportion to k to the power -`exponent`, which may be 0
  /// (rejection-inversion: Hörmann & Derflinger 1996).
  std::uint64_t zipf(std::uint64_t n, double exponent);

  /// One element of `range`, which must not be empty, all alike.
  template <class Range>
  auto& choice(Range& range) {
    const auto size = static_cast<std::uint64_t>(std::ranges::size(range));
    REPRISE_ASSERT(size != 0);
    const std::uint64_t index = below(size);
    return std::ranges::begin(range)[static_cast<std::ranges::range_difference_t<Range>>(index)];
  }

  /// Puts `range` into one of its orders, all alike (Durstenfeld 1964).
  template <class Range>
  void shuffle(Range& range) {
    using Index = std::ranges::range_difference_t<Range>;
    const auto begin = std::ranges::begin(range);
    for (auto i = static_cast<std::uint64_t>(std::ranges::size(range)); i > 1; --i) {
      const std::uint64_t j = below(i);
      std::ranges::swap(begin[static_cast<Index>(i - 1)], begin[static_cast<Index>(j)]);
    }
  }

  /// Where the stream stands: state and increment, the high half of each first.
  std::array<std::uint64_t, 4> words() const;

  /// The stream that stands there. Throws std::invalid_argument for an even increment, which no
  /// stream has.
  static Random from_words(const std::array<std::uint64_t, 4>& words);

  /// How many words of 64 bits were drawn since the stream stood at `start`, modulo 2^64; nothing
  /// if that is another stream. Costs as much as a hundred draws.
  std::optional<std::uint64_t> drawn_since(const Random& start) const;

  friend bool operator==(const Random& a, const Random& b) { return a.words() == b.words(); }

 private:
  using Wide = pcg_extras::pcg128_t;

  struct Generator : pcg64 {
    using pcg64::inc_;
    using pcg64::state_;
  };

  static constexpr double double_max = 0x1.fffffffffffffp1023;

  [[noreturn]] static void refuse(std::string_view why);
  [[noreturn]] static void refuse_mean(std::string_view distribution);

  /// A number below `count`, which is not 0.
  std::uint64_t below(std::uint64_t count) {
    Wide product = Wide(bits()) * Wide(count);
    if (static_cast<std::uint64_t>(product) < count) [[unlikely]] {
      const std::uint64_t surplus = (0 - count) % count;
      while (static_cast<std::uint64_t>(product) < surplus) product = Wide(bits()) * Wide(count);
    }
    return static_cast<std::uint64_t>(product >> 64);
  }

  double standard_exponential() {
    const std::uint64_t draw = bits();
    const std::uint64_t place = draw >> 11;
    const detail::Ziggurat::Layer& layer = detail::exponential_ziggurat.layers[draw & 255];
    if (place >= layer.inside) [[unlikely]]
      return rare_exponential(draw);
    return static_cast<double>(static_cast<std::int64_t>(place)) * layer.width;
  }

  double rare_exponential(std::uint64_t draw);
  double standard_normal();
  double normal_tail();
  std::uint64_t small_poisson(double mean);
  std::uint64_t large_poisson(double mean);

  Generator generator_;
};

static_assert(sizeof(Random) == 32);

}  // namespace reprise
