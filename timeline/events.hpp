#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "replay/causes.hpp"
#include "replay/checked_player.hpp"
#include "replay/recorded_events.hpp"
#include "timeline/earlier_causes.hpp"
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
  bool dropped = false;               ///< Its receiver had retired, or its node had failed.
};

/// An event with a copy of its message.
struct KeptEvent {
  DeliveredEvent event;
  std::shared_ptr<const void> message;  ///< What `event.message` points to.
};

KeptEvent kept(const DeliveredEvent& event);

/// What `world` has just delivered. Its message is valid during the call that hands it over; its
/// cause is left open.
DeliveredEvent delivered_in(const Simulation& world, const Delivery& delivery);

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

/// Events that were not recorded: the history is lived again, from the last keyframe before the
/// range, and compared on the way with what the journal proves. Its memory is that of two worlds
/// and of a number for each pending event.
class DerivedEvents final : public EventSource, private Observer {
 public:
  /// Those of `selection`. All but the last two must outlive it. Throws what Player does.
  DerivedEvents(const Journal& journal, const Catalog& catalog, const WorldFactory& factory,
                const EventRange& range, EventSelection selection = {});

  /// Lives on to where the range begins, as the first next() does otherwise. `on_the_way` is told
  /// every few thousand steps which one it is. Throws DivergenceError.
  void begin(const std::function<void(Step)>& on_the_way = {});

  /// Throws DivergenceError instead of an event that the journal's trail tells from the recorded
  /// one. The trail has a byte a step: of all first events of another history, one in 256 comes
  /// out, and the ones behind it as rarely. Where an event was sent before the keyframe, the
  /// stretches before that are lived, each once, until it is known when.
  std::optional<DeliveredEvent> next() override;

  /// The world as it stands after the last event that was given, or later.
  const Simulation& world() const { return player_->world(); }

 private:
  bool wants_deliveries() const override { return true; }
  bool wants_checkpoints() const override { return false; }
  void on_delivery(const Delivery& delivery) override;
  void take_up(Step start);
  void run_to(Step step, Time until, const std::function<bool()>& interrupted);

  const Journal& journal_;
  const Catalog& catalog_;
  const WorldFactory& factory_;
  EventRange range_;
  EventSelection selection_;
  std::optional<CheckedPlayer> player_;
  std::optional<Causes> causes_;
  std::optional<EarlierCauses> earlier_;
  bool begun_ = false;
  std::optional<DeliveredEvent> event_;  // the last delivery, if it is to be given
  std::optional<SentMessage> unknown_;   // its message, if that was sent before the keyframe
  std::unique_ptr<void, void (*)(void*)> message_{nullptr, nullptr};  // its own
};

}  // namespace reprise
