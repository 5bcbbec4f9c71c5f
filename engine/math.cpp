#include "engine/math.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "engine/math_kernels.hpp"
#include "engine/math_tables.hpp"

namespace reprise::math {

namespace {

using namespace detail;

__extension__ typedef unsigned __int128 Wide;

bool negative(double x) {
  return bits_of(x) >> 63 != 0;
}

/// |x| with the sign of `sign`.
double with_sign_of(double sign, double x) {
  constexpr std::uint64_t sign_bit = std::uint64_t{1} << 63;
  return double_of((bits_of(x) & ~sign_bit) | (bits_of(sign) & sign_bit));
}

/// The middle of the sixteenth of a binade in which `x` lies, and which sixteenth it is, counted
/// from `first`.
struct Sixteenth {
  double middle = 0;
  std::size_t index = 0;
};

Sixteenth sixteenth(double x, double first) {
  const std::uint64_t number = bits_of(x) >> 48;
  return {double_of((number << 48) | std::uint64_t{1} << 47), number - (bits_of(first) >> 48)};
}

// ---- pow ----

enum class Parity { not_whole, odd, even };

Parity parity(double y) {
  const auto exponent = static_cast<int>((bits_of(y) >> 52) & 0x7ff) - 1023;
  if (exponent < 0) return Parity::not_whole;
  if (exponent > 52) return Parity::even;
  const std::uint64_t significand = (bits_of(y) & 0xfffffffffffff) | std::uint64_t{1} << 52;
  const int fraction_bits = 52 - exponent;
  if (fraction_bits > 0 && significand << (64 - fraction_bits) != 0) return Parity::not_whole;
  return (significand >> fraction_bits & 1) != 0 ? Parity::odd : Parity::even;
}

/// x^y where x is zero, infinite or NaN, or y is. Annex F of C99, 9.4.4.
double special_pow(double x, double y) {
  if (x == 1.0 || y == 0.0) return 1.0;
  if (x != x || y != y) return not_a_number;
  const double size = magnitude(x);
  if (magnitude(y) == infinity) {
    if (size == 1.0) return 1.0;
    return (size > 1.0) == (y > 0.0) ? infinity : 0.0;
  }
  const double result = (size == 0.0) == (y < 0.0) ? infinity : 0.0;
  return negative(x) && parity(y) == Parity::odd ? -result : result;
}

/// x^y for x positive and finite and y finite: e^(y log x), the exponent as a pair.
double positive_pow(double x, double y) {
  const Pair log_x = log_pair(log_parts(x));
  const double log_sum = log_x.high + log_x.low;
  const double log_high = without_last(27, log_sum);
  const double log_low = (log_x.high - log_high) + log_x.low;
  const double y_high = without_last(27, y);
  const double high = y_high * log_high;  // exact: 26 bits each
  if (high > 1000.0) return infinity;
  if (high < -1000.0) return 0.0;
  const Pair exponent{high, (y - y_high) * log_high + y * log_low};
  const ExpParts parts = exp_parts(exponent);
  return magnitude(high) < exp_normal ? normal_value(parts) : any_value(parts);
}

// ---- sine and cosine ----

/// An angle of at most about pi/4, and the number of quarter turns, modulo 4, to add to it.
struct Angle {
  Pair rest;
  std::uint64_t quarters = 0;
};

/// For |x| <= 2^20: Cody & Waite (1980), with pi/2 in four parts of which the first three have 33
/// bits, so that their products with `quarters` are exact.
Angle reduced(double x) {
  const Whole quarters = nearest_whole(x * 0x1.45f306dc9c883p-1);
  const double first = x - quarters.real * 0x1.921fb544p0;  // exact
  const Pair second = two_sum(first, -(quarters.real * 0x1.0b4611a6p-34));
  const Pair third = two_sum(second.high, -(quarters.real * 0x1.3198a2ep-69));
  const double low = third.low + (second.low - quarters.real * 0x1.b839a252049c1p-104);
  return {fast_two_sum(third.high, low), static_cast<std::uint64_t>(quarters.integer)};
}

/// For finite |x| >= 2^20: Payne & Hanek (1983). x is m * 2^e with a whole m; those 192 bits of
/// 2/pi are multiplied with m that decide the product modulo 4, and 128 bits behind the point are
/// right. No double comes nearer to a multiple of pi/2 than about 2^-62.
Angle reduced_huge(double x) {
  const std::uint64_t m = (bits_of(x) & 0xfffffffffffff) | std::uint64_t{1} << 52;
  const std::uint64_t e_plus_1075 = (bits_of(x) >> 52) & 0x7ff;
  const std::uint64_t position = e_plus_1075 - 1013;  // of the bit that weighs 2^(1 - e)
  std::array<std::uint64_t, 3> window{};
  for (std::size_t i = 0; i < window.size(); ++i) {
    const std::size_t word = position / 64 + i;
    const Wide two_words = Wide{two_over_pi[word]} << 64 | two_over_pi[word + 1];
    window[i] = static_cast<std::uint64_t>(two_words >> (64 - position % 64));
  }
  const Wide low_product = Wide{m} * window[2];
  const Wide middle_product = Wide{m} * window[1] + (low_product >> 64);
  const auto low = static_cast<std::uint64_t>(low_product);
  const auto middle = static_cast<std::uint64_t>(middle_product);
  const std::uint64_t top = m * window[0] + static_cast<std::uint64_t>(middle_product >> 64);

  // two bits count quarter turns; the 128 after them are a fraction of one, taken from the nearest
  // whole
  std::uint64_t quarters = top >> 62;
  Wide fraction = Wide{top << 2 | middle >> 62} << 64 | (middle << 2 | low >> 62);
  const bool past_half = fraction >> 127 != 0;
  if (past_half) {
    ++quarters;
    fraction = ~fraction + 1;
  }

  // its first 64 significant bits times pi/2, cut into two doubles
  const auto upper = static_cast<std::uint64_t>(fraction >> 64);
  const auto lower = static_cast<std::uint64_t>(fraction);
  const int zeros = upper != 0 ? std::countl_zero(upper) : 64 + std::countl_zero(lower);
  constexpr std::uint64_t half_pi = 0xc90fdaa22168c234;  // times 2^-63
  const Wide product = Wide{static_cast<std::uint64_t>(fraction << zeros >> 64)} * half_pi;
  const auto first = static_cast<std::uint64_t>(product >> 75);
  const auto second = static_cast<std::uint64_t>(product >> 22) & ((std::uint64_t{1} << 53) - 1);
  const Pair size = fast_two_sum(static_cast<double>(first) * power_of_two(-52 - zeros),
                                 static_cast<double>(second) * power_of_two(-105 - zeros));
  const bool flipped = past_half != negative(x);
  return {flipped ? Pair{-size.high, -size.low} : size, negative(x) ? 0 - quarters : quarters};
}

Angle angle_of(double x) {
  if (magnitude(x) < 0x1.921fb54442d18p-1) return {{x, 0.0}, 0};
  return magnitude(x) < 0x1p20 ? reduced(x) : reduced_huge(x);
}

double sine(Pair angle) {
  const double x = angle.high;
  const double z = x * x;
  const double z2 = z * z;
  const double tail = (-0x1.5555555555555p-3 + z * 0x1.111111111111p-7) +
                      z2 * ((-0x1.a01a01a019936p-13 + z * 0x1.71de3a54605eep-19) +
                            z2 * ((-0x1.ae64541266378p-26 + z * 0x1.61217ec01749dp-33) +
                                  z2 * -0x1.ab17a79237a19p-41));
  return x + (angle.low * (1.0 - 0.5 * z) + x * z * tail);
}

double cosine(Pair angle) {
  const double x = angle.high;
  const double x_high = without_last(27, x);  // its square is exact
  const double z = x * x;
  const double z2 = z * z;
  const double tail = (0x1.5555555555555p-5 + z * -0x1.6c16c16c16966p-10) +
                      z2 * ((0x1.a01a019f4e867p-16 + z * -0x1.27e4fa17a41b4p-22) +
                            z2 * (0x1.1eeb68b109173p-29 + z * -0x1.907d7aebd5e3dp-37));
  const Pair head = fast_two_sum(1.0, -0.5 * x_high * x_high);
  const double square_low = -0.5 * (x - x_high) * (x + x_high);
  return head.high + (head.low + (square_low - x * angle.low) + z2 * tail);
}

double sine_or_cosine(Pair angle, std::uint64_t quarters) {
  const double value = quarters % 2 == 0 ? sine(angle) : cosine(angle);
  return quarters % 4 < 2 ? value : -value;
}

// ---- tanh and erf ----

/// For |x| <= 1/16.
double small_tanh(double x) {
  const double z = x * x;
  const double tail =
      (-0x1.5555555555555p-2 + z * 0x1.111111111059ep-3) +
      z * z * ((-0x1.ba1ba1a3345cdp-5 + z * 0x1.664ec83460fb2p-6) + z * z * -0x1.2148b25f508f4p-7);
  return x + x * z * tail;
}

/// For 1/16 <= x < 2: from the table, with the addition theorem.
double middle_tanh(double x) {
  const auto [middle, index] = sixteenth(x, 0x1p-4);
  const TanhRow& row = tanh_rows[index];
  const double t = small_tanh(x - middle);
  const double slope = (1.0 - row.high) * (1.0 + row.high);
  return row.high + (row.low + t * slope / (1.0 + row.high * t));
}

/// For |x| < 1/4, subnormal numbers among them.
double small_erf(double x) {
  constexpr double slope_high = 0x1.20dd75p0;  // 2/sqrt(pi)
  constexpr double slope_low = 0x1.0a6db446b8ea4p-30;
  if (x == 0.0) return x;
  if (magnitude(x) < 0x1p-500) {
    const double scaled = x * 0x1p500;
    const double high = without_last(27, scaled);
    return (high * slope_high + ((scaled - high) * slope_high + scaled * slope_low)) * 0x1p-500;
  }
  const double high = without_last(27, x);
  const double low = (x - high) * slope_high + x * slope_low;
  const double z = x * x;
  const double z2 = z * z;
  const double tail = (-0x1.812746b0379e7p-2 + z * 0x1.ce2f21a042b8fp-4) +
                      z2 * ((-0x1.b82ce3127402p-6 + z * 0x1.565bccef589f3p-8) +
                            z2 * ((-0x1.c02d8790d753ap-11 + z * 0x1.f9827fc2453bfp-14) +
                                  z2 * -0x1.e8e582193e7e5p-17));
  return high * slope_high + (low + x * z * tail);
}

/// For 1/4 <= x < 6: a polynomial around the middle of each sixteenth of a binade.
double middle_erf(double x) {
  const auto [middle, index] = sixteenth(x, 0x1p-2);
  const std::array<double, 11>& row = erf_rows[index];
  const double t = x - middle;
  const double t2 = t * t;
  const double t4 = t2 * t2;
  const double tail = (row[3] + t * row[4]) + t2 * (row[5] + t * row[6]) +
                      t4 * ((row[7] + t * row[8]) + t2 * (row[9] + t * row[10]));
  return row[0] + (row[1] + (t * row[2] + t2 * tail));
}

}  // namespace

double exp(double x) {
  return detail::exp(x);
}

double expm1(double x) {
  const double size = magnitude(x);
  if (size < 0x1p-5) {
    if (size < 0x1p-54) return x;
    const double square = x * x;
    const double tail = (0x1.5555555555558p-3 + x * 0x1.5555555555556p-5) +
                        square * ((0x1.1111111041036p-7 + x * 0x1.6c16c16b70503p-10) +
                                  square * (0x1.a01c2c6edca7p-13 + x * 0x1.a01bbd78854dbp-16));
    return x + (0.5 * square + x * square * tail);
  }
  if (x > 40.0 || x != x) return detail::exp(x);
  if (x < -40.0) return -1.0;
  const ExpParts parts = exp_parts({x, 0.0});
  const double scaled =
      double_of(parts.root_bits + (static_cast<std::uint64_t>(parts.exponent) << 52));
  const Pair difference = two_sum(scaled, -1.0);
  return difference.high + (difference.low + scaled * parts.rest);
}

double log(double x) {
  return detail::log(x);
}

double log1p(double x) {
  const double size = magnitude(x);
  if (size < 0x1p-8) {
    if (size < 0x1p-54) return x;
    return x + x * x * (x * log_tail(x) - 0.5);
  }
  if (!(x > -1.0 && x < 0x1p60)) return detail::log(1.0 + x);
  const Pair sum = two_sum(1.0, x);
  return log_value(log_parts(sum.high), sum.low / sum.high);
}

double pow(double x, double y) {
  if (x == 0.0 || y == 0.0 || !(magnitude(x) < infinity) || !(magnitude(y) < infinity)) {
    return special_pow(x, y);
  }
  if (x > 0.0) return positive_pow(x, y);
  const Parity whole = parity(y);
  if (whole == Parity::not_whole) return not_a_number;
  const double value = positive_pow(-x, y);
  return whole == Parity::odd ? -value : value;
}

double sin(double x) {
  if (magnitude(x) < 0x1p-27) return x;
  if (!(magnitude(x) < infinity)) return not_a_number;
  const Angle angle = angle_of(x);
  return sine_or_cosine(angle.rest, angle.quarters);
}

double cos(double x) {
  if (!(magnitude(x) < infinity)) return not_a_number;
  const Angle angle = angle_of(x);
  return sine_or_cosine(angle.rest, angle.quarters + 1);
}

double tanh(double x) {
  const double size = magnitude(x);
  if (size < 0x1p-28) return x;
  if (size < 0x1p-4) return small_tanh(x);
  if (size < 2.0) return with_sign_of(x, middle_tanh(size));
  if (size < 20.0) return with_sign_of(x, 1.0 - 2.0 / (1.0 + detail::exp(2.0 * size)));
  return x != x ? not_a_number : with_sign_of(x, 1.0);
}

double erf(double x) {
  const double size = magnitude(x);
  if (size < 0.25) return small_erf(x);
  if (size < 6.0) return with_sign_of(x, middle_erf(size));
  return x != x ? not_a_number : with_sign_of(x, 1.0);
}

}  // namespace reprise::math
