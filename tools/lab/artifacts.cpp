#include "tools/lab/artifacts.hpp"

#include <system_error>

#include "replay/file.hpp"

namespace reprise {

namespace fs = std::filesystem;

void expect_folder(const fs::path& folder, const std::string& option) {
  std::error_code unknown;
  if (fs::exists(folder, unknown) && !fs::is_directory(folder, unknown)) {
    throw FileError(folder.string() + ": is no folder; " + option +
                    " takes one, and makes it if need be");
  }
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw FileError(folder.string() + ": cannot be made a folder: " + error.message());
}

}  // namespace reprise
