// Simulation::state_root(): the digest of everything that decides the future.

#include <algorithm>

#include "engine/floating_point.hpp"
#include "engine/simulation.hpp"

namespace reprise {

namespace {

// The sums of so many agents' pending events are held at once; a multiple of the tree's fan-out.
constexpr std::size_t agents_at_once = std::size_t{1} << 18;

}  // namespace

Digest Simulation::leaf(std::uint32_t index, const Digest& pending_sum) const {
  const AgentHead& head = *agents_[index];
  const AgentType& type = type_of(head);
  Digester& digester = digester_;
  digester.reset();
  const std::array<std::uint64_t, 4> stream = head.random.words();
  digester.numbers(index + 1, type.id, type.version, head.alive, stream[0], stream[1], stream[2],
                   stream[3], head.sent, std::uint64_t{head.births}, pending_sum.high,
                   pending_sum.low);
  if (const AgentNames::Birth* birth = names_.birth_of(AgentId{index + 1})) digester(*birth);
  if (head.alive) type.digest(agent_of(head), digester);
  return digester.digest();
}

Digest Simulation::agents_root() const {
  // What a touched agent has sent may have changed its receiver's leaf, too. Collected before any
  // is touched: else the receivers of receivers would follow.
  std::vector<AgentId> receivers;
  pending_.each_place([&](const EventKey& key, AgentId to) {
    const bool by_touched = key.from != world_id && tree_.touched(number(key.from) - 1);
    if (by_touched && !tree_.touched(number(to) - 1)) receivers.push_back(to);
  });
  for (const AgentId to : receivers) tree_.touch(number(to) - 1);

  std::vector<Digest> sums(std::min(agents_at_once, agents_.size()));
  for (std::size_t first = 0; first < agents_.size(); first += agents_at_once) {
    const std::size_t end = std::min(first + agents_at_once, agents_.size());
    sums.assign(sums.size(), Digest{});
    const auto wanted = [&](AgentId to) {
      const std::size_t index = number(to) - std::size_t{1};
      return index >= first && index < end && tree_.touched(index);
    };
    pending_.each(wanted, [&](const Event& event) {
      sums[number(event.to) - 1 - first] += digest_of(event, digester_);
    });
    tree_.refresh(first, end, [&](std::size_t index) {
      return leaf(static_cast<std::uint32_t>(index), sums[index - first]);
    });
  }
  return tree_.root();
}

/// Of agents that are there; `indices` rise.
std::vector<Digest> Simulation::leaves(std::span<const std::uint32_t> indices) const {
  std::vector<Digest> sums(indices.size());
  const auto place = [&](AgentId to) {
    return std::ranges::lower_bound(indices, number(to) - 1) - indices.begin();
  };
  const auto wanted = [&](AgentId to) {
    const auto found = place(to);
    return to != world_id && found != std::ssize(indices) &&
           indices[static_cast<std::size_t>(found)] == number(to) - 1;
  };
  pending_.each(wanted, [&](const Event& event) {
    sums[static_cast<std::size_t>(place(event.to))] += digest_of(event, digester_);
  });
  for (std::size_t i = 0; i < indices.size(); ++i) sums[i] = leaf(indices[i], sums[i]);
  return sums;
}

Simulation::Difference Simulation::difference(const Simulation& a, const Simulation& b) {
  const FloatingPointDefaults floating_point;
  a.agents_root();
  b.agents_root();
  const MerkleTree::Difference groups = MerkleTree::difference(a.tree_, b.tree_);
  Difference difference{.agents = {}, .compared = groups.compared};
  std::vector<std::uint32_t> both;  // whose leaves are compared: the other agents are only in one
  const std::uint32_t shared = std::min(a.agent_count(), b.agent_count());
  const std::uint32_t all = std::max(a.agent_count(), b.agent_count());
  for (const std::size_t group : groups.groups) {
    const auto first = static_cast<std::uint32_t>(group * MerkleTree::fan_out);
    for (std::uint32_t i = 0; i < MerkleTree::fan_out && first + i < shared; ++i) {
      both.push_back(first + i);
    }
  }
  const std::vector<Digest> ours = a.leaves(both);
  const std::vector<Digest> theirs = b.leaves(both);
  difference.compared += both.size();
  for (std::size_t i = 0; i < both.size(); ++i) {
    if (ours[i] != theirs[i]) difference.agents.push_back(AgentId{both[i] + 1});
  }
  for (std::uint32_t i = shared; i < all; ++i) difference.agents.push_back(AgentId{i + 1});
  return difference;
}

Digest Simulation::state_root() const {
  REPRISE_ASSERT(!failed_);
  const FloatingPointDefaults floating_point;
  const Digest agents = agents_root();
  const Digest for_world;  // nothing is ever pending for the world itself
  Digester world;
  world(now_.time_since_epoch().count(), seed_, outside_sent_, stopped_, names_.groups(),
        agent_count(), agents.high, agents.low, for_world.high, for_world.low, seen_);
  if (!memory_.empty()) memory_.digest(world);
  return world.digest();
}

}  // namespace reprise
