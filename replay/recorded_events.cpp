#include "replay/recorded_events.hpp"

#include <algorithm>

namespace reprise {

RecordedEvents::RecordedEvents(const Journal& journal, const EventSelection& filter)
    : journal_(journal), filter_(filter) {
  for (std::size_t i = 0; i < journal.frames().size(); ++i) {
    const FrameEntry& entry = journal.frames()[i];
    if (entry.type != FrameType::events) continue;
    const FrameSpan& span = entry.span;
    const Step before = stretches_.empty() ? 0 : stretches_.back().last_step;
    if (span.count == 0 || span.first_step <= before || span.last_step < span.first_step ||
        span.last_step - span.first_step != span.count - 1) {
      throw JournalError(journal.place(entry), "events do not follow those before");
    }
    stretches_.push_back({i, span.first_step, span.last_step, span.last_at});
    count_ += span.count;
  }
}

void RecordedEvents::open(std::size_t stretch) {
  if (stretch != stretch_) loaded_ = false;
  stretch_ = stretch;
  index_ = 0;
}

void RecordedEvents::load() {
  if (loaded_) return;
  body_ = journal_.body(entry());
  try {
    decoder_.decode(body_, entry().span.count, entry().span.first_step);
  } catch (const DecodeError& error) {
    throw JournalError(place(), error.what());
  }
  loaded_ = true;
}

void RecordedEvents::seek(Step step) {
  const auto found = std::ranges::lower_bound(stretches_, step, {}, &Stretch::last_step);
  open(static_cast<std::size_t>(found - stretches_.begin()));
  if (found != stretches_.end() && step > found->first_step) index_ = step - found->first_step;
}

void RecordedEvents::seek(Time time) {
  const auto found = std::ranges::lower_bound(stretches_, time, {}, &Stretch::last_at);
  open(static_cast<std::size_t>(found - stretches_.begin()));
  if (found == stretches_.end()) return;
  load();
  while (index_ < decoder_.size() && decoder_.at(index_) < time) ++index_;
}

bool RecordedEvents::concerns_frame() const {
  return (!filter_.agent || decoder_.has_agent(*filter_.agent)) &&
         (!filter_.kind || decoder_.has_kind(*filter_.kind));
}

bool RecordedEvents::passes(std::size_t index) const {
  if (filter_.kind && decoder_.kind(index) != *filter_.kind) return false;
  return !filter_.agent || decoder_.from(index) == *filter_.agent ||
         decoder_.to(index) == *filter_.agent;
}

std::optional<RecordedEvent> RecordedEvents::next() {
  const bool all = !filter_.agent && !filter_.kind;
  for (; stretch_ < stretches_.size(); open(stretch_ + 1)) {
    load();
    if (!all) {
      if (!concerns_frame()) continue;
      while (index_ < decoder_.size() && !passes(index_)) ++index_;
    }
    if (index_ == decoder_.size()) continue;
    try {
      return decoder_.event(index_++);
    } catch (const DecodeError& error) {
      throw JournalError(place(), error.what());
    }
  }
  return std::nullopt;
}

}  // namespace reprise
