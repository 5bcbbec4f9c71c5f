#include "engine/json.hpp"

#include <boost/json/src.hpp>
#include <cmath>
#include <cstring>
#include <limits>

#include "engine/decimal.hpp"
#include "engine/exact_json.hpp"
#include "engine/nearest.hpp"

namespace reprise {

namespace json = boost::json;

namespace {

std::uint64_t read_unsigned(const Type& type, const void* object) {
  switch (type.bytes) {
    case 1:
      return *static_cast<const std::uint8_t*>(object);
    case 2:
      return *static_cast<const std::uint16_t*>(object);
    case 4:
      return *static_cast<const std::uint32_t*>(object);
    default:
      return *static_cast<const std::uint64_t*>(object);
  }
}

std::int64_t read_signed(const Type& type, const void* object) {
  switch (type.bytes) {
    case 1:
      return *static_cast<const std::int8_t*>(object);
    case 2:
      return *static_cast<const std::int16_t*>(object);
    case 4:
      return *static_cast<const std::int32_t*>(object);
    default:
      return *static_cast<const std::int64_t*>(object);
  }
}

void write_integer(const Type& type, void* object, std::uint64_t bits) {
  switch (type.bytes) {
    case 1:
      *static_cast<std::uint8_t*>(object) = static_cast<std::uint8_t>(bits);
      break;
    case 2:
      *static_cast<std::uint16_t*>(object) = static_cast<std::uint16_t>(bits);
      break;
    case 4:
      *static_cast<std::uint32_t*>(object) = static_cast<std::uint32_t>(bits);
      break;
    default:
      *static_cast<std::uint64_t*>(object) = bits;
      break;
  }
}

double read_real(const Type& type, const void* object) {
  return type.bytes == 8 ? *static_cast<const double*>(object)
                         : static_cast<double>(*static_cast<const float*>(object));
}

std::string real_text(double value) {
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  std::string text(buffer, end);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string key_text(const Type& type, const void* key) {
  const json::value value = to_json(type, key);
  if (value.is_string()) return std::string(value.get_string());
  return json_text(value);
}

[[noreturn]] void wrong_type(std::string_view expected, const json::value& value) {
  throw FieldError("", "expected " + std::string(expected) + ", found " + json_text(value));
}

void set_integer(const Type& type, void* object, const json::value& value) {
  const unsigned bits = static_cast<unsigned>(8 * type.bytes);
  const std::uint64_t max =
      std::numeric_limits<std::uint64_t>::max() >> (64 - bits + (type.is_signed ? 1 : 0));
  const std::int64_t min = type.is_signed ? -static_cast<std::int64_t>(max) - 1 : 0;
  const auto out_of_range = [&] {
    throw FieldError("", json_text(value) + " does not fit: from " + std::to_string(min) + " to " +
                             std::to_string(max));
  };
  if (value.is_int64()) {
    const std::int64_t number = value.get_int64();
    if (number < min || (number > 0 && static_cast<std::uint64_t>(number) > max)) out_of_range();
    write_integer(type, object, static_cast<std::uint64_t>(number));
  } else if (value.is_uint64()) {
    if (value.get_uint64() > max) out_of_range();
    write_integer(type, object, value.get_uint64());
  } else {
    wrong_type("an integer", value);
  }
}

void set_real(const Type& type, void* object, const json::value& value) {
  double number = 0;
  if (value.is_double()) {
    number = value.get_double();
  } else if (value.is_int64()) {
    number = static_cast<double>(value.get_int64());
  } else if (value.is_uint64()) {
    number = static_cast<double>(value.get_uint64());
  } else if (value == "nan") {
    number = std::numeric_limits<double>::quiet_NaN();
  } else if (value == "inf" || value == "-inf") {
    number = std::numeric_limits<double>::infinity() * (value == "inf" ? 1 : -1);
  } else {
    wrong_type("a number", value);
  }
  if (type.bytes == 8) {
    *static_cast<double*>(object) = number;
  } else {
    *static_cast<float*>(object) = static_cast<float>(number);
  }
}

void set_enumeration(const Type& type, void* object, const json::value& value) {
  std::vector<std::string> names;
  for (std::size_t number = 0; number < type.enumerators.size(); ++number) {
    const std::string_view name = type.enumerators[number];
    if (name.empty()) continue;
    if (value.is_string() && value.get_string() == name) return write_integer(type, object, number);
    names.emplace_back(name);
  }
  std::string reason = json_text(value) + " is none of";
  for (const std::string& name : names) reason += " " + name;
  if (value.is_string()) reason += did_you_mean(std::string_view(value.get_string()), names);
  throw FieldError("", reason);
}

std::int64_t nanoseconds_from(const json::value& value) {
  std::optional<Duration> duration;
  if (value.is_string()) duration = parse_duration(std::string_view(value.get_string()));
  if (value.is_int64()) duration = Duration(value.get_int64());
  if (!duration) wrong_type("a duration with its unit, such as \"250ms\" or \"5min\"", value);
  if (duration->count() < 0) {
    throw FieldError("", json_text(value) + " is negative; a duration is 0 or more");
  }
  return duration->count();
}

/// Runs `set` for the part of an object that `step` leads to, and names the part in what it throws.
template <class Set>
void within(const std::string& step, const Set& set) {
  try {
    set();
  } catch (const FieldError& error) {
    const bool index_follows = !error.path().empty() && error.path().front() == '[';
    throw FieldError(step + (error.path().empty() || index_follows ? "" : ".") + error.path(),
                     error.reason());
  }
}

void set_record(const Type& type, void* object, const json::value& value) {
  if (!value.is_object()) wrong_type("a table of fields", value);
  for (const auto& [name, part] : value.get_object()) {
    const FieldPlace place = field_at(type, object, std::string_view(name));
    within(std::string(name), [&] { from_json(*place.type, place.object, part); });
  }
}

void set_list(const Type& type, void* object, const json::value& value) {
  if (!value.is_array()) wrong_type("a list", value);
  const json::array& elements = value.get_array();
  if (type.fixed_size != 0 && elements.size() != type.fixed_size) {
    throw FieldError("", "expected " + std::to_string(type.fixed_size) + " elements, found " +
                             std::to_string(elements.size()));
  }
  if (type.resize != nullptr) type.resize(object, elements.size());
  for (std::size_t i = 0; i < elements.size(); ++i) {
    within('[' + std::to_string(i) + ']',
           [&] { from_json(*type.element, type.at(object, i), elements[i]); });
  }
}

void set_key(const Type& type, void* key, std::string_view text) {
  if (type.shape == Shape::text || type.shape == Shape::enumeration) {
    from_json(type, key, json::value(json::string_view(text)));
  } else {
    from_json(type, key, json_or_text(text));
  }
}

void set_map(const Type& type, void* object, const json::value& value) {
  if (!value.is_object()) wrong_type("a table by key", value);
  type.clear(object);
  for (const auto& [name, part] : value.get_object()) {
    const std::string_view text(name);
    within('[' + std::string(text) + ']', [&] {
      void* element = type.insert(object, [&](void* key) { set_key(*type.key, key, text); });
      from_json(*type.element, element, part);
    });
  }
}

void set_set(const Type& type, void* object, const json::value& value) {
  if (!value.is_array()) wrong_type("a list", value);
  type.clear(object);
  for (const json::value& element : value.get_array()) {
    type.insert(object, [&](void* key) { from_json(*type.element, key, element); });
  }
}

FieldPlace member(const FieldPlace& place, std::string_view name) {
  std::vector<std::string> names;
  for (const Field& field : place.type->fields) {
    if (field.name == name) return {field.type, field.address(place.object)};
    names.emplace_back(field.name);
  }
  if (names.empty())
    throw FieldError("", "there is no field '" + std::string(name) + "' in " + place.type->name);
  throw FieldError("", "unknown field '" + std::string(name) + "'" + did_you_mean(name, names));
}

FieldPlace element(const FieldPlace& place, std::string_view key) {
  const Type& type = *place.type;
  if (type.shape == Shape::list) {
    const std::optional<std::size_t> index = parse_number<std::size_t>(key);
    const std::size_t size = type.size(place.object);
    if (!index || *index >= size) {
      throw FieldError("", "there is no element [" + std::string(key) + "]; the list holds " +
                               std::to_string(size));
    }
    return {type.element, type.at(place.object, *index)};
  }
  if (type.shape == Shape::map) {
    if (key.size() >= 2 && key.front() == '"' && key.back() == '"')
      key = key.substr(1, key.size() - 2);
    const void* found = nullptr;
    type.each(place.object, [&](const void* each, const void* value) {
      if (key_text(*type.key, each) == key) found = value;
    });
    if (found == nullptr) throw FieldError("", "there is no key [" + std::string(key) + ']');
    return {type.element, const_cast<void*>(found)};
  }
  throw FieldError("", "[" + std::string(key) + "] asks for an element of " + type.name);
}

void append_json(std::string& out, const json::value& value) {
  switch (value.kind()) {
    case json::kind::double_:
      out += real_text(value.get_double());
      break;
    case json::kind::array: {
      char separator = '[';
      for (const json::value& element : value.get_array()) {
        out += separator;
        append_json(out, element);
        separator = ',';
      }
      out += separator == '[' ? "[]" : "]";
      break;
    }
    case json::kind::object: {
      char separator = '{';
      for (const auto& [name, part] : value.get_object()) {
        out += separator;
        out += json::serialize(json::string_view(name));
        out += ':';
        append_json(out, part);
        separator = ',';
      }
      out += separator == '{' ? "{}" : "}";
      break;
    }
    default:
      out += json::serialize(value);
      break;
  }
}

}  // namespace

FieldError::FieldError(std::string path, std::string reason)
    : std::runtime_error(path.empty() ? reason : path + ": " + reason),
      path_(std::move(path)),
      reason_(std::move(reason)) {}

json::value to_json(const Type& type, const void* object) {
  void* const mutable_object = const_cast<void*>(object);  // Field::address and Type::at only look
  switch (type.shape) {
    case Shape::boolean:
      return *static_cast<const bool*>(object);
    case Shape::integer:
    case Shape::agent:
      if (type.is_signed) return read_signed(type, object);
      return read_unsigned(type, object);
    case Shape::enumeration: {
      const std::uint64_t value = read_unsigned(type, object);
      if (value < type.enumerators.size() && !type.enumerators[value].empty()) {
        return json::value(json::string_view(type.enumerators[value]));
      }
      return value;
    }
    case Shape::real: {
      const double value = read_real(type, object);
      if (std::isfinite(value)) return value;
      return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
    }
    case Shape::text:
      return json::value(json::string_view(*static_cast<const std::string*>(object)));
    case Shape::duration:
      return static_cast<const Duration*>(object)->count();
    case Shape::time:
      return static_cast<const Time*>(object)->time_since_epoch().count();
    case Shape::optional:
      if (type.size(object) == 0) return nullptr;
      return to_json(*type.element, type.at(mutable_object, 0));
    case Shape::list: {
      json::array elements;
      const std::size_t size = type.size(object);
      elements.reserve(size);
      for (std::size_t i = 0; i < size; ++i) {
        elements.push_back(to_json(*type.element, type.at(mutable_object, i)));
      }
      return elements;
    }
    case Shape::set: {
      json::array elements;
      type.each(object, [&](const void* element, const void*) {
        elements.push_back(to_json(*type.element, element));
      });
      return elements;
    }
    case Shape::map: {
      json::object entries;
      type.each(object, [&](const void* key, const void* value) {
        entries[key_text(*type.key, key)] = to_json(*type.element, value);
      });
      return entries;
    }
    case Shape::pair: {
      json::array both;
      for (const Field& field : type.fields) {
        both.push_back(to_json(*field.type, field.address(mutable_object)));
      }
      return both;
    }
    case Shape::record: {
      json::object entries;
      entries.reserve(type.fields.size());
      for (const Field& field : type.fields) {
        entries.emplace(field.name, to_json(*field.type, field.address(mutable_object)));
      }
      return entries;
    }
  }
  return nullptr;
}

void from_json(const Type& type, void* object, const json::value& value) {
  switch (type.shape) {
    case Shape::boolean:
      if (!value.is_bool()) wrong_type("true or false", value);
      *static_cast<bool*>(object) = value.get_bool();
      return;
    case Shape::integer:
    case Shape::agent:
      return set_integer(type, object, value);
    case Shape::real:
      return set_real(type, object, value);
    case Shape::enumeration:
      return set_enumeration(type, object, value);
    case Shape::text:
      if (!value.is_string()) wrong_type("text", value);
      static_cast<std::string*>(object)->assign(std::string_view(value.get_string()));
      return;
    case Shape::duration:
      *static_cast<Duration*>(object) = Duration(nanoseconds_from(value));
      return;
    case Shape::time:
      *static_cast<Time*>(object) = Time(Duration(nanoseconds_from(value)));
      return;
    case Shape::optional:
      type.resize(object, value.is_null() ? 0 : 1);
      if (!value.is_null()) from_json(*type.element, type.at(object, 0), value);
      return;
    case Shape::list:
      return set_list(type, object, value);
    case Shape::set:
      return set_set(type, object, value);
    case Shape::map:
      return set_map(type, object, value);
    case Shape::pair:
      if (!value.is_array() || value.get_array().size() != 2) wrong_type("a list of two", value);
      for (std::size_t i = 0; i < 2; ++i) {
        within('[' + std::to_string(i) + ']', [&] {
          from_json(*type.fields[i].type, type.fields[i].address(object), value.get_array()[i]);
        });
      }
      return;
    case Shape::record:
      return set_record(type, object, value);
  }
}

FieldPlace field_at(const Type& type, void* object, std::string_view path) {
  FieldPlace place{&type, object};
  std::size_t done = 0;
  while (done < path.size()) {
    const std::string before(path.substr(0, done));
    if (place.type->shape == Shape::optional) {
      if (place.type->size(place.object) == 0) throw FieldError(before, "nothing is there");
      place = {place.type->element, place.type->at(place.object, 0)};
    }
    try {
      if (path[done] == '[') {
        const std::size_t close = path.find(']', done);
        if (close == std::string_view::npos) throw FieldError("", "a ']' is missing");
        place = element(place, path.substr(done + 1, close - done - 1));
        done = close + 1;
      } else {
        if (path[done] == '.') ++done;
        const std::size_t end = std::min(path.find_first_of(".[", done), path.size());
        place = member(place, path.substr(done, end - done));
        done = end;
      }
    } catch (const FieldError& error) {
      throw FieldError(before, error.reason());
    }
  }
  return place;
}

std::string json_text(const json::value& value) {
  std::string text;
  append_json(text, value);
  return text;
}

json::value json_or_text(std::string_view text) {
  try {
    return parse_exact_json(text);
  } catch (const JsonError&) {
    return json::value(json::string_view(text));
  }
}

}  // namespace reprise
