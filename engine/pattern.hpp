#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace reprise {

/// A text that is no pattern.
class PatternError : public std::runtime_error {
 public:
  PatternError(std::size_t place, const std::string& reason)
      : std::runtime_error(reason), offset(place) {}

  std::size_t offset = 0;  ///< Where in the pattern, in bytes.
};

/// A regular expression without anything that cannot be found in linear time: no back references,
/// no looking around.
///
/// Texts are UTF-8: `.` and `[^...]` take a whole character. There are `. [...] [^...] * + ? {m}
/// {m,} {m,n} | ( ) ^ $`, the classes `\d \w \s \D \W \S` of ASCII, `\n \t \r`, and a backslash
/// before punctuation to mean itself. `.` takes everything but a line feed; `^` and `$` are the
/// ends of the text.
///
/// Thompson's construction, run by keeping all states at once (as in Cox, "Regular Expression
/// Matching: the Virtual Machine Approach", 2009).
class Pattern {
 public:
  /// Throws PatternError, also for one that has more than 4,096 bytes, is nested more than 100 deep
  /// or takes more than 10,000 instructions.
  explicit Pattern(std::string_view text);

  /// Whether it is found anywhere in `text`. Takes time in proportion to the size of the text times
  /// that of the pattern, at worst.
  bool found_in(std::string_view text) const;

 private:
  enum class Op : std::uint8_t { byte, split, jump, begin, end, found };

  struct Instruction {
    Op op = Op::found;
    std::uint16_t set = 0;   // byte: which of sets_
    std::int32_t first = 0;  // split, jump: where to, from here
    std::int32_t second = 0;
  };

  using Program = std::vector<Instruction>;
  using ByteSet = std::bitset<256>;
  class Reader;

  std::vector<ByteSet> sets_;
  Program program_;
};

}  // namespace reprise
