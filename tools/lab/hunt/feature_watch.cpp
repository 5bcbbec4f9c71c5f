#include "tools/lab/hunt/feature_watch.hpp"

#include <algorithm>
#include <utility>

#include "engine/network.hpp"

namespace reprise {

namespace {

constexpr std::uint64_t retired = 0x7265'7469'7265'6421;

std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) {
  return AbstractState::mixed(hash, value);
}

/// 0, 1 or 2.
std::uint64_t order(std::uint64_t a, std::uint64_t b) {
  return static_cast<std::uint64_t>(a > b) + static_cast<std::uint64_t>(a >= b);
}

}  // namespace

FeatureWatch::FeatureWatch(Simulation& world) : world_(world) {
  add_newborn();
  look_at_all();
  changed_.clear();
  for (KindFeatures& each : seen_) each = {};
  world_.observe(*this);
}

FeatureWatch::FeatureWatch(const FeatureWatch& other, Simulation& copy)
    : world_(copy),
      rows_(other.rows_),
      kind_of_(other.kind_of_),
      place_(other.place_),
      kinds_(other.kinds_),
      changed_(other.changed_),
      seen_(other.seen_.size()) {
  world_.observe(*this);
}

FeatureWatch::~FeatureWatch() {
  world_.forget(*this);
}

void FeatureWatch::add_newborn() {
  while (rows_.size() < world_.agent_count()) {
    const AgentId id{static_cast<std::uint32_t>(rows_.size() + 1)};
    const AgentType& type = world_.type_of_agent(id);
    auto kind = std::ranges::find(kinds_, &type, &Kind::type);
    if (kind == kinds_.end()) {
      kind = kinds_.insert(kinds_.end(), {&type, {}, {}});
      seen_.emplace_back();
    }
    kind_of_.push_back(static_cast<std::uint32_t>(kind - kinds_.begin()));
    place_.push_back(static_cast<std::uint32_t>(kind->agents.size()));
    kind->agents.push_back(number(id));
    if (kind->agents.size() <= paired_agents_max) {
      const std::size_t agents = kind->agents.size();
      kind->pairs.resize(std::max<std::size_t>(agents * (agents - 1) / 2, 1));
    }
    rows_.emplace_back();
  }
}

bool FeatureWatch::look_at(AgentId id) {
  Row& row = rows_[number(id) - 1];
  const std::uint64_t alone = row.alone;
  const AbstractState before = std::exchange(row.state, {});
  row.node = 0xffff'ffff;
  const void* agent = world_.fields_of(id);
  if (agent == nullptr) {
    row.alone = retired;
  } else {
    world_.type_of_agent(id).abstract(agent, row.state);
    row.alone = row.state.exact();
    if (world_.network_id() != world_id) {
      const Network& network = *world_.agent<Network>(world_.network_id());
      if (const Network::Node* node = network.node_of(id)) {
        row.node = static_cast<std::uint32_t>(node - network.nodes.data());
        row.alone = mixed(row.alone, static_cast<std::uint64_t>(node->state));
      }
    }
  }
  seen_[kind_of_[number(id) - 1]].states.insert(row.alone);
  return row.alone != alone || !std::ranges::equal(row.state.compared(), before.compared());
}

void FeatureWatch::look_at_all() {
  for (std::uint32_t i = 1; i <= rows_.size(); ++i) look_at(AgentId{i});
  for (std::uint32_t i = 1; i <= rows_.size(); ++i) renew_pairs(AgentId{i});
}

bool FeatureWatch::reaches(std::uint32_t from, std::uint32_t to) const {
  const Network& network = *world_.agent<Network>(world_.network_id());
  if (from >= network.nodes.size() || to >= network.nodes.size()) return true;
  const Network::Node& node = network.nodes[from];
  if (node.side != network.nodes[to].side) return false;
  const auto way = node.ways.find(to);
  return way == node.ways.end() || !way->second.cut;
}

/// Whichever of the two is named first, it is the same.
std::uint64_t FeatureWatch::pair_of(const Kind& kind, std::uint32_t a, std::uint32_t b) const {
  const Row* one = &rows_[a - 1];
  const Row* other = &rows_[b - 1];
  if (one->alone > other->alone) std::swap(one, other);
  const auto towards = [&](const Row& from, const Row& to) {
    std::uint64_t hash = mixed(mixed(kind.type->id, from.alone), to.alone);
    const auto mine = from.state.compared();
    const auto theirs = to.state.compared();
    for (std::size_t i = 0; i < std::min(mine.size(), theirs.size()); ++i) {
      hash = mixed(hash, order(mine[i], theirs[i]));
    }
    if (world_.network_id() == world_id) return hash;
    return mixed(hash, reaches(from.node, to.node) ? 1 : 0);
  };
  if (one->alone != other->alone) return mixed(towards(*one, *other), towards(*other, *one));
  return towards(*one, *other) + towards(*other, *one);
}

void FeatureWatch::note_pair(std::size_t kind, std::uint64_t& before, std::uint64_t now) {
  if (before == now) return;
  before = now;
  changed_.push_back(now);
  seen_[kind].pairs.insert(now);
}

void FeatureWatch::renew_pairs(AgentId id) {
  const std::uint32_t place = kind_of_[number(id) - 1];
  Kind& kind = kinds_[place];
  const std::uint32_t mine = place_[number(id) - 1];
  if (kind.agents.size() > paired_agents_max) return;
  if (kind.agents.size() == 1) {
    return note_pair(place, kind.pairs[0], mixed(kind.type->id, rows_[number(id) - 1].alone));
  }
  for (std::uint32_t i = 0; i < kind.agents.size(); ++i) {
    if (i == mine) continue;
    const std::size_t high = std::max(i, mine);
    note_pair(place, kind.pairs[high * (high - 1) / 2 + std::min(i, mine)],
              pair_of(kind, number(id), kind.agents[i]));
  }
}

void FeatureWatch::note_turn(AgentId id, std::uint64_t before, const MessageType& message) {
  Row& row = rows_[number(id) - 1];
  KindFeatures& seen = seen_[kind_of_[number(id) - 1]];
  seen.turns.insert(mixed(mixed(before, message.id), row.alone));
  seen.orders.insert(mixed(row.last == nullptr ? 0 : row.last->id, message.id));
  seen.messages.insert(&message);
  row.last = &message;
}

void FeatureWatch::on_delivery(const Delivery& delivery) {
  changed_.clear();
  const AgentId to = delivery.event.to;
  const bool births = rows_.size() < world_.agent_count();
  if (births) add_newborn();
  if (to == world_id) return look_at_all();
  const std::uint64_t before = rows_[number(to) - 1].alone;
  const bool all = births || to == world_.network_id();
  bool changed = false;
  if (all) {
    look_at_all();
  } else {
    changed = look_at(to);
  }
  if (!delivery.dropped) note_turn(to, before, *delivery.event.kind);
  if (all || !changed) return;
  const std::uint64_t now = rows_[number(to) - 1].alone;
  const std::uint32_t place = kind_of_[number(to) - 1];
  const Kind& kind = kinds_[place];
  if (kind.agents.size() <= paired_agents_max) return renew_pairs(to);
  if (before == now) return;
  changed_.push_back(mixed(kind.type->id, now));
  seen_[place].pairs.insert(changed_.back());
}

}  // namespace reprise
