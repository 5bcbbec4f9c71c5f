#pragma once

#include <boost/program_options/options_description.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "replay/lineage.hpp"
#include "tools/command.hpp"

/// How commands open a journal that may be a branch.
namespace reprise {

/// --parents: where its ancestors are looked for beside its own folder.
void declare_parents(boost::program_options::options_description& options);

/// What --parents says. Throws UsageError for a place that is not there.
std::vector<std::filesystem::path> parent_places(const Invocation& call);

/// As open_history(), with --parents.
Journal open_history(const Invocation& call, const std::string& path);

}  // namespace reprise
