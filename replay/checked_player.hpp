#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "replay/player.hpp"

namespace reprise {

/// Where a history lived again leaves the recorded one, for the first time.
struct Divergence {
  enum class What : std::uint8_t {
    events,   ///< What was delivered: the prefix digests differ.
    state,    ///< The state after it, though the events are the same.
    end,      ///< One history goes on where the other has ended.
    failure,  ///< A handler threw in one and not, or otherwise, in the other.
  };

  What what = What::events;
  /// The first differing step. For `events` it is at or before this one: the trail misses one in
  /// 256. For `state`, somewhere after the checkpoint before.
  Step step = 0;
  std::string recorded;  ///< What the journal says, in words or as a digest.
  std::string computed;  ///< What this program made of it.

  friend bool operator==(const Divergence&, const Divergence&) = default;
};

/// The history that this program computes is not the recorded one.
class DivergenceError : public std::runtime_error {
 public:
  explicit DivergenceError(Divergence found);

  Divergence divergence;  ///< The first on the way.
};

/// A player that compares what it lives with what the journal proves: each step with the trail, the
/// prefix digest and the state with each checkpoint that it comes past. A copy stands where the
/// other does and goes its own way, as a copy of Player.
class CheckedPlayer {
 public:
  /// Stands where Player does. Throws what Player does.
  CheckedPlayer(const Journal& journal, const Catalog& catalog, const WorldFactory& factory,
                Step start = 0, Time until = time_max);

  const Simulation& world() const { return player_.world(); }
  const Journal& journal() const { return journal_; }

  /// As of Player.
  void observe(Observer& observer) { player_.observe(observer); }
  void forget(Observer& observer) { player_.forget(observer); }

  /// As of Player. Where kinds are lifted nothing can be compared but whether it fails.
  const std::vector<std::string>& lifted() const { return player_.lifted(); }

  /// The step at which it began: 0, or that of a keyframe.
  Step began() const { return began_; }

  /// Lives on to `step`, which the journal has, or as far as `until`, edits up to then that come
  /// right after the last step included. `interrupted` is asked every few thousand steps; true ends
  /// it there, and the answer is false. Throws DivergenceError, after which nothing may be asked
  /// any more.
  bool run_to(Step step, Time until, const std::function<bool()>& interrupted);

  bool stand_at(Time time) { return player_.stand_at(time); }

  /// Once it stands at the journal's last step: compares how the history ends with the seal, if
  /// there is one. Throws DivergenceError, and JournalError for a seal that contradicts the last
  /// checkpoint.
  void compare_end();

 private:
  bool run_lifted(Step step, Time until, const std::function<bool()>& interrupted);
  bool live_on(Step last, Time until);
  void expect_end(Time until) const;
  void compare_checkpoints(Time clock_max);
  void compare(const RecordedCheckpoint& checkpoint);
  void compare_failure(const RecordedFailure& recorded);
  void read_next();
  std::optional<RecordedCheckpoint> sealed_after(
      const std::optional<RecordedCheckpoint>& last) const;

  const Journal& journal_;
  Player player_;
  Step began_;
  HistoryCheckpoints checkpoints_;
  std::optional<RecordedCheckpoint> next_;  // the first that has not been compared
  Step trail_begin_ = 0;                    // the step after which its trail begins
  std::optional<Digest> last_root_;         // of the checkpoint compared last
};

}  // namespace reprise
