#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/session.hpp"
#include "replay/history.hpp"

namespace reprise {

/// Lives the history of a journal again: the world of its header, driven by the recorded inputs.
class Player {
 public:
  /// Builds the world: at step 0, or in the state of the last keyframe that holds and is neither
  /// after `start` nor later than `until`. `journal` and `catalog` must outlive the player. Throws
  /// JournalError if the journal's kinds are otherwise in `catalog` and not lifted, or if it is a
  /// branch that was opened without its parent (open_history()), and what `factory` throws.
  Player(const Journal& journal, const Catalog& catalog, const WorldFactory& factory,
         Step start = 0, Time until = time_max);

  /// A second one that stands where `other` does and goes its own way; nobody observes it. Costs
  /// what Simulation::copy() does.
  Player(const Player& other);

  const Simulation& world() const { return *world_; }
  const Journal& journal() const { return journal_; }

  /// Has `observer` look on at the world; see Simulation.
  void observe(Observer& observer) { world_->observe(observer); }
  void forget(Observer& observer) { world_->forget(observer); }

  /// The message kinds that upcasters lift: "market.halt v1 -> v2". Where there are any, what is
  /// lived is the recorded history as this program has it, and no digest of it can be compared.
  const std::vector<std::string>& lifted() const { return lifted_; }

  /// Lives one event more, if one is due at or before `until`. Throws AgentFailure where the
  /// recorded run failed, too, and JournalError, as the verbs below, for an input that is none of
  /// this world.
  bool step(Time until = time_max);

  /// As Session::advance(); throws as step() does.
  bool advance(Step last, Time until);

  /// Lives on to `step`, or to `until` if that comes before. Says whether it got there: a history
  /// that ends earlier does not. `interrupted` is asked as in Session::run().
  bool run_to(Step step, Time until = time_max, const std::function<bool()>& interrupted = {});

  /// Applies the edits recorded right after the step at which the world stands, at or before
  /// `until`.
  void settle(Time until);

  /// Whether there are any.
  bool edit_due(Time until) const { return session_.edit_due(until); }

  /// Lets the clock stand where the recorded one stood; see Simulation::stand_at().
  bool stand_at(Time time) { return world_->stand_at(time); }

  /// True when every recorded input has taken effect.
  bool exhausted() const { return session_.exhausted(); }

 private:
  const Journal& journal_;
  std::vector<std::string> lifted_;
  std::unique_ptr<Simulation> world_;
  HistoryInputs inputs_;
  Session session_;
};

}  // namespace reprise
