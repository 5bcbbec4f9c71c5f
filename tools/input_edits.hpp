#pragma once

#include <boost/program_options/options_description.hpp>
#include <string>
#include <vector>

#include "replay/branch.hpp"
#include "tools/command.hpp"

/// What `fork` does to recorded inputs: --drop-input, --change-input and --delay-input.
namespace reprise {

void declare_input_edits(boost::program_options::options_description& options);

/// Adds what `call` says of the inputs of `journal` to the plan of a branch that begins at `there`,
/// whose limit is set, and to `words` what each is. Costs a reading of the inputs up to the last
/// that is meant. Throws UsageError for an input that is not, has taken effect or cannot be so
/// edited.
void add_input_edits(const Invocation& call, const Journal& journal, const Simulation& there,
                     BranchPlan& plan, std::vector<std::string>& words);

}  // namespace reprise
