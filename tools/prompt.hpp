#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace reprise {

/// Lines from standard input: typed by a person, with history, editing and completion where there
/// is a terminal and the program was built with libedit, or read from a pipe or a file.
class Prompt {
 public:
  /// The words that can come after `line`, of which one has perhaps been begun; files if none.
  using Completer = std::function<std::vector<std::string>(const std::string& line)>;

  /// At most one lives at a time.
  explicit Prompt(Completer completer);
  ~Prompt();
  Prompt(const Prompt&) = delete;
  Prompt& operator=(const Prompt&) = delete;

  /// Somebody types.
  bool interactive() const { return interactive_; }

  /// The next line, without its end; nothing when there are no more. `text` stands before it where
  /// somebody types, who meanwhile interrupts nothing.
  std::optional<std::string> line(const std::string& text);

  std::uint64_t number() const { return number_; }  ///< Of the last line, from 1.

 private:
  bool interactive_ = false;
  std::uint64_t number_ = 0;
};

}  // namespace reprise
