#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "engine/event_queue.hpp"

namespace reprise {

/// The events that are on their way, first in order first out.
class PendingEvents {
 public:
  bool empty() const { return queue_.empty(); }
  std::size_t size() const { return queue_.size(); }

  /// The key of the first event. There must be one.
  const EventKey& first() { return queue_.first().key; }

  void push(const EventKey& key, AgentId to, Payload payload) {
    const MessageType& type = payload.type();
    queue_.push({key, to, type.bare ? bare(type) : keep(std::move(payload))});
  }

  /// Takes the first event out. There must be one.
  Event pop() {
    const QueuedEvent event = queue_.pop();
    return {event.key, event.to, take(event.body)};
  }

  /// Who will probably be the receiver after `pops` more pops; nobody if none can be told.
  AgentId receiver_ahead(std::size_t pops) const {
    const QueuedEvent* event = queue_.ahead(pops);
    return event == nullptr ? world_id : event->to;
  }

  /// Calls visit(const EventKey&, AgentId to) for every pending event; the order depends on what was
  /// pushed and popped before.
  template <class Visit>
  void each_place(const Visit& visit) const {
    queue_.each([&](const QueuedEvent& event) { visit(event.key, event.to); });
  }

  /// Calls visit(const Event&) for those whose receiver `wanted` says yes to.
  template <class Wanted, class Visit>
  void each(const Wanted& wanted, const Visit& visit) const {
    queue_.each([&](const QueuedEvent& event) {
      if (wanted(event.to)) visit(Event{event.key, event.to, look(event.body)});
    });
  }

  /// Calls visit(const Event&) for every pending event, in order.
  template <class Visit>
  void each_in_order(const Visit& visit) const {
    for (const QueuedEvent* event : in_order()) {
      visit(Event{event->key, event->to, look(event->body)});
    }
  }

 private:
  static constexpr std::uint32_t bare_bit = std::uint32_t{1} << 31;
  static constexpr std::uint32_t block_payloads = 256;

  // A body is a place among the bare kinds, with bare_bit, or one among the payloads.

  std::uint32_t bare(const MessageType& type) {
    std::uint32_t place = 0;
    while (place != bare_kinds_.size() && bare_kinds_[place] != &type) ++place;
    if (place == bare_kinds_.size()) bare_kinds_.push_back(&type);
    return place | bare_bit;
  }

  std::uint32_t keep(Payload payload);

  Payload& at(std::uint32_t body) const {
    return payloads_[body / block_payloads][body % block_payloads];
  }

  Payload take(std::uint32_t body) {
    if ((body & bare_bit) != 0) return Payload(*bare_kinds_[body & ~bare_bit]);
    free_.push_back(body);
    return std::move(at(body));
  }

  Payload look(std::uint32_t body) const {
    return (body & bare_bit) != 0 ? Payload(*bare_kinds_[body & ~bare_bit]) : at(body);
  }

  std::vector<const QueuedEvent*> in_order() const;

  EventQueue queue_;
  std::vector<const MessageType*> bare_kinds_;  // kinds without fields, as they came
  std::vector<std::unique_ptr<Payload[]>> payloads_;
  std::vector<std::uint32_t> free_;
};

}  // namespace reprise
