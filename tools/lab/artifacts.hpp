#pragma once

#include <filesystem>
#include <string>

/// Folders for what is kept beside an answer.
namespace reprise {

/// Throws FileError if there is something else in the place of the folder that `option` takes.
void expect_folder(const std::filesystem::path& folder, const std::string& option = "--artifacts");

/// Makes the folder, and those above it. Throws FileError.
void make_folder(const std::filesystem::path& folder);

}  // namespace reprise
