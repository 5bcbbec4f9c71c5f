#include "tests/house/house_rules.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>

namespace reprise::house {
namespace {

using Words = std::vector<std::string_view>;

bool contains(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// The table of rooms (docs/architecture.md). A room may always include itself.

struct Room {
  std::string_view name;
  Words rooms;    ///< Whose headers it may include.
  Words vendors;  ///< Whose <headers> it may include; "*" is all of them.
};

const std::vector<Room>& rooms() {
  static const Words all = {"engine",   "agents", "scenarios", "replay",
                            "timeline", "tools",  "tools/lab", "tests"};
  static const std::vector<Room> table = {
      {"engine", {}, {"std", "boost", "boost.json", "cereal", "pcg", "xxhash"}},
      {"agents", {"engine"}, {"std"}},
      {"scenarios",
       {"engine", "agents"},
       {"std", "system", "toml++", "boost.json", "zlib", "zstd"}},
      {"replay", {"engine"}, {"std", "system", "boost", "zstd", "openssl"}},
      {"timeline", {"engine", "replay"}, {"std", "system"}},
      {"tools", {"engine", "agents", "scenarios", "replay", "timeline", "tools/lab"}, {"*"}},
      {"tools/lab", {"engine", "agents", "scenarios", "replay", "timeline", "tools"}, {"*"}},
      {"tests", all, {"*"}},
      {"bench", all, {"*"}},
  };
  return table;
}

const Room* room_named(std::string_view name) {
  const auto room = std::find_if(rooms().begin(), rooms().end(),
                                 [&](const Room& candidate) { return candidate.name == name; });
  return room == rooms().end() ? nullptr : &*room;
}

std::string_view room_of(std::string_view path) {
  if (path.starts_with("tools/lab/")) return "tools/lab";
  return path.substr(0, path.find('/'));
}

/// Whose header it is, by its name; nothing if the table does not know it.
std::string_view vendor_of(std::string_view header) {
  struct Vendor {
    std::string_view prefix;
    std::string_view name;
  };
  static constexpr std::array vendors = {
      Vendor{"boost/json", "boost.json"},
      Vendor{"boost/program_options", "boost.program_options"},
      Vendor{"boost/", "boost"},
      Vendor{"cereal/", "cereal"},
      Vendor{"pcg_", "pcg"},
      Vendor{"xxh", "xxhash"},
      Vendor{"toml++/", "toml++"},
      Vendor{"zlib.h", "zlib"},
      Vendor{"zstd", "zstd"},
      Vendor{"openssl/", "openssl"},
      Vendor{"catch2/", "catch2"},
      Vendor{"sys/", "system"},
  };
  for (const Vendor& vendor : vendors) {
    if (header.starts_with(vendor.prefix)) return vendor.name;
  }
  if (header.find('/') != std::string_view::npos) return {};
  return header.ends_with(".h") ? "system" : "std";
}

// Taking a source apart.

bool word_start(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_';
}
bool digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}
bool word_char(char c) {
  return word_start(c) || digit(c);
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// Walks over the text once and fills a Source.
class Reader {
 public:
  explicit Reader(const File& file) : text_(file.text) {
    source_.path = file.path;
    source_.room = room_of(file.path);
  }

  Source read() {
    while (at_ < text_.size()) next();
    source_.lines = line_ - (text_.empty() || text_.back() == '\n' ? 1 : 0);
    std::size_t head = 0;
    for (int i = 0; i < 20 && head < text_.size(); ++i) {
      head = std::min(text_.find('\n', head), text_.size() - 1) + 1;
    }
    source_.head = text_.substr(0, head);
    settle_excuses();
    return std::move(source_);
  }

 private:
  char peek(std::size_t ahead) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  void advance_to(std::size_t end) {
    end = std::min(end, text_.size());
    line_ += static_cast<int>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(at_),
                                         text_.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
    at_ = end;
  }

  /// The place just behind the next `mark`, or the end of the text.
  std::size_t behind(std::string_view mark, std::size_t from) const {
    const auto found = text_.find(mark, from);
    return found == std::string_view::npos ? text_.size() : found + mark.size();
  }

  void add(std::string_view token) { source_.tokens.push_back({token, line_, directive_}); }

  void next() {
    const char c = text_[at_];
    if (c == '\n') {
      if (at_ == 0 || text_[at_ - 1] != '\\') directive_ = false;
      line_begins_ = true;
      return advance_to(at_ + 1);
    }
    if (std::isspace(static_cast<unsigned char>(c)) != 0 || c == '\\') return advance_to(at_ + 1);
    if (c == '/' && peek(1) == '/') return line_comment();
    if (c == '/' && peek(1) == '*') return advance_to(behind("*/", at_ + 2));
    if (c == '#' && line_begins_) return directive();
    line_begins_ = false;
    if (c == '"') return quoted('"');
    if (c == '\'') return quoted('\'');
    if (word_start(c)) return word();
    if (digit(c) || (c == '.' && digit(peek(1)))) return number();
    sign();
  }

  void line_comment() {
    const auto end = std::min(text_.find('\n', at_), text_.size());
    std::string_view comment = trimmed(text_.substr(at_ + 2, end - at_ - 2));
    constexpr std::string_view opening = "reprise: allow(";
    if (comment.starts_with(opening)) {
      comment.remove_prefix(opening.size());
      const auto close = std::min(comment.find(')'), comment.size());
      const std::string_view reason =
          close < comment.size() ? trimmed(comment.substr(close + 1)) : std::string_view();
      const bool alone = source_.tokens.empty() || source_.tokens.back().line != line_;
      source_.excuses.push_back({std::string(comment.substr(0, close)), std::string(reason), line_,
                                 alone && !include_on_line(line_) ? 0 : line_});
    }
    advance_to(end);
  }

  bool include_on_line(int line) const {
    return !source_.includes.empty() && source_.includes.back().line == line;
  }

  void directive() {
    directive_ = true;
    line_begins_ = false;
    add("#");
    advance_to(at_ + 1);
    const auto end = std::min(text_.find('\n', at_), text_.size());
    std::string_view line = trimmed(text_.substr(at_, end - at_));
    if (!line.starts_with("include")) return;
    const auto open = line.find_first_of("<\"");
    if (open == std::string_view::npos) return;
    const bool angled = line[open] == '<';
    const auto close = line.find(angled ? '>' : '"', open + 1);
    if (close == std::string_view::npos) return;
    source_.tokens.pop_back();
    source_.includes.push_back({line.substr(open + 1, close - open - 1), line_, angled});
    advance_to(static_cast<std::size_t>(line.data() + close + 1 - text_.data()));
  }

  void quoted(char quote) {
    add("\"\"");
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n') {
      end += text_[end] == '\\' ? 2 : 1;
    }
    advance_to(end + 1);
  }

  void raw_string() {
    add("\"\"");
    const auto open = std::min(text_.find('(', at_), text_.size());
    const std::string close = ")" + std::string(text_.substr(at_ + 1, open - at_ - 1)) + "\"";
    advance_to(behind(close, open));
  }

  void word() {
    std::size_t end = at_;
    while (end < text_.size() && word_char(text_[end])) ++end;
    const std::string_view word = text_.substr(at_, end - at_);
    if (end < text_.size() && text_[end] == '"' && contains({"R", "u8R", "uR", "UR", "LR"}, word)) {
      advance_to(end);
      return raw_string();
    }
    add(word);
    advance_to(end);
  }

  void number() {
    std::size_t end = at_;
    while (end < text_.size()) {
      const char c = text_[end];
      const bool separator = c == '\'' && end + 1 < text_.size() && word_char(text_[end + 1]);
      const bool exponent_sign =
          (c == '+' || c == '-') && contains({"e", "E", "p", "P"}, text_.substr(end - 1, 1));
      if (!word_char(c) && c != '.' && !separator && !exponent_sign) break;
      ++end;
    }
    add(text_.substr(at_, end - at_));
    advance_to(end);
  }

  void sign() {
    std::size_t length = 1;
    for (const std::string_view two : {"::", "->", "&&", "||", "<=", ">=", "==", "!=", "<<"}) {
      if (text_.substr(at_, 2) == two) length = 2;
    }
    add(text_.substr(at_, length));
    advance_to(at_ + length);
  }

  /// An excuse alone on its line speaks of the next line that holds code.
  void settle_excuses() {
    for (Excuse& excuse : source_.excuses) {
      if (excuse.excused_line != 0) continue;
      int next = excuse.line;
      const auto consider = [&](int line) {
        if (line > excuse.line && (next == excuse.line || line < next)) next = line;
      };
      for (const Token& token : source_.tokens) consider(token.line);
      for (const Include& include : source_.includes) consider(include.line);
      excuse.excused_line = next;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  bool line_begins_ = true;
  bool directive_ = false;
  Source source_;
};

// Rules on tokens.

bool is_word(std::string_view token) {
  return !token.empty() && word_start(token.front());
}

/// Whether `token` is `pattern`, which may begin or end with a star.
bool matches(std::string_view token, std::string_view pattern) {
  if (pattern.starts_with('*')) return token.ends_with(pattern.substr(1));
  if (pattern.ends_with('*')) return token.starts_with(pattern.substr(0, pattern.size() - 1));
  return token == pattern;
}

Words split(std::string_view text) {
  Words words;
  while (!(text = trimmed(text)).empty()) {
    const auto end = std::min(text.find(' '), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return words;
}

/// Whether the word at `at` is somebody else's: a member, a name in a namespace other than std, or
/// a declaration.
bool foreign(const std::vector<Token>& tokens, std::size_t at) {
  static const Words keywords = {"return", "co_return", "co_yield", "co_await",
                                 "else",   "do",        "throw",    "case"};
  const auto is_name = [](std::string_view text) {
    return is_word(text) && !contains(keywords, text);
  };
  if (at == 0) return false;
  const std::string_view before = tokens[at - 1].text;
  if (before == "." || before == "->" || before == "&") return true;
  if (before == "::") return at > 1 && is_name(tokens[at - 2].text) && tokens[at - 2].text != "std";
  if (before != ">") return is_name(before);
  // behind a template's arguments it is being declared, behind a comparison it is called
  for (std::size_t i = at - 1; i-- > 0;) {
    if (tokens[i].text == "<") return true;
    if (contains({";", "{", "}", "("}, tokens[i].text)) break;
  }
  return false;
}

/// Finds sequences of tokens, written with blanks between: "std :: *_distribution". A word followed
/// by "(" is a call of the C or the standard library: `x.time(` and `Time time(` are not meant.
std::function<std::vector<Hit>(const Source&)> any_of(Words patterns) {
  std::vector<Words> sequences;
  std::transform(patterns.begin(), patterns.end(), std::back_inserter(sequences), split);
  return [sequences = std::move(sequences)](const Source& source) {
    std::vector<Hit> hits;
    for (std::size_t i = 0; i < source.tokens.size(); ++i) {
      for (const Words& sequence : sequences) {
        if (i + sequence.size() > source.tokens.size()) continue;
        const bool equal = std::equal(sequence.begin(), sequence.end(),
                                      source.tokens.begin() + static_cast<std::ptrdiff_t>(i),
                                      [](std::string_view pattern, const Token& token) {
                                        return matches(token.text, pattern);
                                      });
        const bool call = sequence.size() == 2 && sequence.back() == "(";
        if (!equal || (call && foreign(source.tokens, i))) continue;
        std::string what;
        for (std::size_t j = 0; j < sequence.size(); ++j) what += source.tokens[i + j].text;
        hits.push_back({source.tokens[i].line, what});
      }
    }
    return hits;
  };
}

/// exp, log and the like from libm: as std::exp or ::exp anywhere, bare where <cmath> brings them
/// in.
std::vector<Hit> libm_calls(const Source& source) {
  static const std::set<std::string_view> inexact = {
      "exp",   "exp2",  "expm1", "log",  "log2", "log10",  "log1p",  "pow",  "cbrt", "hypot",
      "sin",   "cos",   "tan",   "asin", "acos", "atan",   "atan2",  "sinh", "cosh", "tanh",
      "asinh", "acosh", "atanh", "erf",  "erfc", "lgamma", "tgamma", "expf", "logf", "powf",
      "sinf",  "cosf",  "tanf",  "expl", "logl", "powl",   "sinl",   "cosl", "tanl"};
  const bool libm_in_sight = std::any_of(
      source.includes.begin(), source.includes.end(),
      [](const Include& include) { return include.name == "cmath" || include.name == "math.h"; });
  std::vector<Hit> hits;
  const std::vector<Token>& tokens = source.tokens;
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    if (!inexact.contains(tokens[i].text)) continue;
    const bool qualified = i > 0 && tokens[i - 1].text == "::";
    const bool from_std = qualified && i > 1 && tokens[i - 2].text == "std";
    const bool call = tokens[i + 1].text == "(" && (qualified || libm_in_sight);
    if (from_std || (call && !foreign(tokens, i))) {
      hits.push_back({tokens[i].line, (from_std ? "std::" : "") + std::string(tokens[i].text)});
    }
  }
  return hits;
}

/// A map or set whose key is a pointer.
std::vector<Hit> pointer_keys(const Source& source) {
  static const Words ordered = {"map", "set", "multimap", "multiset", "flat_map", "flat_set"};
  std::vector<Hit> hits;
  const std::vector<Token>& tokens = source.tokens;
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    if (!contains(ordered, tokens[i].text) || tokens[i + 1].text != "<") continue;
    int depth = 1;
    for (std::size_t j = i + 2; j < tokens.size() && depth > 0; ++j) {
      const std::string_view text = tokens[j].text;
      if (text == "<" || text == "(") ++depth;
      if (text == ">" || text == ")") --depth;
      if (text == ";" || (text == "," && depth == 1)) break;
      if (text == "*" && depth == 1) {
        hits.push_back(
            {tokens[i].line, "a " + std::string(tokens[i].text) + " keyed by a pointer"});
        break;
      }
    }
  }
  return hits;
}

/// Whether the token at `at` takes part in a draw: `random()`, `rng.uniform(`, or `rng` handed to a
/// function.
bool draw(const std::vector<Token>& tokens, std::size_t at) {
  static const Words streams = {"random", "random_", "rng", "rng_"};
  if (at == 0 || at + 2 >= tokens.size() || !contains(streams, tokens[at].text)) return false;
  const std::string_view before = tokens[at - 1].text;
  const std::string_view after = tokens[at + 1].text;
  if (after == "." || after == "->") return true;
  if (after == "(")
    return tokens[at + 2].text == ")" && !(is_word(before) && before != "return") &&
           before != "&" && before != "*";
  return (before == "(" || before == ",") && (after == ")" || after == ",");
}

/// Two draws between which the language sets no order: in one argument list, or on both sides of an
/// operator.
std::vector<Hit> two_draws(const Source& source) {
  static const Words sequenced = {";", "{", "}", "&&", "||", "?", ":", "<<", "="};
  std::vector<Hit> hits;
  std::vector<bool> condition;  // for each open parenthesis: it follows if, for, while or switch
  int draws = 0;
  const std::vector<Token>& tokens = source.tokens;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::string_view text = tokens[i].text;
    if (text == "(") {
      condition.push_back(
          i > 0 && contains({"if", "for", "while", "switch", "constexpr"}, tokens[i - 1].text));
    } else if (text == ")") {
      if (!condition.empty() && condition.back()) draws = 0;
      if (!condition.empty()) condition.pop_back();
    } else if (contains(sequenced, text) || (text == "," && condition.empty())) {
      draws = 0;
      if (text == "{" || text == "}" || text == ";") condition.clear();
    } else if (draw(tokens, i) && ++draws == 2) {
      hits.push_back({tokens[i].line, "two draws in one expression"});
    }
  }
  return hits;
}

/// Variables that outlive a delivery and are no field: `static` ones anywhere, and any at namespace
/// level.
std::vector<Hit> mutable_globals(const Source& source) {
  static const Words fixed = {"const", "constexpr", "consteval", "operator", "template", "typedef"};
  static const Words no_variable = {"using",         "template", "class",   "struct",
                                    "union",         "enum",     "typedef", "concept",
                                    "static_assert", "friend",   "return",  "namespace"};
  std::vector<Hit> hits;
  std::vector<bool> namespaces;  // for each open brace: it opens a namespace
  Words statement;               // its words up to the first "=", "(" or "{"
  bool complete = false;         // that sign has come
  bool callable = false;         // it was "("
  int line = 0;
  const auto at_namespace_level = [&] {
    return std::all_of(namespaces.begin(), namespaces.end(), [](bool is) { return is; });
  };
  const auto restart = [&] {
    statement.clear();
    complete = callable = false;
  };
  const auto judge = [&] {
    const bool is_static = contains(statement, "static");
    if (statement.size() < 2 || callable || contains(no_variable, statement.front())) return;
    if (!is_static && !(is_word(statement.front()) && at_namespace_level())) return;
    for (const std::string_view word : statement) {
      if (contains(fixed, word)) return;
    }
    const auto name = std::find_if(statement.rbegin(), statement.rend(), is_word);
    hits.push_back({line, std::string(*name) + " is a mutable global"});
  };
  for (std::size_t i = 0; i < source.tokens.size(); ++i) {
    const Token& token = source.tokens[i];
    if (token.directive) continue;
    if (token.text == ";") {
      judge();
      restart();
    } else if (token.text == "{") {
      const bool is_namespace = !callable && contains(statement, "namespace");
      const bool is_linkage = statement.size() == 2 && statement.front() == "extern";
      if (!is_namespace && !is_linkage) judge();
      namespaces.push_back(is_namespace || is_linkage);
      restart();
    } else if (token.text == "}") {
      if (!namespaces.empty()) namespaces.pop_back();
      restart();
    } else if (!complete) {
      if (statement.empty()) line = token.line;
      if (token.text == "=" || token.text == "(") {
        complete = true;
        callable = token.text == "(";
      } else if (token.text == ":" && statement.size() == 1) {
        restart();  // an access specifier or a label
      } else {
        statement.push_back(token.text);
      }
    }
  }
  return hits;
}

// Rules on includes and on the shape of a file.

std::vector<Hit> missing_includes(const Source& source,
                                  const std::function<bool(std::string_view)>& exists) {
  std::vector<Hit> hits;
  for (const Include& include : source.includes) {
    if (include.angled || exists(include.name)) continue;
    hits.push_back({include.line, '"' + std::string(include.name) + "\" is no file of this tree"});
  }
  return hits;
}

std::vector<Hit> forbidden_includes(const Source& source) {
  std::vector<Hit> hits;
  const Room* room = room_named(source.room);
  if (room == nullptr) return hits;
  for (const Include& include : source.includes) {
    const std::string name(include.name);
    const std::string who = std::string(room->name) + "/ includes ";
    if (!include.angled) {
      const std::string_view other = room_of(include.name);
      if (other != room->name && !contains(room->rooms, other)) {
        hits.push_back({include.line, who + '"' + name + '"'});
      }
      continue;
    }
    const std::string_view vendor = vendor_of(include.name);
    const bool any = contains(room->vendors, "*");
    if (!any && (vendor.empty() || !contains(room->vendors, vendor))) {
      hits.push_back({include.line, who + '<' + name + '>'});
    }
  }
  return hits;
}

std::vector<Hit> long_file(const Source& source) {
  constexpr int lines_max = 500;
  constexpr std::string_view opening = "// long because: ";
  const bool in_a_room = source.room != "tests" && source.room != "bench";
  if (!in_a_room || source.lines <= lines_max) return {};
  const auto found = source.head.find(opening);
  if (found != std::string_view::npos) {
    std::string_view reason = source.head.substr(found + opening.size());
    reason = reason.substr(0, reason.find('\n'));
    if (!trimmed(reason).empty()) return {};
  }
  return {{lines_max + 1, std::to_string(source.lines) + " lines"}};
}

std::vector<Hit> header_start(const Source& source) {
  if (!source.path.ends_with(".hpp")) return {};
  const bool guarded =
      source.tokens.size() >= 3 && source.tokens[0].text == "#" &&
      source.tokens[1].text == "pragma" && source.tokens[2].text == "once" &&
      (source.includes.empty() || source.includes.front().line > source.tokens[0].line);
  if (guarded) return {};
  return {{1, "the header does not begin with #pragma once"}};
}

std::vector<Finding> stray_entries(const std::vector<std::string>& entries) {
  static const std::set<std::string_view> allowed = {"CMakeLists.txt", "CMakePresets.json",
                                                     "LICENSE",        "README.md",
                                                     "agents",         "bench",
                                                     "build",          "docs",
                                                     "engine",         "replay",
                                                     "scenarios",      "tests",
                                                     "timeline",       "tools"};
  std::vector<Finding> found;
  for (const std::string& entry : entries) {
    if (allowed.contains(entry) || entry.starts_with('.') || entry.ends_with(".rpj")) continue;
    found.push_back({entry, 1, "top-entries", entry + " lies at the top of the tree",
                     "put it into the room it belongs to; there are no others"});
  }
  return found;
}

}  // namespace

std::string to_string(const Finding& finding) {
  return finding.file + ":" + std::to_string(finding.line) + ": " + finding.rule + ": " +
         finding.what + "; " + finding.remedy;
}

Source parse(const File& file) {
  return Reader(file).read();
}

std::span<const Rule> determinism_rules() {
  static const std::vector<Rule> rules = {
      {"wall-clock", "take the time from Context::now()",
       any_of({"system_clock", "steady_clock", "high_resolution_clock", "utc_clock", "file_clock",
               "time (", "clock_gettime", "gettimeofday", "timespec_get"})},
      {"host-random", "draw from Context::random()",
       any_of({"random_device", "rand (", "srand (", "drand48", "getrandom", "getentropy"})},
      {"std-distribution",
       "use the distributions of engine/random.hpp: those of the standard libraries differ",
       any_of({"std :: *_distribution", "std :: shuffle", "std :: sample"})},
      {"std-hash", "use digest_of(): std::hash differs between libraries",
       any_of({"std :: hash", "boost :: hash"})},
      {"unordered",
       "use std::map, std::set or a sorted vector: iteration needs an order of its own",
       any_of({"unordered_*"})},
      {"thread", "a world runs on one thread; run many worlds at once in tools/lab",
       any_of({"std :: thread", "std :: jthread", "std :: async", "std :: mutex", "std :: *_mutex",
               "std :: condition_variable", "pthread_create"})},
      {"environment", "make it an option of the scenario", any_of({"getenv", "secure_getenv"})},
      {"locale", "format with std::to_chars or std::to_string of integers",
       any_of({"std :: locale", "setlocale", "imbue"})},
      {"pointer-key", "key by an id: addresses differ from run to run", pointer_keys},
      {"libm", "call the functions of engine/math.hpp: those of libm differ between CPUs",
       libm_calls},
      {"two-draws", "give each draw a statement of its own: the compiler chooses the order here",
       two_draws},
      {"mutable-global", "make it a field of the agent or of the simulation", mutable_globals},
  };
  return rules;
}

std::vector<Rule> style_rules(std::function<bool(std::string_view path)> exists) {
  return {
      {"include-path", "name it from the repository root, as in \"engine/event.hpp\"",
       [exists = std::move(exists)](const Source& source) {
         return missing_includes(source, exists);
       }},
      {"include-room",
       "a room includes only rooms below it and the libraries in its row of the table",
       forbidden_includes},
      {"using-namespace-std", "write std:: where it is meant", any_of({"using namespace std ;"})},
      {"long-file", "split it by idea, or say near its top why not: \"// long because: ...\"",
       long_file},
      {"header-start", "put #pragma once before all other code", header_start},
  };
}

std::vector<Finding> findings(const Source& source, std::span<const Rule> rules) {
  std::vector<Finding> found;
  std::vector<bool> used(source.excuses.size());
  const std::string file(source.path);
  for (const Rule& rule : rules) {
    for (const Hit& hit : rule.find(source)) {
      bool excused = false;
      for (std::size_t i = 0; i < source.excuses.size(); ++i) {
        const Excuse& excuse = source.excuses[i];
        if (excuse.rule != rule.name || excuse.excused_line != hit.line) continue;
        excused = used[i] = true;
      }
      if (excused) continue;
      found.push_back({file, hit.line, std::string(rule.name), hit.what, std::string(rule.remedy)});
    }
  }
  for (std::size_t i = 0; i < source.excuses.size(); ++i) {
    const Excuse& excuse = source.excuses[i];
    if (excuse.reason.empty()) {
      found.push_back({file, excuse.line, "excuse", "allow(" + excuse.rule + ") without a reason",
                       "say after the bracket why this line may break the rule"});
    }
    if (!used[i]) {
      found.push_back({file, excuse.line, "excuse", "allow(" + excuse.rule + ") excuses nothing",
                       "take it out, or name the rule that is broken here"});
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Finding& a, const Finding& b) { return a.line < b.line; });
  return found;
}

std::vector<Finding> findings(const Tree& tree) {
  std::set<std::string_view> paths;
  for (const File& file : tree.files) paths.insert(file.path);
  const std::vector<Rule> style =
      style_rules([&paths](std::string_view path) { return paths.contains(path); });
  std::vector<Rule> all = style;
  all.insert(all.end(), determinism_rules().begin(), determinism_rules().end());

  std::vector<Finding> found = stray_entries(tree.entries);
  for (const File& file : tree.files) {
    const Source source = parse(file);
    const bool inside_a_world = source.room == "engine" || source.room == "agents";
    std::vector<Finding> here = findings(source, inside_a_world ? all : style);
    found.insert(found.end(), std::make_move_iterator(here.begin()),
                 std::make_move_iterator(here.end()));
  }
  return found;
}

Tree read_tree(const std::filesystem::path& root) {
  namespace fs = std::filesystem;
  Tree tree;
  for (const fs::directory_entry& entry : fs::directory_iterator(root)) {
    tree.entries.push_back(entry.path().filename().string());
  }
  std::sort(tree.entries.begin(), tree.entries.end());
  for (const Room& room : rooms()) {
    const fs::path folder = root / room.name;
    if (room.name == "tools/lab" || !fs::is_directory(folder)) continue;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
      const std::string path = fs::relative(entry.path(), root).generic_string();
      const std::string extension = entry.path().extension().string();
      const bool is_source = extension == ".hpp" || extension == ".cpp" || extension == ".inc";
      if (!entry.is_regular_file() || !is_source || path.starts_with("tests/consumer/")) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      if (!in) throw std::runtime_error("cannot read " + path);
      tree.files.push_back({path, {std::istreambuf_iterator<char>(in), {}}});
    }
  }
  std::sort(tree.files.begin(), tree.files.end(),
            [](const File& a, const File& b) { return a.path < b.path; });
  return tree;
}

}  // namespace reprise::house
