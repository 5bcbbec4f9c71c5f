#include "engine/pattern.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace reprise {

namespace {

constexpr std::size_t bytes_max = 4'096;
constexpr std::size_t instructions_max = 10'000;
constexpr int depth_max = 100;
constexpr int repeats_max = 1'000;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_ascii(char c) {
  return static_cast<unsigned char>(c) < 0x80;
}

/// A later byte of a character of several.
bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

template <class Test>
std::bitset<256> bytes_that(const Test& test) {
  std::bitset<256> set;
  for (std::size_t byte = 0; byte < 256; ++byte) set[byte] = test(static_cast<char>(byte));
  return set;
}

std::bitset<256> only(char c) {
  return std::bitset<256>().set(static_cast<unsigned char>(c));
}

/// The set of \d, \w or \s; nothing for another letter.
std::optional<std::bitset<256>> named_set(char letter) {
  if (letter == 'd') return bytes_that(is_digit);
  if (letter == 'w') {
    return bytes_that([](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
  }
  if (letter == 's') return bytes_that([](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); });
  return std::nullopt;
}

}  // namespace

/// Reads a pattern by recursive descent, into a program.
class Pattern::Reader {
 public:
  Reader(std::string_view text, std::vector<ByteSet>& sets) : text_(text), sets_(sets) {}

  Program read() {
    if (text_.size() > bytes_max) {
      fail(bytes_max, "a pattern has at most " + std::to_string(bytes_max) + " bytes");
    }
    Program program = alternatives();
    if (at_ < text_.size()) fail(at_, "')' closes nothing; write '\\)' for the sign itself");
    program.push_back({.op = Op::found});
    return program;
  }

 private:
  [[noreturn]] static void fail(std::size_t offset, const std::string& reason) {
    throw PatternError(offset, reason);
  }

  bool more() const { return at_ < text_.size(); }
  bool next_is(char c) const { return more() && text_[at_] == c; }
  bool take(char c) {
    if (!next_is(c)) return false;
    ++at_;
    return true;
  }

  static std::int32_t size(const Program& program) {
    return static_cast<std::int32_t>(program.size());
  }

  void append(Program& program, const Program& other) const {
    if (program.size() + other.size() > instructions_max) {
      fail(at_ - 1, "the pattern is too large: it takes more than " +
                        std::to_string(instructions_max) + " instructions");
    }
    program.insert(program.end(), other.begin(), other.end());
  }

  Program alternatives() {
    Program left = sequence();
    std::vector<Program> all;
    all.push_back(std::move(left));
    while (take('|')) all.push_back(sequence());
    // From the last to the first, so that each jump to the end is as long as what follows.
    Program rest = std::move(all.back());
    for (std::size_t i = all.size() - 1; i-- > 0;) {
      Program both{{.op = Op::split, .first = 1, .second = size(all[i]) + 2}};
      append(both, all[i]);
      both.push_back({.op = Op::jump, .first = size(rest) + 1});
      append(both, rest);
      rest = std::move(both);
    }
    return rest;
  }

  Program sequence() {
    Program program;
    while (more() && text_[at_] != '|' && text_[at_] != ')') append(program, repeated());
    return program;
  }

  Program repeated() {
    const std::size_t start = at_;
    const Program once = atom();
    int least = 1;
    int most = 1;  // -1: without end
    if (take('*')) {
      least = 0;
      most = -1;
    } else if (take('+')) {
      most = -1;
    } else if (take('?')) {
      least = 0;
    } else if (next_is('{')) {
      counts(least, most);
    } else {
      return once;
    }
    if (more() && std::string_view("*+?{").find(text_[at_]) != std::string_view::npos) {
      fail(at_, "a repeat of a repeat; put the first into parentheses");
    }
    const std::size_t copies = static_cast<std::size_t>(std::max(least, most) + 1);
    if (once.size() * copies > instructions_max) {
      fail(start, "the pattern is too large: this repeat takes more than " +
                      std::to_string(instructions_max) + " instructions");
    }
    Program program;
    for (int i = 0; i < least; ++i) append(program, once);
    if (most < 0) append(program, any_number_of(once));
    for (int i = least; i < most; ++i) {
      append(program, {{.op = Op::split, .first = 1, .second = size(once) + 1}});
      append(program, once);
    }
    return program;
  }

  Program any_number_of(const Program& once) const {
    Program loop{{.op = Op::split, .first = 1, .second = size(once) + 2}};
    append(loop, once);
    loop.push_back({.op = Op::jump, .first = -size(once) - 1});
    return loop;
  }

  /// "{m}", "{m,}" or "{m,n}".
  void counts(int& least, int& most) {
    const std::size_t start = at_++;
    least = count(start);
    most = least;
    if (take(',')) most = next_is('}') ? -1 : count(start);
    if (!take('}')) fail(start, "'{' is not closed; a repeat is {3}, {3,} or {3,5}");
    if (most >= 0 && most < least) fail(start, "the repeat's upper bound is below its lower one");
  }

  int count(std::size_t start) {
    if (!more() || !is_digit(text_[at_])) {
      fail(start, "'{' begins a repeat: {3}, {3,} or {3,5}; write '\\{' for the sign itself");
    }
    int number = 0;
    while (more() && is_digit(text_[at_])) {
      number = number * 10 + (text_[at_++] - '0');
      if (number > repeats_max)
        fail(start, "a repeat is of at most " + std::to_string(repeats_max));
    }
    return number;
  }

