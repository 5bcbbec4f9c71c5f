#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/agent.hpp"
#include "engine/agent_pool.hpp"
#include "engine/event.hpp"
#include "engine/ids.hpp"
#include "engine/message.hpp"
#include "engine/random.hpp"
#include "engine/time.hpp"

namespace reprise {

class Simulation;
struct Disk;
struct Network;

/// What an agent sees of the world while it handles a message. Valid during that call only.
class Context {
 public:
  Time now() const { return key_.at; }
  AgentId self() const { return self_; }

  /// Who sent the message at hand; 0 for the outside.
  AgentId sender() const { return key_.from; }

  /// This agent's own stream.
  Random& random() { return head_.random; }

  /// The agent of that name ("exchange", "trader[3]"). Throws std::invalid_argument, which ends the
  /// run with a message, if there is none.
  AgentId find(std::string_view name) const;

  /// The agents declared under `group` with a count, in order, or the one declared without.
  std::vector<AgentId> find_all(std::string_view group) const;

  /// Sends `message`, to arrive `delay` from now. Without delay it arrives at this instant, after
  /// what caused it.
  template <Message M>
  void send(AgentId to, M message, Duration delay = Duration::zero()) {
    if constexpr (std::is_empty_v<M>) {
      send_sole(to, message_type<M>(), delay);
    } else {
      send_payload(to, Payload(std::move(message)), delay);
    }
  }

  /// A timer: `message` to oneself, `delay` from now.
  template <Message M>
  void wake(Duration delay, M message) {
    send(self_, std::move(message), delay);
  }

  /// Gives birth to an agent of a kind named in this one's Spawns. It gets Start at this instant.
  template <Agent A>
  AgentId spawn(const A& newborn) {
    return spawn_agent(&detail::agent_key<A>, &newborn);
  }

  /// This agent leaves the world when the call ends: what is sent to it from now on is dropped.
  void retire() { retiring_ = true; }

  /// What the clock of this agent's node shows: now() in a world without a network.
  Time local_time() const;

  /// The names of the nodes there are, in order. Costs a copy of them.
  std::vector<std::string> nodes() const;

  /// Makes all that was written to `disk` safe. What is sent from here on in this call leaves later
  /// by the time that takes.
  void sync(Disk& disk);

  /// True with `probability`, by a stream of the `point`'s own, while the agent `chaos` is at work;
  /// half of the seeds never see it. For what is rare in the field and ought to be survived: a
  /// buffer that fills up, a retry, a short read.
  bool sometimes(std::string_view point, double probability);

  /// Ends the run before this step, with `what` in the message, unless `holds`.
  void check(bool holds, std::string_view what) const {
    if (!holds) throw std::runtime_error("check failed: " + std::string(what));
  }

  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

 private:
  friend class Simulation;
  friend struct Network;

  Context(Simulation& world, const EventKey& key, AgentId self, AgentHead& head, bool routed)
      : world_(world), key_(key), self_(self), head_(head), routed_(routed) {}

  void send_sole(AgentId to, const MessageType& kind, Duration delay);
  void send_payload(AgentId to, Payload&& payload, Duration delay);
  AgentId spawn_agent(const void* key, const void* prototype);

  Simulation& world_;
  const EventKey& key_;
  AgentId self_;
  AgentHead& head_;
  bool retiring_ = false;
  bool routed_ = false;  // what it sends is not just pending
  Duration disk_time_{};
};

}  // namespace reprise
