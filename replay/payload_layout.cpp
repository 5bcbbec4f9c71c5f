#include <charconv>
#include <string_view>

#include "replay/event_batch.hpp"

namespace reprise {

namespace {

constexpr std::size_t depth_max = 32;

/// What stands between the commas of `text`, those in brackets apart.
std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  std::size_t depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : ',';
    if (c == '{' || c == '<' || c == '(') ++depth;
    if ((c == '}' || c == '>' || c == ')') && depth != 0) --depth;
    if (c != ',' || (depth != 0 && i < text.size())) continue;
    if (i != begin) parts.push_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  return parts;
}

/// The bytes of a single value; 0 for what is none of fixed width.
std::uint8_t width_of(std::string_view type) {
  type = type.substr(0, type.find('('));  // an enumeration's values
  if (type == "bool") return 1;
  if (type == "agent") return 4;
  if (type == "duration" || type == "time") return 8;
  for (const std::string_view family : {"int", "uint", "enum", "real"}) {
    if (!type.starts_with(family)) continue;
    const std::string_view bits = type.substr(family.size());
    if (bits == "8") return 1;
    if (bits == "16") return 2;
    if (bits == "32") return 4;
    if (bits == "64") return 8;
  }
  return 0;
}

/// Adds the fields of `type` as far as they are of fixed width; false if not all of them are.
bool add_widths(std::string_view type, std::size_t depth, std::vector<std::uint8_t>& widths) {
  if (depth == depth_max) return false;
  const auto inner = [&](std::string_view opening) {
    return type.substr(opening.size(), type.size() - opening.size() - 1);
  };
  if (type.starts_with('{') && type.ends_with('}')) {
    for (const std::string_view field : parts_of(inner("{"))) {
      const std::size_t colon = field.find(':');
      if (colon == std::string_view::npos) return false;
      if (!add_widths(field.substr(colon + 1), depth + 1, widths)) return false;
    }
    return true;
  }
  if (type.starts_with("pair<") && type.ends_with('>')) {
    for (const std::string_view each : parts_of(inner("pair<"))) {
      if (!add_widths(each, depth + 1, widths)) return false;
    }
    return true;
  }
  if (type.starts_with("array<") && type.ends_with('>')) {
    const std::vector<std::string_view> parts = parts_of(inner("array<"));
    if (parts.size() != 2) return false;
    std::uint64_t size = 0;
    std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), size);
    const std::size_t before = widths.size();
    for (std::uint64_t i = 0; i < size; ++i) {
      if (!add_widths(parts[0], depth + 1, widths)) return false;
      if (widths.size() == before) break;  // elements without fields, however many
    }
    return true;
  }
  const std::uint8_t width = width_of(type);
  if (width == 0 || widths.size() == PayloadLayout::fields_max) return false;
  widths.push_back(width);
  return true;
}

}  // namespace

PayloadLayout payload_layout(std::string_view fields) {
  PayloadLayout layout;
  layout.open = !add_widths(fields, 0, layout.widths);
  return layout;
}

}  // namespace reprise
