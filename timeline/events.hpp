#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "timeline/checked_player.hpp"
#include "timeline/position.hpp"

namespace reprise {

/// An event of a recorded history as one is told of it afterwards.
struct DeliveredEvent {
  Step step = 0;
  Time at{};
  std::uint32_t hop = 0;
  std::string from;                   ///< An agent, or `world` for the outside.
  std::string to;                     ///< An agent, or `world`.
  const MessageType* kind = nullptr;  ///< Of its message.
  const void* message = nullptr;      ///< Valid until the source is asked for the next one.
  std::optional<Step> cause;          ///< The step at which it was sent; nothing for the outside's.
  bool dropped = false;               ///< Its receiver had retired.
};

/// A stretch of history: what lies inside both its steps and its times, the ends included.
struct EventRange {
  Step first = 1;
  Step last = std::numeric_limits<Step>::max();
  Time begin{};
  Time end = time_max;
};

/// From `from` to `to`, both included: the start and the end of the history where there is none.
/// Throws PositionError for what lies beyond the end of `journal`.
EventRange events_between(const Journal& journal, const std::optional<Position>& from,
                          const std::optional<Position>& to);

/// Where the events of a stretch come from, one after another.
class EventSource {
 public:
  virtual ~EventSource() = default;

  /// The next event, or nothing when there are no more.
  virtual std::optional<DeliveredEvent> next() = 0;
};

/// Events that were not recorded: a history is lived again from its start and compared on the way
/// with what the journal proves, so its memory is that of the world and of a number for each
/// pending event.
class DerivedEvents final : public EventSource, private Observer {
 public:
  /// The journal must outlive it. Throws what Player does.
  DerivedEvents(const Journal& journal, const Catalog& catalog, const WorldFactory& factory,
                const EventRange& range);

  /// Lives on to where the range begins, as the first next() does otherwise. `on_the_way` is told
  /// every few thousand steps which one it is. Throws DivergenceError.
  void begin(const std::function<void(Step)>& on_the_way = {});

  /// Throws DivergenceError instead of an event that the journal's trail tells from the recorded
  /// one. The trail has a byte a step: of all first events of another history, one in 256 comes
  /// out, and the ones behind it as rarely.
  std::optional<DeliveredEvent> next() override;

  /// The world as it stands after the last event that was given.
  const Simulation& world() const { return player_.world(); }

 private:
  struct Sent {
    AgentId from{};
    std::uint64_t seq = 0;
    friend bool operator==(const Sent&, const Sent&) = default;
  };
  struct HashSent {
    std::size_t operator()(const Sent& sent) const;
  };

  bool wants_deliveries() const override { return true; }
  void on_delivery(const Delivery& delivery) override;
  std::optional<Step> take_cause(const EventKey& key);
  void note_sent(AgentId from, Step step);

  CheckedPlayer player_;
  EventRange range_;
  bool begun_ = false;
  std::unordered_map<Sent, Step, HashSent> causes_;  // of what is pending
  std::vector<std::uint64_t> sent_;                  // by id - 1: how many messages so far
  std::optional<DeliveredEvent> event_;              // the last one delivered inside the range
  std::unique_ptr<void, void (*)(void*)> message_{nullptr, nullptr};  // its own
};

}  // namespace reprise
