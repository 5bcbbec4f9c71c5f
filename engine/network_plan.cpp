#include "engine/network_plan.hpp"

#include <stdexcept>

#include "engine/nearest.hpp"

namespace reprise {

namespace {

void expect(bool holds, const std::string& reason) {
  if (!holds) throw std::invalid_argument(reason);
}

}  // namespace

NetworkPlan::NetworkPlan(const AgentNames& names, const Link& usual)
    : names_(names), everywhere_(names.count()) {
  usual.validate();
  network_.link = usual;
  network_.members.resize(names.count());
}

void NetworkPlan::open(const std::string& name, const Node& node) {
  expect(nodes_.insert(name).second, "there are two nodes '" + name + "'");
  network_.nodes.push_back({.name = name,
                            .own_clock_offset_ns = (node.clock_ahead - node.clock_behind).count(),
                            .own_clock_drift_ppm = node.clock_drift_ppm});
}

std::uint32_t NetworkPlan::open(const Node& node) {
  REPRISE_ASSERT(!settled_);
  expect(!node.name.empty(), "a node has a name");
  const auto first = static_cast<std::uint32_t>(network_.nodes.size());
  if (!node.count) open(node.name, node);
  for (std::uint32_t i = 0; node.count && i < *node.count; ++i) {
    open(node.name + '[' + std::to_string(i) + ']', node);
  }
  return first;
}

void NetworkPlan::house(const Node& node, std::uint32_t first) {
  const bool one = !node.count;
  for (const std::string& name : node.agents) {
    const std::vector<std::uint32_t> agents = agents_named(name);
    expect(one || agents.size() == *node.count,
           "'" + name + "' is of " + std::to_string(agents.size()) + " and the node '" + node.name +
               "' of " + std::to_string(node.count.value_or(1)) +
               "; a group is spread over as many nodes as it has agents");
    for (std::size_t i = 0; i < agents.size(); ++i) {
      Network::Member& lives = member(agents[i]);
      expect(lives.node == Network::nowhere,
             "the agent '" + names_.name_of(AgentId{agents[i]}) + "' is on two nodes");
      lives.node = first + (one ? 0 : static_cast<std::uint32_t>(i));
    }
  }
}

void NetworkPlan::everywhere(std::string_view agent) {
  REPRISE_ASSERT(!settled_);
  for (const std::uint32_t id : agents_named(agent)) {
    expect(member(id).node == Network::nowhere,
           "the agent '" + names_.name_of(AgentId{id}) + "' is on a node and everywhere");
    everywhere_[id - 1] = true;
  }
}

std::optional<std::string> NetworkPlan::clash() const {
  for (const std::string& node : nodes_) {
    const std::optional<AgentId> agent = names_.find(node);
    if (!agent || everywhere_[number(*agent) - 1]) continue;
    if (network_.members[number(*agent) - 1].node == Network::nowhere) return node;
  }
  return std::nullopt;
}

void NetworkPlan::settle() {
  if (settled_) return;
  settled_ = true;
  for (std::uint32_t id = 1; id <= names_.count(); ++id) {
    if (everywhere_[id - 1] || member(id).node != Network::nowhere) continue;
    member(id).node = static_cast<std::uint32_t>(network_.nodes.size());
    open(names_.name_of(AgentId{id}), {});
  }
}

void NetworkPlan::link(const Between& between) {
  settle();
  between.link.validate();
  for (const std::uint32_t a : network_.nodes_named(between.from)) {
    for (const std::uint32_t b : network_.nodes_named(between.to)) {
      if (a == b) continue;
      network_.nodes[a].ways[b].link = between.link;
      if (between.both) network_.nodes[b].ways[a].link = between.link;
    }
  }
}

Network NetworkPlan::network() {
  settle();
  network_.expect_whole(names_.count());
  return network_;
}

std::vector<std::uint32_t> NetworkPlan::agents_named(std::string_view name) const {
  if (const AgentNames::Group* group = names_.group(name)) {
    std::vector<std::uint32_t> ids(group->count);
    for (std::uint32_t i = 0; i < group->count; ++i) ids[i] = group->first + i;
    return ids;
  }
  if (const std::optional<AgentId> id = names_.find(name)) return {number(*id)};
  std::vector<std::string> known;
  for (const AgentNames::Group& group : names_.groups()) known.push_back(group.name);
  throw std::invalid_argument("there is no agent '" + std::string(name) + "'" +
                              did_you_mean(name, known));
}

}  // namespace reprise
