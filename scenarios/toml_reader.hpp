#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace reprise {

/// Where something stands in a text; line and column count from 1.
struct TextPlace {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

/// What a TOML text says, and where.
struct TomlDocument {
  /// Tables are objects, arrays are arrays; what JSON cannot write of a real is the text "nan",
  /// "inf" or "-inf".
  boost::json::object root;

  /// The place of each key, by its path: "agent[3].options.limit"; of a table in a list also by
  /// "agent[3]".
  std::map<std::string, TextPlace, std::less<>> places;
};

/// The largest TOML text that is read, in bytes.
inline constexpr std::size_t toml_bytes_max = std::size_t{16} << 20;

/// Reads TOML 1.0 without dates and times. Throws InputError "file:line:column: reason" for what is
/// not that, is not UTF-8, is larger than toml_bytes_max or is nested without measure.
TomlDocument read_toml(std::string_view text, const std::string& file);

/// The text of `file`. Throws InputError if it cannot be read or is larger than toml_bytes_max; a
/// large file is refused before it is read.
std::string read_toml_file(const std::string& file);

}  // namespace reprise
