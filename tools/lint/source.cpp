#include "tools/lint/source.hpp"

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <limits>
#include <utility>

namespace reprise::lint {

namespace {

bool one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool word_start(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_';
}
bool digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}
bool word_char(char c) {
  return word_start(c) || digit(c);
}

/// Walks over the text once and fills a Source.
class Reader {
 public:
  Reader(std::string_view path, std::string_view text) : text_(text) {
    source_.path = path;
    source_.text = text;
    if (text.starts_with("\xef\xbb\xbf")) at_ = 3;  // a byte order mark
  }

  Source read() {
    while (at_ < text_.size()) next();
    source_.lines = line_ - (text_.empty() || text_.back() == '\n' ? 1 : 0);
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

  void add_literal(std::size_t begin, std::size_t end) {
    begin = std::min(begin, text_.size());
    const std::string_view literal = text_.substr(begin, std::max(begin, end) - begin);
    source_.tokens.push_back({"\"\"", line_, directive_, literal});
  }

  void next() {
    const char c = text_[at_];
    if (c == '\n') {
      if (!text_.substr(0, at_).ends_with('\\') && !text_.substr(0, at_).ends_with("\\\r")) {
        directive_ = false;
      }
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
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n') {
      end += text_[end] == '\\' ? 2 : 1;
    }
    add_literal(at_ + 1, end);
    advance_to(end + 1);
  }

  void raw_string() {
    const auto open = std::min(text_.find('(', at_), text_.size());
    const std::string close = ")" + std::string(text_.substr(at_ + 1, open - at_ - 1)) + "\"";
    const std::size_t end = behind(close, open);
    add_literal(open + 1, end - std::min(end, close.size()));
    advance_to(end);
  }

  void word() {
    std::size_t end = at_;
    while (end < text_.size() && word_char(text_[end])) ++end;
    const std::string_view word = text_.substr(at_, end - at_);
    if (end < text_.size() && text_[end] == '"' && one_of(word, {"R", "u8R", "uR", "UR", "LR"})) {
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
      const bool exponent_sign = (c == '+' || c == '-') && end > at_ &&
                                 one_of(text_.substr(end - 1, 1), {"e", "E", "p", "P"});
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
      const auto token = std::ranges::upper_bound(source_.tokens, excuse.line, {}, &Token::line);
      const auto include =
          std::ranges::upper_bound(source_.includes, excuse.line, {}, &Include::line);
      constexpr int none = std::numeric_limits<int>::max();
      const int next = std::min(token == source_.tokens.end() ? none : token->line,
                                include == source_.includes.end() ? none : include->line);
      excuse.excused_line = next == none ? excuse.line : next;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  bool line_begins_ = true;
  bool directive_ = false;
  Source source_;
};

}  // namespace

Source parse(std::string_view path, std::string_view text) {
  return Reader(path, text).read();
}

bool is_word(std::string_view token) {
  return !token.empty() && word_start(token.front());
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace reprise::lint
