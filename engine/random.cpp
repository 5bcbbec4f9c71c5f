#include "engine/random.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include "engine/digest.hpp"
#include "engine/math.hpp"
#include "engine/math_kernels.hpp"

namespace reprise {

namespace {

constexpr double exponential_density(double x) {
  return math::detail::exp(-x);
}
constexpr double exponential_place(double height) {
  return -math::detail::log(height);
}

constexpr double normal_density(double x) {
  return math::detail::exp(-0.5 * x * x);
}
constexpr double normal_place(double height) {
  return math::detail::exp(0.5 * math::detail::log(-2.0 * math::detail::log(height)));
}

/// The ziggurat of a falling density whose value at 0 is 1. `place` is its inverse, `right` the
/// right end of the lowest layer that is a rectangle, `area` that of each layer. Layer 0 is the
/// rectangle below the density at `right` with the tail beyond it, taken for a rectangle of its
/// area.
template <class Density, class Place>
constexpr detail::Ziggurat ziggurat(Density density, Place place, double right, double area) {
  constexpr double places = 0x1p53;
  detail::Ziggurat result;
  std::array<double, 257> ends{};
  ends[0] = area / density(right);
  ends[1] = right;
  for (std::size_t i = 2; i < 256; ++i) {
    ends[i] = place(area / ends[i - 1] + density(ends[i - 1]));
  }
  for (std::size_t i = 0; i < 256; ++i) {
    const double inside = ends[i + 1] / ends[i] * places;
    result.layers[i] = {static_cast<std::uint64_t>(inside), ends[i] / places};
    result.heights[i] = density(ends[i]);
  }
  result.heights[256] = 1.0;
  return result;
}

constexpr double exponential_right = 0x1.ec9d9297ebb83p2;  // 7.697: 256 layers then end at 0
constexpr double normal_right = 0x1.d3bb48209ad33p1;       // 3.654

}  // namespace

namespace detail {

constinit const Ziggurat exponential_ziggurat =
    ziggurat(exponential_density, exponential_place, exponential_right, 0x1.02d84bc4b0285p-8);
constinit const Ziggurat normal_ziggurat =
    ziggurat(normal_density, normal_place, normal_right, 0x1.43016a5a43732p-8);

}  // namespace detail

namespace {

double as_double(std::uint64_t place) {
  return static_cast<double>(static_cast<std::int64_t>(place));
}

/// The nearest whole number to `x`, which is not negative; what does not fit is the largest.
std::int64_t rounded(double x) {
  constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
  if (!(x < 0x1p63)) return largest;
  const auto whole = static_cast<std::int64_t>(x);
  return x - static_cast<double>(whole) >= 0.5 ? whole + 1 : whole;
}

/// log(k!) - (k log k - k).
double stirling_rest(double k) {
  constexpr double half_log_two_pi = 0x1.d67f1c864beb5p-1;
  const double inverse = 1.0 / k;
  const double square = inverse * inverse;
  return half_log_two_pi + 0.5 * math::log(k) +
         inverse * (1.0 / 12 - square * (1.0 / 360 - square / 1260));
}

/// The logarithm of the probability of `k`, a whole number, where `mean` are expected.
double log_poisson(double k, double mean) {
  if (k >= 16.0) return k * math::log1p((mean - k) / k) + (k - mean) - stirling_rest(k);
  double factorial = 1.0;
  for (double i = 2.0; i <= k; ++i) factorial *= i;
  return k * math::log(mean) - mean - math::log(factorial);
}

/// The area under x^-exponent, counted from 1, by which zipf() draws: a number under the curve,
/// then its rank.
class PowerLaw {
 public:
  explicit PowerLaw(double exponent) : exponent_(exponent), slope_(1.0 - exponent) {}

  double density(double x) const { return math::exp(-exponent_ * math::log(x)); }

  double area(double x) const {
    const double log_x = math::log(x);
    const double t = slope_ * log_x;
    return t == 0.0 ? log_x : log_x * (math::expm1(t) / t);
  }

  /// The x of an area.
  double place(double area) const {
    const double t = std::max(slope_ * area, -1.0);
    return math::exp(t == 0.0 ? area : area * (math::log1p(t) / t));
  }

