#pragma once

#include <compare>
#include <cstdint>

#include "engine/digest.hpp"
#include "engine/ids.hpp"
#include "engine/message.hpp"
#include "engine/time.hpp"

namespace reprise {

/// Where an event stands in the one order in which everything is delivered. No two events of a run
/// share it.
struct EventKey {
  Time at{};
  std::uint32_t hop = 0;  ///< Links without delay that led here at the same instant.
  AgentId from{};         ///< The sender; 0 is the outside.
  std::uint64_t seq = 0;  ///< The sender's own count of what it sent before.

  friend auto operator<=>(const EventKey&, const EventKey&) = default;
};

/// `hop` may not go beyond this: a world that sends so often without letting time pass is in a
/// livelock.
inline constexpr std::uint32_t hop_max = 1'000'000;

/// A message on its way, where it lies: valid as long as what holds it.
struct Event {
  EventKey key;
  AgentId to{};
  const MessageType* kind = nullptr;
  const void* message = nullptr;

  Event(const EventKey& place, AgentId receiver, const MessageType& type, const void* object)
      : key(place), to(receiver), kind(&type), message(object) {}
  Event(const EventKey& place, AgentId receiver, const Payload& payload)
      : Event(place, receiver, payload.type(), payload.data()) {}

  /// The message, if it is an M; otherwise nullptr.
  template <Message M>
  const M* as() const {
    return kind == &message_type<M>() ? static_cast<const M*>(message) : nullptr;
  }
};

/// How an event came into the history; folded with it.
enum class Mark : std::uint32_t {
  delivered = 0,
  dropped = 1,  ///< Its receiver had retired, or its node had failed.
  edit = 2      ///< Applied to a standing world between two steps.
};

/// The prefix digest after `event`: XXH3-128 of the digest before, at, hop, from, seq, to, mark,
/// kind id and the canonical bytes of the payload, in this order and little-endian. `digester` is
/// where it works, if it needs one: what it held is gone.
Digest fold(const Digest& prefix, const Event& event, Mark mark, Digester& digester);

/// The digest of a pending event: XXH3-128 of at, hop, from, seq, to, kind id and the payload's
/// canonical bytes. `digester` as above.
Digest digest_of(const Event& event, Digester& digester);

}  // namespace reprise
