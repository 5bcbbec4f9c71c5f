#include "engine/expression.hpp"

#include <bit>
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

/// What an aggregate makes of no members.
Value made_of_none(Aggregate aggregate) {
  switch (aggregate) {
    case Aggregate::count:
    case Aggregate::sum:
      return WideInteger{0};
    case Aggregate::any:
      return false;
    case Aggregate::all:
      return true;
    case Aggregate::min:
    case Aggregate::max:
      break;
  }
  return Unknown();
}

/// What it makes of one, of which its expression comes to `value`.
Value made_of_one(Aggregate aggregate, const Value& value) {
  switch (aggregate) {
    case Aggregate::count:
      return WideInteger{truth(value) == Truth::yes ? 1 : 0};
    case Aggregate::any:
    case Aggregate::all:
      return value_of(truth(value));
    case Aggregate::sum:
    case Aggregate::min:
    case Aggregate::max:
      break;
  }
  return is_number(value) ? value : made_of_none(aggregate);
}

/// What it makes of all members, from what it made of two halves of them.
Value made_of_both(Aggregate aggregate, const Value& a, const Value& b) {
  switch (aggregate) {
    case Aggregate::count:
    case Aggregate::sum:
      return is_number(a) && is_number(b) ? add(a, b, false) : Value(Unknown());
    case Aggregate::any:
    case Aggregate::all: {
      const Truth decisive = aggregate == Aggregate::any ? Truth::yes : Truth::no;
      if (truth(a) == decisive || truth(b) == decisive) return value_of(decisive);
      return truth(a) == Truth::unknown ? a : b;
    }
    case Aggregate::min:
    case Aggregate::max:
      break;
  }
  if (!is_number(a)) return b;
  const auto order = compare(b, a);
  return order && (aggregate == Aggregate::min ? *order < 0 : *order > 0) ? b : a;
}

/// What it makes of the members from `first` on, `width` of them, a power of two. Always in the
/// same pairs, so that sums of reals are the same whoever adds them up.
template <class One>
Value made_of(Aggregate aggregate, std::size_t first, std::size_t width, const One& one) {
  if (width == 1) return one(first);
  const std::size_t half = width / 2;
  return made_of_both(aggregate, made_of(aggregate, first, half, one),
                      made_of(aggregate, first + half, half, one));
}

/// Where an expression is evaluated: among these values, and inside an aggregate for this member.
struct Moment {
  const Values& values;
  std::size_t member = 0;
  AggregateMemory* memory = nullptr;
};

}  // namespace

struct Expression::Tree {
  std::vector<Part> parts;
  std::size_t root = 0;

  Value evaluate(std::size_t index, const Moment& moment) const {
    const Part& part = parts[index];
    switch (part.op) {
      case Op::literal:
        return part.literal;
      case Op::path: {
        Value value = moment.values.at(part.term, moment.member);
        if (const double* number = std::get_if<double>(&value)) return from_real(*number);
        return value;
      }
      case Op::any_of:
        return join(part, Truth::yes, moment);
      case Op::all_of:
        return join(part, Truth::no, moment);
      case Op::negation: {
        const Value value = evaluate(part.parts[0], moment);
        const bool* known = std::get_if<bool>(&value);
        return known == nullptr ? Value(Unknown()) : !*known;
      }
      case Op::comparison:
        return compared(part, moment);
      case Op::in:
        return contained(part, moment);
      case Op::matches: {
        const Value value = evaluate(part.parts[0], moment);
        const auto* text = std::get_if<std::string>(&value);
        return text == nullptr ? Value(Unknown()) : part.pattern->found_in(*text);
      }
      case Op::sum:
      case Op::product:
        return calculated(part, moment);
      case Op::minus: {
        const Value value = evaluate(part.parts[0], moment);
        if (!is_number(value)) return Unknown();
        if (const double* number = std::get_if<double>(&value)) return -*number;
        return add(WideInteger{0}, value, true);
      }
      case Op::aggregate:
        return gathered(index, moment);
    }
    return Unknown();
  }

