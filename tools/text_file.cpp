#include "tools/text_file.hpp"

#include <fstream>
#include <sstream>

#include "replay/file.hpp"

namespace reprise {

std::string text_of_file(const std::filesystem::path& file) {
  std::error_code unknown;
  if (std::filesystem::is_directory(file, unknown)) {
    throw FileError(file.string() + ": is a folder; name a file");
  }
  std::ifstream in(file, std::ios::binary);
  if (!in.is_open()) throw FileError(file.string() + ": cannot be read");
  std::ostringstream text;
  if (in.peek() != std::ifstream::traits_type::eof()) text << in.rdbuf();
  if (in.bad() || text.bad()) throw FileError(file.string() + ": cannot be read");
  return std::move(text).str();
}

}  // namespace reprise
