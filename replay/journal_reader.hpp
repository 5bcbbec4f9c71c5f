#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "engine/input.hpp"
#include "replay/frame.hpp"
#include "replay/journal.hpp"
#include "replay/records.hpp"

namespace reprise {

/// How many records and bytes of a journal go where.
struct StreamBytes {
  std::uint64_t frames = 0;
  std::uint64_t records = 0;
  std::uint64_t stored = 0;  ///< Heads included.
  std::uint64_t raw = 0;
};

/// An open journal: its header, its end and where its frames are. Records are read when they are
/// asked for, a frame at a time, and a frame's body is checked when it is read.
///
/// A sealed journal is opened by its index, which must agree with the seal; without one, or with
/// one that lies, every frame is checked on the way, except for the chain. It holds some 80 bytes
/// a frame in memory.
class Journal {
 public:
  /// Throws FileError if it cannot be read, JournalError for a file that is no journal, is of
  /// another version, or is damaged where it was looked at. A torn tail is no error: the journal
  /// ends there.
  explicit Journal(const std::filesystem::path& path);

  /// Checks all that can be checked without executing anything: every frame, the chain, the
  /// identity, each record, the index and the counts in the seal. Throws JournalError that says
  /// where it does not hold.
  void check() const;

  const std::filesystem::path& path() const { return file_->path(); }
  const JournalHeader& header() const { return header_; }

  /// SHA-256 of the header: what a branch names it by.
  const Sha256& name() const { return name_; }

  /// The journal that this one is a branch of. nullptr for one that stands alone, and for a branch
  /// that was not opened by open_history().
  const Journal* parent() const { return parent_.get(); }
  void set_parent(std::shared_ptr<const Journal> parent) { parent_ = std::move(parent); }

  const ScenarioSource& source() const { return source_; }

  /// How the run ended; nothing if the journal was cut off or is still being written, or if its
  /// history ends at a gap.
  const std::optional<Seal>& seal() const { return seal_; }

  /// The last step that is proved by a checkpoint, the last step of a sealed run.
  Step last_step() const { return last_step_; }
  Time last_at() const { return last_at_; }

  /// What is missing from a journal that was salvaged. Its history ends before the first input
  /// that is lost, or may be: it has no seal then and is torn at that gap, but its frames go on.
  /// Where no input is lost, the rest can be lived again, and some of it is proved no more.
  const std::vector<Gap>& gaps() const { return gaps_; }

  /// The place among frames() up to which inputs are followed: that of a gap, or the end.
  std::size_t inputs_end() const { return std::min(inputs_end_, frames_.size()); }

  /// Where a journal without a seal breaks off and why, if not at the end of a frame.
  const std::optional<FrameBreak>& torn() const { return torn_; }

  /// The number of whole inputs, checkpoints, keyframes and events recorded one by one.
  std::uint64_t inputs() const { return records(FrameType::inputs); }
  std::uint64_t checkpoints() const { return records(FrameType::checkpoints); }
  std::uint64_t keyframes() const { return records(FrameType::keyframe); }
  std::uint64_t events() const { return records(FrameType::events); }

  std::uint64_t bytes() const { return file_->size(); }
  const std::map<FrameType, StreamBytes>& streams() const { return streams_; }

  /// The whole frames, in the order of the file.
  const std::vector<FrameEntry>& frames() const { return frames_; }

  /// True if it was opened by its index.
  bool indexed() const { return indexed_; }

  /// The head of the frames' chain: what an outsider keeps to notice a later change. Reads one
  /// frame.
  Sha256 chain() const;

  /// SHA-256 over the header and the inputs: as the seal says, without one over the inputs, which
  /// are read for that.
  Sha256 identity() const;

  /// The decoded body of one of frames(). Throws JournalError if it does not hold.
  Bytes body(const FrameEntry& entry) const;

  JournalPlace place(const FrameEntry& entry) const { return {path().string(), entry.offset}; }

  /// Throws JournalError that says what of this journal's kinds is otherwise in `catalog` and
  /// cannot be lifted. Returns SchemaComparison::lifted.
  std::vector<std::string> expect_schema(const Catalog& catalog) const;

