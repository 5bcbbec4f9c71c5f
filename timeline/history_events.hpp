#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "timeline/events.hpp"
#include "timeline/timeline.hpp"

namespace reprise {

/// Events that were recorded one by one, as far as `run --events` did: with names and decoded
/// messages. Nothing is lived, unless there are agents that were born on the way: a journal names
/// those nowhere, so the history is lived to the end of the range, once, from the last keyframe
/// before that.
class StoredEvents final : public EventSource {
 public:
  /// Whether this program has each message kind of `journal` as it was recorded, so that recorded
  /// events can be told. The kinds of the agents do not matter for it.
  static bool readable(const Journal& journal, const Catalog& catalog);

  /// Those of `selection` in a range in which all events were recorded, of a journal that is
  /// readable. `start` is its world at step 0. All but the last two must outlive it. Throws
  /// JournalError, here and in next().
  StoredEvents(const Journal& journal, const Catalog& catalog, const WorldFactory& factory,
               const Simulation& start, const EventRange& range, const EventSelection& selection);

  /// Throws DivergenceError where a name is needed and this program computes another history.
  std::optional<DeliveredEvent> next() override;

 private:
  std::string name_of(AgentId id);

  const Journal& journal_;
  const Catalog& catalog_;
  const WorldFactory& factory_;
  const Simulation& start_;
  EventRange range_;
  RecordedEvents events_;
  Payload message_;                // of the last event that was given
  std::unique_ptr<Timeline> end_;  // a world that has all agents of the range
};

/// The events of a history: those that were recorded where they were, and derived ones elsewhere.
/// Both are the same.
class HistoryEvents final : public EventSource {
 public:
  /// All must outlive it. Throws JournalError for kinds that this program does not have as they
  /// were recorded, and what `factory` throws.
  HistoryEvents(const Journal& journal, const Catalog& catalog, const WorldFactory& factory,
                const EventRange& range);

  /// The world at step 0.
  const Simulation& start() const { return *start_; }

  /// Goes to the first event of the range and `selection`, as the first next() does otherwise;
  /// there all are selected. Throws DivergenceError. `on_the_way` is told every few thousand steps
  /// which one it is.
  void begin(const EventSelection& selection, const std::function<void(Step)>& on_the_way = {});

  /// Throws what the two others do.
  std::optional<DeliveredEvent> next() override;

 private:
  const Journal& journal_;
  const Catalog& catalog_;
  const WorldFactory& factory_;
  EventRange range_;
  EventSelection selection_;
  bool readable_ = false;
  std::unique_ptr<Simulation> start_;
  bool begun_ = false;
  std::optional<StoredEvents> stored_;    // the first of them
  std::optional<DerivedEvents> derived_;  // the others
};

}  // namespace reprise
