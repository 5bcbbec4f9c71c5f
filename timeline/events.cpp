#include "timeline/events.hpp"

#include <algorithm>
#include <utility>

#include "replay/history.hpp"
#include "timeline/timeline.hpp"

namespace reprise {

namespace {

std::string name_of(const Simulation& world, AgentId id) {
  return id == world_id ? "world" : world.name_of(id);
}

/// A step before all events of `range`, the later the better where it is that of a keyframe.
Step start_of(const Journal& journal, const EventRange& range) {
  Step start = std::max<Step>(range.first, 1) - 1;
  if (range.begin > Time{}) {
    const auto place = HistoryKeyframes(journal).find(range.last, range.begin - Duration(1));
    if (place) start = std::max(start, place->step);
  }
  return std::min(start, range.last);
}

}  // namespace

KeptEvent kept(const DeliveredEvent& event) {
  KeptEvent copy{event, {event.kind->copy(event.message), event.kind->destroy}};
  copy.event.message = copy.message.get();
  return copy;
}

DeliveredEvent delivered_in(const Simulation& world, const Delivery& delivery) {
  const Event& event = delivery.event;
  return {.step = delivery.step,
          .at = event.key.at,
          .hop = event.key.hop,
          .from = name_of(world, event.key.from),
          .to = name_of(world, event.to),
          .kind = event.kind,
          .message = event.message,
          .cause = {},
          .dropped = delivery.dropped};
}

EventRange events_between(const Journal& journal, const std::optional<Position>& from,
                          const std::optional<Position>& to) {
  EventRange range{.last = journal.last_step()};
  if (from) {
    expect_position(journal, *from);
    if (const Step* step = std::get_if<Step>(&*from)) range.first = *step;
    if (const Time* time = std::get_if<Time>(&*from)) range.begin = *time;
    if (std::holds_alternative<EndOfRun>(*from)) range.first = journal.last_step();
  }
  if (to) {
    expect_position(journal, *to);
    if (const Step* step = std::get_if<Step>(&*to)) range.last = *step;
    if (const Time* time = std::get_if<Time>(&*to)) range.end = *time;
  }
  return range;
}

DerivedEvents::DerivedEvents(const Journal& journal, const Catalog& catalog,
                             const WorldFactory& factory, const EventRange& range,
                             EventSelection selection)
    : journal_(journal),
      catalog_(catalog),
      factory_(factory),
      range_(range),
      selection_(std::move(selection)) {
  range_.last = std::min(range_.last, journal.last_step());
  take_up(start_of(journal, range_));
}

/// Begins at the last keyframe at or before `start`.
void DerivedEvents::take_up(Step start) {
  player_.emplace(journal_, catalog_, factory_, start);
  causes_.emplace(world());
  earlier_.emplace(journal_, catalog_, factory_, player_->began());
  player_->observe(*this);
}

void DerivedEvents::run_to(Step step, Time until, const std::function<bool()>& interrupted) {
  try {
    player_->run_to(step, until, interrupted);
  } catch (const DivergenceError&) {
    if (player_->began() == 0) throw;
    take_up(0);  // A keyframe proves nothing: what counts is the history from its start.
    player_->run_to(step, until, interrupted);
  }
}

std::optional<DeliveredEvent> DerivedEvents::next() {
  if (!begun_) begin();
  for (event_.reset(); !event_;) {
    const Step step = world().steps();
    if (step >= range_.last) return std::nullopt;
    run_to(step + 1, range_.end, {});
    if (world().steps() == step) return std::nullopt;  // the next one is later than the range
  }
  if (unknown_) event_->cause = earlier_->find(*unknown_);
  return event_;
}

void DerivedEvents::begin(const std::function<void(Step)>& on_the_way) {
  const auto tell = [&] {
    if (on_the_way) on_the_way(world().steps());
    return false;
  };
  const Step before = std::min(std::max<Step>(range_.first, 1) - 1, range_.last);
  if (before > world().steps()) run_to(before, range_.end, tell);
  if (range_.begin > Time{}) {
    run_to(range_.last, std::min(range_.begin - Duration(1), range_.end), tell);
  }
  begun_ = true;
}

void DerivedEvents::on_delivery(const Delivery& delivery) {
  const Event& event = delivery.event;
  const std::optional<Step> cause = causes_->deliver(delivery);
  unknown_.reset();
  if (event.key.from != world_id && !cause) unknown_ = {event.key.from, event.key.seq};
  event_.reset();
  if (!begun_ || !selection_.takes(event.key.from, event.to, event.kind->id)) {
    if (unknown_) earlier_->pass(*unknown_);
    return;
  }
  message_ = {event.kind->copy(event.message), event.kind->destroy};
  event_ = delivered_in(world(), delivery);
  event_->message = message_.get();
  event_->cause = cause;
}

}  // namespace reprise
