#include <algorithm>
#include <utility>

#include "engine/expression_parts.hpp"
#include "engine/expression_tokens.hpp"
#include "engine/nearest.hpp"

namespace reprise {

namespace {

std::string_view in_words(ValueType type) {
  switch (type) {
    case ValueType::boolean:
      return "a boolean";
    case ValueType::number:
      return "a number";
    case ValueType::text:
      return "text";
    case ValueType::any:
      break;
  }
  return "any value";
}

/// Reads an expression by recursive descent and checks the types that are known.
class Parser {
 public:
  Parser(std::string_view text, const Vocabulary& vocabulary, std::vector<Part>& parts)
      : tokens_(text), vocabulary_(vocabulary), parts_(parts) {}

  std::size_t parse(ValueType wanted) {
    if (peek().kind == Token::Kind::end) tokens_.fail(0, "an expression is missing");
    const std::size_t root = any_of();
    if (peek().kind != Token::Kind::end) refuse_rest();
    if (wanted == ValueType::boolean) {
      expect(root, wanted, "an expression is answered with yes or no, and");
    } else if (wanted != ValueType::any) {
      expect(root, wanted, "what is wanted is " + std::string(in_words(wanted)) + ", and");
    }
    return root;
  }

 private:
  const Token& peek() const { return tokens_.peek(); }

  std::optional<std::size_t> take_sign(std::string_view sign) {
    if (!peek().is_sign(sign)) return std::nullopt;
    return tokens_.take().offset;
  }

  bool take_keyword(std::string_view word) {
    if (!peek().is_keyword(word)) return false;
    tokens_.take();
    return true;
  }

  std::size_t add(Part part) {
    parts_.push_back(std::move(part));
    return parts_.size() - 1;
  }

  std::string found() const {
    if (peek().kind == Token::Kind::end) return "the end";
    if (peek().kind == Token::Kind::text) return "a text";
    return '\'' + std::string(peek().source) + '\'';
  }

  [[noreturn]] void refuse_rest() const {
    std::string meant;
    if (peek().kind == Token::Kind::name) {
      const std::array<std::string, 5> words = {"and", "or", "in", "matches", "not in"};
      meant = did_you_mean(peek().source, words);
    }
    tokens_.fail(peek().offset, "expected an operator or the end, found " + found() + meant);
  }

  /// Refuses a part that is known to be something else. `who` begins the message: "'and' joins
  /// booleans, and".
  void expect(std::size_t index, ValueType type, const std::string& who) const {
    const Part& part = parts_[index];
    if (part.type == ValueType::any || part.type == type) return;
    tokens_.fail(part.offset, who + " this is " + std::string(in_words(part.type)));
  }

  /// Does `read` one level deeper.
  template <class Read>
  std::size_t nested(std::size_t offset, const Read& read) {
    if (depth_ == Expression::depth_max) {
      tokens_.fail(offset, "the expression is nested more than " +
                               std::to_string(Expression::depth_max) + " deep");
    }
    ++depth_;
    const std::size_t index = read();
    --depth_;
    return index;
  }

  template <class Read>
  std::size_t joined(Op op, std::string_view word, const Read& read) {
    const std::size_t first = read();
    if (!peek().is_keyword(word)) return first;
    Part part{.op = op, .type = ValueType::boolean, .offset = parts_[first].offset};
    part.parts.push_back(first);
    while (take_keyword(word)) part.parts.push_back(read());
    for (const std::size_t each : part.parts) {
      expect(each, ValueType::boolean, '\'' + std::string(word) + "' joins booleans, and");
    }
    return add(std::move(part));
  }

  std::size_t any_of() {
    return joined(Op::any_of, "or", [&] { return all_of(); });
  }

  std::size_t all_of() {
    return joined(Op::all_of, "and", [&] { return negation(); });
  }

  std::size_t negate(std::size_t index, std::size_t offset) {
    return add(
        {.op = Op::negation, .type = ValueType::boolean, .offset = offset, .parts = {index}});
  }

  std::size_t negation() {
    if (!peek().is_keyword("not")) return comparison();
    const std::size_t offset = tokens_.take().offset;
    const std::size_t index = nested(offset, [&] { return negation(); });
    expect(index, ValueType::boolean, "'not' is of a boolean, and");
    return negate(index, offset);
  }

  bool at_relation() const {
    return peek().kind == Token::Kind::sign &&
           std::ranges::find(relations, peek().source) != relations.end();
  }

  std::size_t comparison() {
    std::size_t index = sum();
    const bool negated = peek().is_keyword("not");
    const std::size_t offset = peek().offset;
    if (negated) tokens_.take();
    if (peek().is_keyword("in")) {
      index = in(index);
    } else if (peek().is_keyword("matches")) {
      index = matches(index);
    } else if (negated) {
      tokens_.fail(peek().offset, "expected 'in' or 'matches' after 'not', found " + found());
    } else if (at_relation()) {
      index = relation(index);
    } else {
      return index;
    }
    if (negated) index = negate(index, offset);
    if (at_relation() || peek().is_keyword("in") || peek().is_keyword("matches")) {
      tokens_.fail(peek().offset, "comparisons do not chain; join two of them with 'and'");
    }
    return index;
  }

