#include "engine/world_expression.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "engine/decimal.hpp"
#include "engine/event_vocabulary.hpp"
#include "engine/expression_fields.hpp"
#include "engine/nearest.hpp"

namespace reprise {

namespace {

using Group = AgentNames::Group;

std::string member_of(const Group& group, std::uint32_t index) {
  return group.name + '[' + std::to_string(index) + ']';
}

std::string members_in_words(const Group& group) {
  if (group.count == 0) return "it has no agents";
  return "there are " + member_of(group, 0) + " to " + member_of(group, group.count - 1);
}

/// The kinds of which an agent with this name, a child of `parent`'s or a child's child, may be.
std::vector<const AgentType*> kinds_born_of(const Simulation& world, AgentId parent,
                                            std::size_t generations) {
  std::vector<const AgentType*> kinds{&world.type_of_agent(parent)};
  for (; generations != 0; --generations) {
    std::vector<const AgentType*> children;
    for (const AgentType* kind : kinds) {
      for (const void* key : kind->spawns) {
        const AgentType* child = world.catalog().agent_by_key(key);
        const bool known = std::ranges::find(children, child) != children.end();
        if (child != nullptr && !known) children.push_back(child);
      }
    }
    kinds = std::move(children);
  }
  return kinds;
}

}  // namespace

/// What the expression names, each by a slot.
struct WorldExpression::Names {
  AgentId network{};  // the world's id where there is none

  /// A field of one agent.
  struct One {
    AgentId id{};
    const AgentType* kind = nullptr;
    FieldReader field;
  };

  /// A field of each agent of a group.
  struct Each {
    AgentId first{};
    const AgentType* kind = nullptr;
    FieldReader field;
  };

  /// A field of an agent that is born on the way.
  struct Unborn {
    struct OfKind {
      const AgentType* kind = nullptr;
      FieldReader field;
    };

    std::string name;
    std::vector<OfKind> fields;  // of the kinds it may be
  };

  enum class Clock : std::uint8_t { time, step };

  /// Something of the event at hand.
  struct OfEvent {
    struct OfKind {
      const MessageType* kind = nullptr;
      FieldReader field;
    };

    std::optional<EventFact> fact;
    std::vector<OfKind> fields;  // without a fact: in the kinds of messages that have it
  };

  using Slot = std::variant<One, Each, Unborn, Clock, OfEvent>;

  std::vector<Slot> slots;
  std::vector<Path> paths;    // by slot
  std::vector<Group> groups;  // by the number that terms have it under

  std::size_t add(Slot slot, const Path& path) {
    slots.push_back(std::move(slot));
    paths.push_back(path);
    return slots.size() - 1;
  }

  std::size_t number_of(const Group& group) {
    const auto known = std::ranges::find(groups, group.first, &Group::first);
    const auto place = static_cast<std::size_t>(known - groups.begin());
    if (known == groups.end()) groups.push_back(group);
    return place;
  }

  /// Reads paths, and keeps what they mean.
  class Reader;
  /// The values in a world.
  class At;
};

class WorldExpression::Names::Reader final : public Vocabulary {
 public:
  Reader(const Simulation& world, Names& names, EventNames events)
      : world_(world), names_(names), events_(events) {}

  Term term(const Path& path) const override {
    const std::string& name = path[0].text;
    if (const Group* group = world_.names().group(name)) return of_group(*group, path);
    // Who is born under a name, and when, is another one in another history.
    if (name.find('/') != std::string::npos) return of_unborn(path);
    if (const std::optional<AgentId> id = world_.find(name)) return of_agent(*id, path, 1);
    if (name == "time" || name == "step") return of_clock(path);
    if (name == "event") return of_event(path);
    refuse(name);
  }

