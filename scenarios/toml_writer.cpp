#include "scenarios/toml_writer.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <stdexcept>
#include <string_view>

#include "engine/json.hpp"

namespace reprise {

namespace json = boost::json;

namespace {

bool is_bare(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

/// As JSON writes it, and without what TOML has no raw form of.
std::string quoted(std::string_view text) {
  std::string safe;
  for (const char c : json_text(json::value(json::string_view(text.data(), text.size())))) {
    safe += c == '\x7f' ? "\\u007f" : std::string(1, c);
  }
  return safe;
}

std::string key_text(std::string_view key) {
  return !key.empty() && std::ranges::all_of(key, is_bare) ? std::string(key) : quoted(key);
}

std::string inline_text(const json::value& value) {
  if (value.is_null()) throw std::invalid_argument("TOML has no null");
  if (value.is_object()) {
    std::string text;
    for (const auto& [key, element] : value.get_object()) {
      text += (text.empty() ? "{ " : ", ") + key_text(key) + " = " + inline_text(element);
    }
    return text.empty() ? "{}" : text + " }";
  }
  if (value.is_array()) {
    std::string text;
    for (const json::value& element : value.get_array()) {
      text += (text.empty() ? "" : ", ") + inline_text(element);
    }
    return '[' + text + ']';
  }
  if (value.is_string()) return quoted(value.get_string());
  if (value.is_uint64() && value.get_uint64() > std::uint64_t{INT64_MAX}) {
    throw std::invalid_argument("TOML has no integer above 2^63 - 1");
  }
  return json_text(value);  // a number or truth is written the same in both
}

bool is_list_of_tables(const json::value& value) {
  return value.is_array() && !value.get_array().empty() &&
         std::ranges::all_of(value.get_array(),
                             [](const json::value& each) { return each.is_object(); });
}

void add_lines(std::string& text, const json::object& table) {
  for (const auto& [key, value] : table) {
    text += key_text(key) + " = " + inline_text(value) + '\n';
  }
}

}  // namespace

std::string toml_text(const json::object& document) {
  std::string text;
  for (const auto& [key, value] : document) {
    if (value.is_object() || is_list_of_tables(value)) continue;
    text += key_text(key) + " = " + inline_text(value) + '\n';
  }
  for (const auto& [key, value] : document) {
    if (value.is_object()) {
      text += (text.empty() ? "[" : "\n[") + key_text(key) + "]\n";
      add_lines(text, value.get_object());
    } else if (is_list_of_tables(value)) {
      for (const json::value& each : value.get_array()) {
        text += (text.empty() ? "[[" : "\n[[") + key_text(key) + "]]\n";
        add_lines(text, each.get_object());
      }
    }
  }
  return text;
}

}  // namespace reprise
