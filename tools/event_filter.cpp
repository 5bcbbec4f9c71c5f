#include "tools/event_filter.hpp"

#include <algorithm>

#include "engine/expression_fields.hpp"
#include "tools/command.hpp"
#include "tools/expression_text.hpp"
#include "tools/suggestion.hpp"

namespace reprise {

namespace {

Value integer(std::uint64_t value) {
  return WideInteger{value};
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
  throw UsageError("--agent: there is no agent '" + name + "'" + suggested_agent(world, name));
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

Value EventValues::at(const Term& term, std::size_t /*member*/) const {
  const std::optional<EventFact> fact = EventVocabulary::fact_of(term);
  if (!fact) {
    return value_at(*event_.kind->fields, event_.message, EventVocabulary::field_of(term.path));
  }
  switch (*fact) {
    case EventFact::time:
      return WideInteger{event_.at.time_since_epoch().count()};
    case EventFact::step:
      return integer(event_.step);
    case EventFact::hop:
      return integer(event_.hop);
    case EventFact::cause:
      return event_.cause ? integer(*event_.cause) : Value(Unknown());
    case EventFact::dropped:
      return event_.dropped;
    case EventFact::from:
      return event_.from;
    case EventFact::to:
      return event_.to;
    case EventFact::kind:
      return std::string(event_.kind->name);
  }
  return Unknown();
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
