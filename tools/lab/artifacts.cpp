#include "tools/lab/artifacts.hpp"

#include <fstream>
#include <system_error>

#include "replay/file.hpp"

namespace reprise {

namespace fs = std::filesystem;

void write_file(const fs::path& path, std::string_view text) {
  const auto put = [&](const fs::path& file) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    out.close();
    return !out.fail();
  };
  const auto refuse = [&](const std::string& why) {
    throw FileError(path.string() + ": cannot be written" + why);
  };
  std::error_code error;
  const bool there = fs::exists(path, error);
  const bool is_open = path.string().starts_with("/dev/");  // by another name, as /dev/stdout is
  if (there && (is_open || !fs::is_regular_file(path, error))) {
    if (!put(path)) refuse("");
    return;
  }
  const fs::path target = there ? fs::canonical(path) : path;
  const fs::path beside = target.string() + ".new";
  if (!put(beside)) {
    fs::remove(beside, error);
    refuse("");
  }
  if (there) fs::permissions(beside, fs::status(target).permissions(), error);
  fs::rename(beside, target, error);
  if (error) refuse(": " + error.message());
}

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
