#include "scenarios/table.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <optional>
#include <utility>

#include "engine/control.hpp"
#include "engine/json.hpp"
#include "engine/nearest.hpp"
#include "scenarios/input_error.hpp"

namespace reprise {

namespace json = boost::json;

namespace {

std::vector<std::string> names_of(const Type& record) {
  std::vector<std::string> names;
  for (const Field& field : record.fields) names.emplace_back(field.name);
  return names;
}

std::string found(const json::value& value) {
  constexpr std::size_t text_max = 60;
  std::string text = json_text(value);
  if (text.size() <= text_max) return text;
  std::size_t cut = text_max;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80)
    --cut;  // inside a character
  return text.substr(0, cut) + "...";
}

}  // namespace

Table::Table(const ScenarioTree& tree, std::string path, const json::value& value, std::string what)
    : tree_(tree), path_(std::move(path)), object_(value.if_object()), what_(std::move(what)) {
  if (object_ == nullptr) {
    throw InputError(tree.place(path_),
                     "expected " + what_ + ", a table of keys; found " + found(value));
  }
}

void Table::only(std::span<const std::string> keys) const {
  for (const auto& entry : *object_) {
    const std::string key(entry.key());
    if (std::ranges::find(keys, key) != keys.end()) continue;
    refuse(key, "unknown key '" + key + "' of " + what_ + did_you_mean(key, keys));
  }
}

const json::value& Table::at(std::string_view key) const {
  const json::value* value = object_->if_contains(key);
  if (value == nullptr) throw InputError(place(), what_ + " needs '" + std::string(key) + "'");
  return *value;
}

std::string Table::text(std::string_view key) const {
  const json::value& value = at(key);
  if (!value.is_string()) wrong_type(key, "text");
  return std::string(value.get_string());
}

std::int64_t Table::integer(std::string_view key, std::int64_t min, std::int64_t max) const {
  const json::value& value = at(key);
  if (!value.is_int64() && !value.is_uint64()) wrong_type(key, "an integer");
  if (value.is_uint64() || value.get_int64() < min || value.get_int64() > max) {
    refuse(key, '\'' + std::string(key) + "' is " + found(value) + "; it goes from " +
                    std::to_string(min) + " to " + std::to_string(max));
  }
  return value.get_int64();
}

bool Table::boolean(std::string_view key) const {
  const json::value& value = at(key);
  if (!value.is_bool()) wrong_type(key, "true or false");
  return value.get_bool();
}

std::vector<std::string> Table::texts(std::string_view key) const {
  const json::value& value = at(key);
  std::vector<std::string> all;
  if (!value.is_array()) wrong_type(key, "a list of texts");
  for (const json::value& each : value.get_array()) {
    if (!each.is_string()) wrong_type(key, "a list of texts");
    all.emplace_back(std::string_view(each.get_string()));
  }
  return all;
}

std::vector<Table> Table::tables(std::string_view key, const std::string& what) const {
  const json::value& value = at(key);
  if (!value.is_array()) wrong_type(key, "a list of tables");
  std::vector<Table> all;
  for (std::size_t i = 0; i < value.get_array().size(); ++i) {
    all.emplace_back(tree_, path(key) + '[' + std::to_string(i) + ']', value.get_array()[i], what);
  }
  return all;
}

Duration Table::duration(std::string_view key) const {
  const json::value& value = at(key);
  std::optional<Duration> duration;
  if (value.is_string()) duration = parse_duration(std::string_view(value.get_string()));
  if (!duration) wrong_type(key, "a time with its unit, such as \"250ms\" or \"5min\"");
  if (*duration < Duration::zero()) {
    refuse(key, '\'' + std::string(key) + "' is " + found(value) + "; a time is 0 or more");
  }
  return *duration;
}

void Table::check_fields(const Type& type, const json::value& value, const std::string& below,
                         const std::string& noun, const std::string& owner) const {
  if (type.shape == Shape::optional) return check_fields(*type.element, value, below, noun, owner);
  if (value.is_array() && type.shape == Shape::list) {
    for (std::size_t i = 0; i < value.get_array().size(); ++i) {
      const std::string index = '[' + std::to_string(i) + ']';
      check_fields(*type.element, value.get_array()[i], below + index, "field", owner);
    }
  }
  if (!value.is_object()) return;
  for (const auto& entry : value.get_object()) {
    const std::string name(entry.key());
    if (type.shape == Shape::map) {
      check_fields(*type.element, entry.value(), below + '.' + name, "field", owner);
    } else if (type.shape == Shape::record) {
      const std::vector<std::string> names = names_of(type);
      const auto known = std::ranges::find(names, name);
      if (known == names.end()) {
        std::string reason = "unknown " + noun + " '" + name + "' of " + owner;
        reason += names.empty() ? ", which has none" : did_you_mean(name, names);
        throw InputError(tree_.place(below + '.' + name), reason);
      }
      const Field& field = type.fields[static_cast<std::size_t>(known - names.begin())];
      check_fields(*field.type, entry.value(), below + '.' + name, "field", owner);
    }
  }
}

void Table::fill(std::string_view key, const json::value& value, const Type& type, void* object,
                 const std::string& noun, const std::string& owner) const {
  const std::string below = path(key);
  check_fields(type, value, below, noun, owner);
  try {
    from_json(type, object, value);
  } catch (const FieldError& error) {
    if (error.path().empty()) {
      throw InputError(tree_.place(below), "the " + noun + "s of " + owner + ": " + error.reason());
    }
    const std::string separator = error.path().front() == '[' ? "" : ".";
    throw InputError(tree_.place(below + separator + error.path()),
                     noun + " '" + error.path() + "' of " + owner + ": " + error.reason());
  }
}

void Table::refuse(std::string_view key, std::string reason, std::string remedy) const {
  throw InputError(place(key), std::move(reason), std::move(remedy));
}

void Table::wrong_type(std::string_view key, std::string_view expected) const {
  refuse(key, '\'' + std::string(key) + "': expected " + std::string(expected) + ", found " +
                  found(at(key)));
}

std::vector<Table> tables(const ScenarioTree& tree, const std::string& key,
                          const std::string& what) {
  std::vector<Table> all;
  const json::value* list = tree.root().get_object().if_contains(key);
  if (list == nullptr) return all;
  if (!list->is_array()) {
    throw InputError(tree.place(key), "'" + key + "' is a list of tables", "write [[" + key + "]]");
  }
  for (std::size_t i = 0; i < list->get_array().size(); ++i) {
    all.emplace_back(tree, key + '[' + std::to_string(i) + ']', list->get_array()[i], what);
  }
  return all;
}

const MessageType& message_kind(const Table& table, const Catalog& catalog) {
  const std::string kind = table.text("kind");
  const MessageType* const type = catalog.message(kind);
  if (type == nullptr) {
    table.refuse(
        "kind", "unknown message kind '" + kind + "'" + did_you_mean(kind, catalog.message_names()),
        "`reprise kinds` lists them");
  }
  if (type == &message_type<Start>()) {
    table.refuse("kind", "reprise.start comes from the world alone");
  }
  return *type;
}

}  // namespace reprise
