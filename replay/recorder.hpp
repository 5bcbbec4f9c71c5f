#pragma once

#include <optional>
#include <span>

#include "engine/session.hpp"
#include "engine/simulation.hpp"
#include "replay/causes.hpp"
#include "replay/journal_writer.hpp"

namespace reprise {

/// What is recorded beside inputs and checkpoints. Digests and identity are the same whatever it
/// is.
struct RecordOptions {
  KeyframePolicy keyframes{};
  bool events = false;  ///< Every event.
};

/// Writes the history of a world into a journal while it runs.
class Recorder : public Observer {
 public:
  /// Looks on at `world` from now on: before its first step, with all agents added, or where a
  /// branch leaves its parent. Both must outlive the recorder. Applies `edits` (Simulation::edit())
  /// and writes the first checkpoint; throws what an edit does and FileError, as a step of the
  /// world may from now on, if the journal cannot be written.
  Recorder(Simulation& world, JournalWriter& journal, const RecordOptions& options = {},
           std::span<const Input> edits = {});
  ~Recorder() override;

  /// Takes the last checkpoint and seals the journal.
  Seal finish(RunEnd end, const RunLimit& limit, const AgentFailure* failure = nullptr);

  bool wants_deliveries() const override { return options_.events; }
  void on_input(const Input& input, Step step) override { journal_.add(input, step); }
  void on_delivery(const Delivery& delivery) override {
    journal_.add(delivery, causes_->deliver(delivery));
  }
  void on_checkpoint(const Checkpoint& checkpoint) override;
  Step next_pause(Step) const override { return next_keyframe_; }
  void on_pause() override;

 private:
  void add_keyframe();

  Simulation& world_;
  JournalWriter& journal_;
  RecordOptions options_;
  Step began_ = 0;
  Step next_keyframe_ = 0;
  std::optional<Digest> root_;    // of the last checkpoint
  std::optional<Causes> causes_;  // where events are recorded
};

}  // namespace reprise
