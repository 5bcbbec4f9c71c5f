#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

/// What the program prints.
namespace reprise {

/// Writes a line to standard output: an answer. Throws FileError if it cannot be written.
void print(std::string_view line);

/// Writes a line to standard error: a complaint, or what a person should know.
void complain(std::string_view line);

/// The answer as one JSON object in one line.
void print_json(const boost::json::value& value);

/// `text` as a word of a shell command line, quoted if it has to be.
std::string shell_word(std::string_view text);
std::string shell_line(const std::vector<std::string>& words);

/// `text` without what could upset a terminal: control characters are written as \xNN.
std::string printable(std::string_view text);

/// 12345678 as "12,345,678".
std::string grouped(std::uint64_t number);

}  // namespace reprise
