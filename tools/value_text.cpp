#include "tools/value_text.hpp"

#include <limits>

#include "engine/json.hpp"

namespace reprise {

namespace json = boost::json;

namespace {

std::string digits_of(WideInteger value) {
  const bool negative = value < 0;
  std::string digits;
  do {
    const auto digit = static_cast<int>(value % 10);
    digits.insert(digits.begin(), static_cast<char>('0' + (digit < 0 ? -digit : digit)));
    value /= 10;
  } while (value != 0);
  return (negative ? "-" : "") + digits;
}

}  // namespace

json::value json_of(const Value& value) {
  if (const bool* truth = std::get_if<bool>(&value)) return *truth;
  if (const double* real = std::get_if<double>(&value)) return to_json(*real);
  if (const auto* text = std::get_if<std::string>(&value)) return json::string(*text);
  const auto* integer = std::get_if<WideInteger>(&value);
  if (integer == nullptr) return nullptr;
  if (*integer < std::numeric_limits<std::int64_t>::min() ||
      *integer > std::numeric_limits<std::uint64_t>::max()) {
    return json::string(digits_of(*integer));
  }
  if (*integer > std::numeric_limits<std::int64_t>::max()) {
    return static_cast<std::uint64_t>(*integer);
  }
  return static_cast<std::int64_t>(*integer);
}

std::string text_of(const Value& value, const char* unknown) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (std::holds_alternative<Unknown>(value)) return unknown;
  if (const auto* integer = std::get_if<WideInteger>(&value)) return digits_of(*integer);
  const json::value shown = json_of(value);
  return shown.is_string() ? std::string(shown.get_string()) : json_text(shown);
}

std::string text_of(std::span<const NamedValue> values) {
  std::string all;
  for (const NamedValue& each : values) {
    const bool quoted = std::holds_alternative<std::string>(each.value);
    all += (all.empty() ? "" : ", ") + each.name + " = " +
           (quoted ? json_text(json_of(each.value)) : text_of(each.value, "unknown"));
  }
  return all;
}

json::object json_of(std::span<const NamedValue> values) {
  json::object all;
  for (const NamedValue& each : values) all[each.name] = json_of(each.value);
  return all;
}

}  // namespace reprise
