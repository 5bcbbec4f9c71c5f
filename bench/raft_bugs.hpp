#pragma once

#include <string>
#include <vector>

#include "scenarios/scenario.hpp"

/// The planted bugs of Raft, for benches that look for them.
namespace reprise::bench {

/// Their names, without "none".
std::vector<std::string> raft_bugs();

/// The scenario that leads to where a bug can be seen, "chaos" or "elections".
std::string raft_scenario_of(const std::string& bug);

/// That scenario with the bug in it; "none" is no bug.
Scenario raft_with(const std::string& bug, const Catalog& catalog);

}  // namespace reprise::bench
