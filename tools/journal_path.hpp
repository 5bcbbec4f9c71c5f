#pragma once

#include <filesystem>
#include <string>
#include <vector>

/// Where a run's journal goes.
namespace reprise {

/// "thin_market.rpj" for thin_market.toml, in the current directory; "thin_market-2.rpj" and so on
/// if that is there and not to be replaced.
std::filesystem::path default_journal(const std::string& scenario_file, bool replaces);

/// Throws UsageError if `path` cannot become a journal, and above all if something is there that
/// must not be replaced by one: anything but a journal, and the files that the run `reads`.
void check_journal_path(const std::filesystem::path& path, const std::vector<std::string>& reads);

}  // namespace reprise
