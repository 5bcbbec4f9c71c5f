#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/event_vocabulary.hpp"
#include "timeline/events.hpp"

namespace reprise {

/// What the names of EventVocabulary stand for, of one event.
class EventValues final : public Values {
 public:
  /// `event` must outlive it.
  explicit EventValues(const DeliveredEvent& event) : event_(event) {}

  Value at(const Term& term, std::size_t member) const override;

 private:
  const DeliveredEvent& event_;
};

/// Which events are asked for.
class EventFilter {
 public:
  struct Wishes {
    std::vector<std::string> agents;   ///< Of an agent or a group; empty: of all.
    std::vector<std::string> kinds;    ///< Of messages; empty: all.
    std::optional<std::string> where;  ///< An expression.
  };

  /// `kinds` are those of the messages that there are, `world` the world at its start. Throws
  /// UsageError for a name that there is not, and for an expression that is none.
  EventFilter(const Wishes& wishes, const std::vector<const MessageType*>& kinds,
              const Simulation& world);

  /// What can be said of them by number and id: it takes all that takes() does, and maybe more.
  /// `world` is the one at its start.
  EventSelection selection(const Simulation& world) const;

  /// Whether it is to or from one of the agents, of one of the kinds, and the expression is true.
  bool takes(const DeliveredEvent& event) const;

 private:
  std::vector<std::string> agents_;
  std::vector<const MessageType*> kinds_;
  std::optional<Expression> where_;
};

}  // namespace reprise
