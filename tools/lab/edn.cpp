#include "tools/lab/edn.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

namespace reprise {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_blank(char c) {
  return c == ' ' || c == ',' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == '\v';
}

bool ends_token(char c) {
  return is_blank(c) || std::string_view("()[]{}\";").find(c) != std::string_view::npos;
}

bool is_symbol_character(char c) {
  return is_letter(c) || is_digit(c) ||
         std::string_view(".*+!-_?$%&=<>/:#'|").find(c) != std::string_view::npos;
}

std::optional<unsigned> hexadecimal(std::string_view digits) {
  unsigned value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (digits.size() != 4 || error != std::errc() || end != digits.data() + 4) return std::nullopt;
  return value;
}

std::string quoted_character(char c) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  if (c > ' ' && c < 0x7f) return {'\'', c, '\''};
  const auto byte = static_cast<unsigned char>(c);
  return {'0', 'x', digits[byte >> 4], digits[byte & 15]};
}

std::size_t count_digits(std::string_view text, std::size_t from) {
  std::size_t end = from;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end - from;
}

/// What a token that begins like a number is; nothing if it is none.
std::optional<EdnKind> number_kind(std::string_view token) {
  std::size_t at = token.front() == '-' || token.front() == '+' ? 1 : 0;
  const std::size_t whole = count_digits(token, at);
  if (whole == 0 || (whole > 1 && token[at] == '0')) return std::nullopt;
  at += whole;
  EdnKind kind = EdnKind::integer;
  if (at < token.size() && token[at] == '.') {
    kind = EdnKind::real;
    at += 1 + count_digits(token, at + 1);
  }
  if (at < token.size() && (token[at] == 'e' || token[at] == 'E')) {
    kind = EdnKind::real;
    ++at;
    if (at < token.size() && (token[at] == '-' || token[at] == '+')) ++at;
    const std::size_t digits = count_digits(token, at);
    if (digits == 0) return std::nullopt;
    at += digits;
  }
  if (at < token.size() && token[at] == (kind == EdnKind::integer ? 'N' : 'M')) ++at;
  return at == token.size() ? std::optional(kind) : std::nullopt;
}

void append_utf8(std::string& text, unsigned code) {
  const auto add = [&](unsigned byte) { text.push_back(static_cast<char>(byte)); };
  if (code < 0x80) return add(code);
  if (code < 0x800) {
    add(0xC0 | code >> 6);
  } else if (code < 0x10000) {
    add(0xE0 | code >> 12);
    add(0x80 | (code >> 6 & 0x3F));
  } else {
    add(0xF0 | code >> 18);
    add(0x80 | (code >> 12 & 0x3F));
    add(0x80 | (code >> 6 & 0x3F));
  }
  add(0x80 | (code & 0x3F));
}

std::string canonical_integer(std::string_view source) {
  if (source.ends_with('N')) source.remove_suffix(1);
  if (source.starts_with('+') || source == "-0") source.remove_prefix(1);
  return std::string(source);
}

std::string canonical_real(const EdnElement& element) {
  std::string_view source = element.source;
  if (source.starts_with('+')) source.remove_prefix(1);
  if (source.ends_with('M')) return std::string(source);  // its digits count
  double value = 0;
  const auto [end, error] = std::from_chars(source.data(), source.data() + source.size(), value);
  if (error != std::errc()) throw EdnError(element.offset, "a number beyond a double");
  std::array<char, 32> digits{};
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  std::string text(digits.data(), written.ptr);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string canonical_collection(const EdnElement& element) {
  std::vector<std::string> words;
  for (const EdnElement& item : edn_items(element)) words.push_back(edn_canonical(item));
  // A list and a vector of the same elements are equal.
  if (element.kind == EdnKind::vector || element.kind == EdnKind::list) {
    return '[' + joined(words) + ']';
  }
  if (element.kind == EdnKind::map) {
    std::vector<std::string> pairs;
    for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
      pairs.push_back(words[i] + ' ' + words[i + 1]);
    }
    words = std::move(pairs);
  }
  std::ranges::sort(words);
  return (element.kind == EdnKind::map ? "{" : "#{") + joined(words) + '}';
}

}  // namespace

