#pragma once

#include <functional>
#include <optional>

#include "replay/journal_reader.hpp"

namespace reprise {

/// Brings a world to where a journal without a seal breaks off, so that its run can go on there.
///
/// Make it before the Recorder that will write on, and live_again() after it: the recorder sees the
/// whole history once more.
class Continuation : public Observer {
 public:
  /// `world` is the journal's, before its first step. Both outlive the continuation. Throws
  /// JournalError if the journal's kinds are otherwise in the world's catalog.
  Continuation(const Journal& journal, Simulation& world);
  ~Continuation() override;

  /// Lives up to the last whole input and checkpoint of the journal, and says whether it got there:
  /// `interrupted` is asked as in Session::run(). Throws JournalError where this program computes
  /// another history, and AgentFailure where the recorded run failed, too.
  bool live_again(const std::function<bool()>& interrupted = {});

  void on_checkpoint(const Checkpoint& checkpoint) override;

 private:
  bool live_to_last(const std::function<bool()>& interrupted);
  [[noreturn]] void refuse(const std::string& reason) const;

  const Journal& journal_;
  Simulation& world_;
  RecordedCheckpoints checkpoints_;
  std::optional<RecordedCheckpoint> next_;  // that the world has not reached
};

}  // namespace reprise