  Program atom() {
    const std::size_t start = at_;
    const char c = text_[at_++];
    switch (c) {
      case '(':
        return group(start);
      case '[':
        return bracket(start);
      case '.':
        return character(~only('\n'));
      case '^':
        return {{.op = Op::begin}};
      case '$':
        return {{.op = Op::end}};
      case '*':
      case '+':
      case '?':
      case '{':
        fail(start, std::string("there is nothing for '") + c + "' to repeat; write '\\" + c +
                        "' for the sign itself");
      case '\\':
        return escape(start);
      default:
        break;
    }
    Program program = one_of(only(c));
    while (more() && is_continuation(text_[at_])) append(program, one_of(only(text_[at_++])));
    return program;
  }

  Program group(std::size_t start) {
    if (++depth_ > depth_max) {
      fail(start, "the pattern is nested more than " + std::to_string(depth_max) + " deep");
    }
    if (next_is('?')) fail(start, "'(?' is not known here; a group is ( and )");
    Program program = alternatives();
    if (!take(')')) fail(start, "'(' is not closed");
    --depth_;
    return program;
  }

  Program escape(std::size_t start) {
    const ByteSet set = escaped(start);
    const char letter = text_[at_ - 1];
    return letter == 'D' || letter == 'W' || letter == 'S' ? character(set) : one_of(set);
  }

  /// What stands behind a backslash, which has been taken.
  ByteSet escaped(std::size_t start) {
    if (!more()) fail(start, "a backslash stands at the end");
    const char c = text_[at_++];
    if (c == 'n') return only('\n');
    if (c == 't') return only('\t');
    if (c == 'r') return only('\r');
    if (const auto set = named_set(c)) return *set;
    if (c >= 'A' && c <= 'Z') {
      if (const auto set = named_set(static_cast<char>(c - 'A' + 'a'))) return ~*set;
    }
    if (is_letter(c) || is_digit(c) || !is_ascii(c)) {
      fail(start, std::string("unknown escape; there are \\d \\w \\s \\D \\W \\S \\n \\t \\r, and "
                              "a backslash before punctuation"));
    }
    return only(c);
  }

  /// "[...]", of which the bracket has been taken.
  Program bracket(std::size_t start) {
    const bool negated = take('^');
    ByteSet set;
    bool first = true;
    while (!next_is(']') || first) {
      first = false;
      const std::size_t place = at_;
      ByteSet one = element(start);
      if (next_is('-') && at_ + 1 < text_.size() && text_[at_ + 1] != ']') {
        ++at_;
        const ByteSet last = element(start);
        if (one.count() != 1 || last.count() != 1) fail(place, "a range is from one sign to one");
        one = range(one, last);
        if (one.none()) fail(place, "the range is the wrong way round");
      }
      set |= one;
    }
    ++at_;
    return negated ? character(~set) : one_of(set);
  }

  ByteSet element(std::size_t start) {
    if (!more()) fail(start, "'[' is not closed");
    const char c = text_[at_++];
    if (c == '\\') {
      const ByteSet set = escaped(at_ - 1);
      if (std::string_view("DWS").find(text_[at_ - 1]) != std::string_view::npos) {
        fail(at_ - 2, "this cannot stand in brackets; write [^...]");
      }
      return set;
    }
    if (!is_ascii(c)) fail(at_ - 1, "only ASCII can stand in brackets; write (ä|ö)");
    return only(c);
  }

  static ByteSet range(const ByteSet& first, const ByteSet& last) {
    ByteSet all;
    bool inside = false;
    for (std::size_t byte = 0; byte < all.size(); ++byte) {
      inside |= first[byte];
      all[byte] = inside;
      if (last[byte]) return all;
    }
    return {};
  }

  Program one_of(const ByteSet& set) {
    auto place = std::find(sets_.begin(), sets_.end(), set);
    if (place == sets_.end()) place = sets_.insert(place, set);
    return {{.op = Op::byte, .set = static_cast<std::uint16_t>(place - sets_.begin())}};
  }

  /// A whole character whose first byte is in `set`.
  Program character(const ByteSet& set) {
    const ByteSet later = bytes_that(is_continuation);
    Program program = one_of(set & ~later);
    append(program, any_number_of(one_of(later)));
    return program;
  }

  std::string_view text_;
  std::vector<ByteSet>& sets_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

Pattern::Pattern(std::string_view text) : program_(Reader(text, sets_).read()) {}

bool Pattern::found_in(std::string_view text) const {
  constexpr std::size_t never = std::numeric_limits<std::size_t>::max();
  std::vector<std::size_t> reached(program_.size(), never);  // at which place in the text, last
  std::vector<std::size_t> now;
  std::vector<std::size_t> next;
  std::vector<std::size_t> open;
  bool found = false;
  const auto reach = [&](std::vector<std::size_t>& states, std::size_t state, std::size_t place) {
    open.push_back(state);
    while (!open.empty()) {
      const std::size_t at = open.back();
      open.pop_back();
      if (reached[at] == place) continue;
      reached[at] = place;
      const Instruction& each = program_[at];
      const auto to = [&](std::int32_t step) { return at + static_cast<std::size_t>(step); };
      if (each.op == Op::byte) states.push_back(at);
      if (each.op == Op::found) found = true;
      if (each.op == Op::begin && place == 0) open.push_back(at + 1);
      if (each.op == Op::end && place == text.size()) open.push_back(at + 1);
      if (each.op == Op::split || each.op == Op::jump) open.push_back(to(each.first));
      if (each.op == Op::split) open.push_back(to(each.second));
    }
  };
  reach(now, 0, 0);
  for (std::size_t place = 0; !found && place < text.size(); ++place) {
    for (const std::size_t state : now) {
      const ByteSet& set = sets_[program_[state].set];
      if (set[static_cast<unsigned char>(text[place])]) reach(next, state + 1, place + 1);
    }
    reach(next, 0, place + 1);  // it may begin anywhere
    now.swap(next);
    next.clear();
  }
  return found;
}

}  // namespace reprise
