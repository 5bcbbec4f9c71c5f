#include "engine/decimal.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "engine/assert.hpp"

namespace reprise {
namespace {

__extension__ typedef __int128 Wide;

std::uint64_t power_of_ten(int exponent) {
  REPRISE_ASSERT(exponent >= 0);
  REPRISE_ASSERT(exponent <= decimal_scale_max);
  std::uint64_t power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

// std::isdigit asks the locale.
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

std::string_view without_trailing_zeros(std::string_view digits) {
  return digits.substr(0, digits.find_last_not_of('0') + 1);
}

}  // namespace

std::optional<std::int64_t> parse_decimal(std::string_view text, int scale) {
  REPRISE_ASSERT(scale >= 0);
  REPRISE_ASSERT(scale <= decimal_scale_max);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);

  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  if (!is_digits(whole)) return std::nullopt;
  std::string_view fraction;
  if (point != std::string_view::npos) {
    fraction = text.substr(point + 1);
    if (!is_digits(fraction)) return std::nullopt;
    fraction = without_trailing_zeros(fraction);
  }
  const auto places = static_cast<std::size_t>(scale);
  if (fraction.size() > places) return std::nullopt;

  // The most negative number has no positive twin, so the magnitude is kept unsigned.
  const std::uint64_t limit = (std::uint64_t{1} << 63) - (negative ? 0 : 1);
  std::uint64_t magnitude = 0;
  const auto append = [&](char c) {
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (magnitude > (limit - digit) / 10) return false;
    magnitude = magnitude * 10 + digit;
    return true;
  };
  for (const char c : whole) {
    if (!append(c)) return std::nullopt;
  }
  for (std::size_t i = 0; i < places; ++i) {
    if (!append(i < fraction.size() ? fraction[i] : '0')) return std::nullopt;
  }
  return static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude);
}

std::string decimal_text(std::int64_t value, int scale) {
  const std::uint64_t unit = power_of_ten(scale);
  const auto bits = static_cast<std::uint64_t>(value);
  const std::uint64_t magnitude = value < 0 ? 0 - bits : bits;

  std::string text = value < 0 ? "-" : "";
  text += std::to_string(magnitude / unit);
  const std::uint64_t rest = magnitude % unit;
  if (rest == 0) return text;
  // With the unit added, the digits of the rest keep their leading zeros behind a 1.
  const std::string digits = std::to_string(unit + rest);
  text += '.';
  text += without_trailing_zeros(std::string_view(digits).substr(1));
  return text;
}

std::int64_t multiply_decimal(std::int64_t a, std::int64_t b, int scale) {
  const Wide unit = static_cast<Wide>(power_of_ten(scale));
  const Wide product = static_cast<Wide>(a) * b;
  Wide quotient = product / unit;
  const Wide remainder = product % unit;
  const Wide twice = 2 * (remainder < 0 ? -remainder : remainder);
  if (twice > unit || (twice == unit && quotient % 2 != 0)) quotient += product < 0 ? -1 : 1;

  using Limits = std::numeric_limits<std::int64_t>;
  if (quotient < Limits::min() || quotient > Limits::max()) {
    throw std::overflow_error("the product of " + decimal_text(a, scale) + " and " +
                              decimal_text(b, scale) + " does not fit into 64 bits at " +
                              std::to_string(scale) + " decimal places");
  }
  return static_cast<std::int64_t>(quotient);
}

}  // namespace reprise
