#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/agent_names.hpp"
#include "engine/chaos.hpp"
#include "engine/network.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/table.hpp"

namespace reprise {

/// What [network], [[node]], [[link]] and [chaos] say of a scenario whose agents have `names`;
/// nothing where there is none of them. Throws InputError.
std::shared_ptr<const Network> read_network(const ScenarioTree& tree, const AgentNames& names);

/// Refuses a fault that has a flaw (scenarios/fault_check.hpp) and is not of a journal; its fields
/// stand in `table`. Throws InputError.
void check_fault(const Table& table, const Payload& fault, const Network& network);

/// The [[fault]] of a scenario with a network, and where they last, their ends. Throws InputError.
std::vector<ScenarioInput> read_faults(const ScenarioTree& tree, const Network& network,
                                       const Catalog& catalog);

/// What ends a fault: the Restart of a Crash. Nothing for what does not last.
std::optional<Payload> end_of(const Payload& fault);

/// [chaos], for a scenario with a network. Throws InputError.
std::optional<Chaos> read_chaos(const ScenarioTree& tree, const Network& network);

}  // namespace reprise
