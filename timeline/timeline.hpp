#pragma once

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "replay/checked_player.hpp"
#include "replay/history.hpp"
#include "timeline/position.hpp"

namespace reprise {

/// A position that the history does not have.
class PositionError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws PositionError if the history in `journal` does not have `position`.
void expect_position(const Journal& journal, const Position& position);

/// A recorded history that one can stand in at any position.
class Timeline {
 public:
  /// Stands at step 0. All must outlive the timeline. Throws what Player does.
  Timeline(const Journal& journal, const Catalog& catalog, const WorldFactory& factory);

  /// Goes to `position` by living the history again from where it stands or from the keyframe
  /// before it, whatever is nearer, and compares it on the way with what the journal proves. Throws
  /// PositionError beyond the end, or for a time at which it cannot stand, and DivergenceError,
  /// standing at step 0 again, if this program computes another history. `interrupted` is asked
  /// every few thousand steps; true ends the way there.
  void seek(const Position& position, const std::function<bool()>& interrupted = {});

  /// The world at the present position. The reference holds until the next seek().
  const Simulation& world() const { return player_->world(); }

  /// The kinds that upcasters lift: "market.halt v1 -> v2". Where there are any, nothing on the way
  /// is compared but whether it fails, and a position is one of the history as it is lived now.
  const std::vector<std::string>& lifted() const { return player_->lifted(); }

 private:
  void begin(Step step, Time until);

  const Journal& journal_;
  const Catalog& catalog_;
  const WorldFactory& factory_;
  HistoryKeyframes keyframes_;
  std::optional<CheckedPlayer> player_;
  bool clock_moved_ = false;  // it stands later than the last delivery
};

}  // namespace reprise