 private:
  double exponent_;
  double slope_;
};

__extension__ typedef unsigned __int128 Wide;

std::uint64_t high_half(Wide value) {
  return static_cast<std::uint64_t>(value >> 64);
}
std::uint64_t low_half(Wide value) {
  return static_cast<std::uint64_t>(value);
}

/// The digest of the seed's bytes, the byte `which` and the name, as one number.
Wide seed_digest(std::uint64_t seed, char which, std::string_view name) {
  std::string bytes;
  for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(seed >> shift & 255);
  bytes += which;
  bytes += name;
  const Digest digest = digest_of(std::string_view(bytes));
  return Wide{digest.high} << 64 | digest.low;
}

}  // namespace

Random::Random(std::uint64_t seed, std::string_view name) {
  generator_.state_ = seed_digest(seed, 0, name);
  generator_.inc_ = seed_digest(seed, 1, name) | 1;
}

double Random::real(double low, double high) {
  const double width = high - low;
  if (!(width >= 0.0 && width <= double_max)) {
    refuse("real: `low` must not be above `high`, nor infinitely far below it");
  }
  double value = low + width * real();
  while (value >= high && width > 0.0) value = low + width * real();  // rounded up to `high`
  return value;
}

Duration Random::exponential(Duration mean) {
  return Duration(rounded(exponential(static_cast<double>(mean.count()))));
}

double Random::rare_exponential(std::uint64_t draw) {
  double beyond = 0.0;
  for (;;) {
    const std::uint64_t layer = draw & 255;
    const std::uint64_t place = draw >> 11;
    const detail::Ziggurat& ziggurat = detail::exponential_ziggurat;
    const double x = as_double(place) * ziggurat.layers[layer].width;
    if (place < ziggurat.layers[layer].inside) return beyond + x;
    if (layer == 0) {
      beyond += exponential_right;  // what is left of an exponential time is exponential again
    } else {
      const double bottom = ziggurat.heights[layer];
      const double y = bottom + real() * (ziggurat.heights[layer + 1] - bottom);
      if (y < exponential_density(x)) return beyond + x;
    }
    draw = bits();
  }
}

double Random::normal(double mean, double deviation) {
  if (!(mean >= -double_max && mean <= double_max)) refuse("normal: the mean must be finite");
  if (!(deviation >= 0.0 && deviation <= double_max)) {
    refuse("normal: the deviation must be finite and not negative");
  }
  return mean + deviation * standard_normal();
}

double Random::standard_normal() {
  for (;;) {
    const std::uint64_t draw = bits();
    const std::uint64_t layer = draw & 255;
    const std::uint64_t place = draw >> 11;
    const double sign = (draw & 256) == 0 ? 1.0 : -1.0;
    const detail::Ziggurat& ziggurat = detail::normal_ziggurat;
    const double x = as_double(place) * ziggurat.layers[layer].width;
    if (place < ziggurat.layers[layer].inside) return sign * x;
    if (layer == 0) return sign * normal_tail();
    const double bottom = ziggurat.heights[layer];
    const double y = bottom + real() * (ziggurat.heights[layer + 1] - bottom);
    if (y < normal_density(x)) return sign * x;
  }
}

/// The tail beyond the lowest layer (Marsaglia 1964).
double Random::normal_tail() {
  for (;;) {
    const double x = standard_exponential() / normal_right;
    const double y = standard_exponential();
    if (y + y >= x * x) return normal_right + x;
  }
}

std::uint64_t Random::poisson(double mean) {
  if (!(mean > 0.0 && mean <= 1e15)) {
    refuse("poisson: the mean must be positive and at most 10^15");
  }
  return mean < 10.0 ? small_poisson(mean) : large_poisson(mean);
}

std::uint64_t Random::small_poisson(double mean) {
  const double end = math::exp(-mean);
  std::uint64_t count = 0;
  for (double product = real(); product > end; product *= real()) ++count;
  return count;
}

/// The letters are Hörmann's.
std::uint64_t Random::large_poisson(double mean) {
  const double b = 0.931 + 2.53 * std::sqrt(mean);
  const double a = -0.059 + 0.02483 * b;
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
  const double v_certain = 0.9277 - 3.6224 / (b - 2.0);
  for (;;) {
    const double u = real() - 0.5;
    const double v = real();
    const double us = 0.5 - std::fabs(u);
    if (us < 0.013 && v > us) continue;
    const double place = (2.0 * a / us + b) * u + mean + 0.43;
    if (!(place >= 0.0 && place < 0x1p53)) continue;
    const auto count = static_cast<std::uint64_t>(place);
    if (us >= 0.07 && v <= v_certain) return count;
    const double log_v = math::log(v * inverse_alpha / (a / (us * us) + b));
    if (log_v <= log_poisson(as_double(count), mean)) return count;
  }
}

std::uint64_t Random::zipf(std::uint64_t n, double exponent) {
  if (n == 0) refuse("zipf: there must be at least one rank");
  if (!(exponent >= 0.0 && exponent <= double_max)) {
    refuse("zipf: the exponent must be finite and not negative");
  }
  const PowerLaw law(exponent);
  const auto last = static_cast<double>(n);
  const double first_area = law.area(1.5) - 1.0;
  const double last_area = law.area(last + 0.5);
  const double certain = 2.0 - law.place(law.area(2.5) - law.density(2.0));
  for (;;) {
    const double area = last_area + real() * (first_area - last_area);
    const double x = law.place(area);
    const bool beyond = !(x + 0.5 < last);
    const std::uint64_t rank =
        beyond ? n : std::max(static_cast<std::uint64_t>(x + 0.5), std::uint64_t{1});
    const auto k = static_cast<double>(rank);
    if (k - x <= certain) return rank;
    if (area >= law.area(k + 0.5) - law.density(k)) return rank;
  }
}

std::array<std::uint64_t, 4> Random::words() const {
  return {high_half(generator_.state_), low_half(generator_.state_), high_half(generator_.inc_),
          low_half(generator_.inc_)};
}

Random Random::from_words(const std::array<std::uint64_t, 4>& words) {
  if (words[3] % 2 == 0)
    refuse("from_words: the increment must be odd; these are no stream's words");
  Random random;
  random.generator_.state_ = Wide{words[0]} << 64 | words[1];
  random.generator_.inc_ = Wide{words[2]} << 64 | words[3];
  return random;
}

std::optional<std::uint64_t> Random::drawn_since(const Random& start) const {
  if (generator_.inc_ != start.generator_.inc_) return std::nullopt;
  const pcg64& now = generator_;
  const pcg64& then = start.generator_;
  return low_half(now - then);
}

void Random::refuse(std::string_view why) {
  throw std::invalid_argument("Random::" + std::string(why));
}

void Random::refuse_mean(std::string_view distribution) {
  refuse(std::string(distribution) + ": the mean must be positive and finite");
}

}  // namespace reprise
