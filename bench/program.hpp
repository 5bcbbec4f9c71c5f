#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace reprise::bench {

/// What a program that came to its end has cost.
struct Process {
  double seconds = 0;
  std::uint64_t peak_bytes = 0;
};

/// Runs `words[0]` with its output thrown away. Throws std::runtime_error if it does not answer
/// yes.
Process run_program(std::vector<std::string> words);

/// A folder for a bench's files that is removed with it.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::filesystem::path& folder() const { return path_; }
  std::filesystem::path file(const std::string& name) const { return path_ / name; }

  /// Of all files in it.
  std::uint64_t bytes() const;

 private:
  std::filesystem::path path_;
};

}  // namespace reprise::bench
