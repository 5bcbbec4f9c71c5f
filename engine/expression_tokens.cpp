#include "engine/expression_tokens.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "engine/nearest.hpp"
#include "engine/time.hpp"

namespace reprise {

namespace {

constexpr std::array<std::string_view, 7> keywords = {"and",     "or",   "not",  "in",
                                                      "matches", "true", "false"};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c);
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// How another language writes an operator that is a word here.
std::string_view written_here(std::string_view sign) {
  if (sign == "&&" || sign == "&") return "and";
  if (sign == "||" || sign == "|") return "or";
  if (sign == "!") return "not";
  if (sign == "=") return "==";
  if (sign == "=~" || sign == "~") return "matches";
  if (sign == "<>") return "!=";
  return {};
}

std::string quoted(std::string_view sign) {
  return '\'' + std::string(sign) + '\'';
}

}  // namespace

Tokens::Tokens(std::string_view text) : text_(text) {
  if (text_.size() > Expression::bytes_max) {
    fail(Expression::bytes_max,
         "an expression has at most " + std::to_string(Expression::bytes_max) + " bytes");
  }
  next_ = read();
}

Token Tokens::take() {
  Token taken = std::move(next_);
  next_ = read();
  return taken;
}

void Tokens::fail(std::size_t offset, const std::string& reason) const {
  const std::string_view before = text_.substr(0, std::min(offset, text_.size()));
  const auto later_byte = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; };
  const auto later_bytes = std::count_if(before.begin(), before.end(), later_byte);
  throw ExpressionError(before.size() - static_cast<std::size_t>(later_bytes) + 1, reason);
}

Token Tokens::token(Token::Kind kind, std::size_t begin) const {
  return {.kind = kind, .source = text_.substr(begin, at_ - begin), .offset = begin, .end = at_};
}

std::size_t Tokens::word_end(std::size_t begin) const {
  while (begin < text_.size() && is_word(text_[begin])) ++begin;
  return begin;
}

Token Tokens::read() {
  while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  const std::size_t begin = at_;
  if (begin == text_.size()) return token(Token::Kind::end, begin);
  const char c = text_[begin];
  if (is_digit(c)) return read_number();
  if (c == '"' || c == '\'' || c == '`') return read_quoted(c);
  if (!is_word(c)) return read_sign();
  at_ = word_end(begin);
  const bool is_keyword =
      std::ranges::find(keywords, text_.substr(begin, at_ - begin)) != keywords.end();
  return token(is_keyword ? Token::Kind::keyword : Token::Kind::name, begin);
}

Token Tokens::read_number() {
  const std::size_t begin = at_;
  const auto digits = [&] {
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
  };
  const auto digit_at = [&](std::size_t place) {
    return place < text_.size() && is_digit(text_[place]);
  };
  bool whole = true;
  digits();
  if (at_ < text_.size() && text_[at_] == '.' && digit_at(at_ + 1)) {
    whole = false;
    ++at_;
    digits();
  }
  if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
    const bool is_signed =
        at_ + 1 < text_.size() && (text_[at_ + 1] == '+' || text_[at_ + 1] == '-');
    if (digit_at(at_ + (is_signed ? 2 : 1))) {
      whole = false;
      at_ += is_signed ? 2 : 1;
      digits();
    }
  }
  const std::size_t unit = at_;
  at_ = word_end(at_);
  Token number = token(Token::Kind::number, begin);
  const char* const first = number.source.data();
  const char* const last = first + number.source.size();
  if (unit != at_) {
    const std::optional<Duration> duration = parse_duration(number.source);
    if (!duration) {
      fail(begin, quoted(number.source) +
                      " is no duration: a number and one of ns us ms s min h "
                      "d, whole in nanoseconds and at most 292 years");
    }
    number.number = WideInteger{duration->count()};
  } else if (whole) {
    std::uint64_t integer = 0;
    if (std::from_chars(first, last, integer).ec != std::errc()) {
      fail(begin, "the integer does not fit into 64 bits");
    }
    number.number = WideInteger{integer};
  } else {
    double real = 0;
    if (std::from_chars(first, last, real).ec != std::errc()) {
      fail(begin, "the number is too large or too small for a real");
    }
    number.number = real;
  }
  return number;
}

Token Tokens::read_quoted(char quote) {
  const std::size_t begin = at_++;
  const bool escapes = quote != '`';
  while (at_ < text_.size() && text_[at_] != quote) {
    at_ += escapes && text_[at_] == '\\' && at_ + 1 < text_.size() ? 2 : 1;
  }
  if (at_ >= text_.size()) fail(begin, std::string("the ") + quote + " is not closed");
  Token token = this->token(escapes ? Token::Kind::text : Token::Kind::name, begin + 1);
  token.offset = begin;
  token.end = ++at_;
  if (!escapes && token.source.empty()) fail(begin, "there is no name between the backquotes");
  return token;
}

Token Tokens::read_sign() {
  const std::size_t begin = at_;
  const auto takes = [&](std::string_view sign) {
    if (!text_.substr(begin).starts_with(sign)) return false;
    at_ = begin + sign.size();
    return true;
  };
  for (const std::string_view two : {"==", "!=", "<=", ">=", "&&", "||", "=~", "<>"}) {
    if (takes(two)) break;
  }
  if (at_ == begin) ++at_;
  const Token sign = token(Token::Kind::sign, begin);
  const std::string_view known = "()[],.<>+-*/";
  const bool is_known = sign.source.size() == 1 ? known.find(sign.source) != std::string_view::npos
                                                : sign.source[1] == '=';
  if (is_known) return sign;
  const std::string_view here = written_here(sign.source);
  if (!here.empty()) fail(begin, quoted(sign.source) + " is no operator; write " + quoted(here));
  const auto byte = static_cast<unsigned char>(sign.source[0]);
  if (byte < 0x20 || byte >= 0x7f) {
    fail(begin,
         "unexpected character; a name with other signs than letters of ASCII, digits and "
         "'_' stands in backquotes");
  }
  fail(begin, "unexpected " + quoted(sign.source));
}

std::string Tokens::unescaped(const Token& text) const {
  std::string plain;
  for (std::size_t i = 0; i < text.source.size(); ++i) {
    if (text.source[i] != '\\') {
      plain += text.source[i];
      continue;
    }
    const std::size_t place = text.offset + 1 + i;
    switch (text.source[++i]) {
      case 'n':
        plain += '\n';
        break;
      case 't':
        plain += '\t';
        break;
      case 'r':
        plain += '\r';
        break;
      case '\\':
      case '"':
      case '\'':
        plain += text.source[i];
        break;
      default:
        fail(place, "unknown escape; there are \\n \\t \\r \\\\ \\\" \\'");
    }
  }
  return plain;
}

}  // namespace reprise
