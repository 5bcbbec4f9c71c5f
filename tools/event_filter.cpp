#include "tools/event_filter.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <span>

#include "engine/expression_fields.hpp"
#include "engine/nearest.hpp"
#include "tools/command.hpp"
#include "tools/expression_text.hpp"
#include "tools/suggestion.hpp"

namespace reprise {

namespace {

constexpr std::size_t names_max = 10'000;  // enough to find what was meant

struct Head {
  std::string_view name;
  ValueType type;
  Value (*value)(const DeliveredEvent& event);
};

Value integer(std::uint64_t value) {
  return WideInteger{value};
}

/// What an event has apart from its message.
constexpr std::array heads = {
    Head{"time", ValueType::number,
         [](const DeliveredEvent& event) -> Value {
           return WideInteger{event.at.time_since_epoch().count()};
         }},
    Head{"step", ValueType::number,
         [](const DeliveredEvent& event) { return integer(event.step); }},
    Head{"hop", ValueType::number, [](const DeliveredEvent& event) { return integer(event.hop); }},
    Head{"cause", ValueType::number,
         [](const DeliveredEvent& event) {
           return event.cause ? integer(*event.cause) : Value(Unknown());
         }},
    Head{"dropped", ValueType::boolean,
         [](const DeliveredEvent& event) -> Value { return event.dropped; }},
    Head{"from", ValueType::text, [](const DeliveredEvent& event) -> Value { return event.from; }},
    Head{"to", ValueType::text, [](const DeliveredEvent& event) -> Value { return event.to; }},
    Head{"kind", ValueType::text,
         [](const DeliveredEvent& event) -> Value { return std::string(event.kind->name); }},
};

const Head* head_named(std::string_view name) {
  const auto found = std::ranges::find(heads, name, &Head::name);
  return found == heads.end() ? nullptr : &*found;
}

bool begins_with_payload(const Path& path) {
  return path.front().text == "payload";
}

/// "trader" for trader[3], "trader[3]" for trader[3]/0, otherwise nothing.
std::string_view group_of(std::string_view agent) {
  const std::size_t end = agent.find_last_of("[/");
  return end == std::string_view::npos ? std::string_view() : agent.substr(0, end);
}

bool is_or_belongs_to(std::string_view agent, std::string_view name) {
  return agent == name || group_of(agent) == name;
}

void expect_agent(const Simulation& world, const std::string& name) {
  const std::string root = name.substr(0, name.find('/'));  // children may be born later
  if (root == "world" || world.find(root) || world.find(root + "[0]")) return;
  std::set<std::string> names{"world"};
  for (std::uint32_t id = 1; id <= world.agent_count() && names.size() < names_max; ++id) {
    const std::string known = world.name_of(AgentId{id});
    names.insert(known);
    names.emplace(group_of(known));
  }
  names.erase("");
  const std::vector<std::string> sorted(names.begin(), names.end());
  throw UsageError("--agent: there is no agent '" + name + "'" + suggestion(name, sorted));
}

const MessageType* kind_named(const std::string& name,
                              const std::vector<const MessageType*>& kinds) {
  std::vector<std::string> names;
  for (const MessageType* kind : kinds) {
    if (kind->name == name) return kind;
    names.emplace_back(kind->name);
  }
  throw UsageError("--kind: no message of the journal is of kind '" + name + "'" +
                   suggestion(name, names));
}

Expression read_expression(const std::string& text, const EventVocabulary& vocabulary) {
  try {
    return Expression(text, vocabulary);
  } catch (const ExpressionError& error) {
    throw refusal_of("--where", text, error);
  }
}

}  // namespace

Term EventVocabulary::term(const Path& path) const {
  return {.path = path, .type = type_of(path)};
}

ValueType EventVocabulary::type_of(const Path& path) const {
  const std::string& name = path.front().text;
  if (const Head* head = head_named(name)) {
    if (path.size() > 1) throw PathError(1, "'" + name + "' of an event has no parts");
    return head->type;
  }
  if (!begins_with_payload(path)) return field_type(path, 0);
  if (path.size() == 1) {
    throw PathError(0, "'payload' is the whole message; name a field of it: payload.price");
  }
  return field_type(path, 1);
}

/// The type of the field that begins at `begin`, in whichever kinds have it.
ValueType EventVocabulary::field_type(const Path& path, std::size_t begin) const {
  const std::span<const PathPart> field(path.begin() + static_cast<std::ptrdiff_t>(begin),
                                        path.end());
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
    for (const Head& head : heads) names.emplace_back(head.name);
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

Value EventValues::at(const Term& term, std::size_t /*member*/) const {
  const Path& path = term.path;
  if (const Head* head = head_named(path.front().text)) return head->value(event_);
  const std::span<const PathPart> field(path);
  return value_at(*event_.kind->fields, event_.message,
                  begins_with_payload(path) ? field.subspan(1) : field);
}

EventFilter::EventFilter(const Wishes& wishes, const std::vector<const MessageType*>& kinds,
                         const Simulation& world)
    : agents_(wishes.agents) {
  for (const std::string& agent : agents_) expect_agent(world, agent);
  for (const std::string& kind : wishes.kinds) kinds_.push_back(kind_named(kind, kinds));
  if (!wishes.where) return;
  where_ = read_expression(*wishes.where, EventVocabulary(kinds_.empty() ? kinds : kinds_));
}

EventSelection EventFilter::selection(const Simulation& world) const {
  EventSelection selection;
  for (const MessageType* kind : kinds_) selection.kinds.push_back(kind->id);
  if (agents_.empty()) return selection;
  const auto is_meant = [&](const std::string& agent) {
    return std::ranges::any_of(
        agents_, [&](const std::string& name) { return is_or_belongs_to(agent, name); });
  };
  if (is_meant("world")) selection.agents.push_back(world_id);
  const std::uint32_t count = world.agent_count();
  for (std::uint32_t id = 1; id <= count; ++id) {
    if (is_meant(world.name_of(AgentId{id}))) selection.agents.push_back(AgentId{id});
  }
  selection.agents_from = AgentId{count + 1};  // whose names are not known yet
  return selection;
}

bool EventFilter::takes(const DeliveredEvent& event) const {
  const auto is_meant = [&](const std::string& name) {
    return is_or_belongs_to(event.from, name) || is_or_belongs_to(event.to, name);
  };
  if (!agents_.empty() && std::ranges::none_of(agents_, is_meant)) return false;
  if (!kinds_.empty() && std::ranges::find(kinds_, event.kind) == kinds_.end()) return false;
  return !where_ || where_->holds(EventValues(event)) == Truth::yes;
}

}  // namespace reprise
