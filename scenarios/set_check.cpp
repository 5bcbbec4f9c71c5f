#include "scenarios/set_check.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include "engine/json.hpp"
#include "engine/nearest.hpp"

namespace reprise {

namespace {

const Type& field_named(const Type& type, std::string_view name) {
  std::vector<std::string> names;
  for (const Field& field : type.fields) {
    if (field.name == name) return *field.type;
    names.emplace_back(field.name);
  }
  throw FieldError("", "unknown field '" + std::string(name) + "'" + did_you_mean(name, names));
}

const Type& element_at(const Type& type, std::string_view key) {
  if (type.shape == Shape::list || type.shape == Shape::map) return *type.element;
  throw FieldError("", "[" + std::string(key) + "] asks for an element of " + type.name);
}

/// Whether `path` leads to a field that is there in every state. Throws FieldError if it leads to
/// none in any.
bool is_always_there(const Type& type, std::string_view path) {
  const Type* at = &type;
  bool always = true;
  while (!path.empty()) {
    while (at->shape == Shape::optional) {
      at = at->element;
      always = false;
    }
    const bool bracketed = path.front() == '[';
    if (bracketed || path.front() == '.') path.remove_prefix(1);
    const std::size_t end = std::min(path.find_first_of(bracketed ? "]" : ".["), path.size());
    if (bracketed && end == path.size()) throw FieldError("", "a ']' is missing");
    const std::string_view part = path.substr(0, end);
    at = bracketed ? &element_at(*at, part) : &field_named(*at, part);
    always = always && !bracketed;
    path.remove_prefix(bracketed ? end + 1 : end);
  }
  return always;
}

}  // namespace

void write_value_as_json(boost::json::object& fields) {
  boost::json::value* value = fields.if_contains("value");
  if (value != nullptr && !value->is_string()) *value = boost::json::value(json_text(*value));
}

void check_set(const Table& message, const SetField& set, const AgentDeclaration& agent) {
  const Type& fields = *agent.type->fields;
  const std::string owner = " of " + agent.type->name + ": ";
  try {
    if (!is_always_there(fields, set.path)) return;
  } catch (const FieldError& error) {
    message.refuse("path", "path '" + set.path + "'" + owner + error.reason());
  }
  const std::shared_ptr<void> copy = agent.type->make_copy(agent.prototype.get());
  const FieldPlace place = field_at(fields, copy.get(), set.path);
  try {
    from_json(*place.type, place.object, json_or_text(set.value));
  } catch (const FieldError& error) {
    const bool nested = !error.path().empty() && error.path().front() != '[' && !set.path.empty();
    message.refuse("value", "field '" + set.path + (nested ? "." : "") + error.path() + "'" +
                                owner + error.reason());
  }
}

}  // namespace reprise
