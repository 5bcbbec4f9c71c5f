#include "engine/time.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>

namespace reprise {

namespace {

__extension__ typedef unsigned __int128 Wide;

struct Unit {
  std::string_view name;
  std::uint64_t nanoseconds = 0;
};

constexpr std::array<Unit, 7> units = {{{"d", 86'400'000'000'000},
                                        {"h", 3'600'000'000'000},
                                        {"min", 60'000'000'000},
                                        {"s", 1'000'000'000},
                                        {"ms", 1'000'000},
                                        {"us", 1'000},
                                        {"ns", 1}}};

/// The longest fraction of a unit that can be a whole number of nanoseconds: no unit has more
/// factors 2 or 5.
constexpr std::size_t fraction_digits_max = 16;

constexpr std::uint64_t positive_max = std::numeric_limits<Duration::rep>::max();

/// Takes the digits at the beginning off `text`.
std::string_view take_digits(std::string_view& text) {
  const std::string_view digits = text.substr(0, text.find_first_not_of("0123456789"));
  text.remove_prefix(digits.size());
  return digits;
}

/// `value` followed by `digits`. Nothing above 2^64, which no duration reaches.
std::optional<Wide> with_digits(Wide value, std::string_view digits) {
  for (const char digit : digits) {
    value = value * 10 + static_cast<unsigned>(digit - '0');
    if (value >> 64 != 0) return std::nullopt;
  }
  return value;
}

/// The digits of rest/unit behind the point, or nothing if they do not end. `rest` is below `unit`.
std::optional<std::string> fraction_digits(std::uint64_t rest, std::uint64_t unit) {
  std::string digits;
  while (rest != 0) {
    if (digits.size() == fraction_digits_max) return std::nullopt;
    rest *= 10;
    digits += static_cast<char>('0' + rest / unit);
    rest %= unit;
  }
  return digits;
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::string_view whole_digits = take_digits(text);
  if (whole_digits.empty()) return std::nullopt;
  std::string_view fraction;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    fraction = take_digits(text);
    if (fraction.empty()) return std::nullopt;
    fraction = fraction.substr(0, fraction.find_last_not_of('0') + 1);
    if (fraction.size() > fraction_digits_max) return std::nullopt;
  }
  const auto unit =
      std::find_if(units.begin(), units.end(), [&](const Unit& u) { return u.name == text; });
  if (unit == units.end()) return std::nullopt;

  const std::optional<Wide> whole = with_digits(0, whole_digits);
  const std::optional<Wide> numerator = with_digits(0, fraction);
  if (!whole || !numerator) return std::nullopt;
  Wide denominator = 1;
  for (std::size_t i = 0; i < fraction.size(); ++i) denominator *= 10;
  const Wide part = *numerator * unit->nanoseconds;
  if (part % denominator != 0) return std::nullopt;
  const Wide total = *whole * unit->nanoseconds + part / denominator;
  if (total > Wide{positive_max} + (negative ? 1 : 0)) return std::nullopt;
  const auto size = static_cast<std::uint64_t>(total);
  return Duration(static_cast<Duration::rep>(negative ? 0 - size : size));
}

std::string to_string(Duration duration) {
  const bool negative = duration.count() < 0;
  const auto bits = static_cast<std::uint64_t>(duration.count());
  const std::uint64_t size = negative ? 0 - bits : bits;
  if (size == 0) return "0s";
  for (const Unit& unit : units) {
    if (size < unit.nanoseconds) continue;
    const std::optional<std::string> fraction =
        fraction_digits(size % unit.nanoseconds, unit.nanoseconds);
    if (!fraction) continue;
    std::string text = negative ? "-" : "";
    text += std::to_string(size / unit.nanoseconds);
    if (!fraction->empty()) text += "." + *fraction;
    text += unit.name;
    return text;
  }
  return {};  // nanoseconds are whole
}

std::string to_string(Time time) {
  return to_string(time.time_since_epoch());
}

}  // namespace reprise
