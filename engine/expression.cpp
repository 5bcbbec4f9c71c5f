#include "engine/expression.hpp"

#include <cmath>

#include "engine/expression_parts.hpp"

namespace reprise {

namespace {

bool satisfies(Relation relation, std::partial_ordering order) {
  switch (relation) {
    case Relation::equal:
      return order == 0;
    case Relation::unequal:
      return order != 0;
    case Relation::less:
      return order < 0;
    case Relation::less_or_equal:
      return order <= 0;
    case Relation::greater:
      return order > 0;
    case Relation::greater_or_equal:
      return order >= 0;
  }
  return false;
}

std::partial_ordering compare_exactly(WideInteger a, double b) {
  if (std::isnan(b)) return std::partial_ordering::unordered;
  if (b >= 0x1p127) return std::partial_ordering::less;
  if (b < -0x1p127) return std::partial_ordering::greater;
  const auto whole = static_cast<WideInteger>(b);
  if (a != whole) return a <=> whole;
  return 0.0 <=> b - static_cast<double>(whole);
}

bool is_number(const Value& value) {
  return std::holds_alternative<WideInteger>(value) || std::holds_alternative<double>(value);
}

double real(const Value& value) {
  if (const double* exact = std::get_if<double>(&value)) return *exact;
  return static_cast<double>(std::get<WideInteger>(value));
}

Value from_real(double value) {
  if (std::isnan(value)) return Unknown();
  return value;
}

Value add(const Value& a, const Value& b, bool subtract) {
  const auto* x = std::get_if<WideInteger>(&a);
  const auto* y = std::get_if<WideInteger>(&b);
  if (x == nullptr || y == nullptr)
    return from_real(subtract ? real(a) - real(b) : real(a) + real(b));
  WideInteger result = 0;
  const bool overflow =
      subtract ? __builtin_sub_overflow(*x, *y, &result) : __builtin_add_overflow(*x, *y, &result);
  if (overflow) return Unknown();
  return result;
}

/// a × b, or nothing if it takes more than 127 bits.
std::optional<WideInteger> multiply(WideInteger a, WideInteger b) {
  constexpr WideInteger half = WideInteger{1} << 126;
  constexpr WideInteger max = half - 1 + half;
  if (a < -max || b < -max) return std::nullopt;
  const WideInteger size = a < 0 ? -a : a;
  if (size != 0 && (b < 0 ? -b : b) > max / size) return std::nullopt;
  return a * b;
}

Value multiply(const Value& a, const Value& b, bool divide) {
  if (divide) return real(b) == 0 ? Value(Unknown()) : from_real(real(a) / real(b));
  const auto* x = std::get_if<WideInteger>(&a);
  const auto* y = std::get_if<WideInteger>(&b);
  if (x == nullptr || y == nullptr) return from_real(real(a) * real(b));
  const std::optional<WideInteger> product = multiply(*x, *y);
  if (!product) return Unknown();
  return *product;
}

Truth truth(const Value& value) {
  const bool* known = std::get_if<bool>(&value);
  if (known == nullptr) return Truth::unknown;
  return *known ? Truth::yes : Truth::no;
}

Value value_of(Truth truth) {
  if (truth == Truth::unknown) return Unknown();
  return truth == Truth::yes;
}

}  // namespace

struct Expression::Tree {
  std::vector<Part> parts;
  std::size_t root = 0;

  Value evaluate(std::size_t index, const Values& values) const {
    const Part& part = parts[index];
    switch (part.op) {
      case Op::literal:
        return part.literal;
      case Op::path: {
        Value value = values.at(part.path);
        if (const double* number = std::get_if<double>(&value)) return from_real(*number);
        return value;
      }
      case Op::any_of:
        return join(part, Truth::yes, values);
      case Op::all_of:
        return join(part, Truth::no, values);
      case Op::negation: {
        const Value value = evaluate(part.parts[0], values);
        const bool* known = std::get_if<bool>(&value);
        return known == nullptr ? Value(Unknown()) : !*known;
      }
      case Op::comparison:
        return compared(part, values);
      case Op::in:
        return contained(part, values);
      case Op::matches: {
        const Value value = evaluate(part.parts[0], values);
        const auto* text = std::get_if<std::string>(&value);
        return text == nullptr ? Value(Unknown()) : part.pattern->found_in(*text);
      }
      case Op::sum:
      case Op::product:
        return calculated(part, values);
      case Op::minus: {
        const Value value = evaluate(part.parts[0], values);
        if (!is_number(value)) return Unknown();
        if (const double* number = std::get_if<double>(&value)) return -*number;
        return add(WideInteger{0}, value, true);
      }
    }
    return Unknown();
  }

