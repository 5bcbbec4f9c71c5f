#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Reads C++ sources and says where they break the rules of the house: who may include whom, what
/// would make a run depend on anything but its scenario, seed and inputs, and what keeps the tree
/// readable. It reads tokens, not meaning: comments and string literals never count, a name hidden
/// behind a macro is not seen.
///
/// A line that has a reason to break a rule says so in a comment on the line or alone on the line
/// above, with the rule's name in the brackets: "reprise: allow(name) reason".
namespace reprise::house {

/// A source as it lies in the tree: `path` is relative to the repository root, with slashes.
struct File {
  std::string path;
  std::string text;
};

/// The sources to judge, and the names at the top of the repository.
struct Tree {
  std::vector<File> files;
  std::vector<std::string> entries;
};

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

/// One word, number, string or sign of a source. A string or character literal is the token `""`.
struct Token {
  std::string_view text;
  int line = 0;
  bool directive = false;  ///< Stands in a preprocessor line.
};

/// An `#include`; the name without its quotes or brackets.
struct Include {
  std::string_view name;
  int line = 0;
  bool angled = false;
};

/// A comment that begins with "reprise: allow(", and the line it speaks of.
struct Excuse {
  std::string rule;
  std::string reason;
  int line = 0;
  int excused_line = 0;
};

/// A file taken apart. Its views point into the file's text, which must outlive it.
struct Source {
  std::string_view path;
  std::string_view room;  ///< The first folder of the path, or "tools/lab".
  std::vector<Token> tokens;
  std::vector<Include> includes;
  std::vector<Excuse> excuses;
  std::string_view head;  ///< The first lines, comments and all.
  int lines = 0;
};

Source parse(const File& file);

/// What a rule found, before it is known where the source lies and whether the line is excused.
struct Hit {
  int line = 0;
  std::string what;
};

struct Rule {
  std::string_view name;
  std::string_view remedy;
  std::function<std::vector<Hit>(const Source&)> find;
};

/// What no code that runs inside a world may do. They hold in engine/ and agents/, and for anyone's
/// agents.
std::span<const Rule> determinism_rules();

/// What holds for every source of this repository. `exists` tells whether a path names a file of
/// it.
std::vector<Rule> style_rules(std::function<bool(std::string_view path)> exists);

/// What `rules` say about `source`, and what is wrong with its excuses: one without a reason, and
/// one for a rule of `rules` that is not broken there.
std::vector<Finding> findings(const Source& source, std::span<const Rule> rules);

/// All rules where they hold, over a whole tree, in the order of its files.
std::vector<Finding> findings(const Tree& tree);

/// The sources of the rooms, the tests and the benchmarks under `root`. The sample project in
/// tests/consumer stands for a stranger's repository and is left out.
Tree read_tree(const std::filesystem::path& root);

}  // namespace reprise::house
