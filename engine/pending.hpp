#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/event.hpp"

namespace reprise {

/// The events that are on their way, first in order first out.
class PendingEvents {
 public:
  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }

  /// The key of the first event. There must be one.
  const EventKey& first() const { return heap_.front().key; }

  void push(Event event);

  /// Takes the first event out. There must be one.
  Event pop();

  /// Every pending event; the order depends on what was pushed and popped before.
  template <class Visit>
  void each(const Visit& visit) const {
    for (const Entry& entry : heap_) visit(events_[entry.slot]);
  }

 private:
  struct Entry {
    EventKey key;
    std::uint32_t slot = 0;
  };

  std::vector<Entry> heap_;          // a binary heap, the first event at the front
  std::vector<Event> events_;        // by slot
  std::vector<std::uint32_t> free_;  // slots without an event
};

}  // namespace reprise
