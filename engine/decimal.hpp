#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace reprise {

/// The number that `text` is, all of it: decimal digits, after a minus if Number has a sign; a real
/// may have a fraction and an exponent, too. Nothing if it is another text or does not fit.
template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number value{};
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value);
  if (error != std::errc() || end != last) return std::nullopt;
  return value;
}

/// The finest unit a decimal may count in: 10^-18 still leaves one whole digit in 64 bits. Every
/// `scale` below lies between 0 and this.
inline constexpr int decimal_scale_max = 18;

/// `text` (a sign if any, digits, and a fraction if any: "-61685.99") in units of 10^-scale,
/// exactly. Nothing if it is not such a number, is finer than the unit or does not fit. No
/// exponent, no spaces, no bare point.
std::optional<std::int64_t> parse_decimal(std::string_view text, int scale);

/// `value` units of 10^-scale, in as few digits as say it exactly: 6168599000000 at scale 8 is
/// "61685.99".
std::string decimal_text(std::int64_t value, int scale);

/// a × b of two numbers in units of 10^-scale, in the same unit, rounded half to even from the
/// exact product. Throws std::overflow_error if it does not fit.
std::int64_t multiply_decimal(std::int64_t a, std::int64_t b, int scale);

}  // namespace reprise
