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

  /// As EventQueue::use_heap().
  void use_heap() { queue_.use_heap(); }

  /// As EventQueue::first(). There must be an event.
  const QueuedEvent& first() { return queue_.first(); }

  void push(const EventKey& key, AgentId to, Payload&& payload) {
    if (payload.type().sole != nullptr) return push(key, to, payload.type());
    queue_.push(key, to, keep(std::move(payload)));
  }

  /// The message of `kind`, which has no fields.
  void push(const EventKey& key, AgentId to, const MessageType& kind) {
    queue_.push(key, to, sole(kind));
  }

  /// Pushes a copy of every event of `other`.
  void push_all(const PendingEvents& other);

  /// Takes out what first() has just given; its message stays where it is until the next pop().
  Event pop(const QueuedEvent& first) {
    if ((popped_ & sole_bit) == 0) drop(popped_);
    popped_ = first.body;
    const Event event = look(first);
    queue_.drop_first(first);
    return event;
  }

  /// As EventQueue::ahead() and EventQueue::comes_into_sight().
  const QueuedEvent* ahead(std::size_t pops) const { return queue_.ahead(pops); }
  bool comes_into_sight() { return queue_.comes_into_sight(); }

  /// Calls visit(const EventKey&, AgentId to) for every pending event; the order depends on what
  /// was pushed and popped before.
  template <class Visit>
  void each_place(const Visit& visit) const {
    queue_.each([&](const QueuedEvent& event) { visit(event.key, event.to); });
  }

  /// Calls visit(const Event&) for those whose receiver `wanted` says yes to.
  template <class Wanted, class Visit>
  void each(const Wanted& wanted, const Visit& visit) const {
    queue_.each([&](const QueuedEvent& event) {
      if (wanted(event.to)) visit(look(event));
    });
  }

  /// Calls visit(const Event&) for every pending event, in order.
  template <class Visit>
  void each_in_order(const Visit& visit) const {
    for (const QueuedEvent* event : in_order()) visit(look(*event));
  }

 private:
  // A body is a place among the kinds without fields, with sole_bit, or one among the payloads.
  static constexpr std::uint32_t sole_bit = std::uint32_t{1} << 31;
  static constexpr std::uint32_t block_payloads = 256;

  std::uint32_t sole(const MessageType& kind) {
    if (&kind != last_sole_) [[unlikely]]
      look_up(kind);
    return last_sole_body_;
  }
  void look_up(const MessageType& sole_kind);

  std::uint32_t keep(Payload&& payload);
  void drop(std::uint32_t body);

  Payload& at(std::uint32_t body) const {
    return payloads_[body / block_payloads][body % block_payloads];
  }

  Event look(const QueuedEvent& event) const {
    if ((event.body & sole_bit) == 0) return Event(event.key, event.to, at(event.body));
    const MessageType& kind = *sole_kinds_[event.body & ~sole_bit];
    return Event(event.key, event.to, kind, kind.sole);
  }

  std::vector<const QueuedEvent*> in_order() const;

  EventQueue queue_;
  std::vector<const MessageType*> sole_kinds_;  // as they came
  const MessageType* last_sole_ = nullptr;      // the one that was pushed last
  std::uint32_t last_sole_body_ = 0;
  std::vector<std::unique_ptr<Payload[]>> payloads_;
  std::vector<std::uint32_t> free_;
  std::uint32_t popped_ = sole_bit;  // the body of the event taken out last
};

}  // namespace reprise
