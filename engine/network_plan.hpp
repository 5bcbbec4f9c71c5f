#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/agent_names.hpp"
#include "engine/network.hpp"

namespace reprise {

/// Says who lives on which node and what is between them, and makes a Network of it for
/// Simulation::connect(). Agents that it does not name have a node each, of their own name. What
/// makes no sense throws std::invalid_argument.
class NetworkPlan {
 public:
  struct Node {
    std::string name;
    std::optional<std::uint32_t> count{};  ///< As of agents: name[0], name[1], ...

    /// Who lives there. With a count, groups of as many agents, one of each on each node.
    std::vector<std::string> agents{};
    Duration clock_ahead{};
    Duration clock_behind{};
    std::int64_t clock_drift_ppm = 0;
  };

  struct Between {
    std::string from;
    std::string to;
    bool both = true;
    Link link{};
  };

  /// For agents of these names, which must outlive it; `usual` is between nodes of which nothing
  /// else is said.
  explicit NetworkPlan(const AgentNames& names, const Link& usual = {});

  void add(const Node& node) { house(node, open(node)); }

  /// The first half of add(): the nodes are there. Returns the number of the first.
  std::uint32_t open(const Node& node);

  /// The other half: the agents live there.
  void house(const Node& node, std::uint32_t first);

  /// The agent, or group, is on no node: what it sends and gets crosses no link, and no node's
  /// crash is its own.
  void everywhere(std::string_view agent);

  /// A node that has the name of an agent which is not on it, and which would have a node of that
  /// name, too. Nothing where settle() can be done.
  std::optional<std::string> clash() const;

  /// From now on each agent that was not named has its node.
  void settle();

  /// How many nodes go by that name, of one or of a group. Throws if none does.
  std::size_t count(std::string_view name) const { return network_.nodes_named(name).size(); }

  /// Settles first. A later link goes before an earlier one.
  void link(const Between& between);

  /// Settles first.
  Network network();

 private:
  void open(const std::string& name, const Node& node);
  std::vector<std::uint32_t> agents_named(std::string_view name) const;
  Network::Member& member(std::uint32_t id) { return network_.members[id - 1]; }

  const AgentNames& names_;
  Network network_;
  std::set<std::string> nodes_;   // their names
  std::vector<bool> everywhere_;  // by id - 1
  bool settled_ = false;
};

}  // namespace reprise
