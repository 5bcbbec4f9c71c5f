#include "tools/lab/workspace.hpp"

#include <cstdlib>
#include <string>

#include "replay/file.hpp"

namespace reprise {

namespace fs = std::filesystem;

Workspace::Workspace() {
  std::error_code error;
  const fs::path place = fs::temp_directory_path(error);
  std::string name = (place / "reprise-check-XXXXXX").string();
  if (error || ::mkdtemp(name.data()) == nullptr) {
    throw FileError((error ? "the folder for temporary files" : place.string()) +
                    ": no folder can be made there for the journals of a check; set TMPDIR to one "
                    "that can be written to");
  }
  path_ = fs::canonical(name);
}

Workspace::~Workspace() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace reprise
