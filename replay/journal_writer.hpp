#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "engine/input.hpp"
#include "replay/background.hpp"
#include "replay/event_columns.hpp"
#include "replay/frame.hpp"
#include "replay/journal.hpp"

namespace reprise {

/// Writes a journal, record by record, in the order of the history.
///
/// What was added is in the file after seal(); a writer that goes away before leaves a journal
/// without a seal, whole up to its last frame.
class JournalWriter {
 public:
  /// Makes the file and writes the header. Throws FileError if it is there and not `overwrite`, or
  /// if it cannot be written, here and in all verbs. With WorkOn::thread, frames are encoded,
  /// digested and written on a thread of the writer's own: the bytes are the same, and what fails
  /// there is thrown by the next verb or by seal().
  JournalWriter(const std::filesystem::path& path, const JournalHeader& header,
                const ScenarioSource& source, bool overwrite = false,
                WorkOn encoding = WorkOn::caller);

  /// An input that takes effect as step `step`, or is applied after it.
  void add(const Input& input, Step step);
  void add(const Checkpoint& checkpoint);

  /// An event that was delivered, if events are to be recorded: then each, one step after another.
  void add(const Delivery& delivery);

  /// The state that `save` writes (`Simulation::save()`), at the step and time of a checkpoint. It
  /// is written page by page and never held as a whole.
  void add_keyframe(Step step, Time at, const std::function<void(Encoder&)>& save);

  /// Ends the journal and closes the file. The counts and the identity in `seal` are filled in by
  /// the writer.
  Seal seal(Seal seal);

  /// Removes the file instead.
  void discard() noexcept {
    background_.stop();
    file_.discard();
  }

  /// Of the frames so far. Waits until they are written.
  std::uint64_t bytes() const {
    background_.wait();
    return frames_.offset();
  }
  const std::filesystem::path& path() const { return file_.path(); }

  /// The head of the frames' chain: what an outsider keeps to notice a later change.
  /// Waits until what there is has been written.
  const Sha256& chain() const {
    background_.wait();
    return frames_.chain();
  }

 private:
  struct Batch {  // records on their way into a frame
    Bytes bytes;
    FrameSpan span;
    void note(Step step, Time at);
  };

  EventBatch& events() { return *event_batches_[filled_]; }
  void add_frame(FrameType type, bool critical, Batch batch);
  void flush(Batch& batch, FrameType type);
  void flush_events();

  OutputFile file_;
  FrameWriter frames_;
  Sha256Stream identity_;
  Batch inputs_;
  Batch checkpoints_;
  std::vector<std::unique_ptr<EventBatch>> event_batches_;  // one is filled, the others written
  std::size_t filled_ = 0;
  EventEncoder event_encoder_;
  Bytes event_body_;
  std::uint64_t input_count_ = 0;
  std::uint64_t checkpoint_count_ = 0;
  std::uint64_t keyframe_count_ = 0;
  std::uint64_t event_count_ = 0;
  mutable Background background_;  // last: its jobs use the others
};

}  // namespace reprise
