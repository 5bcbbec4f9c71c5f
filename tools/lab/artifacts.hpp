#pragma once

#include <filesystem>
#include <string>
#include <string_view>

/// What is kept beside an answer: reports, and a folder with what shows a failure.
namespace reprise {

/// Makes a file of this text, in place of what is at `path` and in one go: whoever ends the program
/// finds the old text or the new one. What is no regular file is written to. Throws FileError.
void write_file(const std::filesystem::path& path, std::string_view text);

/// Throws FileError if there is something else in the place of the folder that `option` takes.
void expect_folder(const std::filesystem::path& folder, const std::string& option = "--artifacts");

/// Makes the folder, and those above it. Throws FileError.
void make_folder(const std::filesystem::path& folder);

}  // namespace reprise
