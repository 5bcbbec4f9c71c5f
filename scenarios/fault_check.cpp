#include "scenarios/fault_check.hpp"

#include <functional>
#include <map>
#include <stdexcept>
#include <utility>
#include <vector>

#include "engine/faults.hpp"

namespace reprise {

namespace {

/// The nodes that a fault names, each with the field that does.
using NamedNodes = std::vector<std::pair<std::string, std::string>>;

template <class... Kinds>
NamedNodes nodes_of_each(const Payload& fault) {
  NamedNodes named;
  const auto add = [&](const auto* message) {
    if (message != nullptr) named.emplace_back("node", message->node);
  };
  (add(fault.as<Kinds>()), ...);
  return named;
}

template <class... Kinds>
NamedNodes ends_of_each(const Payload& fault) {
  NamedNodes named;
  const auto add = [&](const auto* message) {
    if (message == nullptr) return;
    named.emplace_back("from", message->from);
    named.emplace_back("to", message->to);
  };
  (add(fault.as<Kinds>()), ...);
  return named;
}

NamedNodes nodes_of(const Payload& fault) {
  NamedNodes named = nodes_of_each<Crash, Restart, Pause, Resume, SetClock, SetDisk, Rot>(fault);
  if (named.empty()) named = ends_of_each<Cut, Degrade, Heal>(fault);
  if (const auto* partition = fault.as<Partition>()) {
    for (const std::vector<std::string>& side : partition->sides) {
      for (const std::string& node : side) named.emplace_back("sides", node);
    }
  }
  return named;
}

std::optional<std::string> complaint(const std::function<void()>& task) {
  try {
    task();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return std::nullopt;
}

std::optional<FaultFlaw> flaw_in_numbers(const Payload& fault) {
  if (const auto* worse = fault.as<Degrade>()) {
    const auto flaw = [](const char* field, const Degrade& alone) -> std::optional<FaultFlaw> {
      const auto reason = complaint([&] { alone.validate(); });
      if (!reason) return std::nullopt;
      return FaultFlaw{field, *reason};
    };
    for (const auto& found :
         {flaw("latency", {.latency = worse->latency}), flaw("jitter", {.jitter = worse->jitter}),
          flaw("loss", {.loss = worse->loss}), flaw("duplicate", {.duplicate = worse->duplicate}),
          flaw("reorder", {.reorder = worse->reorder})}) {
      if (found) return found;
    }
  }
  if (const auto* clock = fault.as<SetClock>()) {
    if (const auto reason = complaint([&] { clock->validate(); })) {
      const bool drifts = !complaint([&] { SetClock{.drift_ppm = clock->drift_ppm}.validate(); });
      const char* const offset = clock->ahead < Duration::zero() ? "ahead" : "behind";
      return FaultFlaw{drifts ? offset : "drift_ppm", *reason};
    }
  }
  if (const auto* rot = fault.as<Rot>()) {
    if (const auto reason = complaint([&] { rot->validate(); })) return FaultFlaw{"bits", *reason};
  }
  return std::nullopt;
}

}  // namespace

std::optional<FaultFlaw> flaw_of(const Payload& fault, const Network& network) {
  const NamedNodes named = nodes_of(fault);
  if (!named.empty() && network.nodes.empty()) {
    return FaultFlaw{named.front().first, "there are no nodes"};
  }
  for (const auto& [field, node] : named) {
    const auto reason = complaint([&, &node = node] { network.nodes_named(node); });
    if (reason) return FaultFlaw{field, *reason};
  }
  if (fault.as<Cut>() != nullptr || fault.as<Degrade>() != nullptr) {
    const std::size_t from = network.nodes_named(named[0].second).size();
    const std::size_t to = network.nodes_named(named[1].second).size();
    if (from > links_at_once_max / to) {
      return FaultFlaw{"from", too_many_links(named[0].second, named[1].second) +
                                   "; part them with a partition"};
    }
  }
  return flaw_in_numbers(fault);
}

std::optional<FaultFlaw> contradiction_in(const Payload& fault, const Network& network) {
  if (const auto* clock = fault.as<SetClock>()) {
    if (clock->ahead > Duration::zero() && clock->behind > Duration::zero()) {
      return FaultFlaw{"behind", "a clock is ahead or behind, not both"};
    }
  }
  const auto* const partition = fault.as<Partition>();
  if (partition == nullptr) return std::nullopt;
  std::map<std::uint32_t, std::size_t> side_of;
  for (std::size_t side = 0; side < partition->sides.size(); ++side) {
    for (const std::string& name : partition->sides[side]) {
      if (name.empty()) return FaultFlaw{"sides", "'' is no node"};
      for (const std::uint32_t node : network.nodes_named(name)) {
        if (side_of.emplace(node, side).first->second == side) continue;
        return FaultFlaw{"sides", "'" + network.nodes[node].name + "' is on two sides"};
      }
    }
  }
  return std::nullopt;
}

}  // namespace reprise
