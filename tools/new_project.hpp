#pragma once

#include <span>
#include <string_view>

namespace reprise {

/// A file of the project that `reprise new` writes; `path` is relative to the project's folder.
struct ProjectFile {
  std::string_view path;
  std::string_view text;
  bool executable = false;
};

/// A small project that stands alone: two agents, a scenario that says how it ends, a program, and
/// what checks them in CI. It is built against an installed reprise.
std::span<const ProjectFile> new_project();

}  // namespace reprise
