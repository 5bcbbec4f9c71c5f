#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// Small expressions that a person asks questions with: `kind == "market.trade" and payload.price >
/// 5`. They are pure, three-valued (Kleene's logic: what is absent is unknown) and the same on
/// every host. The language is described in docs/expressions.md.
namespace reprise {

/// What is absent, or cannot be computed.
struct Unknown {
  friend bool operator==(const Unknown&, const Unknown&) = default;
};

/// Wide enough for every 64-bit integer, signed or not, and for what one computes with them.
__extension__ typedef __int128 WideInteger;

/// What a part of an expression comes to. Durations and times are integers in nanoseconds.
using Value = std::variant<Unknown, bool, WideInteger, double, std::string>;

/// What is known of a value before it is computed.
enum class ValueType : std::uint8_t {
  any,  ///< Nothing: it is one of the others each time.
  boolean,
  number,
  text
};

enum class Truth : std::uint8_t { no, unknown, yes };

/// One step of a path: a name, or what stands in brackets.
struct PathPart {
  std::string text;
  bool element = false;  ///< It stood in brackets: a position in a list or a key of a map.

  friend bool operator==(const PathPart&, const PathPart&) = default;
};

/// What an expression names: `payload.price`, `trader[3].cash`, `book.bids["a b"].size`.
using Path = std::vector<PathPart>;

std::string to_string(const Path& path);

/// A path that leads nowhere, whatever the values.
class PathError : public std::runtime_error {
 public:
  /// `part` is the place in the path of the part that is wrong; `reason` is a clause.
  PathError(std::size_t part_place, const std::string& reason)
      : std::runtime_error(reason), part(part_place) {}

  std::size_t part = 0;
};

/// What an expression may name; asked while it is read.
class Vocabulary {
 public:
  virtual ~Vocabulary() = default;

  /// The type of what stands at `path`. Throws PathError if nothing ever does.
  virtual ValueType type_of(const Path& path) const = 0;
};

/// What the names stand for at one moment.
class Values {
 public:
  virtual ~Values() = default;

  /// What stands at `path`, which the vocabulary knows; Unknown if nothing does. A real that is no
  /// number counts as unknown.
  virtual Value at(const Path& path) const = 0;
};

/// A text that is no expression, or one that makes no sense. The message is "column 7: reason".
class ExpressionError : public std::runtime_error {
 public:
  ExpressionError(std::size_t column_number, const std::string& why);

  std::size_t column = 1;  ///< Where in the text, in characters, from 1.
  std::string reason;
};

/// An expression, read and checked once and evaluated as often as one likes. Evaluating takes time
/// in proportion to the expression's length; a `matches`, to its pattern times the text.
class Expression {
 public:
  static constexpr std::size_t bytes_max = std::size_t{1} << 16;
  static constexpr int depth_max = 100;  ///< Of parentheses, `not` and minus signs in each other.

  /// Throws ExpressionError.
  Expression(std::string_view text, const Vocabulary& vocabulary);

  /// Whether it is so.
  Truth holds(const Values& values) const;

 private:
  struct Tree;
  std::shared_ptr<const Tree> tree_;
};

/// How `a` compares with `b`: numbers exactly, whatever their types; texts byte by byte; booleans,
/// false first. Nothing if one is unknown or they are of different types.
std::optional<std::partial_ordering> compare(const Value& a, const Value& b);

}  // namespace reprise
