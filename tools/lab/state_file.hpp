#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "engine/codec.hpp"
#include "engine/digest.hpp"
#include "engine/session.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/scenario_inputs.hpp"

/// How far long work has come, in a file, so that it can go on after it was interrupted.
namespace reprise {

/// Adds to `digester` all that the runs of a scenario depend on but the seed: what it is, how far
/// it is run and what is expected of it, and this program's version.
void add_identity(Digester& digester, const Scenario& scenario, const RunLimit& limit,
                  const Catalog& catalog);

/// The same of how its feeds are read.
void add_identity(Digester& digester, const FeedOptions& feeds);

/// Writes the state of the `work` ("sweep") with this identity, in place of what is at `path` and
/// in one go. Throws FileError.
void save_state(const std::filesystem::path& path, std::string_view work, const Digest& identity,
                const Bytes& state);

/// Reads it. Nothing if there is no such file. Throws FileError for one that is damaged, or of
/// other work; `folder_option` is what chooses its folder on the command line.
std::optional<Bytes> load_state(const std::filesystem::path& path, std::string_view work,
                                const Digest& identity, std::string_view folder_option);

}  // namespace reprise
