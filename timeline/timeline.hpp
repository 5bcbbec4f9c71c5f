#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "replay/checked_player.hpp"
#include "replay/history.hpp"
#include "timeline/events.hpp"
#include "timeline/memory_keyframes.hpp"
#include "timeline/position.hpp"

namespace reprise {

/// A position that the history does not have.
class PositionError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws PositionError if the history in `journal` does not have `position`.
void expect_position(const Journal& journal, const Position& position);

enum class Direction : std::uint8_t { forward, back };

/// What is asked of the world at each step.
struct Question {
  std::function<bool(const Simulation&)> holds;

  /// Whether an event for this agent can change the answer; empty: every event can. It is told of
  /// each event on the way, in order, and of an edit with the world's id; those for the world
  /// itself always can, and so can edits.
  std::function<bool(AgentId)> heeds{};
};

/// A step at which the answer to a question becomes true: it is true there, and not at the step
/// before. Step 0 has none before it.
struct Found {
  Step step = 0;
  Time at{};
  AgentId from{};                     ///< Of the event delivered there,
  AgentId to{};                       ///< likewise;
  const MessageType* kind = nullptr;  ///< of its message. nullptr at step 0.
  bool edited = false;                ///< Edits were made right after that event.
};

/// A recorded history that one can stand in at any position.
///
/// On its way it keeps copies of the world in memory, the denser the nearer to where it stands, so
/// that a step back costs the copy of one and a few hundred steps at most; see MemoryKeyframes.
/// While a move takes up another keyframe, the world from before it is still there.
class Timeline {
 public:
  static constexpr std::size_t keyframe_bytes_default = std::size_t{256} << 20;

  /// Stands at step 0. All must outlive the timeline. Throws what Player does.
  Timeline(const Journal& journal, const Catalog& catalog, const WorldFactory& factory,
           std::size_t keyframe_bytes_max = keyframe_bytes_default);

  /// Goes to `position` by living the history again from where it stands or from the keyframe
  /// before it, whatever is nearer, and compares it on the way with what the journal proves. Throws
  /// PositionError beyond the end, or for a time at which it cannot stand, and DivergenceError,
  /// standing at step 0 again, if this program computes another history. `interrupted` is asked
  /// every few thousand steps; true ends the way there.
  void seek(const Position& position, const std::function<bool()>& interrupted = {});

  /// Goes `steps` steps on, or back; throws what seek() does, and PositionError before the start.
  void forward(Step steps = 1, const std::function<bool()>& interrupted = {});
  void back(Step steps = 1, const std::function<bool()>& interrupted = {});

  /// Goes to the next or the previous step at which the answer becomes true. Nothing if there is
  /// none: it then stands where it stood. Backwards, stretches of the history are searched one
  /// after another, each lived once. Throws what seek() does. `interrupted` is asked as in seek();
  /// true ends the search, and it stands wherever it has come to. Backwards it goes no further than
  /// to `first`.
  std::optional<Found> find(Direction direction, const Question& question,
                            const std::function<bool()>& interrupted = {}, Step first = 0);

  /// The event that was delivered as the present step; its cause is left open. Nothing at step 0.
  /// Costs as much as a step back.
  std::optional<KeptEvent> delivered();

  /// The world at the present position. The reference holds until the next move.
  const Simulation& world() const { return player_->world(); }

  /// The kinds that upcasters lift: "market.halt v1 -> v2". Where there are any, nothing on the way
  /// is compared but whether it fails, and a position is one of the history as it is lived now.
  const std::vector<std::string>& lifted() const { return player_->lifted(); }

  const MemoryKeyframes& keyframes() const { return memory_; }

 private:
  struct Stretch;

  void begin(Step step, Time until);
  Step last_keyframe(Step step, Time until) const;
  void take_up(Step step, Time until);
  Step next_keyframe(Step to) const;
  bool live(Step to, Time until, const std::function<bool()>& interrupted);
  bool recover();
  bool search(Stretch& stretch, const std::function<bool()>& interrupted);
  bool find_next(const Question& question, std::optional<Found>& found,
                 const std::function<bool()>& interrupted);
  bool find_previous(const Question& question, Step first, std::optional<Found>& found,
                     const std::function<bool()>& interrupted);

  const Journal& journal_;
  const Catalog& catalog_;
  const WorldFactory& factory_;
  HistoryKeyframes keyframes_;
  MemoryKeyframes memory_;
  std::unique_ptr<CheckedPlayer> player_;
  bool recorded_hold_ = true;  // none of the recorded keyframes has led elsewhere
  bool clock_moved_ = false;   // it stands later than the last delivery
};

}  // namespace reprise
