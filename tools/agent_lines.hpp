#pragma once

#include "engine/simulation.hpp"

namespace reprise {

/// Prints an agent as a person reads it: its name and kind, and a line for each of its fields.
void print_agent(const Simulation& world, AgentId id);

}  // namespace reprise
