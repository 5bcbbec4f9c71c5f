#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Reads C++ sources and says where they break a rule. It reads tokens, not meaning: comments never
/// count, and a name hidden behind a macro or an alias is not seen.
namespace reprise::lint {

/// One word, number, string or sign of a source. A string or character literal is the token `""`.
struct Token {
  std::string_view text;
  int line = 0;
  bool directive = false;      ///< Stands in a preprocessor line.
  std::string_view literal{};  ///< What stands between the quotes, as it is written.
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

/// A file taken apart. Its views point into the path and the text that it was made from, which must
/// outlive it.
struct Source {
  std::string_view path;
  std::string_view text;
  std::vector<Token> tokens;
  std::vector<Include> includes;
  std::vector<Excuse> excuses;
  int lines = 0;
};

/// Takes any text apart, C++ or not, in time proportional to its length.
Source parse(std::string_view path, std::string_view text);

/// Whether a token is a word: a name or a keyword.
bool is_word(std::string_view token);

/// `text` without the blanks around it.
std::string_view trimmed(std::string_view text);

}  // namespace reprise::lint
