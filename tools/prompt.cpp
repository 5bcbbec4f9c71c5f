#include "tools/prompt.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>

#if defined(REPRISE_EDITLINE)
#include <editline/readline.h>

#include <cstring>
#endif

namespace reprise {

namespace {

/// Nothing runs that SIGINT could end.
class Uninterrupted {
 public:
  Uninterrupted() : before_(std::signal(SIGINT, SIG_IGN)) {}
  ~Uninterrupted() { std::signal(SIGINT, before_); }
  Uninterrupted(const Uninterrupted&) = delete;
  Uninterrupted& operator=(const Uninterrupted&) = delete;

 private:
  void (*before_)(int);
};

// The library calls back without a context.
Prompt::Completer completer;

#if defined(REPRISE_EDITLINE)
std::vector<std::string> matches;

char* next_match(const char*, int place) {
  const auto at = static_cast<std::size_t>(place);
  return at < matches.size() ? ::strdup(matches[at].c_str()) : nullptr;
}

char** complete(const char* begun, int begin, int) {
  matches.clear();
  const std::string before(rl_line_buffer, static_cast<std::size_t>(begin));
  for (std::string& each : completer(before)) {
    if (each.starts_with(begun)) matches.push_back(std::move(each));
  }
  return matches.empty() ? nullptr : rl_completion_matches(begun, next_match);
}
#endif

}  // namespace

Prompt::Prompt(Completer made)
    : interactive_(::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1) {
  completer = std::move(made);
#if defined(REPRISE_EDITLINE)
  if (!interactive_) return;
  rl_catch_signals = 0;
  rl_initialize();
  using_history();
  rl_attempted_completion_function = complete;
  static char breaks[] = " \t()<>=!+-*/,";
  rl_completer_word_break_characters = breaks;
#endif
}

Prompt::~Prompt() {
  completer = nullptr;
}

std::optional<std::string> Prompt::line(const std::string& text) {
  std::optional<Uninterrupted> uninterrupted;
  if (interactive_) uninterrupted.emplace();
#if defined(REPRISE_EDITLINE)
  if (interactive_) {
    const std::unique_ptr<char, decltype(&std::free)> typed(::readline(text.c_str()), &std::free);
    if (typed == nullptr) return std::nullopt;
    ++number_;
    if (*typed != '\0') add_history(typed.get());
    return std::string(typed.get());
  }
#endif
  if (interactive_) std::cout << text << std::flush;
  std::string line;
  if (!std::getline(std::cin, line)) return std::nullopt;
  ++number_;
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

}  // namespace reprise
