#pragma once

#include "engine/catalog.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/table.hpp"

namespace reprise {

/// Understands [expect], but for what its expressions name: that is known once there is a world.
/// Throws InputError.
Expectations read_expectations(const Table& table, const Catalog& catalog);

}  // namespace reprise
