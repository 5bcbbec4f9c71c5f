#include "tools/lab/workspace.hpp"

#include <cstdlib>
#include <string>

#include "replay/file.hpp"

namespace reprise {

namespace fs = std::filesystem;

Workspace::Workspace() {
  std::string name = (fs::temp_directory_path() / "reprise-check-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw FileError(name + ": no folder can be made there for the journals of a check");
  }
  path_ = fs::canonical(name);
}

Workspace::~Workspace() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace reprise
