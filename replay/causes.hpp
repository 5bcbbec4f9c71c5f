#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/simulation.hpp"

namespace reprise {

/// A message by its sender and that one's number for it: no two of a history share it.
struct SentMessage {
  AgentId from{};
  std::uint64_t seq = 0;

  friend bool operator==(const SentMessage&, const SentMessage&) = default;
};

/// Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4), folded once: neighbours lie
/// far apart in all bits.
struct HashSentMessage {
  using is_avalanching = void;
  std::size_t operator()(const SentMessage& message) const {
    constexpr std::uint64_t golden = 0x9e3779b97f4a7c15;
    const std::uint64_t hash = (message.seq * golden + number(message.from)) * golden;
    return hash ^ hash >> 32;
  }
};

/// Steps by the messages that were sent in them.
using StepsOfMessages = boost::unordered_flat_map<SentMessage, Step, HashSentMessage>;

using MessageSet = boost::unordered_flat_set<SentMessage, HashSentMessage>;

/// Knows in which step each pending message of a world was sent, from the moment on at which it
/// begins. Holds a number for each agent and each message that is under way.
class Causes {
 public:
  /// Begins where `world` stands, which must outlive it; it is then told of every delivery.
  explicit Causes(const Simulation& world);

  /// Takes in a delivery, once it has been made. Returns the step in which its message was sent:
  /// nothing for what came from outside, and for what was sent before this began.
  std::optional<Step> deliver(const Delivery& delivery);

  /// The messages that are under way and were sent since this began, in no order.
  const StepsOfMessages& pending() const { return pending_; }

 private:
  const Simulation& world_;
  StepsOfMessages pending_;
  std::vector<std::uint64_t> sent_;  // by id - 1: how many messages so far
};

}  // namespace reprise
