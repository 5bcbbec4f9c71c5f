#pragma once

#include <optional>

#include "engine/session.hpp"
#include "engine/simulation.hpp"
#include "replay/journal_writer.hpp"

namespace reprise {

/// Writes the history of a world into a journal while it runs.
class Recorder : public Observer {
 public:
  /// Looks on at `world` from now on: before its first step, with all agents added. Both must
  /// outlive the recorder. Writes the first keyframe and checkpoint; throws FileError, as a
  /// step of the world may from now on, if the journal cannot be written. With `events` every event
  /// is written down too; digests and identity are the same with and without.
  Recorder(Simulation& world, JournalWriter& journal, bool events = false);
  ~Recorder() override;

  /// Takes the last checkpoint and seals the journal.
  Seal finish(RunEnd end, const RunLimit& limit, const AgentFailure* failure = nullptr);

  bool wants_deliveries() const override { return events_; }
  void on_input(const Input& input, Step step) override { journal_.add(input, step); }
  void on_delivery(const Delivery& delivery) override { journal_.add(delivery); }
  void on_checkpoint(const Checkpoint& checkpoint) override;

 private:
  Simulation& world_;
  JournalWriter& journal_;
  bool events_ = false;
  std::optional<Digest> root_;  // of the last checkpoint
};

}  // namespace reprise
