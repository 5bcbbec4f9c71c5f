#include "engine/pending.hpp"

#include <algorithm>

#include "engine/assert.hpp"

namespace reprise {

std::uint32_t PendingEvents::keep(Payload&& payload) {
  if (free_.empty()) {
    const auto first = static_cast<std::uint32_t>(payloads_.size()) * block_payloads;
    REPRISE_ASSERT(first < sole_bit);
    payloads_.push_back(std::make_unique<Payload[]>(block_payloads));
    for (std::uint32_t i = block_payloads; i-- > 0;) free_.push_back(first + i);
  }
  const std::uint32_t body = free_.back();
  free_.pop_back();
  Payload& place = at(body);
  std::destroy_at(&place);  // of a small message that was here; it costs nothing
  std::construct_at(&place, std::move(payload));
  return body;
}

void PendingEvents::look_up(const MessageType& sole_kind) {
  const auto found = std::ranges::find(sole_kinds_, &sole_kind);
  last_sole_ = &sole_kind;
  last_sole_body_ = static_cast<std::uint32_t>(found - sole_kinds_.begin()) | sole_bit;
  if (found == sole_kinds_.end()) sole_kinds_.push_back(&sole_kind);
}

void PendingEvents::push_all(const PendingEvents& other) {
  other.queue_.each([&](const QueuedEvent& event) {
    if ((event.body & sole_bit) != 0) {
      push(event.key, event.to, *other.sole_kinds_[event.body & ~sole_bit]);
    } else {
      queue_.push(event.key, event.to, keep(Payload(other.at(event.body))));
    }
  });
}

void PendingEvents::drop(std::uint32_t body) {
  Payload& place = at(body);
  if (!place.type().small) place = Payload();
  free_.push_back(body);
}

std::vector<const QueuedEvent*> PendingEvents::in_order() const {
  std::vector<const QueuedEvent*> events;
  events.reserve(size());
  queue_.each([&](const QueuedEvent& event) { events.push_back(&event); });
  std::ranges::sort(events, {}, [](const QueuedEvent* event) { return event->key; });
  return events;
}

}  // namespace reprise
