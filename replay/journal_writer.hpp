#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>

#include "engine/input.hpp"
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
  /// if it cannot be written, here and in all verbs.
  JournalWriter(const std::filesystem::path& path, const JournalHeader& header,
                const ScenarioSource& source, bool overwrite = false);

  /// An input that takes effect as step `step`, or is applied after it.
  void add(const Input& input, Step step);
  void add(const Checkpoint& checkpoint);

  /// As KeyframeWriter::add().
  KeyframeWriter::Size add_keyframe(const KeyframeMoment& moment,
                                    const std::function<void(Encoder&)>& save);

  /// Ends the journal and closes the file. The counts and the identity in `seal` are filled in by
  /// the writer.
  Seal seal(Seal seal);

  /// Removes the file instead.
  void discard() noexcept { file_.discard(); }

  std::uint64_t bytes() const { return frames_.offset(); }
  std::uint64_t keyframes() const { return keyframe_count_; }
  const std::filesystem::path& path() const { return file_.path(); }

  /// The head of the frames' chain: what an outsider keeps to notice a later change.
  const Sha256& chain() const { return frames_.chain(); }

 private:
  struct Batch {  // records on their way into a frame
    Bytes bytes;
    FrameSpan span;
    void note(Step step, Time at);
  };

  void flush(Batch& batch, FrameType type);

  OutputFile file_;
  FrameWriter frames_;
  KeyframeWriter keyframes_;
  Sha256Stream identity_;
  Batch inputs_;
  Batch checkpoints_;
  std::uint64_t input_count_ = 0;
  std::uint64_t checkpoint_count_ = 0;
  std::uint64_t keyframe_count_ = 0;
};

}  // namespace reprise