 private:
  std::uint64_t records(FrameType type) const {
    const auto stream = streams_.find(type);
    return stream == streams_.end() ? 0 : stream->second.records;
  }
  void read_header();
  bool open_by_index();
  void walk();
  void take(const FrameEntry& entry);
  void expect_counts(const JournalPlace& where) const;
  std::uint64_t lost(FrameType type) const;
  bool unknown_lost() const;
  void heed_gaps();
  void end_before(Step step);
  FrameHead expect_frame(FrameReader& reader, const FrameEntry& entry) const;

  std::shared_ptr<InputFile> file_;
  std::uint64_t salt_ = 0;
  std::vector<FrameEntry> frames_;
  bool indexed_ = false;
  JournalHeader header_;
  Sha256 name_{};
  std::shared_ptr<const Journal> parent_;
  ScenarioSource source_;
  std::optional<Seal> seal_;
  std::optional<FrameBreak> torn_;
  std::vector<Gap> gaps_;
  std::size_t inputs_end_ = std::numeric_limits<std::size_t>::max();
  Step last_step_ = 0;
  Time last_at_{};
  std::map<FrameType, StreamBytes> streams_;
};

/// The frames of one type in a journal, one body after another.
class FrameBodies {
 public:
  /// `journal` must outlive it.
  FrameBodies(const Journal& journal, FrameType type)
      : journal_(journal),
        type_(type),
        end_(type == FrameType::inputs ? journal.inputs_end() : journal.frames().size()) {}

  /// Goes to the first of them that speaks of `step` or a later one.
  void seek(Step step);

  /// The next body; nothing at the end of the journal.
  std::optional<Bytes> next();

  /// How many records are in the bodies before the next one.
  std::uint64_t records_before() const;

  /// The frame that next() gave last.
  const FrameEntry& entry() const { return journal_.frames()[next_ - 1]; }
  JournalPlace place() const { return journal_.place(entry()); }

 private:
  const Journal& journal_;
  FrameType type_;
  std::size_t end_;  // the place among the frames up to which they are given
  std::size_t next_ = 0;
};

/// The inputs that a journal holds itself, in the order in which they took effect. A copy goes on
/// where the other one stands.
class RecordedInputs : public InputSource {
 public:
  /// Both must outlive it.
  RecordedInputs(const Journal& journal, const Catalog& catalog)
      : bodies_(journal, FrameType::inputs), catalog_(catalog) {}

  /// Passes over the inputs that have taken effect in `world`, which stands at a step of this
  /// history: the edits after that step only where it is `settled`, up to its time.
  void pass_taken(const Simulation& world, bool settled = false);

  /// Throws JournalError, as pass_taken() does.
  std::optional<Input> next() override;

  /// How many have been given or passed over.
  std::uint64_t given() const { return given_; }

 private:
  std::optional<RecordedInput> read();

  FrameBodies bodies_;
  const Catalog& catalog_;
  std::shared_ptr<const Bytes> body_ = std::make_shared<Bytes>();  // copies read the same one
  std::size_t done_ = 0;                                           // bytes of it read
  std::optional<Input> first_;
  std::uint64_t given_ = 0;
};

/// The checkpoints that a journal holds itself, in order. A copy goes on where the other one
/// stands.
class RecordedCheckpoints {
 public:
  /// `journal` must outlive it.
  explicit RecordedCheckpoints(const Journal& journal) : bodies_(journal, FrameType::checkpoints) {}

  /// Goes to the first checkpoint of `step` or a later one. Returns the step after which its trail
  /// begins; 0 if there is none. Throws JournalError.
  Step seek(Step step);

  /// Throws JournalError.
  std::optional<RecordedCheckpoint> next();

 private:
  FrameBodies bodies_;
  std::shared_ptr<const Bytes> body_ = std::make_shared<Bytes>();  // copies read the same one
  std::size_t done_ = 0;
  std::optional<RecordedCheckpoint> first_;
};

}  // namespace reprise
