#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "engine/catalog.hpp"
#include "engine/codec.hpp"
#include "engine/event.hpp"
#include "replay/journal.hpp"

/// The events with which stores of events are compared: those of a run of a small world.
///
/// 500 clients think (exponential, 10 ms), ask one of 8 servers at random (20 bytes: request,
/// amount, account), 0.2 to 1 ms away and answered after 0.1 ms (exponential) at the same distance
/// (16 bytes: request, balance); with each answer a ticker hears at once of a price that walks at
/// random (12 bytes: price, quantity). So four events a round, 50 bytes each where rows are packed:
/// 38 for time, hop, sender, its count, receiver, kind and cause, and a payload of 12.
namespace reprise::bench {

/// A delivered event that outlives its delivery.
struct KeptEvent {
  Step step = 0;
  EventKey key;
  AgentId to{};
  std::optional<Step> cause;  ///< The step in which it was sent.
  Payload payload;
};

/// The first `count` events, handed to `take` a few thousand at a time.
void event_stream(Step count, const std::function<void(std::span<const KeptEvent>)>& take);

/// The header of a journal of them.
JournalHeader event_stream_header();

/// The kinds among them. Stores that keep a small number for a kind keep its place in here.
std::span<const MessageType* const> event_kinds();
std::uint16_t event_kind_index(const MessageType& type);

/// Appends the canonical bytes of `payload` to `out`.
void append_payload(const Payload& payload, Bytes& out);

}  // namespace reprise::bench
