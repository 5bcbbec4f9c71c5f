#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/lint/rule.hpp"

/// The rules of the house, over a whole tree: who may include whom, what would make a run depend on
/// anything but its scenario, seed and inputs (tools/lint), and what keeps the tree readable.
namespace reprise::house {

/// A source as it lies in the tree: `path` is relative to the repository root, with slashes.
struct File {
  std::string path;
  std::string text;
};

/// The sources to judge, and the names at the top of the repository.
struct Tree {
  std::vector<File> files;
  std::vector<std::string> entries;
};

/// What holds for every source of this repository. `exists` tells whether a path names a file of
/// it.
std::vector<lint::Rule> style_rules(std::function<bool(std::string_view path)> exists);

/// All rules where they hold, in the order of the tree's files: those of determinism in engine/ and
/// agents/.
std::vector<lint::Finding> findings(const Tree& tree);

/// The sources of the rooms, the tests and the benchmarks under `root`. The sample project in
/// tests/consumer stands for a stranger's repository and is left out.
Tree read_tree(const std::filesystem::path& root);

}  // namespace reprise::house
