#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

/// What the program prints.
namespace reprise {

/// Writes a line to standard output: an answer. Throws FileError if it cannot be written.
void print(std::string_view line);

/// Many lines for standard output, which are written together. Goes by the word of whoever reads
/// them: where a pipe is closed at its other end, that is no error but an end.
class OutputLines {
 public:
  OutputLines();

  /// Writes what was gathered, as far as it can.
  ~OutputLines();
  OutputLines(const OutputLines&) = delete;
  OutputLines& operator=(const OutputLines&) = delete;

  /// Throws FileError if a line cannot be written.
  void add(std::string_view line);

  /// Writes what was gathered. Throws FileError if it cannot be written.
  void finish();

  /// False once nobody reads any more.
  bool wanted() const { return wanted_; }

 private:
  void note_failure();

  bool wanted_ = true;
  void (*before_)(int) = nullptr;  // what a closed pipe did
};

/// Writes a line to standard error: a complaint, or what a person should know.
void complain(std::string_view line);

/// The answer as one JSON object in one line.
void print_json(const boost::json::value& value);

/// `text` as a word of a shell command line, quoted if it has to be.
std::string shell_word(std::string_view text);
std::string shell_line(const std::vector<std::string>& words);

/// The words of a shell command line, as shell_line() writes it or a person types it: with quotes
/// of both kinds and backslashes; nothing is expanded. Throws UsageError if a quote stays open.
std::vector<std::string> shell_words(std::string_view line);

/// `text` without what could upset a terminal: control characters are written as \xNN.
std::string printable(std::string_view text);

/// 12345678 as "12,345,678".
std::string grouped(std::uint64_t number);

/// "1 field", "1,000 fields".
std::string counted(std::uint64_t count, const std::string& what);

}  // namespace reprise
