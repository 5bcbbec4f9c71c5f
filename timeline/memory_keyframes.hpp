#pragma once

#include <cstddef>
#include <map>
#include <memory>

#include "replay/checked_player.hpp"

namespace reprise {

/// Players that stand at moments of one history, for a timeline to go back to: copies of worlds,
/// which nothing has to be read or decoded for.
///
/// They keep to a budget: what is given up first is the one whose loss makes the way to a moment
/// longest by the least, seen from the present. So they lie the closer together the nearer they are
/// to it, at exponential distances.
class MemoryKeyframes {
 public:
  explicit MemoryKeyframes(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  /// Keeps a copy of `player`, unless one stands at its step already or a single one would go
  /// beyond the budget. Where it stands is the present. Its size is taken to be four times that of
  /// its canonical state, which is what maps of numbers come to, and is only measured now and then.
  void add(const CheckedPlayer& player);

  /// The last one at or before `step` and not later than `until`; nullptr if there is none. Valid
  /// until the next add() or clear().
  const CheckedPlayer* find(Step step, Time until = time_max) const;

  void clear();

  std::size_t size() const { return keyframes_.size(); }
  std::size_t bytes() const { return bytes_; }

 private:
  struct Keyframe {
    std::unique_ptr<const CheckedPlayer> player;
    std::size_t bytes = 0;
  };

  std::size_t bytes_of(const Simulation& world);
  void give_up_one(Step present);

  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::map<Step, Keyframe> keyframes_;
  std::size_t measured_ = 0;  // bytes; 0: never
  Step steps_between_measures_ = 0;
  Step measured_at_ = 0;
  std::size_t measured_items_ = 0;
};

/// About how much memory a copy of `world` takes, in bytes: four times that of its canonical state,
/// which is what maps of numbers come to. Costs a save().
std::size_t copy_bytes_of(const Simulation& world);

/// How many agents and pending events a copy of `world` has to copy.
inline std::size_t items_of(const Simulation& world) {
  return world.agent_count() + world.pending();
}

}  // namespace reprise
