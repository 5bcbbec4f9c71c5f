#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/expression.hpp"
#include "engine/pattern.hpp"

/// What an expression is made of, between its reading and its evaluation.
namespace reprise {

enum class Op : std::uint8_t {
  literal,
  path,
  any_of,  // or
  all_of,  // and
  negation,
  comparison,
  in,  // the first part is one of the others
  matches,
  sum,
  product,
  minus,
  aggregate
};

/// What is asked of the members of a group together.
enum class Aggregate : std::uint8_t { count, sum, min, max, any, all };

/// As they are written, by Aggregate.
inline constexpr std::array<std::string_view, 6> aggregates = {"count", "sum", "min",
                                                               "max",   "any", "all"};

enum class Relation : std::uint8_t {
  equal,
  unequal,
  less,
  less_or_equal,
  greater,
  greater_or_equal
};

/// As they are written, by Relation.
inline constexpr std::array<std::string_view, 6> relations = {"==", "!=", "<", "<=", ">", ">="};

/// One part of an expression. Chains of one operator are one part, so that walking over the parts
/// goes no deeper than the parentheses.
struct Part {
  Op op = Op::literal;
  ValueType type = ValueType::any;
  Relation relation = Relation::equal;
  std::size_t offset = 0;  // where it is written
  std::vector<std::size_t> parts{};
  std::vector<bool> inverse{};  // sum: subtract this part; product: divide by it
  Value literal{};
  Term term{};
  std::optional<Pattern> pattern{};
  Aggregate aggregate = Aggregate::count;
  std::size_t group = 0;      // whose members it is of
  bool members_only = false;  // it names nothing else
};

/// Whether it asks for more than equality.
constexpr bool is_order(Relation relation) {
  return relation != Relation::equal && relation != Relation::unequal;
}

/// Reads an expression and checks the types that are known. The parts go to `parts`, each behind
/// those it is made of; what comes back is the place of the whole. Throws ExpressionError.
std::size_t parse_expression(std::string_view text, const Vocabulary& vocabulary, ValueType wanted,
                             std::vector<Part>& parts);

}  // namespace reprise
