#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/digest.hpp"
#include "tools/lab/sweep.hpp"

/// How far a sweep has come, in a file, so that it can go on after it was interrupted.
namespace reprise {

/// What tells one sweep from another: everything that its results depend on. `command` is what of
/// the command line matters besides the scenario and the plan.
Digest identity_of(const SweepPlan& plan, const Catalog& catalog,
                   const std::vector<std::string>& command);

/// Writes the progress of the sweep with this identity, in place of what is at `path` and in one
/// go. Throws FileError.
void save_progress(const std::filesystem::path& path, const Digest& identity,
                   const SweepProgress& progress);

/// Reads it. Nothing if there is no such file. Throws FileError for one that is damaged, or of
/// another sweep.
std::optional<SweepProgress> load_progress(const std::filesystem::path& path,
                                           const Digest& identity);

}  // namespace reprise
