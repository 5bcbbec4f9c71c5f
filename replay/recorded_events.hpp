#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "replay/event_columns.hpp"
#include "replay/journal_reader.hpp"

namespace reprise {

/// Which of the recorded events are asked for: all, as far as nothing is set.
struct EventSelection {
  std::vector<AgentId> agents{};         ///< Their sender or receiver is one of these, ascending.
  std::optional<AgentId> agents_from{};  ///< Or has this id or a higher one.
  std::vector<std::uint64_t> kinds{};    ///< The id of their kind is one of these.

  bool takes_all() const { return agents.empty() && !agents_from && kinds.empty(); }
  bool takes_agent(AgentId agent) const;
  bool takes_kind(std::uint64_t kind) const;
  bool takes(AgentId from, AgentId to, std::uint64_t kind) const {
    return takes_kind(kind) && (takes_agent(from) || takes_agent(to));
  }
};

/// The events that a journal holds one by one, in the order of their steps.
///
/// A frame of them (2,048 at most where `run` wrote it) is decoded at a time, and payloads only
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

  /// The last step up to which no event from `step` on is missing, of those that were delivered
  /// from `begin` to `end`; the largest number if none is.
  Step whole_up_to(Step step, Time begin, Time end) const;

  /// The next event that passes the filter, up to step `last` and time `end`; null when there are
  /// no more. It lies here, as its payload does, until the next call of a verb.
  const RecordedEvent* next(Step last = std::numeric_limits<Step>::max(), Time end = time_max) {
    const bool here =
        index_ < ready_ && decoder_.step(index_) <= last && decoder_.at(index_) <= end;
    return here ? &decoder_.event(index_++) : find_next(last, end);
  }

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
  const RecordedEvent* find_next(Step last, Time end);

  const Journal& journal_;
  EventSelection filter_;
  std::vector<Stretch> stretches_;
  std::uint64_t count_ = 0;
  std::size_t stretch_ = 0;
  bool loaded_ = false;    // the decoder has the frame stretch_
  std::size_t index_ = 0;  // of the next event in it
  std::size_t ready_ = 0;  // so many of the frame's events pass the filter, with their payloads
  Bytes body_;
  EventDecoder decoder_;
};

}  // namespace reprise