  /// Refuses to compare what is known to be of different types.
  void expect_alike(std::size_t left, std::size_t right, std::size_t offset) const {
    const ValueType a = parts_[left].type;
    const ValueType b = parts_[right].type;
    if (a == b || a == ValueType::any || b == ValueType::any) return;
    tokens_.fail(offset,
                 std::string(in_words(a)) + " is not compared with " + std::string(in_words(b)));
  }

  std::size_t relation(std::size_t left) {
    const Token sign = tokens_.take();
    const auto place = std::ranges::find(relations, sign.source) - relations.begin();
    const auto relation = static_cast<Relation>(place);
    const std::size_t right = sum();
    expect_alike(left, right, sign.offset);
    const bool boolean =
        parts_[left].type == ValueType::boolean || parts_[right].type == ValueType::boolean;
    if (is_order(relation) && boolean) {
      tokens_.fail(sign.offset, "booleans have no order; compare them with == and !=");
    }
    return add({.op = Op::comparison,
                .type = ValueType::boolean,
                .relation = relation,
                .offset = parts_[left].offset,
                .parts = {left, right}});
  }

  std::size_t in(std::size_t left) {
    tokens_.take();
    Part part{.op = Op::in, .type = ValueType::boolean, .offset = parts_[left].offset};
    part.parts.push_back(left);
    if (!take_sign("["))
      tokens_.fail(peek().offset, "expected a list in brackets, found " + found());
    while (!peek().is_sign("]")) {
      part.parts.push_back(sum());
      expect_alike(left, part.parts.back(), parts_[part.parts.back()].offset);
      if (!take_sign(",") && !peek().is_sign("]")) {
        tokens_.fail(peek().offset, "expected ',' or ']', found " + found());
      }
    }
    tokens_.take();
    return add(std::move(part));
  }

  std::size_t matches(std::size_t left) {
    tokens_.take();
    expect(left, ValueType::text, "'matches' looks for a pattern in text, and");
    if (peek().kind != Token::Kind::text) {
      tokens_.fail(peek().offset, "expected a pattern in quotes, found " + found());
    }
    const Token text = tokens_.take();
    Part part{.op = Op::matches, .type = ValueType::boolean, .offset = parts_[left].offset};
    part.parts.push_back(left);
    try {
      part.pattern.emplace(text.source);
    } catch (const PatternError& error) {
      tokens_.fail(text.offset + 1 + error.offset, error.what());
    }
    return add(std::move(part));
  }

  template <class Read>
  std::size_t calculated(Op op, std::string_view plain, std::string_view inverse,
                         const Read& read) {
    const std::size_t first = read();
    if (!peek().is_sign(plain) && !peek().is_sign(inverse)) return first;
    Part part{.op = op, .type = ValueType::number, .offset = parts_[first].offset};
    part.parts.push_back(first);
    part.inverse.push_back(false);
    while (peek().is_sign(plain) || peek().is_sign(inverse)) {
      part.inverse.push_back(tokens_.take().source == inverse);
      part.parts.push_back(read());
    }
    for (const std::size_t each : part.parts) {
      expect(each, ValueType::number, "one calculates with numbers, and");
    }
    return add(std::move(part));
  }

  std::size_t sum() {
    return calculated(Op::sum, "+", "-", [&] { return product(); });
  }

  std::size_t product() {
    return calculated(Op::product, "*", "/", [&] { return minus(); });
  }

  std::size_t minus() {
    const std::optional<std::size_t> offset = take_sign("-");
    if (!offset) return primary();
    const std::size_t index = nested(*offset, [&] { return minus(); });
    expect(index, ValueType::number, "one calculates with numbers, and");
    return add({.op = Op::minus, .type = ValueType::number, .offset = *offset, .parts = {index}});
  }

  std::size_t primary() {
    if (peek().kind == Token::Kind::name) return path_or_aggregate();
    if (peek().kind == Token::Kind::number) {
      const Token token = tokens_.take();
      return literal(token.offset, ValueType::number, token.number);
    }
    if (peek().kind == Token::Kind::text) {
      const Token token = tokens_.take();
      return literal(token.offset, ValueType::text, tokens_.unescaped(token));
    }
    if (peek().is_keyword("true") || peek().is_keyword("false")) {
      const Token token = tokens_.take();
      return literal(token.offset, ValueType::boolean, token.source == "true");
    }
    const std::optional<std::size_t> open = take_sign("(");
    if (!open) tokens_.fail(peek().offset, "expected a value, found " + found());
    return parenthesized(*open);
  }

  /// What stands behind a '(', up to its ')'.
  std::size_t parenthesized(std::size_t open) {
    const std::size_t inner = nested(open, [&] { return any_of(); });
    if (!take_sign(")")) {
      if (peek().kind != Token::Kind::end) refuse_rest();
      tokens_.fail(open, "the '(' is not closed");
    }
    return inner;
  }