  /// Kleene's `or` where `decisive` is yes, his `and` where it is no.
  Value join(const Part& part, Truth decisive, const Moment& moment) const {
    bool all_known = true;
    for (const std::size_t each : part.parts) {
      const Truth one = truth(evaluate(each, moment));
      if (one == decisive) return value_of(decisive);
      all_known &= one != Truth::unknown;
    }
    if (!all_known) return Unknown();
    return decisive == Truth::no;
  }

  Value compared(const Part& part, const Moment& moment) const {
    const Value left = evaluate(part.parts[0], moment);
    const Value right = evaluate(part.parts[1], moment);
    const std::optional<std::partial_ordering> order = compare(left, right);
    if (!order) return Unknown();
    if (std::holds_alternative<bool>(left) && is_order(part.relation)) return Unknown();
    return satisfies(part.relation, *order);
  }

  Value contained(const Part& part, const Moment& moment) const {
    const Value left = evaluate(part.parts[0], moment);
    bool all_known = true;
    for (std::size_t i = 1; i < part.parts.size(); ++i) {
      const auto order = compare(left, evaluate(part.parts[i], moment));
      if (order && *order == 0) return true;
      all_known &= order.has_value();
    }
    if (!all_known) return Unknown();
    return false;
  }

  Value calculated(const Part& part, const Moment& moment) const {
    Value result = evaluate(part.parts[0], moment);
    for (std::size_t i = 1; i < part.parts.size(); ++i) {
      const Value next = evaluate(part.parts[i], moment);
      if (!is_number(result) || !is_number(next)) return Unknown();
      result = part.op == Op::sum ? add(result, next, part.inverse[i])
                                  : multiply(result, next, part.inverse[i]);
    }
    return result;
  }

  Value gathered(std::size_t index, const Moment& moment) const {
    const Part& part = parts[index];
    const std::size_t members = moment.values.members(part.group);
    const std::size_t width = std::bit_ceil(members);
    const auto one = [&](std::size_t member) {
      if (member >= members) return made_of_none(part.aggregate);
      return made_of_one(part.aggregate, evaluate(part.parts[0], {moment.values, member}));
    };
    if (moment.memory == nullptr || !part.members_only) {
      return made_of(part.aggregate, 0, width, one);
    }
    AggregateMemory::Fold& fold = moment.memory->folds_[index];
    std::vector<Value>& nodes = fold.nodes;
    const auto join = [&](std::size_t node) {
      nodes[node] = made_of_both(part.aggregate, nodes[2 * node], nodes[2 * node + 1]);
    };
    if (nodes.size() != 2 * width) {
      fold.group = part.group;
      nodes.assign(2 * width, Unknown());
      for (std::size_t member = 0; member < width; ++member) nodes[width + member] = one(member);
      for (std::size_t node = width; node-- > 1;) join(node);
    } else {
      for (const std::size_t member : fold.stale) {
        nodes[width + member] = one(member);
        for (std::size_t node = (width + member) / 2; node != 0; node /= 2) join(node);
      }
    }
    fold.stale.clear();
    return nodes[1];
  }
};

void AggregateMemory::touch(std::size_t group, std::size_t member) {
  for (auto& [place, fold] : folds_) {
    if (fold.group != group) continue;
    fold.stale.push_back(member);
    if (fold.stale.size() >= fold.nodes.size()) fold = {};  // it is cheaper to begin anew
  }
}

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

Expression::Expression(std::string_view text, const Vocabulary& vocabulary, ValueType wanted) {
  const auto tree = std::make_shared<Tree>();
  tree->root = parse_expression(text, vocabulary, wanted, tree->parts);
  tree_ = tree;
}

Truth Expression::holds(const Values& values) const {
  return truth(value(values));
}

Value Expression::value(const Values& values) const {
  return tree_->evaluate(tree_->root, {values});
}

Value Expression::value(const Values& values, AggregateMemory& memory) const {
  return tree_->evaluate(tree_->root, {.values = values, .memory = &memory});
}

}  // namespace reprise
