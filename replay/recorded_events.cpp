#include "replay/recorded_events.hpp"

#include <algorithm>

namespace reprise {

bool EventSelection::takes_agent(AgentId agent) const {
  if (agents.empty() && !agents_from) return true;
  return (agents_from && agent >= *agents_from) || std::ranges::binary_search(agents, agent);
}

bool EventSelection::takes_kind(std::uint64_t kind) const {
  return kinds.empty() || std::ranges::find(kinds, kind) != kinds.end();
}

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
  if (stretch != stretch_) {
    loaded_ = false;
    ready_ = 0;
  }
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

Step RecordedEvents::whole_up_to(Step step, Time begin, Time end) const {
  Step missing = std::max<Step>(step, 1);  // the first, for all that is known
  auto stretch = std::ranges::lower_bound(stretches_, begin, {}, &Stretch::last_at);
  if (stretch != stretches_.begin()) missing = std::max(missing, std::prev(stretch)->last_step + 1);
  for (; stretch != stretches_.end() && stretch->first_step <= missing; ++stretch) {
    if (stretch->last_step < missing) continue;
    missing = stretch->last_step + 1;
    if (stretch->last_at > end) return std::numeric_limits<Step>::max();
  }
  return missing - 1;
}

bool RecordedEvents::concerns_frame() const {
  const auto& kinds = filter_.kinds;
  const auto& agents = decoder_.agents();
  return (kinds.empty() ||
          std::ranges::any_of(kinds, [&](std::uint64_t id) { return decoder_.has_kind(id); })) &&
         std::ranges::any_of(agents,
                             [&](std::uint32_t id) { return filter_.takes_agent(AgentId{id}); });
}

const RecordedEvent* RecordedEvents::find_next(Step last, Time end) {
  const bool all = filter_.takes_all();
  for (; stretch_ < stretches_.size(); open(stretch_ + 1)) {
    const FrameSpan& span = entry().span;
    if (span.first_step > last || span.first_at > end) break;
    load();
    if (!all && !concerns_frame()) continue;
    for (; index_ < decoder_.size(); ++index_) {
      if (span.first_step + index_ > last || decoder_.at(index_) > end) return nullptr;
      if (all || filter_.takes(decoder_.from(index_), decoder_.to(index_), decoder_.kind(index_))) {
        break;
      }
    }
    if (index_ == decoder_.size()) continue;
    try {
      const RecordedEvent& event = decoder_.event(index_);
      if (all) ready_ = decoder_.size();
      ++index_;
      return &event;
    } catch (const DecodeError& error) {
      throw JournalError(place(), error.what());
    }
  }
  return nullptr;
}

}  // namespace reprise
