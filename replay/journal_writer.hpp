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
#include "replay/keyframes.hpp"

namespace reprise {

/// Writes a journal, record by record, in the order of the history.
///
/// What was added is in the file after seal(); a writer that goes away before leaves a journal
/// without a seal, whole up to its last frame.
class JournalWriter {
 public:
  /// Makes the file and writes the header. Throws FileError if it is there and not `overwrite`, or
  /// if it cannot be written, here and in all verbs; what cannot be begun is not there. With
  /// WorkOn::thread, frames are encoded, digested and written on a thread of the writer's own: the
  /// bytes are the same, and what fails there is thrown by the next verb or by seal(). `files`
  /// outlives the writer.
  JournalWriter(const std::filesystem::path& path, const JournalHeader& header,
                const ScenarioSource& source, bool overwrite = false,
                WorkOn encoding = WorkOn::caller, FileLayer& files = system_files());

  /// Goes on with a journal that has no seal: its run has to be recorded again from the start, and
  /// what the file holds of it is not written a second time. A torn end is moved aside first
  /// (OutputFile::move_aside()); nothing is written before it is certain that it is one. What is
  /// there is durable when this returns. Throws FileError, also if another process is writing it,
  /// and JournalError for what is no journal, is damaged or sealed.
  explicit JournalWriter(const std::filesystem::path& path, WorkOn encoding = WorkOn::caller,
                         FileLayer& files = system_files());

  /// An input that takes effect as step `step`, or is applied after it.
  void add(const Input& input, Step step);
  void add(const Checkpoint& checkpoint);

  /// An event that was delivered, and the step in which it was sent, if events are to be recorded:
  /// then each, one step after another.
  void add(const Delivery& delivery, std::optional<Step> cause);

  /// As KeyframeWriter::inherit().
  void inherit_pages(PageNumbers pages) { keyframes_.inherit(std::move(pages)); }

  /// As KeyframeWriter::add().
  KeyframeWriter::Size add_keyframe(const KeyframeMoment& moment,
                                    const std::function<void(Encoder&)>& save);

  /// Makes every input added so far durable: ends their frame, whatever its length, and waits for
  /// the storage device. From then on every frame waits for those before it, so that a crash of the
  /// machine tears the end at worst. Throws FileError; then no later verb will do anything else.
  void commit();

  /// Waits for the storage device to have every frame that is whole, and ends none. Throws
  /// FileError.
  void sync();

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
  std::uint64_t keyframes() const { return keyframe_count_; }

  /// The steps of the keyframes that the file held when it was opened to go on: those are added
  /// again, whatever policy comes after them.
  const std::vector<Step>& held_keyframes() const { return held_keyframes_; }
  const std::filesystem::path& path() const { return file_.path(); }

  /// How many inputs were added, those that were there already included.
  std::uint64_t inputs() const { return input_count_; }

  /// Where a torn end was moved to; nothing if there was none.
  const std::optional<std::filesystem::path>& moved_aside() const { return moved_aside_; }

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

  static bool holds(std::uint64_t& held, std::uint64_t& count);
  EventBatch& events() { return *event_batches_[filled_]; }
  void add_frame(FrameType type, bool critical, Batch batch);
  void make_event_batches(WorkOn encoding);
  void flush(Batch& batch, FrameType type);
  void flush_events();

  OutputFile file_;
  FrameWriter frames_;
  KeyframeWriter keyframes_{[this](FrameType type, Bytes bytes, const FrameSpan& span) {
    add_frame(type, false, {std::move(bytes), span});
  }};
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

  struct Held {  // records that the file holds, and that come a second time
    std::uint64_t inputs = 0;
    std::uint64_t checkpoints = 0;
    std::uint64_t events = 0;
  };
  Held held_;
  std::vector<Step> held_keyframes_;
  std::optional<std::filesystem::path> moved_aside_;
  mutable Background background_;  // last: its jobs use the others
};

}  // namespace reprise
