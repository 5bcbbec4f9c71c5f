#include "engine/pending.hpp"

#include <algorithm>
#include <limits>

#include "engine/assert.hpp"

namespace reprise {

namespace {

constexpr auto later = [](const auto& a, const auto& b) { return b.key < a.key; };

}  // namespace

void PendingEvents::push(Event event) {
  Entry entry{.key = event.key};
  if (free_.empty()) {
    REPRISE_ASSERT(events_.size() < std::numeric_limits<std::uint32_t>::max());
    entry.slot = static_cast<std::uint32_t>(events_.size());
    events_.push_back(std::move(event));
  } else {
    entry.slot = free_.back();
    free_.pop_back();
    events_[entry.slot] = std::move(event);
  }
  heap_.push_back(entry);
  std::ranges::push_heap(heap_, later);
}

Event PendingEvents::pop() {
  REPRISE_ASSERT(!heap_.empty());
  std::ranges::pop_heap(heap_, later);
  const std::uint32_t slot = heap_.back().slot;
  heap_.pop_back();
  free_.push_back(slot);
  return std::move(events_[slot]);
}

}  // namespace reprise