 private:
  FieldReader reader(const AgentType& kind, const Path& path, std::size_t begin) const {
    if (begin == path.size()) {
      std::string fields;
      for (const Field& field : kind.fields->fields) fields += ' ' + std::string(field.name);
      throw PathError(begin - 1, "an agent has no value of its own; name a field of it, there are" +
                                     (fields.empty() ? " none" : fields));
    }
    try {
      return FieldReader(*kind.fields, std::span(path).subspan(begin));
    } catch (const PathError& error) {
      throw PathError(error.part + begin, error.what());
    }
  }

  Term of_agent(AgentId id, const Path& path, std::size_t begin) const {
    const AgentType& kind = world_.type_of_agent(id);
    One one{id, &kind, reader(kind, path, begin)};
    const ValueType type = one.field.type();
    return {.path = path, .type = type, .slot = names_.add(std::move(one), path)};
  }

  Term of_group(const Group& group, const Path& path) const {
    if (!group.numbered) return of_agent(group.at(0), path, 1);
    if (path.size() > 1 && path[1].element) {
      const auto index = parse_number<std::uint32_t>(path[1].text);
      if (!index || *index >= group.count) {
        throw PathError(
            1, "there is no " + group.name + '[' + path[1].text + "]; " + members_in_words(group));
      }
      return of_agent(group.at(*index), path, 2);
    }
    if (group.count == 0) throw PathError(0, "the group '" + group.name + "' has no agents");
    const AgentType& kind = world_.type_of_agent(group.at(0));
    Each each{group.at(0), &kind, reader(kind, path, 1)};
    const ValueType type = each.field.type();
    return {.path = path,
            .type = type,
            .slot = names_.add(std::move(each), path),
            .group = names_.number_of(group)};
  }

  Term of_clock(const Path& path) const {
    if (path.size() > 1) throw PathError(1, "'" + path[0].text + "' of a world has no parts");
    const Clock clock = path[0].text == "time" ? Clock::time : Clock::step;
    return {.path = path, .type = ValueType::number, .slot = names_.add(clock, path)};
  }

  Term of_event(const Path& path) const {
    if (events_ == EventNames::no) {
      throw PathError(0,
                      "there is no agent 'event', and no event is at hand here; `event` stands "
                      "in what is asked after each step, and `events --where` finds events");
    }
    if (path.size() == 1 || path[1].element) {
      throw PathError(0, "'event' is the whole event; name a part of it: event.kind");
    }
    const Path part(path.begin() + 1, path.end());
    const EventVocabulary vocabulary(world_.catalog().messages());
    Term term;
    try {
      term = vocabulary.term(part);
    } catch (const PathError& error) {
      throw PathError(error.part + 1, error.what());
    }
    OfEvent of_event{.fact = EventVocabulary::fact_of(term), .fields = {}};
    if (of_event.fact == EventFact::cause) {
      throw PathError(1,
                      "the cause of an event is not known while a world runs; `why` and "
                      "`events --where` know it afterwards");
    }
    for (const MessageType* kind : vocabulary.kinds()) {
      if (of_event.fact) break;
      try {
        of_event.fields.push_back(
            {kind, FieldReader(*kind->fields, EventVocabulary::field_of(part))});
      } catch (const PathError&) {  // messages of this kind have no such field
      }
    }
    return {.path = path, .type = term.type, .slot = names_.add(std::move(of_event), path)};
  }

  Term of_unborn(const Path& path) const {
    const std::string& name = path[0].text;
    const std::size_t slash = name.find('/');
    const std::optional<AgentId> parent = world_.find(name.substr(0, slash));
    if (!parent) refuse(name);
    const auto generations = static_cast<std::size_t>(std::ranges::count(name, '/'));
    Unborn unborn{.name = name, .fields = {}};
    std::optional<PathError> refused;
    std::optional<ValueType> type;
    for (const AgentType* kind : kinds_born_of(world_, *parent, generations)) {
      try {
        unborn.fields.push_back({kind, reader(*kind, path, 1)});
        const ValueType one = unborn.fields.back().field.type();
        type = type && *type != one ? ValueType::any : one;
      } catch (const PathError& error) {
        refused = error;
      }
    }
    if (!type && refused) throw PathError(*refused);
    if (!type) {
      throw PathError(0, "there is no agent '" + name + "', and none is born so: " +
                             world_.name_of(*parent) + " has no children of that line");
    }
    return {.path = path, .type = *type, .slot = names_.add(std::move(unborn), path)};
  }

