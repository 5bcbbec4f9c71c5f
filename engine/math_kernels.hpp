#pragma once

#include <bit>
#include <cfloat>
#include <cstdint>
#include <limits>

#include "engine/math_tables.hpp"

#ifdef __FAST_MATH__
#error "reprise counts on IEEE arithmetic: compile without -ffast-math"
#endif

/// The parts of engine/math.cpp that can be computed while compiling: exp and log, and what they
/// share with the rest. Rounding is to nearest.
namespace reprise::math::detail {

static_assert(std::numeric_limits<double>::is_iec559 && FLT_EVAL_METHOD == 0,
              "reprise counts on IEEE doubles without excess precision");

inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

constexpr std::uint64_t bits_of(double x) {
  return std::bit_cast<std::uint64_t>(x);
}
constexpr double double_of(std::uint64_t bits) {
  return std::bit_cast<double>(bits);
}
constexpr double magnitude(double x) {
  return double_of(bits_of(x) & ~(std::uint64_t{1} << 63));
}

/// `x` without its last `count` bits: short enough for a product without rounding.
constexpr double without_last(int count, double x) {
  return double_of(bits_of(x) >> count << count);
}

/// 2^`exponent`, which must lie within the normal numbers.
constexpr double power_of_two(std::int64_t exponent) {
  return double_of(static_cast<std::uint64_t>(exponent + 1023) << 52);
}

/// An unevaluated sum; `low` is at most about half a unit in the last place of `high`.
struct Pair {
  double high = 0;
  double low = 0;
};

/// a + b without loss if |a| >= |b| or a is 0 (Dekker 1971).
constexpr Pair fast_two_sum(double a, double b) {
  const double sum = a + b;
  return {sum, (a - sum) + b};
}

/// a + b without loss (Knuth, The Art of Computer Programming 2, 4.2.2).
constexpr Pair two_sum(double a, double b) {
  const double sum = a + b;
  const double b_part = sum - a;
  return {sum, (a - (sum - b_part)) + (b - b_part)};
}

/// A nearest whole number, twice: as a double and as an integer. Only for |x| < 2^51.
struct Whole {
  double real = 0;
  std::int64_t integer = 0;
};

constexpr Whole nearest_whole(double x) {
  constexpr double shift = 0x1.8p52;  // here one unit in the last place is 1
  const double shifted = x + shift;
  return {shifted - shift, static_cast<std::int64_t>(bits_of(shifted) - bits_of(shift))};
}

/// e^x as root * (1 + rest) * 2^exponent, where 1 <= root < 2.
struct ExpParts {
  std::uint64_t root_bits = 0;
  double rest = 0;
  std::int64_t exponent = 0;
};

/// For |x| below this, e^x is so far from the ends of the normal numbers that no product on the way
/// is subnormal.
inline constexpr double exp_normal = 680.0;

/// e^(x.high + x.low) for |x.high| < 1100. The method is Tang's (1989): a table of 128 roots of two
/// and a short polynomial around each.
constexpr ExpParts exp_parts(Pair x) {
  constexpr double steps_per_unit = 0x1.71547652b82fep7;  // 128 / log(2)
  constexpr double step_high = 0x1.62e42fef8p-8;  // short: its product with `steps` is exact
  constexpr double step_low = 0x1.1cf79abc9e3b4p-43;
  const Whole steps = nearest_whole(x.high * steps_per_unit);
  const double r = ((x.high - steps.real * step_high) - steps.real * step_low) + x.low;
  const double square = r * r;
  const double tail = (0x1.fffffffffff58p-2 + r * 0x1.5555555555525p-3) +
                      square * (0x1.55555acd08c2ep-5 + r * 0x1.11111430e54e5p-7);
  const RootOfTwo& root = roots_of_two[static_cast<std::uint64_t>(steps.integer) & 127];
  return {root.bits, root.tail + r + square * tail, steps.integer >> 7};
}

/// The value of `parts` where it is a normal number.
constexpr double normal_value(const ExpParts& parts) {
  const double scaled =
      double_of(parts.root_bits + (static_cast<std::uint64_t>(parts.exponent) << 52));
  return scaled + scaled * parts.rest;
}

/// The value of `parts` wherever it lies: it may overflow to infinity, or vanish.
constexpr double any_value(const ExpParts& parts) {
  const double root = double_of(parts.root_bits);
  const std::int64_t half = parts.exponent >> 1;
  return (root + root * parts.rest) * power_of_two(half) * power_of_two(parts.exponent - half);
}

constexpr double exp(double x) {
  if (magnitude(x) < exp_normal) return normal_value(exp_parts({x, 0.0}));
  if (x != x) return not_a_number;
  if (x > 710.0) return infinity;
  if (x < -746.0) return 0.0;
  return any_value(exp_parts({x, 0.0}));
}

/// (log(1 + r) - r + r^2 / 2) / r^3 for |r| up to a little over 2^-8.
constexpr double log_tail(double r) {
  const double square = r * r;
  return (0x1.5555555555556p-2 + r * -0x1p-2) +
         square * ((0x1.9999999914667p-3 + r * -0x1.55555554dd742p-3) +
                   square * (0x1.2493a5578bf38p-3 + r * -0x1.0001396119591p-3));
}

/// log(x) as high + low + log(1 + r.high + r.low), |r.high| being at most about 2^-8.
struct LogParts {
  double high = 0;
  double low = 0;
  Pair r;
};

/// For x positive and finite. The table is Tang's idea (1990); its reciprocals are so short that r
/// is without error.
constexpr LogParts log_parts(double x) {
  constexpr double log2_high = 0x1.62e42fefa38p-1;  // short: its product with `exponent` is exact
  constexpr double log2_low = 0x1.ef35793c7673p-45;
  const bool subnormal = x < 0x1p-1022;
  const std::uint64_t bits = bits_of(subnormal ? x * 0x1p52 : x);
  const std::uint64_t offset = bits - log_first;
  const LogRow& row = log_rows[(offset >> 45) & 127];
  const std::int64_t binade = static_cast<std::int64_t>(offset) >> 52;
  const auto exponent = static_cast<double>(subnormal ? binade - 52 : binade);

  // x is z * 2^exponent, and 1 + r is z * inverse
  const double z = double_of(bits - (static_cast<std::uint64_t>(binade) << 52));
  const double z_high = without_last(32, z);
  const Pair r = fast_two_sum(z_high * row.inverse - 1.0, (z - z_high) * row.inverse);
  return {exponent * log2_high + row.high, exponent * log2_low + row.low, r};
}

/// log(x) + `correction`, which is small beside it.
constexpr double log_value(const LogParts& parts, double correction) {
  const double r = parts.r.high;
  const Pair head = fast_two_sum(parts.high, r);
  const double low = head.low + (parts.low + parts.r.low + correction);
  return head.high + (low + r * r * (r * log_tail(r) - 0.5));
}

/// log(x) to about 68 bits.
constexpr Pair log_pair(const LogParts& parts) {
  const auto [r, r_low] = parts.r;
  const double r_high = without_last(27, r);  // its square is exact
  const double square_low = -0.5 * (r - r_high) * (r + r_high);
  const Pair first = fast_two_sum(parts.high, r);
  const Pair second = fast_two_sum(first.high, -0.5 * r_high * r_high);
  const double low = parts.low + (r_low - r * r_low) + square_low;
  return {second.high, second.low + (first.low + (low + r * r * r * log_tail(r)))};
}

constexpr double log(double x) {
  if (x > 0.0 && x < infinity) return log_value(log_parts(x), 0.0);
  if (x == 0.0) return -infinity;
  return x > 0.0 ? infinity : not_a_number;
}

}  // namespace reprise::math::detail
