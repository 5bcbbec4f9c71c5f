#include "tools/output.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <system_error>

#include "engine/json.hpp"
#include "replay/file.hpp"
#include "tools/command.hpp"

namespace reprise {

namespace {

bool write_line(std::string_view line) {
  return std::fwrite(line.data(), 1, line.size(), stdout) == line.size() &&
         std::fputc('\n', stdout) != EOF;
}

FileError not_written() {
  return FileError("standard output: cannot be written: " + std::generic_category().message(errno));
}

}  // namespace

void print(std::string_view line) {
  if (!write_line(line) || std::fflush(stdout) != 0) throw not_written();
}

OutputLines::OutputLines() : before_(std::signal(SIGPIPE, SIG_IGN)) {}

OutputLines::~OutputLines() {
  std::fflush(stdout);  // while a closed pipe is still no end of the program
  std::signal(SIGPIPE, before_);
}

void OutputLines::add(std::string_view line) {
  if (wanted_ && !write_line(line)) note_failure();
}

void OutputLines::finish() {
  if (wanted_ && std::fflush(stdout) != 0) note_failure();
}

void OutputLines::note_failure() {
  if (errno != EPIPE) throw not_written();
  wanted_ = false;
}

void complain(std::string_view line) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
}

void print_json(const boost::json::value& value) {
  print(json_text(value));
}

std::string shell_word(std::string_view text) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,+@%";
  if (!text.empty() && text.find_first_not_of(plain) == std::string_view::npos) {
    return std::string(text);
  }
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string shell_line(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + shell_word(word);
  return line;
}

std::vector<std::string> shell_words(std::string_view line) {
  std::vector<std::string> words;
  bool in_word = false;
  char quote = '\0';
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const bool blank = c == ' ' || c == '\t';
    if (quote == '\0' && blank) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    if (c == quote) {
      quote = '\0';
    } else if (quote == '\0' && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == '\\' && quote != '\'') {
      if (++i == line.size()) throw UsageError("nothing follows the backslash at the end");
      const bool means_itself = quote == '"' && line[i] != '"' && line[i] != '\\';
      if (means_itself) words.back() += c;
      words.back() += line[i];
    } else {
      words.back() += c;
    }
  }
  if (quote != '\0') throw UsageError(std::string("a quote is open: ") + quote);
  return words;
}

std::string printable(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string safe;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      safe += c;
    } else {
      safe += "\\x";
      safe += digits[byte >> 4];
      safe += digits[byte & 15];
    }
  }
  return safe;
}

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t place = text.size(); place > 3; place -= 3) text.insert(place - 3, 1, ',');
  return text;
}

std::string counted(std::uint64_t count, const std::string& what) {
  return grouped(count) + ' ' + what + (count == 1 ? "" : "s");
}

}  // namespace reprise