  [[noreturn]] void refuse(const std::string& name) const {
    std::vector<std::string> known;
    for (const Group& group : world_.names().groups()) known.push_back(group.name);
    const std::string stem = name.substr(0, name.find_first_of("[/"));
    const std::string meant = did_you_mean(stem, known);
    std::string listed;
    for (std::size_t i = 0; i < known.size() && i < 10; ++i) listed += ' ' + known[i];
    if (const Group* group = world_.names().group(stem); group != nullptr && group->numbered) {
      throw PathError(0, "there is no agent '" + name + "'; " + members_in_words(*group));
    }
    throw PathError(0, "there is no agent '" + name + "'" +
                           (meant.empty() && !listed.empty() ? "; there are" + listed : meant));
  }

  const Simulation& world_;
  Names& names_;
  EventNames events_;
};

class WorldExpression::Names::At final : public Values {
 public:
  At(const Simulation& world, const Names& names, const Delivery* event)
      : world_(world), names_(names), event_(event) {}

  Value at(const Term& term, std::size_t member) const override { return of(term.slot, member); }

  Value of(std::size_t number_of_slot, std::size_t member) const {
    const Slot& slot = names_.slots[number_of_slot];
    if (const One* one = std::get_if<One>(&slot)) return read(one->id, *one->kind, one->field);
    if (const Each* each = std::get_if<Each>(&slot)) {
      const auto id = number(each->first) + static_cast<std::uint32_t>(member);
      return read(AgentId{id}, *each->kind, each->field);
    }
    if (const Unborn* unborn = std::get_if<Unborn>(&slot)) return read(*unborn);
    if (const OfEvent* part = std::get_if<OfEvent>(&slot)) return read(*part);
    if (std::get<Clock>(slot) == Clock::step) return WideInteger{world_.steps()};
    return WideInteger{world_.now().time_since_epoch().count()};
  }

  std::size_t members(std::size_t group) const override { return names_.groups[group].count; }

 private:
  /// Unknown if it is of another kind: a world may come from a journal that somebody forged.
  Value read(AgentId id, const AgentType& kind, const FieldReader& field) const {
    if (number(id) > world_.agent_count() || &world_.type_of_agent(id) != &kind) return Unknown();
    const void* fields = world_.fields_of(id);
    return fields == nullptr ? Value(Unknown()) : field.value(fields);
  }

  Value read(const Unborn& unborn) const {
    const std::optional<AgentId> id = world_.find(unborn.name);
    if (!id) return Unknown();
    const AgentType* kind = &world_.type_of_agent(*id);
    const auto own = std::ranges::find(unborn.fields, kind, &Unborn::OfKind::kind);
    return own == unborn.fields.end() ? Value(Unknown()) : read(*id, *kind, own->field);
  }

  Value read(const OfEvent& part) const {
    if (event_ == nullptr) return Unknown();
    const Event& event = event_->event;
    if (!part.fact) {
      const auto own = std::ranges::find(part.fields, event.kind, &OfEvent::OfKind::kind);
      return own == part.fields.end() ? Value(Unknown()) : own->field.value(event.message);
    }
    switch (*part.fact) {
      case EventFact::time:
        return WideInteger{event.key.at.time_since_epoch().count()};
      case EventFact::step:
        return WideInteger{event_->step};
      case EventFact::hop:
        return WideInteger{event.key.hop};
      case EventFact::dropped:
        return event_->dropped;
      case EventFact::from:
        return name_of(event.key.from);
      case EventFact::to:
        return name_of(event.to);
      case EventFact::kind:
        return std::string(event.kind->name);
      case EventFact::cause:
        break;
    }
    return Unknown();
  }

