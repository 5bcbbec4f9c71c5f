#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace reprise {

/// All of a file, byte for byte; a pipe to its end. Throws FileError if it cannot be read.
std::string text_of_file(const std::filesystem::path& file);

/// Makes a file of this text, in place of what is at `path`, where links are followed, and with its
/// permissions. It is durable, and put there in one go: whoever is killed leaves the old text or
/// the new one, and so does an error. Only a pipe, a device, a file by the name of its descriptor
/// (/dev/stdout), and a file in a folder that cannot be written are written to as they are. Throws
/// FileError, with the reason.
void write_file(const std::filesystem::path& path, std::string_view text);

}  // namespace reprise