  /// Kleene's `or` where `decisive` is yes, his `and` where it is no.
  Value join(const Part& part, Truth decisive, const Values& values) const {
    bool all_known = true;
    for (const std::size_t each : part.parts) {
      const Truth one = truth(evaluate(each, values));
      if (one == decisive) return value_of(decisive);
      all_known &= one != Truth::unknown;
    }
    if (!all_known) return Unknown();
    return decisive == Truth::no;
  }

  Value compared(const Part& part, const Values& values) const {
    const Value left = evaluate(part.parts[0], values);
    const Value right = evaluate(part.parts[1], values);
    const std::optional<std::partial_ordering> order = compare(left, right);
    if (!order) return Unknown();
    if (std::holds_alternative<bool>(left) && is_order(part.relation)) return Unknown();
    return satisfies(part.relation, *order);
  }

  Value contained(const Part& part, const Values& values) const {
    const Value left = evaluate(part.parts[0], values);
    bool all_known = true;
    for (std::size_t i = 1; i < part.parts.size(); ++i) {
      const auto order = compare(left, evaluate(part.parts[i], values));
      if (order && *order == 0) return true;
      all_known &= order.has_value();
    }
    if (!all_known) return Unknown();
    return false;
  }

  Value calculated(const Part& part, const Values& values) const {
    Value result = evaluate(part.parts[0], values);
    for (std::size_t i = 1; i < part.parts.size(); ++i) {
      const Value next = evaluate(part.parts[i], values);
      if (!is_number(result) || !is_number(next)) return Unknown();
      result = part.op == Op::sum ? add(result, next, part.inverse[i])
                                  : multiply(result, next, part.inverse[i]);
    }
    return result;
  }
};

ExpressionError::ExpressionError(std::size_t column_number, const std::string& why)
    : std::runtime_error("column " + std::to_string(column_number) + ": " + why),
      column(column_number),
      reason(why) {}

std::string to_string(const Path& path) {
  std::string text;
  for (const PathPart& part : path) {
    if (part.element) {
      text += '[' + part.text + ']';
    } else {
      text += (text.empty() ? "" : ".") + part.text;
    }
  }
  return text;
}

std::optional<std::partial_ordering> compare(const Value& a, const Value& b) {
  if (is_number(a) && is_number(b)) {
    const auto* x = std::get_if<WideInteger>(&a);
    const auto* y = std::get_if<WideInteger>(&b);
    std::partial_ordering order = std::partial_ordering::unordered;
    if (x != nullptr && y != nullptr) {
      order = *x <=> *y;
    } else if (x != nullptr) {
      order = compare_exactly(*x, real(b));
    } else if (y != nullptr) {
      order = 0 <=> compare_exactly(*y, real(a));
    } else {
      order = real(a) <=> real(b);
    }
    if (order == std::partial_ordering::unordered) return std::nullopt;
    return order;
  }
  if (a.index() != b.index()) return std::nullopt;
  if (const bool* x = std::get_if<bool>(&a)) return *x <=> std::get<bool>(b);
  if (const auto* x = std::get_if<std::string>(&a)) return *x <=> std::get<std::string>(b);
  return std::nullopt;
}

Expression::Expression(std::string_view text, const Vocabulary& vocabulary) {
  const auto tree = std::make_shared<Tree>();
  tree->root = parse_expression(text, vocabulary, tree->parts);
  tree_ = tree;
}

Truth Expression::holds(const Values& values) const {
  return truth(tree_->evaluate(tree_->root, values));
}

}  // namespace reprise
