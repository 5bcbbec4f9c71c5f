#pragma once

#include <optional>

#include "engine/catalog.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/table.hpp"

namespace reprise {

/// Understands [expect], but for what its expressions name: that is known once there is a world.
/// The quiet time is `quiet` unless it says another. Throws InputError.
Expectations read_expectations(const Table& table, const Catalog& catalog,
                               std::optional<Time> quiet = std::nullopt);

}  // namespace reprise
