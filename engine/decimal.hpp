#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reprise {

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