  std::size_t literal(std::size_t offset, ValueType type, Value value) {
    return add({.op = Op::literal, .type = type, .offset = offset, .literal = std::move(value)});
  }

  std::size_t path_or_aggregate() {
    const Token first = tokens_.take();
    const std::optional<std::size_t> open = take_sign("(");
    return open ? aggregate(first, *open) : path(first);
  }

  std::size_t aggregate(const Token& name, std::size_t open) {
    const auto known = std::ranges::find(aggregates, name.source);
    if (known == aggregates.end()) {
      const std::vector<std::string> names(aggregates.begin(), aggregates.end());
      const std::string meant = did_you_mean(name.source, names);
      tokens_.fail(name.offset,
                   "unknown function '" + std::string(name.source) + "'" +
                       (meant.empty() ? "; there are count sum min max any all" : meant));
    }
    const std::string quoted = '\'' + std::string(name.source) + '\'';
    if (in_aggregate_) tokens_.fail(name.offset, "an aggregate stands in no other");
    in_aggregate_ = true;
    names_single_ = false;
    const std::size_t inner = parenthesized(open);
    in_aggregate_ = false;
    const std::optional<std::size_t> group = std::exchange(group_, std::nullopt);
    if (!group) {
      tokens_.fail(name.offset, quoted +
                                    " asks each member of a group, and none is named here; a "
                                    "group is named without a number: trader.cash");
    }
    const auto aggregate = static_cast<Aggregate>(known - aggregates.begin());
    const bool calculates =
        aggregate == Aggregate::sum || aggregate == Aggregate::min || aggregate == Aggregate::max;
    if (calculates) {
      expect(inner, ValueType::number, quoted + " calculates with a number of each, and");
    } else {
      expect(inner, ValueType::boolean, quoted + " asks each for yes or no, and");
    }
    const bool boolean = aggregate == Aggregate::any || aggregate == Aggregate::all;
    return add({.op = Op::aggregate,
                .type = boolean ? ValueType::boolean : ValueType::number,
                .offset = name.offset,
                .parts = {inner},
                .aggregate = aggregate,
                .group = *group,
                .members_only = !names_single_});
  }

  /// Refuses a term of a group where none is asked for, or of another than the one at hand.
  void expect_group(const Term& term, std::size_t offset) {
    names_single_ |= !term.group;
    if (!term.group) return;
    const std::string quoted = '\'' + term.path[0].text + '\'';
    if (!in_aggregate_) {
      tokens_.fail(offset, quoted + " is a group; name one of it, " + term.path[0].text +
                               "[0], or ask all of them: count(...) sum(...) min(...) max(...) "
                               "any(...) all(...)");
    }
    if (group_ && *group_ != *term.group) {
      tokens_.fail(offset, "an aggregate is of one group, and " + quoted + " is a second one");
    }
    group_ = term.group;
  }

  std::size_t path(const Token& first) {
    Path path{{.text = std::string(first.source)}};
    std::vector<std::size_t> offsets{first.offset};
    const auto name = [&] {
      const Token token = tokens_.take();
      path.push_back({.text = std::string(token.source)});
      offsets.push_back(token.offset);
    };
    for (;;) {
      if (take_sign(".")) {
        if (peek().kind != Token::Kind::name && peek().kind != Token::Kind::keyword) {
          tokens_.fail(peek().offset, "expected a name after '.', found " + found());
        }
        name();
      } else if (take_sign("[")) {
        offsets.push_back(peek().offset);
        path.push_back({.text = key(), .element = true});
        if (!take_sign("]")) tokens_.fail(peek().offset, "expected ']', found " + found());
      } else {
        break;
      }
    }
    Part part{.op = Op::path, .offset = offsets[0]};
    try {
      part.term = vocabulary_.term(path);
    } catch (const PathError& error) {
      tokens_.fail(offsets[error.part], error.what());
    }
    expect_group(part.term, part.offset);
    part.type = part.term.type;
    return add(std::move(part));
  }

  /// What stands in a path's brackets: a position or a key, as text.
  std::string key() {
    if (peek().kind == Token::Kind::text) return tokens_.unescaped(tokens_.take());
    const bool negative = take_sign("-").has_value();
    const bool integer = peek().kind == Token::Kind::number &&
                         peek().source.find_first_not_of("0123456789") == std::string_view::npos;
    if (!integer) {
      tokens_.fail(peek().offset, "expected a position or a key in quotes, found " + found());
    }
    std::string digits(negative ? "-" : "");
    return digits.append(tokens_.take().source);
  }

  Tokens tokens_;
  const Vocabulary& vocabulary_;
  std::vector<Part>& parts_;
  int depth_ = 0;
  bool in_aggregate_ = false;
  bool names_single_ = false;         // so far in the aggregate at hand: something beside its group
  std::optional<std::size_t> group_;  // that the aggregate at hand is of
};

}  // namespace

std::size_t parse_expression(std::string_view text, const Vocabulary& vocabulary, ValueType wanted,
                             std::vector<Part>& parts) {
  return Parser(text, vocabulary, parts).parse(wanted);
}

}  // namespace reprise
