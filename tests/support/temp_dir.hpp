#pragma once

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace reprise::test {

/// An empty directory of a test's own, removed with all that is in it.
class TempDir {
 public:
  TempDir() : path_(std::filesystem::temp_directory_path() / unique_name()) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::filesystem::path& path() const { return path_; }

  /// The path of `name` in the directory.
  std::string file(std::string_view name) const { return (path_ / name).string(); }

  /// Writes a file of exactly these bytes; its path.
  std::string write(std::string_view name, std::string_view bytes) const {
    std::ofstream out(path_ / name, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (!out) throw std::runtime_error("cannot write " + file(name));
    return file(name);
  }

 private:
  static std::string unique_name() {
    static std::atomic<unsigned> count{0};
    return "reprise_test_" + std::to_string(::getpid()) + "_" + std::to_string(count++);
  }

  std::filesystem::path path_;
};

}  // namespace reprise::test
