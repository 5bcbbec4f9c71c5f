#include "engine/expression_fields.hpp"

#include <limits>
#include <optional>

#include "engine/decimal.hpp"
#include "engine/json.hpp"
#include "engine/nearest.hpp"

namespace reprise {

namespace json = boost::json;

namespace {

const Type& without_optional(const Type& type) {
  return type.shape == Shape::optional ? without_optional(*type.element) : type;
}

const Field* field_named(const Type& type, const PathPart& part) {
  if (part.element) return nullptr;
  if (type.shape != Shape::record && type.shape != Shape::pair) return nullptr;
  for (const Field& field : type.fields) {
    if (field.name == part.text) return &field;
  }
  return nullptr;
}

[[noreturn]] void no_field(const Type& type, std::size_t place, const PathPart& part) {
  if (part.element) {
    throw PathError(place,
                    "[" + part.text + "] asks for an element, and this is " + describe(type));
  }
  std::vector<std::string> names;
  std::string listed;
  for (const Field& field : type.fields) {
    names.emplace_back(field.name);
    listed += " " + names.back();
  }
  std::string reason = "unknown field '" + part.text + "'";
  const std::string meant = did_you_mean(part.text, names);
  if (type.shape == Shape::list || type.shape == Shape::map) {
    reason += "; an element is named in brackets: [0]";
  } else {
    reason += meant.empty() && !listed.empty() ? "; there are" + listed : meant;
  }
  throw PathError(place, reason);
}

const Type& step_into(const Type& type, std::size_t place, const PathPart& part) {
  if (const Field* field = field_named(type, part)) return *field->type;
  const bool has_elements = type.shape == Shape::list || type.shape == Shape::map;
  if (!part.element || !has_elements) no_field(type, place, part);
  if (type.shape == Shape::list) {
    const std::optional<std::size_t> index = parse_number<std::size_t>(part.text);
    if (!index) throw PathError(place, "'" + part.text + "' is no position in a list");
    if (type.fixed_size != 0 && *index >= type.fixed_size) {
      throw PathError(place, "there is no element [" + part.text + "]; the list holds " +
                                 std::to_string(type.fixed_size));
    }
  }
  return *type.element;
}

template <class T>
WideInteger integer(const void* object) {
  return *static_cast<const T*>(object);
}

WideInteger integer(const Type& type, const void* object) {
  switch (type.bytes) {
    case 1:
      return type.is_signed ? integer<std::int8_t>(object) : integer<std::uint8_t>(object);
    case 2:
      return type.is_signed ? integer<std::int16_t>(object) : integer<std::uint16_t>(object);
    case 4:
      return type.is_signed ? integer<std::int32_t>(object) : integer<std::uint32_t>(object);
    default:
      return type.is_signed ? integer<std::int64_t>(object) : integer<std::uint64_t>(object);
  }
}

Value scalar(const Type& type, const void* object) {
  if (type.shape == Shape::integer) return integer(type, object);
  const json::value view = to_json(type, object);
  if (view.is_bool()) return view.get_bool();
  if (view.is_int64()) return WideInteger{view.get_int64()};
  if (view.is_uint64()) return WideInteger{view.get_uint64()};
  if (view.is_double()) return view.get_double();
  if (!view.is_string()) return Unknown();
  const std::string_view text = view.get_string();
  if (type.shape != Shape::real) return std::string(text);
  if (text == "nan") return Unknown();
  return std::numeric_limits<double>::infinity() * (text == "inf" ? 1 : -1);
}

std::string key_text(const Type& type, const void* key) {
  const json::value view = to_json(type, key);
  return view.is_string() ? std::string(std::string_view(view.get_string())) : json_text(view);
}

/// nullptr if the map has no such key.
const void* element_at_key(const Type& type, const void* map, const std::string& wanted) {
  const void* found = nullptr;
  type.each(map, [&](const void* key, const void* value) {
    if (found == nullptr && key_text(*type.key, key) == wanted) found = value;
  });
  return found;
}

}  // namespace

ValueType type_at(const Type& type, std::span<const PathPart> path) {
  const Type* at = &without_optional(type);
  for (std::size_t i = 0; i < path.size(); ++i) {
    at = &without_optional(step_into(*at, i, path[i]));
  }
  switch (at->shape) {
    case Shape::boolean:
      return ValueType::boolean;
    case Shape::integer:
    case Shape::real:
    case Shape::duration:
    case Shape::time:
    case Shape::agent:
      return ValueType::number;
    case Shape::text:
      return ValueType::text;
    case Shape::enumeration:
      return ValueType::any;  // a value without a name is a number
    default:
      break;
  }
  throw PathError(path.empty() ? 0 : path.size() - 1,
                  "this is no single value but " + describe(*at) +
                      (at->shape == Shape::set ? "" : "; name a part of it"));
}

Value value_at(const Type& type, const void* object, std::span<const PathPart> path) {
  void* const there = const_cast<void*>(object);  // Field::address and Type::at only look
  if (type.shape == Shape::optional) {
    return type.size(object) == 0 ? Value(Unknown())
                                  : value_at(*type.element, type.at(there, 0), path);
  }
  if (path.empty()) return scalar(type, object);
  const PathPart& part = path.front();
  if (const Field* field = field_named(type, part)) {
    return value_at(*field->type, field->address(there), path.subspan(1));
  }
  if (!part.element) return Unknown();
  if (type.shape == Shape::list) {
    const std::optional<std::size_t> index = parse_number<std::size_t>(part.text);
    if (!index || *index >= type.size(object)) return Unknown();
    return value_at(*type.element, type.at(there, *index), path.subspan(1));
  }
  if (type.shape != Shape::map) return Unknown();
  const void* found = element_at_key(type, object, part.text);
  return found == nullptr ? Value(Unknown()) : value_at(*type.element, found, path.subspan(1));
}

FieldReader::FieldReader(const Type& type, std::span<const PathPart> path)
    : type_(type_at(type, path)) {
  const Type* at = &type;
  unwrap(at);
  for (const PathPart& part : path) {
    Hop hop{.type = at};
    if (const Field* field = field_named(*at, part)) {
      hop.address = field->address;
      at = field->type;
    } else {
      if (at->shape == Shape::list) hop.index = parse_number<std::size_t>(part.text).value();
      if (at->shape == Shape::map) hop.key = part.text;
      at = at->element;
    }
    hops_.push_back(std::move(hop));
    unwrap(at);
  }
  last_ = at;
}

void FieldReader::unwrap(const Type*& at) {
  for (; at->shape == Shape::optional; at = at->element) hops_.push_back({.type = at});
}

Value FieldReader::value(const void* object) const {
  void* at = const_cast<void*>(object);  // Field::address and Type::at only look
  for (const Hop& hop : hops_) {
    if (hop.address != nullptr) {
      at = hop.address(at);
    } else if (hop.type->shape == Shape::map) {
      at = const_cast<void*>(element_at_key(*hop.type, at, hop.key));
      if (at == nullptr) return Unknown();
    } else {
      if (hop.index >= hop.type->size(at)) return Unknown();
      at = hop.type->at(at, hop.index);
    }
  }
  return scalar(*last_, at);
}

}  // namespace reprise
