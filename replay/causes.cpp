#include "replay/causes.hpp"

namespace reprise {

Causes::Causes(const Simulation& world) : world_(world) {
  sent_.reserve(world.agent_count());
  for (std::uint32_t id = 1; id <= world.agent_count(); ++id) {
    sent_.push_back(world.sent(AgentId{id}));
  }
}

std::optional<Step> Causes::deliver(const Delivery& delivery) {
  const Event& event = delivery.event;
  std::optional<Step> cause;
  if (event.key.from != world_id) {
    const auto found = pending_.find(SentMessage{event.key.from, event.key.seq});
    if (found != pending_.end()) {
      cause = found->second;
      if (!delivery.held) pending_.erase(found);
    }
  }
  if (event.to == world_id) return cause;
  if (sent_.size() < world_.agent_count()) sent_.resize(world_.agent_count());
  std::uint64_t& noted = sent_[number(event.to) - 1];
  for (const std::uint64_t sent = world_.sent(event.to); noted < sent; ++noted) {
    pending_.emplace(SentMessage{event.to, noted}, delivery.step);
  }
  return cause;
}

}  // namespace reprise
