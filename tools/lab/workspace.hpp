#pragma once

#include <filesystem>

namespace reprise {

/// A new folder for journals that nobody keeps; it goes away with all that is in it.
class Workspace {
 public:
  /// Throws FileError.
  Workspace();
  ~Workspace();
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  const std::filesystem::path& path() const { return path_; }  ///< Absolute.

 private:
  std::filesystem::path path_;
};

}  // namespace reprise
