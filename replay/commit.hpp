#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "replay/journal_writer.hpp"

namespace reprise {

/// When the inputs of live producers are made durable, and so acknowledged.
struct CommitMode {
  enum class When : std::uint8_t {
    none,      ///< Never before the end: they are acknowledged as they take effect.
    interval,  ///< So long after the first that is not.
    batch,     ///< When there are so many that are not.
    each       ///< One by one.
  };

  When when = When::interval;
  std::chrono::nanoseconds interval = std::chrono::milliseconds(5);
  std::uint64_t batch = 1;
};

/// "none", "interval=5ms", "batch=100", "each"; nothing for other text.
std::optional<CommitMode> parse_commit_mode(std::string_view text);

/// Commits a journal while it is written, by a mode. It looks at the clock on the wall, and so
/// decides where frames of inputs end, but nothing that is in them.
class Committer {
 public:
  using WallClock = std::chrono::steady_clock;

  /// `journal` outlives the committer.
  Committer(JournalWriter& journal, const CommitMode& mode);

  /// How many of the journal's inputs may be acknowledged.
  std::uint64_t acknowledged() const;

  /// How many inputs the journal has.
  std::uint64_t inputs() const { return journal_.inputs(); }

  /// Commits if the mode says so; to be called after each input. Throws FileError.
  void poll();

  /// When poll() will next have something to do, if nothing is added until then.
  std::optional<WallClock::duration> due_in() const;

  /// Commits, whatever the mode. Throws FileError.
  void commit();

  /// For a run to whose inputs nobody waits for an answer: by the same mode, but only what is in
  /// the file is made durable, and no frame ends for it. So the journal's bytes are the same in
  /// every mode. Throws FileError.
  void poll_sync();

 private:
  std::uint64_t waiting() const { return journal_.inputs() - durable_; }

  JournalWriter& journal_;
  CommitMode mode_;
  std::uint64_t durable_ = 0;                   // of its inputs
  std::optional<WallClock::time_point> first_;  // when the first was seen that is not durable
  std::uint64_t synced_bytes_ = 0;
  WallClock::time_point synced_at_;
};

}  // namespace reprise
