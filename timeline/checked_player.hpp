#pragma once

#include <functional>
#include <optional>
#include <stdexcept>

#include "replay/player.hpp"
#include "replay/verify.hpp"

namespace reprise {

/// The history that this program computes is not the recorded one.
class DivergenceError : public std::runtime_error {
 public:
  explicit DivergenceError(Divergence found);

  Divergence divergence;  ///< The first on the way.
};

/// A player that compares what it lives with what the journal proves: each step with the trail, the
/// prefix digest and the state with each checkpoint that it comes past.
class CheckedPlayer {
 public:
  /// Stands at step 0. Throws what Player does.
  CheckedPlayer(const Journal& journal, const Catalog& catalog, const WorldFactory& factory);

  const Simulation& world() const { return player_.world(); }

  /// As Simulation::observe(). What is delivered has not been compared yet when it is told of.
  void observe(Observer& observer) { player_.observe(observer); }

  /// Lives on to `step`, which the journal has, or as far as `until`, edits right after the last
  /// step included. `interrupted` is asked every few thousand steps; true ends it there, and the
  /// answer is false. Throws DivergenceError, after which nothing may be asked any more.
  bool run_to(Step step, Time until, const std::function<bool()>& interrupted);

  bool stand_at(Time time) { return player_.stand_at(time); }

 private:
  bool live_one(Time until);
  void expect_end(Time until) const;
  void compare_checkpoints(Time clock_max);
  void compare(const RecordedCheckpoint& checkpoint);
  void read_next();

  const Journal& journal_;
  Player player_;
  RecordedCheckpoints checkpoints_;
  std::optional<RecordedCheckpoint> next_;  // the first that has not been compared
  Step trail_begin_ = 0;                    // the step after which its trail begins
};

}  // namespace reprise
