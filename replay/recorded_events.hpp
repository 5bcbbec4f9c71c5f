#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "replay/event_columns.hpp"
#include "replay/journal_reader.hpp"

namespace reprise {

/// Which of the recorded events are asked for: all, as far as nothing is set.
struct EventSelection {
  std::optional<AgentId> agent{};       ///< Their sender or receiver.
  std::optional<std::uint64_t> kind{};  ///< The id of their kind.
};

/// The events that a journal holds one by one, in the order of their steps.
///
/// A frame of them (2,304 at most where `run` wrote it) is decoded at a time, and payloads only
/// where an event of the frame passes the filter.
class RecordedEvents {
 public:
  /// `journal` must outlive it. Without events next() gives nothing. Throws JournalError,
  /// here and in the verbs below, if the frames do not follow each other or do not decode.
  explicit RecordedEvents(const Journal& journal, const EventSelection& filter = {});

  /// How many events there are, whatever the filter.
  std::uint64_t count() const { return count_; }

  /// Lets next() go on at the first event at or after `step`, or delivered at or after `time`.
  void seek(Step step);
  void seek(Time time);

  /// The next event that passes the filter; nothing at the end. Its payload is valid until the
  /// next call.
  std::optional<RecordedEvent> next();

 private:
  struct Stretch {          // a frame of events
    std::size_t frame = 0;  // a place among Journal::frames()
    Step first_step = 0;
    Step last_step = 0;
    Time last_at{};
  };

  const FrameEntry& entry() const { return journal_.frames()[stretches_[stretch_].frame]; }
  JournalPlace place() const { return journal_.place(entry()); }
  void open(std::size_t stretch);
  void load();
  bool concerns_frame() const;
  bool passes(std::size_t index) const;

  const Journal& journal_;
  EventSelection filter_;
  std::vector<Stretch> stretches_;
  std::uint64_t count_ = 0;
  std::size_t stretch_ = 0;
  bool loaded_ = false;    // the decoder has the frame stretch_
  std::size_t index_ = 0;  // of the next event in it
  Bytes body_;
  EventDecoder decoder_;
};

}  // namespace reprise
