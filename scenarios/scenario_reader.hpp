#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "engine/catalog.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/scenario_tree.hpp"

namespace reprise {

/// Applies the overrides in order to a scenario's tables and understands what they say then: all of
/// Scenario but its file and the text of that. `seed`, if given, goes before what they say. Throws
/// InputError.
Scenario read_scenario(ScenarioTree tree, const Catalog& catalog,
                       std::span<const std::string> overrides,
                       std::optional<std::uint64_t> seed = std::nullopt);

}  // namespace reprise
