#pragma once

#include <string>

#include "engine/catalog.hpp"
#include "scenarios/scenario.hpp"
#include "tools/expectations.hpp"

namespace reprise {

/// The text of a scenario with the steps and digests of `run` in its [expect], and everything else
/// as it was, to the byte: those that are there are written over, and where there are none all
/// three are added. Throws InputError where [expect] is written in a way that this cannot do.
std::string with_expectations(const Scenario& scenario, const RunFigures& run,
                              const Catalog& catalog);

}  // namespace reprise
