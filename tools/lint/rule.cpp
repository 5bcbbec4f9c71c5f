#include "tools/lint/rule.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <map>
#include <utility>

namespace reprise::lint {

namespace {

using Words = std::vector<std::string_view>;

bool contains(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

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

/// What an excuse speaks of: "allow(thread)"; a name that no rule could have is not repeated.
std::string named(const Excuse& excuse) {
  const bool plain = excuse.rule.size() <= 40 && std::ranges::all_of(excuse.rule, [](char c) {
                       return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-';
                     });
  return "allow(" + (plain ? excuse.rule : "...") + ")";
}

}  // namespace

std::string to_string(const Finding& finding) {
  return finding.file + ":" + std::to_string(finding.line) + ": " + finding.rule + ": " +
         finding.what + "; " + finding.remedy;
}

Judgement judge(const Source& source, std::span<const Rule> rules) {
  Judgement judgement;
  std::vector<bool> used(source.excuses.size());
  using Place = std::pair<int, std::string_view>;
  std::multimap<Place, std::size_t> excuses;
  for (std::size_t i = 0; i < source.excuses.size(); ++i) {
    excuses.emplace(Place(source.excuses[i].excused_line, source.excuses[i].rule), i);
  }
  const std::string file(source.path);
  const auto complain = [&](int line, std::string_view rule, const std::string& what,
                            std::string_view remedy) {
    judgement.findings.push_back({file, line, std::string(rule), what, std::string(remedy)});
  };
  for (const Rule& rule : rules) {
    for (const Hit& hit : rule.find(source)) {
      const auto [begin, end] = excuses.equal_range({hit.line, rule.name});
      if (begin == end) {
        complain(hit.line, rule.name, hit.what, rule.remedy);
        continue;
      }
      ++judgement.excused;
      for (auto excuse = begin; excuse != end; ++excuse) used[excuse->second] = true;
    }
  }
  for (std::size_t i = 0; i < source.excuses.size(); ++i) {
    const Excuse& excuse = source.excuses[i];
    if (excuse.reason.empty()) {
      complain(excuse.line, excuse_rule, named(excuse) + " without a reason",
               "say after the bracket why this line may break the rule");
    }
    if (!used[i]) {
      complain(excuse.line, excuse_rule, named(excuse) + " excuses nothing",
               "take it out, or name the rule that is broken here");
    }
  }
  std::ranges::stable_sort(judgement.findings, {}, &Finding::line);
  return judgement;
}

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

std::function<std::vector<Hit>(const Source&)> any_of(std::vector<std::string_view> patterns) {
  std::vector<Words> sequences;
  std::ranges::transform(patterns, std::back_inserter(sequences), split);
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
        for (std::size_t j = i; j < i + sequence.size(); ++j) {
          const std::string_view text = source.tokens[j].text;
          if (j > i && is_word(text) && is_word(source.tokens[j - 1].text)) what += ' ';
          what += text;
        }
        if (call) what += ')';
        hits.push_back({source.tokens[i].line, what});
      }
    }
    return hits;
  };
}

}  // namespace reprise::lint
