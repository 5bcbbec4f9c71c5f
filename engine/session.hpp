#pragma once

#include <functional>
#include <limits>
#include <optional>

#include "engine/input.hpp"
#include "engine/simulation.hpp"

namespace reprise {

/// How far to run: whatever comes first.
struct RunLimit {
  Time until = time_max;                          ///< Events due at this time are still delivered.
  Step steps = std::numeric_limits<Step>::max();  ///< Counted from the start of the history.
};

/// Why a run came to its end.
enum class RunEnd : std::uint8_t {
  drained,      ///< Nothing was pending and no input was left.
  until,        ///< The world stands at RunLimit::until.
  steps,        ///< The world stands at RunLimit::steps.
  stopped,      ///< A Stop was delivered.
  failed,       ///< A handler threw.
  interrupted,  ///< Asked for from outside.
  violated,     ///< An observer ended it (Simulation::end()): a property did not hold.
};

/// A world and where its inputs come from: takes each input when it falls due, so what is pending
/// in the world never depends on how far the source was read ahead. Nor does it depend on how the
/// caller's floating point rounds: it is the standard one inside (FloatingPointDefaults).
class Session {
 public:
  /// Both must outlive the session.
  Session(Simulation& world, InputSource& inputs);

  /// Goes on where `other` stands: `world` is a copy of its world, and `inputs` stands where its
  /// source does.
  Session(const Session& other, Simulation& world, InputSource& inputs)
      : world_(world), inputs_(inputs), ahead_(other.ahead_) {}

  /// Applies the edits due and delivers one event, if there is one due at or before `until`.
  bool step(Time until = time_max) { return advance(world_.steps() + 1, until); }

  /// As step() again and again, and much faster: up to step `last`, as long as there are events due
  /// at or before `until`. Says whether it got there. Edits right after `last` are left.
  bool advance(Step last, Time until);

  /// Applies the edits right after the step at which the world stands that are due at or before
  /// `until`.
  void settle(Time until);

  /// Whether an edit is next, right after the step at which the world stands, at or before `until`.
  bool edit_due(Time until) const { return edit_next() && ahead_->at <= until; }

  /// The input that was read and has not come in; nothing when there are no more.
  const std::optional<Input>& ahead() const { return ahead_; }

  /// Reads what comes next once more, in place of ahead(): its source gives another now.
  void read_again() { ahead_ = inputs_.next(); }

  /// When the next event, input or edit is due that has not taken effect; nothing when there is
  /// none. An edit of a later step counts when its turn comes.
  std::optional<Time> next_at() const;

  /// Runs to the limit, edits right after its last step included. `interrupted` is asked every
  /// hundred steps or so; true ends the run. Throws what Simulation::step() and the source throw.
  RunEnd run(const RunLimit& limit, const std::function<bool()>& interrupted = {});

  /// True when every input of the source has taken effect.
  bool exhausted() const { return !ahead_ && world_.waiting_inputs() == 0; }

 private:
  // Whether an edit is next, right after the present step.
  bool edit_next() const { return ahead_ && ahead_->after && *ahead_->after <= world_.steps(); }
  void apply_edits(Time until);

  // Applies the edits due and hands over the inputs that come next, up to `until`; says when what
  // is next is due.
  std::optional<Time> prepare(Time until);

  // Delivers what the world has by itself, after prepare(), up to `until` or step `last`.
  void deliver(Step last, Time until);

  Simulation& world_;
  InputSource& inputs_;
  std::optional<Input> ahead_;
};

}  // namespace reprise
