#include "tools/text_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <optional>
#include <span>
#include <sstream>
#include <system_error>

#include "replay/file.hpp"

namespace reprise {

namespace fs = std::filesystem;

namespace {

/// The file that `path` leads to, there or not; nothing if it is to be written to as it is.
std::optional<fs::path> replaceable(fs::path path) {
  constexpr int links_max = 40;
  std::error_code none;
  for (int links = 0; links < links_max; ++links) {
    const std::string name = path.string();
    if (name.starts_with("/dev/fd/") || name.starts_with("/proc/")) return std::nullopt;
    if (!fs::is_symlink(path, none)) break;
    path = path.parent_path() / fs::read_symlink(path, none);
  }
  const bool is_other = fs::exists(path, none) && !fs::is_regular_file(path, none);
  if (is_other || path.filename().empty()) return std::nullopt;
  return path;
}

[[noreturn]] void refuse(const fs::path& path, int error) {
  throw FileError(path.string() + ": cannot be written: " + std::generic_category().message(error));
}

void write_to(const fs::path& path, std::string_view text) {
  errno = 0;
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.close();
  if (!out) refuse(path, errno);
}

}  // namespace

std::string text_of_file(const fs::path& file) {
  std::error_code unknown;
  if (fs::is_directory(file, unknown)) {
    throw FileError(file.string() + ": is a folder; name a file");
  }
  std::ifstream in(file, std::ios::binary);
  if (!in.is_open()) throw FileError(file.string() + ": cannot be read");
  std::ostringstream text;
  if (in.peek() != std::ifstream::traits_type::eof()) text << in.rdbuf();
  if (in.bad() || text.bad()) throw FileError(file.string() + ": cannot be read");
  return std::move(text).str();
}

void write_file(const fs::path& path, std::string_view text) {
  const std::optional<fs::path> target = replaceable(path);
  if (!target) return write_to(path, text);
  std::error_code none;
  const fs::file_status before = fs::status(*target, none);
  if (fs::exists(before) && ::access(target->c_str(), W_OK) != 0) refuse(path, errno);
  const fs::path folder = target->has_parent_path() ? target->parent_path() : fs::path(".");
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    const int error = errno;
    if (fs::exists(before)) return write_to(path, text);
    refuse(path, error);
  }
  const fs::path beside = target->string() + ".new";
  ::unlink(beside.c_str());  // of one who was killed
  OutputFile file(beside, false);
  try {
    std::error_code failed;
    if (fs::exists(before)) fs::permissions(beside, before.permissions(), failed);
    if (failed) refuse(path, failed.value());
    file.append(std::as_bytes(std::span(text)));
    file.close();
    if (std::rename(beside.c_str(), target->c_str()) != 0) refuse(path, errno);
  } catch (...) {
    ::unlink(beside.c_str());
    throw;
  }
}

}  // namespace reprise