EdnReader::EdnReader(const EdnElement& collection)
    : text_(collection.source), offset_(collection.offset) {
  const std::size_t opening = collection.kind == EdnKind::set ? 2 : 1;
  text_.remove_prefix(opening);
  text_.remove_suffix(1);
  offset_ += opening;
}

void EdnReader::fail(std::size_t at, const std::string& reason) const {
  throw EdnError(offset_ + at, reason);
}

EdnElement EdnReader::from(EdnKind kind, std::size_t begin) const {
  return {kind, text_.substr(begin, at_ - begin), offset_ + begin};
}

void EdnReader::skip_aside(int depth) {
  while (at_ < text_.size()) {
    if (text_[at_] == ';') {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (is_blank(text_[at_])) {
      ++at_;
    } else if (text_.substr(at_).starts_with("#_")) {
      at_ += 2;
      expect_next(depth + 1, "#_ discards the element behind it");
    } else {
      return;
    }
  }
}

std::optional<EdnElement> EdnReader::next(int depth) {
  skip_aside(depth);
  if (at_ == text_.size()) return std::nullopt;
  return element(depth);
}

EdnElement EdnReader::expect_next(int depth, const char* rule) {
  const std::size_t begin = at_;
  if (depth > depth_max) fail(begin, "elements lie more than 64 deep in each other");
  std::optional<EdnElement> found = next(depth);
  if (!found) fail(begin, std::string("the text ends here, and ") + rule);
  return *found;
}

EdnElement EdnReader::element(int depth) {
  if (depth > depth_max) fail(at_, "elements lie more than 64 deep in each other");
  const std::size_t begin = at_;
  switch (text_[begin]) {
    case '(':
      return collection(EdnKind::list, begin, 1, ')', depth);
    case '[':
      return collection(EdnKind::vector, begin, 1, ']', depth);
    case '{':
      return collection(EdnKind::map, begin, 1, '}', depth);
    case ')':
    case ']':
    case '}':
      fail(begin, std::string("'") + text_[begin] + "' closes nothing");
    case '"':
      skip_text();
      return from(EdnKind::text, begin);
    case '\\':
      return character(begin);
    case '#':
      break;
    default:
      return token(begin);
  }
  if (text_.substr(begin).starts_with("#{")) return collection(EdnKind::set, begin, 2, '}', depth);
  if (begin + 1 == text_.size() || !is_letter(text_[begin + 1])) {
    fail(begin, "'#' begins a set #{...}, a discard #_ or a tag, and here none of them");
  }
  ++at_;
  token(at_);
  return expect_next(depth + 1, "a tag belongs to the element behind it");
}

EdnElement EdnReader::collection(EdnKind kind, std::size_t begin, std::size_t opening, char close,
                                 int depth) {
  at_ = begin + opening;
  std::size_t items = 0;
  for (;; ++items) {
    skip_aside(depth);
    if (at_ == text_.size()) {
      fail(begin, std::string("'") + text_[begin + opening - 1] + "' is never closed");
    }
    if (text_[at_] == close) break;
    element(depth + 1);
  }
  ++at_;
  if (kind == EdnKind::map && items % 2 != 0) fail(begin, "a key of this map has no value");
  return from(kind, begin);
}

void EdnReader::skip_text() {
  const std::size_t begin = at_++;
  while (at_ < text_.size() && text_[at_] != '"') {
    if (text_[at_] != '\\') {
      ++at_;
      continue;
    }
    const char escape = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (escape == 'u' && !hexadecimal(text_.substr(at_ + 2, 4))) {
      fail(at_, "\\u takes four hexadecimal digits");
    }
    if (std::string_view("trnbf\\\"u").find(escape) == std::string_view::npos || escape == '\0') {
      fail(at_, "an unknown escape; EDN has \\t \\r \\n \\b \\f \\\\ \\\" and \\uXXXX");
    }
    at_ += escape == 'u' ? 6 : 2;
  }
  if (at_ >= text_.size()) fail(begin, "the text that begins here has no closing quote");
  ++at_;
}

EdnElement EdnReader::character(std::size_t begin) {
  at_ = begin + 2;  // the one character may be a bracket
  while (at_ < text_.size() && !ends_token(text_[at_])) ++at_;
  if (at_ > text_.size()) fail(begin, "a character is missing behind '\\'");
  return from(EdnKind::character, begin);
}

EdnElement EdnReader::token(std::size_t begin) {
  while (at_ < text_.size() && !ends_token(text_[at_])) {
    if (!is_symbol_character(text_[at_])) {
      fail(at_, "no element begins or goes on with " + quoted_character(text_[at_]));
    }
    ++at_;
  }
  const std::string_view token = text_.substr(begin, at_ - begin);
  if (token.empty()) fail(begin, "an element is missing");
  if (token == "nil") return from(EdnKind::nil, begin);
  if (token == "true" || token == "false") return from(EdnKind::boolean, begin);
  if (token.front() == ':') {
    if (token.size() == 1 || token[1] == ':') fail(begin, "a keyword has a name behind its ':'");
    return from(EdnKind::keyword, begin);
  }
  const bool is_signed = token.size() > 1 && (token.front() == '-' || token.front() == '+');
  if (is_digit(token[is_signed ? 1 : 0])) {
    const std::optional<EdnKind> kind = number_kind(token);
    if (!kind) fail(begin, "this begins like a number and is none");
    return from(*kind, begin);
  }
  return from(EdnKind::symbol, begin);
}

std::vector<EdnElement> edn_items(const EdnElement& collection) {
  std::vector<EdnElement> items;
  EdnReader reader(collection);
  while (const auto item = reader.next()) items.push_back(*item);
  return items;
}

std::string edn_text(const EdnElement& element) {
  const std::string_view source = element.source.substr(1, element.source.size() - 2);
  std::string text;
  text.reserve(source.size());
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (source[i] != '\\') {
      text.push_back(source[i]);
      continue;
    }
    const std::size_t begin = i++;
    if (source[i] != 'u') {
      constexpr std::string_view escapes = "trnbf";
      const std::size_t which = escapes.find(source[i]);
      text.push_back(which == std::string_view::npos ? source[i] : "\t\r\n\b\f"[which]);
      continue;
    }
    unsigned code = *hexadecimal(source.substr(i + 1, 4));
    i += 4;
    if (code >= 0xD800 && code < 0xE000) {
      const auto low = source.substr(i + 1).starts_with("\\u") && source.size() >= i + 7
                           ? hexadecimal(source.substr(i + 3, 4))
                           : std::nullopt;
      if (code >= 0xDC00 || !low || *low < 0xDC00 || *low >= 0xE000) {
        throw EdnError(element.offset + 1 + begin, "half of a surrogate pair");
      }
      code = 0x10000 + ((code - 0xD800) << 10) + (*low - 0xDC00);
      i += 6;
    }
    append_utf8(text, code);
  }
  return text;
}

std::string edn_quoted(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += {'\\', c};
    } else if (byte < 0x20 || byte == 0x7f) {
      quoted += {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};
    } else {
      quoted.push_back(c);
    }
  }
  return quoted + '"';
}

std::string edn_canonical(const EdnElement& element) {
  switch (element.kind) {
    case EdnKind::integer:
      return canonical_integer(element.source);
    case EdnKind::real:
      return canonical_real(element);
    case EdnKind::text:
      return edn_quoted(edn_text(element));
    case EdnKind::list:
    case EdnKind::vector:
    case EdnKind::map:
    case EdnKind::set:
      return canonical_collection(element);
    default:
      return std::string(element.source);
  }
}

}  // namespace reprise
