#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "replay/journal_reader.hpp"
#include "replay/keyframes.hpp"

/// A whole history: that of a journal which stands alone, or of a branch, which is its ancestors'
/// up to where each was left and then its own.
namespace reprise {

/// The part that a journal has in a history.
struct Stretch {
  const Journal* journal = nullptr;
  Step first = 0;  ///< The step that it begins after: 0, or that of the parent link.
  Step last = std::numeric_limits<Step>::max();  ///< Where the next one leaves it.
  std::uint64_t inputs = std::numeric_limits<std::uint64_t>::max();  ///< How many of its own count.
};

/// The parts of the history of `journal`, the oldest first. Throws JournalError for a branch that
/// was not opened by open_history().
std::vector<Stretch> stretches_of(const Journal& journal);

/// The inputs of a history, in the order in which they took effect.
class HistoryInputs : public InputSource {
 public:
  /// Both must outlive it. Throws as stretches_of() does.
  HistoryInputs(const Journal& journal, const Catalog& catalog);

  /// As RecordedInputs::pass_taken().
  void pass_taken(const Simulation& world, bool settled = false);

  /// Throws JournalError, as pass_taken() does.
  std::optional<Input> next() override;

  /// The part of the history that the next input is looked for in,
  const Stretch& stretch() const { return stretches_[place_]; }

  /// and how many inputs of its journal have been given or passed over.
  std::uint64_t given() const { return inputs_->given(); }

  /// The same of the whole history: the number, from 1, of the input that next() gave last.
  std::uint64_t number() const;

 private:
  void open(std::size_t place);

  std::vector<Stretch> stretches_;
  const Catalog& catalog_;
  std::size_t place_ = 0;
  std::optional<RecordedInputs> inputs_;  // of the journal at place_
};

/// The checkpoints of a history. Where a branch begins there is its first one, with the trail since
/// the ancestors' last.
class HistoryCheckpoints {
 public:
  /// `journal` must outlive it. Throws as stretches_of() does.
  explicit HistoryCheckpoints(const Journal& journal);

  /// As of RecordedCheckpoints.
  Step seek(Step step);

  /// As of RecordedCheckpoints.
  std::optional<RecordedCheckpoint> next();

  /// Whether one of the journals was salvaged: checkpoints may then be missing, and a trail may be
  /// shorter than the steps since the one before.
  bool gaps() const { return gaps_; }

 private:
  void open(std::size_t place);
  std::optional<RecordedCheckpoint> read();
  [[noreturn]] void refuse(const RecordedCheckpoint& checkpoint, const char* why) const;

  std::vector<Stretch> stretches_;
  bool gaps_ = false;
  std::size_t place_ = 0;
  std::optional<RecordedCheckpoints> checkpoints_;  // of the journal at place_
  bool begins_ = false;                             // the next one is that journal's first
  std::vector<std::uint8_t> trail_;                 // of the ancestors, up to where it begins
  std::optional<RecordedCheckpoint> first_;
};

/// The keyframes of a history.
class HistoryKeyframes {
 public:
  struct Place {
    std::size_t stretch = 0;
    std::size_t frame = 0;  ///< As of Keyframes.
    Step step = 0;
  };

  /// `journal` must outlive it. Throws as stretches_of() does.
  explicit HistoryKeyframes(const Journal& journal);

  /// As of Keyframes.
  std::optional<Place> find(Step step, Time until = time_max) const;
  bool restore(const Place& place, Simulation& world) const;

 private:
  std::vector<Stretch> stretches_;
  std::vector<Keyframes> keyframes_;  // of the journal of each
};

}  // namespace reprise
