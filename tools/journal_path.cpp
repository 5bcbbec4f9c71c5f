#include "tools/journal_path.hpp"

#include "replay/frame.hpp"
#include "tools/command.hpp"
#include "tools/output.hpp"

namespace reprise {

namespace fs = std::filesystem;

fs::path default_journal(const std::string& scenario_file, bool replaces) {
  const std::string stem = fs::path(scenario_file).stem().string();
  fs::path path = stem + ".rpj";
  for (int number = 2; !replaces && fs::exists(path); ++number) {
    path = stem + "-" + std::to_string(number) + ".rpj";
  }
  return path;
}

void check_journal_path(const fs::path& path, const std::vector<std::string>& reads) {
  std::error_code unknown;
  const auto refuse = [&](const std::string& why) {
    throw UsageError("-o " + shell_word(path.string()) + ": " + why);
  };
  if (path.empty()) refuse("name a file");
  if (path == "-") refuse("a journal needs a file of its own, and standard output is none");
  if (fs::is_directory(path, unknown)) refuse("is a directory; name a file in it");
  const fs::path folder = path.parent_path();
  if (!folder.empty() && !fs::is_directory(folder, unknown)) {
    refuse("there is no folder " + shell_word(folder.string()) + "; make it first");
  }
  if (!fs::exists(path, unknown)) return;
  if (!fs::is_regular_file(path, unknown)) {
    refuse("is no regular file; to record nothing there is --no-journal");
  }
  for (const std::string& file : reads) {
    if (fs::equivalent(path, file, unknown)) {
      refuse("is " + shell_word(file) + ", which the run reads; name another file");
    }
  }
  if (!is_journal(path) && !fs::is_empty(path, unknown)) {
    refuse(
        "exists and is no reprise journal, so --force does not replace it either; name "
        "another file");
  }
}

}  // namespace reprise
