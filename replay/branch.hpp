#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "replay/history.hpp"
#include "replay/recorder.hpp"

namespace reprise {

/// What a branch does otherwise than the history that it leaves.
struct BranchPlan {
  /// Control messages for the world (SetField, Reseed, Stop), applied in order where it leaves.
  std::vector<Payload> edits;

  /// New inputs, delivered at their times, which are later than what has been delivered there: each
  /// after the recorded inputs of the same time. Only `at`, `to`, which listens to the kind, and
  /// `payload` count.
  std::vector<Input> inputs;

  /// Other messages for recorded inputs that are still to come, by their numbers
  /// (HistoryInputs::number()): each of the same kind, or nothing to leave the input out.
  std::map<std::uint64_t, std::optional<Payload>> changed;

  bool recorded_inputs = true;  ///< What was recorded after that still comes, at its times.
  RunLimit limit;
};

/// A branch that has come to its end.
struct RecordedBranch {
  std::filesystem::path parent;  ///< The journal of the history that holds the step.
  Seal seal;
  std::uint64_t bytes = 0;
};

/// How far a branch goes if nobody says: where the run in `journal` was to end, or broke off.
RunLimit limit_of(const Journal& journal);

/// Records a branch of the history in `journal`, which was opened by open_history(), from where
/// `there` stands: its world after a step, with the edits up to its time
/// (CheckedPlayer::run_to()). The branch holds its
/// edits, every input that it delivers from there on, its checkpoints and keyframes. An agent that
/// fails ends it, which is in its seal; so does `interrupted`, which is told the step from time to
/// time, by true.
///
/// Costs a copy of the world, a reading of the recorded inputs that are still to come, and the run.
/// No events are recorded: of those that are already under way nobody would know the cause. Throws
/// std::invalid_argument or FieldError for an edit or input of the plan that cannot be, or for a
/// number that no recorded input still to come has, JournalError for a recorded input that does not
/// fit the branch, and for a journal whose kinds are otherwise in the catalog of `there`; FileError
/// as JournalWriter does; then nothing is left of the branch.
RecordedBranch record_branch(const Journal& journal, const Simulation& there, BranchPlan plan,
                             const std::filesystem::path& path, bool overwrite,
                             const KeyframePolicy& keyframes = {},
                             const std::function<bool(Step)>& interrupted = {});

}  // namespace reprise
