#include "tools/lint/determinism.hpp"

#include <algorithm>
#include <set>

namespace reprise::lint {

namespace {

using Words = std::vector<std::string_view>;
using Names = std::set<std::string_view>;

bool contains(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
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
  struct Bracket {
    const Token* keyed = nullptr;  // the map or set, while its key is being read
  };
  std::vector<Hit> hits;
  std::vector<Bracket> open;
  const std::vector<Token>& tokens = source.tokens;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::string_view text = tokens[i].text;
    if (text == "<" || text == "(") {
      const bool is_map = text == "<" && i > 0 && contains(ordered, tokens[i - 1].text);
      open.push_back({is_map ? &tokens[i - 1] : nullptr});
    } else if (text == ";") {
      open.clear();
    } else if (open.empty()) {
      continue;
    } else if (text == ">" || text == ")") {
      open.pop_back();
    } else if (text == ",") {
      open.back().keyed = nullptr;
    } else if (const Token* const map = open.back().keyed; text == "*" && map != nullptr) {
      hits.push_back({map->line, "a " + std::string(map->text) + " keyed by a pointer"});
      open.back().keyed = nullptr;
    }
  }
  return hits;
}

/// Addresses that become numbers or text.
std::vector<Hit> addresses(const Source& source) {
  static const auto casts =
      any_of({"uintptr_t", "intptr_t", "static_cast < const void * >", "static_cast < void * >"});
  std::vector<Hit> hits = casts(source);
  for (const Token& token : source.tokens) {
    for (const std::string_view format : {"%p", ":p}"}) {
      if (token.literal.find(format) == std::string_view::npos) continue;
      hits.push_back({token.line, "an address in a text, by " + std::string(format)});
    }
  }
  return hits;
}

/// Whether the token at `at` takes part in a draw: `random()`, `rng.uniform(`, or `rng` handed to a
/// function.
bool draw(const std::vector<Token>& tokens, std::size_t at, const Names& streams) {
  if (at == 0 || at + 2 >= tokens.size() || !streams.contains(tokens[at].text)) return false;
  const std::string_view before = tokens[at - 1].text;
  const std::string_view after = tokens[at + 1].text;
  if (after == "." || after == "->") return true;
  if (after == "(")
    return tokens[at + 2].text == ")" && !(is_word(before) && before != "return") &&
           before != "&" && before != "*";
  return (before == "(" || before == ",") && (after == ")" || after == ",");
}

/// What streams are called here: by custom, and each name that is bound to one as in
/// `auto& dice = world.random();` or `Random& dice`.
Names streams_of(const std::vector<Token>& tokens) {
  Names names = {"random", "random_", "rng", "rng_"};
  for (std::size_t i = 1; i + 1 < tokens.size(); ++i) {
    if (tokens[i - 1].text != "&" || !is_word(tokens[i].text)) continue;
    const bool declared = i > 2 && tokens[i - 2].text == "Random" && tokens[i - 3].text != "const";
    const bool bound = tokens[i + 1].text == "=" && i + 6 < tokens.size() &&
                       (tokens[i + 3].text == "." || tokens[i + 3].text == "->") &&
                       tokens[i + 4].text == "random" && tokens[i + 5].text == "(";
    if (declared || bound) names.insert(tokens[i].text);
  }
  return names;
}

/// Two draws between which the language sets no order: in one argument list, or on both sides of an
/// operator.
std::vector<Hit> two_draws(const Source& source) {
  static const Words sequenced = {";", "{", "}", "&&", "||", "?", ":", "<<", "="};
  std::vector<Hit> hits;
  std::vector<bool> condition;  // for each open parenthesis: it follows if, for, while or switch
  int draws = 0;
  const std::vector<Token>& tokens = source.tokens;
  const Names streams = streams_of(tokens);
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
    } else if (draw(tokens, i, streams) && ++draws == 2) {
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
  std::size_t others = 0;        // how many of them do not
  Words statement;               // its words up to the first "=", "(" or "{"
  bool complete = false;         // that sign has come
  bool callable = false;         // it was "("
  int line = 0;
  const auto restart = [&] {
    statement.clear();
    complete = callable = false;
  };
  const auto judge = [&] {
    const bool is_static = contains(statement, "static") || contains(statement, "thread_local");
    if (statement.size() < 2 || callable || contains(no_variable, statement.front())) return;
    if (!is_static && !(is_word(statement.front()) && others == 0)) return;
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
      if (!namespaces.back()) ++others;
      restart();
    } else if (token.text == "}") {
      if (!namespaces.empty()) {
        if (!namespaces.back()) --others;
        namespaces.pop_back();
      }
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

}  // namespace

std::span<const Rule> determinism_rules() {
  static const std::vector<Rule> rules = {
      {"wall-clock", "clocks of the host: the time of day is no input",
       "take the time from Context::now()",
       any_of({"system_clock", "steady_clock", "high_resolution_clock", "utc_clock", "file_clock",
               "time (", "clock (", "clock_gettime", "gettimeofday", "timespec_get", "localtime (",
               "gmtime (", "__DATE__", "__TIME__", "__TIMESTAMP__", "sleep_for", "sleep_until"})},
      {"host-random", "randomness of the host: nobody recorded what it gave",
       "draw from Context::random()",
       any_of({"random_device", "rand (", "srand (", "drand48", "arc4random", "getrandom",
               "getentropy"})},
      {"std-distribution", "distributions of the standard library: each implements its own",
       "use the distributions of engine/random.hpp: those of the standard libraries differ",
       any_of({"std :: *_distribution", "std :: shuffle", "std :: random_shuffle", "std :: sample",
               "default_random_engine"})},
      {"std-hash", "hashes of the standard library: they differ, and some are salted",
       "use digest_of(): std::hash differs between libraries",
       any_of({"std :: hash", "boost :: hash"})},
      {"unordered", "unordered containers: their order is an accident of library and history",
       "use std::map, std::set or a sorted vector: iteration needs an order of its own",
       any_of({"unordered_*"})},
      {"thread", "threads and what they share: their interleaving is no input",
       "a world runs on one thread; run many worlds at once in tools/lab",
       any_of({"std :: thread", "std :: jthread", "std :: async", "std :: mutex", "std :: *_mutex",
               "std :: condition_variable", "std :: atomic*", "std :: future", "std :: promise",
               "std :: execution", "std :: this_thread", "pthread_create", "pragma omp"})},
      {"environment", "the environment of the process: it belongs to the host",
       "make it an option of the scenario",
       any_of({"getenv", "secure_getenv", "getpid (", "gethostname", "hardware_concurrency"})},
      {"outside", "files, standard input and sockets: what is read there is not recorded",
       "let it in through the one door: as [[input]] or [[feed]] of the scenario",
       any_of({"ifstream", "std :: fstream", "fopen (", "popen (", "scanf (", "fgets (",
               "std :: cin", "std :: filesystem", "socket ("})},
      {"locale", "what follows the locale: it belongs to the host",
       "format with std::to_chars or std::to_string of integers, read with std::from_chars",
       any_of({"std :: locale", "setlocale", "localeconv", "imbue", "strtod (", "strtof (",
               "atof (", "stod (", "stof ("})},
      {"pointer-key", "maps and sets ordered by address: addresses differ from run to run",
       "key by an id: addresses differ from run to run", pointer_keys},
      {"address", "addresses as numbers or text: they differ from run to run",
       "use an id or an index: addresses differ from run to run", addresses, true},
      {"libm", "functions of libm: results differ between libraries and between CPUs",
       "call the functions of engine/math.hpp: those of libm differ between CPUs", libm_calls},
      {"floating-point", "reals whose width, order or rounding the source does not fix",
       "calculate in double, in an order that the source fixes, with the rounding as it is",
       any_of({"long double", "float_t", "double_t", "std :: reduce", "std :: transform_reduce",
               "fesetround", "fesetenv", "_MM_SET_*", "FP_CONTRACT"}),
       true},
      {"two-draws", "two draws in one expression: the compiler chooses which comes first",
       "give each draw a statement of its own: the compiler chooses the order here", two_draws},
      {"mutable-global", "variables that outlive the world: they are in no snapshot",
       "make it a field of the agent or of the simulation", mutable_globals},
  };
  return rules;
}

}  // namespace reprise::lint
