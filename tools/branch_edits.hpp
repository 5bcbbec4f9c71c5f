#pragma once

#include <string>
#include <vector>

#include "engine/simulation.hpp"
#include "replay/journal_reader.hpp"

namespace reprise {

/// What a branch does otherwise than its parent, as `fork` says it: its own edits and messages, and
/// what it makes of the inputs that the parent recorded after it is left. `before` is the number
/// of inputs in the history before those that `parent` holds itself; without a parent only the
/// branch's own are told. `world` has names. Reads the inputs of both and holds those of the parent
/// that the branch has not. Throws JournalError for inputs that cannot be read.
std::vector<std::string> edits_of_branch(const Journal& branch, const Journal* parent,
                                         std::uint64_t before, const Simulation& world);

}  // namespace reprise