  std::string name_of(AgentId id) const {
    return id == world_id ? std::string("world") : world_.name_of(id);
  }

  const Simulation& world_;
  const Names& names_;
  const Delivery* event_;
};

WorldExpression::WorldExpression(std::string_view text, const Simulation& world, ValueType wanted,
                                 EventNames events)
    : names_(std::make_shared<Names>()),
      expression_(text, Names::Reader(world, *names_, events), wanted) {
  names_->network = world.network_id();
}

Truth WorldExpression::holds(const Simulation& world, const Delivery* event) const {
  return expression_.holds(Names::At(world, *names_, event));
}

Value WorldExpression::value(const Simulation& world, const Delivery* event) const {
  return expression_.value(Names::At(world, *names_, event));
}

std::vector<NamedValue> WorldExpression::values(const Simulation& world,
                                                const Delivery* event) const {
  const Names::At at(world, *names_, event);
  std::vector<NamedValue> all;
  const auto add = [&](std::string name, Value value) {
    const bool known = std::ranges::find(all, name, &NamedValue::name) != all.end();
    if (!known) all.push_back({std::move(name), std::move(value)});
  };
  for (std::size_t slot = 0; slot < names_->slots.size(); ++slot) {
    const Path& path = names_->paths[slot];
    const auto* each = std::get_if<Names::Each>(&names_->slots[slot]);
    if (each == nullptr) {
      add(to_string(path), at.of(slot, 0));
      continue;
    }
    const Group& group = *std::ranges::find(names_->groups, number(each->first), &Group::first);
    const auto add_member = [&](std::uint32_t member) {
      Path one = path;
      one.insert(one.begin() + 1, PathPart{.text = std::to_string(member), .element = true});
      add(to_string(one), at.of(slot, member));
    };
    const std::uint32_t receiver =
        event == nullptr ? group.count : number(event->event.to) - number(each->first);
    if (receiver < group.count) add_member(receiver);
    for (std::uint32_t member = 0; member < group.count && member < members_max; ++member) {
      add_member(member);
    }
    if (group.count > members_max) add("count of " + group.name, WideInteger{group.count});
  }
  return all;
}

bool WorldExpression::names_event() const {
  return std::ranges::any_of(names_->slots, [](const Names::Slot& slot) {
    return std::holds_alternative<Names::OfEvent>(slot);
  });
}

bool WorldExpression::heeds(AgentId to) const {
  const auto heeded = [&](const Names::Slot& slot) {
    if (const auto* one = std::get_if<Names::One>(&slot)) {
      // The network changes with whatever crosses it.
      return one->id == to || one->id == names_->network;
    }
    return !std::holds_alternative<Names::Each>(slot);
  };
  const auto within = [&](const Group& group) {
    return number(to) >= group.first && number(to) - group.first < group.count;
  };
  return to == world_id || to == names_->network || std::ranges::any_of(names_->slots, heeded) ||
         std::ranges::any_of(names_->groups, within);
}

bool FollowedExpression::heeds(AgentId to) {
  if (to == world_id || to == expression_.names_->network) {
    memory_.forget();
    return true;
  }
  ++told_;
  const std::vector<Group>& groups = expression_.names_->groups;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const std::uint32_t member = number(to) - groups[i].first;  // beyond all if it comes before
    if (member < groups[i].count) memory_.touch(i, member);
  }
  return expression_.heeds(to);
}

Truth FollowedExpression::holds(const Simulation& world, const Delivery* event) {
  const Value answer = value(world, event);
  const bool* known = std::get_if<bool>(&answer);
  if (known == nullptr) return Truth::unknown;
  return *known ? Truth::yes : Truth::no;
}

Value FollowedExpression::value(const Simulation& world, const Delivery* event) {
  if (world.steps() != asked_at_ + told_) memory_.forget();
  asked_at_ = world.steps();
  told_ = 0;
  return expression_.expression_.value(
      WorldExpression::Names::At(world, *expression_.names_, event), memory_);
}

}  // namespace reprise
