#include "timeline/history_events.hpp"

#include <algorithm>

namespace reprise {

bool StoredEvents::readable(const Journal& journal, const Catalog& catalog) {
  std::vector<KindSchema> messages;
  for (const KindSchema& kind : journal.header().schema) {
    if (kind.role == KindSchema::Role::message) messages.push_back(kind);
  }
  const SchemaComparison comparison = compare_schema(messages, catalog);
  return comparison.lifted.empty() && comparison.refused.empty();
}

StoredEvents::StoredEvents(const Journal& journal, const Catalog& catalog,
                           const WorldFactory& factory, const Simulation& start,
                           const EventRange& range, const EventSelection& selection)
    : journal_(journal),
      catalog_(catalog),
      factory_(factory),
      start_(start),
      range_(range),
      events_(journal, selection) {
  if (range_.begin > Time{}) {
    events_.seek(range_.begin);
  } else {
    events_.seek(range_.first);
  }
}

std::optional<DeliveredEvent> StoredEvents::next() {
  const RecordedEvent* event = events_.next(range_.last, range_.end);
  if (event != nullptr && event->step < range_.first) {
    events_.seek(range_.first);
    event = events_.next(range_.last, range_.end);
  }
  if (event == nullptr) return std::nullopt;
  const MessageType* kind = catalog_.message_by_id(event->kind);
  const auto damaged = [&](const std::string& why) {
    return JournalError(journal_.path().string(),
                        "the event of step " + std::to_string(event->step) + ": " + why);
  };
  if (kind == nullptr) throw damaged("its kind is not in the header");
  message_ = Payload(*kind);
  try {
    Decoder body(event->payload);
    kind->decode(message_.data(), body);
    body.expect_end();
  } catch (const DecodeError& error) {
    throw damaged(error.what());
  }
  return DeliveredEvent{.step = event->step,
                        .at = event->key.at,
                        .hop = event->key.hop,
                        .from = name_of(event->key.from),
                        .to = name_of(event->to),
                        .kind = kind,
                        .message = message_.data(),
                        .cause = event->cause,
                        .dropped = event->dropped};
}

std::string StoredEvents::name_of(AgentId id) {
  if (id == world_id) return "world";
  if (number(id) <= start_.agent_count()) return start_.name_of(id);
  if (!end_) {
    end_ = std::make_unique<Timeline>(journal_, catalog_, factory_);
    const bool by_time = range_.end < journal_.last_at();
    end_->seek(by_time ? Position(range_.end)
                       : Position(std::min(range_.last, journal_.last_step())));
  }
  if (number(id) <= end_->world().agent_count()) return end_->world().name_of(id);
  throw JournalError(
      journal_.path().string(),
      "an event names agent " + std::to_string(number(id)) + ", which is never born");
}

HistoryEvents::HistoryEvents(const Journal& journal, const Catalog& catalog,
                             const WorldFactory& factory, const EventRange& range)
    : journal_(journal),
      catalog_(catalog),
      factory_(factory),
      range_(range),
      readable_(journal.events() != 0 && StoredEvents::readable(journal, catalog)) {
  if (!readable_) journal.expect_schema(catalog);
  start_ = factory(journal.header());
  range_.last = std::min(range_.last, journal.last_step());
}

void HistoryEvents::begin(const EventSelection& selection,
                          const std::function<void(Step)>& on_the_way) {
  selection_ = selection;
  begun_ = true;
  Step whole = 0;
  if (readable_)
    whole = RecordedEvents(journal_).whole_up_to(range_.first, range_.begin, range_.end);
  EventRange stored = range_;
  stored.last = std::min(range_.last, whole);
  if (stored.last >= stored.first) {
    stored_.emplace(journal_, catalog_, factory_, *start_, stored, selection_);
    range_.first = stored.last + 1;
  }
  if (range_.first > range_.last) return;
  derived_.emplace(journal_, catalog_, factory_, range_, selection_);
  if (!stored_) derived_->begin(on_the_way);
}

std::optional<DeliveredEvent> HistoryEvents::next() {
  if (!begun_) begin({});
  if (stored_) {
    if (std::optional<DeliveredEvent> event = stored_->next()) return event;
    stored_.reset();
  }
  return derived_ ? derived_->next() : std::nullopt;
}

}  // namespace reprise
