#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "engine/input.hpp"
#include "replay/frame.hpp"
#include "replay/journal.hpp"
#include "replay/records.hpp"

namespace reprise {

/// How many bytes of a journal go where.
struct StreamBytes {
  std::uint64_t frames = 0;
  std::uint64_t stored = 0;  ///< Heads included.
  std::uint64_t raw = 0;
};

/// An open journal: its header, its end and where its frames are. Opening checks every frame;
/// records are read when they are asked for, a frame at a time.
class Journal {
 public:
  /// Throws FileError if it cannot be read, JournalError for a file that is no journal, is of
  /// another version, or is damaged in the middle. A torn tail is no error: the journal ends there.
  explicit Journal(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return file_->path(); }
  const JournalHeader& header() const { return header_; }
  const ScenarioSource& source() const { return source_; }

  /// How the run ended; nothing if the journal was cut off or is still being written.
  const std::optional<Seal>& seal() const { return seal_; }

  /// The last step that is proved by a checkpoint, the last step of a sealed run.
  Step last_step() const { return last_step_; }
  Time last_at() const { return last_at_; }

  /// Where a journal without a seal breaks off and why, if not at the end of a frame.
  const std::optional<FrameBreak>& torn() const { return torn_; }

  /// The number of whole inputs, checkpoints, keyframes and events recorded one by one.
  std::uint64_t inputs() const { return inputs_; }
  std::uint64_t checkpoints() const { return checkpoints_; }
  std::uint64_t keyframes() const { return keyframes_; }
  std::uint64_t events() const { return events_; }

  std::uint64_t bytes() const { return file_->size(); }
  const std::map<FrameType, StreamBytes>& streams() const { return streams_; }
  const Sha256& chain() const { return chain_; }

  /// SHA-256 over the header and the inputs.
  const Sha256& identity() const { return identity_; }

  /// The state of the first keyframe, if there is one. Throws JournalError if its pages are not
  /// what it names.
  std::optional<Bytes> first_keyframe() const;

  /// Throws JournalError that says what of this journal's kinds is otherwise in `catalog`.
  void expect_schema(const Catalog& catalog) const;

 private:
  void take(const FrameHead& head, const FrameReader& reader);
  JournalPlace place(const FrameHead& head) const;

  std::shared_ptr<InputFile> file_;
  JournalHeader header_;
  ScenarioSource source_;
  std::optional<Seal> seal_;
  std::optional<FrameBreak> torn_;
  Step last_step_ = 0;
  Time last_at_{};
  std::uint64_t inputs_ = 0;
  std::uint64_t checkpoints_ = 0;
  std::uint64_t keyframes_ = 0;
  std::uint64_t events_ = 0;
  std::map<FrameType, StreamBytes> streams_;
  Sha256 chain_{};
  Sha256Stream identity_stream_;
  Sha256 identity_{};
};

/// The frames of one type in a journal, one body after another.
class FrameBodies {
 public:
  FrameBodies(const Journal& journal, FrameType type);

  /// The next body; nothing at the end of the journal.
  std::optional<Bytes> next();
  const FrameHead& head() const { return head_; }

 private:
  InputFile file_;
  FrameReader frames_;
  FrameType type_;
  FrameHead head_;
};

/// The inputs of a journal, in the order in which they took effect.
class RecordedInputs : public InputSource {
 public:
  /// `catalog` must outlive it. Throws JournalError, here and in next().
  RecordedInputs(const Journal& journal, const Catalog& catalog);

  std::optional<Input> next() override;

  /// How many have been given.
  std::uint64_t given() const { return given_; }

 private:
  FrameBodies bodies_;
  const Catalog& catalog_;
  std::string path_;
  Bytes body_;
  std::size_t done_ = 0;  // bytes of body_ read
  std::uint64_t given_ = 0;
};

/// The checkpoints of a journal, in order.
class RecordedCheckpoints {
 public:
  explicit RecordedCheckpoints(const Journal& journal);

  /// Throws JournalError.
  std::optional<RecordedCheckpoint> next();

 private:
  FrameBodies bodies_;
  std::string path_;
  Bytes body_;
  std::size_t done_ = 0;
};

}  // namespace reprise
