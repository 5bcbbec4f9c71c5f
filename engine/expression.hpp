#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
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

/// What a path in an expression means, as the vocabulary understood it.
struct Term {
  Path path;
  ValueType type = ValueType::any;
  std::size_t slot = 0;  ///< The vocabulary's own number for it: nothing is looked up by text.

  /// It stands for a value of each member of this group, by the vocabulary's number.
  std::optional<std::size_t> group{};
};

/// What an expression may name; asked while it is read.
class Vocabulary {
 public:
  virtual ~Vocabulary() = default;

  /// What stands at `path`. Throws PathError if nothing ever does.
  virtual Term term(const Path& path) const = 0;
};

/// What the names stand for at one moment.
class Values {
 public:
  virtual ~Values() = default;

  /// What stands there, of the group's member `member` if it is of a group; Unknown if nothing
  /// does. A real that is no number counts as unknown.
  virtual Value at(const Term& term, std::size_t member) const = 0;

  /// How many members a group has.
  virtual std::size_t members(std::size_t /*group*/) const { return 0; }
};

/// A text that is no expression, or one that makes no sense. The message is "column 7: reason".
class ExpressionError : public std::runtime_error {
 public:
  ExpressionError(std::size_t column_number, const std::string& why);

  std::size_t column = 1;  ///< Where in the text, in characters, from 1.
  std::string reason;
};

/// What the aggregates of one expression came to when it was evaluated last, so that only members
/// that have changed are asked again.
class AggregateMemory {
 public:
  /// This member's values may have changed.
  void touch(std::size_t group, std::size_t member);

  /// Any value may have changed.
  void forget() { folds_.clear(); }

 private:
  friend class Expression;

  struct Fold {
    std::size_t group = 0;
    std::vector<Value> nodes{};        // a tree: the root is 1, the children of n are 2n and 2n + 1
    std::vector<std::size_t> stale{};  // members
  };

  std::map<std::size_t, Fold> folds_;  // by the place of the aggregate in its expression
};

/// An expression, read and checked once and evaluated as often as one likes. Evaluating takes time
/// in proportion to the expression's length; a `matches`, to its pattern times the text; an
/// aggregate, to the members of its group.
class Expression {
 public:
  static constexpr std::size_t bytes_max = std::size_t{1} << 16;
  static constexpr int depth_max = 100;  ///< Of parentheses, `not` and minus signs in each other.

  /// Reads what comes to a value of type `wanted`: a question, or with `any` whatever it is. Throws
  /// ExpressionError.
  Expression(std::string_view text, const Vocabulary& vocabulary,
             ValueType wanted = ValueType::boolean);

  /// Whether it is so.
  Truth holds(const Values& values) const;

  /// What it comes to.
  Value value(const Values& values) const;

  /// The same, where `memory` has been told of all that changed since it was there last. A change
  /// of one member among n costs log n and not n, where an aggregate names nothing but its group.
  Value value(const Values& values, AggregateMemory& memory) const;

 private:
  struct Tree;
  std::shared_ptr<const Tree> tree_;
};

/// How `a` compares with `b`: numbers exactly, whatever their types; texts byte by byte; booleans,
/// false first. Nothing if one is unknown or they are of different types.
std::optional<std::partial_ordering> compare(const Value& a, const Value& b);

}  // namespace reprise
