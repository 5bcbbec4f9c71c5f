#include "timeline/events.hpp"

#include <algorithm>
#include <utility>

#include "timeline/timeline.hpp"

namespace reprise {

namespace {

std::string name_of(const Simulation& world, AgentId id) {
  return id == world_id ? "world" : world.name_of(id);
}

}  // namespace

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
                             const WorldFactory& factory, const EventRange& range)
    : player_(journal, catalog, factory), range_(range) {
  range_.last = std::min(range_.last, journal.last_step());
  player_.observe(*this);
}

std::optional<DeliveredEvent> DerivedEvents::next() {
  if (!begun_) begin();
  const Step step = world().steps();
  if (step >= range_.last) return std::nullopt;
  player_.run_to(step + 1, range_.end, {});
  if (world().steps() == step) return std::nullopt;  // the next one is later than the range
  return event_;
}

void DerivedEvents::begin(const std::function<void(Step)>& on_the_way) {
  const auto tell = [&] {
    if (on_the_way) on_the_way(world().steps());
    return false;
  };
  const Step before = std::min(std::max<Step>(range_.first, 1) - 1, range_.last);
  if (before > 0) player_.run_to(before, range_.end, tell);
  if (range_.begin > Time{}) {
    player_.run_to(range_.last, std::min(range_.begin - Duration(1), range_.end), tell);
  }
  begun_ = true;
}

void DerivedEvents::on_delivery(const Delivery& delivery) {
  const Event& event = delivery.event;
  const std::optional<Step> cause = take_cause(event.key);
  note_sent(event.to, delivery.step);
  if (!begun_) return;
  message_ = {event.kind->copy(event.message), event.kind->destroy};
  event_ = {.step = delivery.step,
            .at = event.key.at,
            .hop = event.key.hop,
            .from = name_of(world(), event.key.from),
            .to = name_of(world(), event.to),
            .kind = event.kind,
            .message = message_.get(),
            .cause = cause,
            .dropped = delivery.dropped};
}

std::optional<Step> DerivedEvents::take_cause(const EventKey& key) {
  if (key.from == world_id) return std::nullopt;
  const auto found = causes_.find({key.from, key.seq});
  REPRISE_ASSERT(found != causes_.end());
  const Step step = found->second;
  causes_.erase(found);
  return step;
}

/// What an agent has sent since it was last looked at, it has sent in `step`.
void DerivedEvents::note_sent(AgentId from, Step step) {
  if (from == world_id) return;
  if (sent_.size() < world().agent_count()) sent_.resize(world().agent_count());
  std::uint64_t& noted = sent_[number(from) - 1];
  for (const std::uint64_t sent = world().sent(from); noted < sent; ++noted) {
    causes_.emplace(Sent{from, noted}, step);
  }
}

std::size_t DerivedEvents::HashSent::operator()(const Sent& sent) const {
  // Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4): neighbours lie far apart.
  return (sent.seq * 0x9e3779b97f4a7c15 + number(sent.from)) * 0x9e3779b97f4a7c15;
}

}  // namespace reprise
