#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "replay/commit.hpp"
#include "replay/continuation.hpp"
#include "replay/recorder.hpp"

namespace reprise {

/// The journal of a run while it is written: begun or gone on with, made durable, sealed.
class Recording {
 public:
  /// Begins `journal` with `world`, which stands before its first step and outlives this.
  Recording(Simulation& world, std::unique_ptr<JournalWriter> journal, const RecordOptions& options,
            const CommitMode& mode);

  /// Goes on with the journal in `broken`, whose run was cut off. `world` is its world before its
  /// first step. Events are recorded if the journal holds some. Throws what JournalWriter and
  /// Continuation do.
  Recording(Simulation& world, const std::filesystem::path& broken, RecordOptions options,
            const CommitMode& mode);

  /// Brings the world to where the journal breaks off, if it does; see Continuation::live_again().
  /// What the journal holds of `inputs`, which are at their beginning, is taken from them. Throws
  /// UsageError if it holds others.
  bool live_again(InputSource& inputs, const std::function<bool()>& interrupted);

  /// When the inputs that come now are made durable.
  Committer& committer() { return *committer_; }

  Seal finish(RunEnd end, const RunLimit& limit, const AgentFailure* failure) {
    return recorder_->finish(end, limit, failure);
  }

  /// Leaves no journal: there is no such run. One that was gone on with stays as it is.
  void discard() noexcept {
    if (!broken_) journal_->discard();
  }

  const JournalWriter& journal() const { return *journal_; }

 private:
  Simulation& world_;
  std::unique_ptr<JournalWriter> journal_;
  std::optional<Journal> broken_;
  std::optional<Continuation> continuation_;
  std::optional<Recorder> recorder_;
  std::optional<Committer> committer_;
  CommitMode mode_;
};

/// The journal at `path`, whose run can go on. Throws UsageError for one that is sealed, with what
/// to do instead, and what Journal does.
Journal broken_journal(const std::filesystem::path& path);

}  // namespace reprise
