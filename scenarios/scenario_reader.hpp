#pragma once

#include "engine/catalog.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/scenario_tree.hpp"

namespace reprise {

/// Understands what a scenario's tables say: all of Scenario but its texts and overrides. Throws
/// InputError.
Scenario read_scenario(const ScenarioTree& tree, const Catalog& catalog);

}  // namespace reprise
