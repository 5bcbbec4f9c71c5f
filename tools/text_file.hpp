#pragma once

#include <filesystem>
#include <string>

namespace reprise {

/// All of a file, byte for byte; a pipe to its end. Throws FileError if it cannot be read.
std::string text_of_file(const std::filesystem::path& file);

}  // namespace reprise
