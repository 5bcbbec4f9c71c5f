#include "engine/event_vocabulary.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "engine/enums.hpp"
#include "engine/expression_fields.hpp"
#include "engine/nearest.hpp"

namespace reprise {

namespace {

/// By EventFact.
constexpr std::array fact_types = {ValueType::number, ValueType::number,  ValueType::number,
                                   ValueType::number, ValueType::boolean, ValueType::text,
                                   ValueType::text,   ValueType::text};
static_assert(fact_types.size() == enumerator_count<EventFact>);

std::string_view name_of(std::size_t fact) {
  return *enumerator_name(static_cast<EventFact>(fact));
}

/// The place of the fact of that name; as many as there are if there is none.
std::size_t fact_named(std::string_view name) {
  std::size_t fact = 0;
  while (fact < fact_types.size() && name_of(fact) != name) ++fact;
  return fact;
}

bool begins_with_payload(std::span<const PathPart> path) {
  return path.front().text == "payload";
}

}  // namespace

Term EventVocabulary::term(const Path& path) const {
  const std::string& name = path.front().text;
  const std::size_t fact = fact_named(name);
  if (fact != fact_types.size()) {
    if (path.size() > 1) throw PathError(1, "'" + name + "' of an event has no parts");
    return {.path = path, .type = fact_types[fact], .slot = fact};
  }
  const bool whole = begins_with_payload(path) && path.size() == 1;
  if (whole) {
    throw PathError(0, "'payload' is the whole message; name a field of it: payload.price");
  }
  return {.path = path, .type = field_type(path, begins_with_payload(path) ? 1 : 0), .slot = fact};
}

std::optional<EventFact> EventVocabulary::fact_of(const Term& term) {
  if (term.slot >= fact_types.size()) return std::nullopt;
  return static_cast<EventFact>(term.slot);
}

std::span<const PathPart> EventVocabulary::field_of(std::span<const PathPart> path) {
  return begins_with_payload(path) ? path.subspan(1) : path;
}

/// The type of the field that begins at `begin`, in whichever kinds have it.
ValueType EventVocabulary::field_type(const Path& path, std::size_t begin) const {
  const std::span<const PathPart> field = std::span(path).subspan(begin);
  std::optional<ValueType> type;
  std::optional<PathError> nearest_miss;  // the one that got farthest
  for (const MessageType* kind : kinds_) {
    try {
      const ValueType one = type_at(*kind->fields, field);
      type = type && *type != one ? ValueType::any : one;
    } catch (const PathError& error) {
      if (!nearest_miss || error.part > nearest_miss->part) nearest_miss = error;
    }
  }
  if (type) return *type;
  const std::string& name = path[begin].text;
  const bool known = std::ranges::any_of(kinds_, [&](const MessageType* kind) {
    return std::ranges::find(kind->fields->fields, name, &Field::name) !=
           kind->fields->fields.end();
  });
  if (!known || !nearest_miss) throw PathError(begin, unknown_name(name, begin == 1));
  throw PathError(nearest_miss->part + begin, nearest_miss->what());
}

std::string EventVocabulary::unknown_name(const std::string& name, bool is_field) const {
  std::vector<std::string> names;
  if (!is_field) {
    for (std::size_t fact = 0; fact < fact_types.size(); ++fact) names.emplace_back(name_of(fact));
    names.emplace_back("payload");
  }
  for (const MessageType* kind : kinds_) {
    for (const Field& field : kind->fields->fields) names.emplace_back(field.name);
  }
  const std::string meant = did_you_mean(name, names);
  if (is_field) return "no kind of message here has a field '" + name + "'" + meant;
  return "unknown name '" + name + "'" +
         (meant.empty() ? "; text stands in quotes: \"" + name + "\"" : meant);
}

}  // namespace reprise
