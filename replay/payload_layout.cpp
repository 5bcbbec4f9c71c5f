#include "replay/payload_layout.hpp"

#include "engine/decimal.hpp"
#include "replay/journal.hpp"

namespace reprise {

namespace {

constexpr std::size_t depth_max = 32;

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
    for (const std::string_view field : split_fields(inner("{"))) {
      const std::size_t colon = field.find(':');
      if (colon == std::string_view::npos) return false;
      if (!add_widths(field.substr(colon + 1), depth + 1, widths)) return false;
    }
    return true;
  }
  if (type.starts_with("pair<") && type.ends_with('>')) {
    for (const std::string_view each : split_fields(inner("pair<"))) {
      if (!add_widths(each, depth + 1, widths)) return false;
    }
    return true;
  }
  if (type.starts_with("array<") && type.ends_with('>')) {
    const std::vector<std::string_view> parts = split_fields(inner("array<"));
    if (parts.size() != 2) return false;
    const std::uint64_t size = parse_number<std::uint64_t>(parts[1]).value_or(0);
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

/// Adds the fields of `type` as far as they are of fixed width; false if not all of them are.
bool add_widths(const Type& type, std::vector<std::uint8_t>& widths) {
  std::size_t width = 0;
  switch (type.shape) {
    case Shape::boolean:
      width = 1;
      break;
    case Shape::integer:
    case Shape::enumeration:
    case Shape::real:
    case Shape::agent:
      width = type.bytes;
      break;
    case Shape::duration:
    case Shape::time:
      width = 8;
      break;
    case Shape::pair:
    case Shape::record:
      for (const Field& field : type.fields) {
        if (!add_widths(*field.type, widths)) return false;
      }
      return true;
    case Shape::list:
      if (type.fixed_size == 0) return false;
      for (std::size_t i = 0; i < type.fixed_size; ++i) {
        if (!add_widths(*type.element, widths)) return false;
      }
      return true;
    default:
      return false;
  }
  if (widths.size() == PayloadLayout::fields_max) return false;
  widths.push_back(static_cast<std::uint8_t>(width));
  return true;
}

}  // namespace

std::size_t PayloadLayout::fixed_bytes() const {
  std::size_t bytes = 0;
  for (const std::uint8_t width : widths) bytes += width;
  return bytes;
}

PayloadLayout payload_layout(const Type& fields) {
  PayloadLayout layout;
  layout.open = !add_widths(fields, layout.widths);
  return layout;
}

PayloadLayout payload_layout(std::string_view fields) {
  PayloadLayout layout;
  layout.open = !add_widths(fields, 0, layout.widths);
  return layout;
}

}  // namespace reprise
