#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/lint/source.hpp"

/// A line that has a reason to break a rule says so in a comment on the line or alone on the line
/// above, with the rule's name in the brackets: "reprise: allow(name) reason".
namespace reprise::lint {

/// What a rule found, before it is known whether the line is excused.
struct Hit {
  int line = 0;
  std::string what;
};

struct Rule {
  std::string_view name;
  std::string_view about;   ///< What it bans and why, in a line.
  std::string_view remedy;  ///< What to do instead.
  std::function<std::vector<Hit>(const Source&)> find;

  /// It holds for agents and not for the engine beneath them, which lays out memory and guards the
  /// arithmetic itself.
  bool agents_only = false;
};

/// The name under which findings() complains of an excuse itself.
inline constexpr std::string_view excuse_rule = "excuse";
inline constexpr std::string_view excuse_about =
    "an excuse without a reason, or one that excuses nothing";

/// A broken rule, at a place.
struct Finding {
  std::string file;
  int line = 0;
  std::string rule;
  std::string what;
  std::string remedy;
};

/// "engine/queue.cpp:12: wall-clock: steady_clock; take the time from Context::now()"
std::string to_string(const Finding& finding);

struct Judgement {
  std::vector<Finding> findings;  ///< By line.
  std::size_t excused = 0;        ///< How many more there would be without excuses.
};

/// What `rules` say about `source`, and what is wrong with its excuses: one without a reason, and
/// one for a rule of `rules` that is not broken there.
Judgement judge(const Source& source, std::span<const Rule> rules);

/// Finds sequences of tokens, written with blanks between: "std :: *_distribution". A word of a
/// pattern may begin or end with a star. A word followed by "(" is a call of the C or the standard
/// library: `x.time(` and `Time time(` are not meant.
std::function<std::vector<Hit>(const Source&)> any_of(std::vector<std::string_view> patterns);

/// Whether the word at `at` is somebody else's: a member, a name in a namespace other than std, or
/// a declaration.
bool foreign(const std::vector<Token>& tokens, std::size_t at);

}  // namespace reprise::lint
