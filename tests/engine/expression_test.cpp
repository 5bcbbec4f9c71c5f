#include "engine/expression.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <map>

#include "engine/expression_fields.hpp"
#include "engine/random.hpp"

namespace reprise {
namespace {

/// What names stand for, each by its whole path.
struct Named : Values, Vocabulary {
  std::map<std::string, Value> values;

  Named(std::initializer_list<std::pair<const std::string, Value>> all) : values(all) {}

  Value at(const Term& term, std::size_t) const override {
    const auto found = values.find(to_string(term.path));
    return found == values.end() ? Value() : found->second;
  }

  Term term(const Path& path) const override { return {.path = path, .type = type_of(path)}; }

  static ValueType type_of(const Path& path) {
    if (path[0].text == "wrong") throw PathError(path.size() - 1, "nothing is there");
    if (path[0].text == "number") return ValueType::number;
    if (path[0].text == "text") return ValueType::text;
    if (path[0].text == "boolean") return ValueType::boolean;
    return ValueType::any;
  }
};

Value integer(std::int64_t value) {
  return WideInteger{value};
}

Truth ask(std::string_view text, const Named& values = {}) {
  return Expression(text, values).holds(values);
}

void check(std::string_view text, Truth expected, const Named& values = {}) {
  INFO(text);
  CHECK(static_cast<int>(ask(text, values)) == static_cast<int>(expected));
}

TEST_CASE("an expression compares numbers texts and booleans") {
  const Named values{
      {"price", integer(5)}, {"kind", std::string("market.trade")}, {"open", true},
      {"mean", 2.5},         {"trader[3].cash", integer(-7)},       {"book[a b].size", integer(1)}};
  for (const char* text : {"price == 5",
                           "price != 6",
                           "price < 6",
                           "price <= 5",
                           "price > 4",
                           "price >= 5",
                           "price == 5.0",
                           "mean == 2.5",
                           "mean < 3",
                           "3 > mean",
                           "kind == \"market.trade\"",
                           "kind == 'market.trade'",
                           "kind < 'market.u'",
                           "open",
                           "open == true",
                           "open != false",
                           "not (price == 6)",
                           "price in [1, 5, 7]",
                           "price not in [1, 7]",
                           "kind in ['x', kind]",
                           "not (price in [])",
                           "kind matches '^market'",
                           "kind not matches \"order\"",
                           "trader[3].cash < 0",
                           "trader[3].cash == -7",
                           "book[\"a b\"].size == 1",
                           "`price` == 5",
                           "price + 2 * 3 == 11",
                           "(price + 2) * 3 == 21",
                           "price - 2 - 1 == 2",
                           "price / 2 == 2.5",
                           "-price == -5",
                           "- -price == 5",
                           "8 / 2 / 2 == 2",
                           "true",
                           "2 + 2 == 4 and not false or false",
                           "false and false or true",
                           "not false and true",
                           "'a\\n\\t\\r\\\\\\\"\\'' == \"a\n\t\r\\\\\\\"'\"",
                           "'' < 'a'",
                           "'\xFF' > 'z'"}) {
    check(text, Truth::yes, values);
  }
  for (const char* text :
       {"price == 6", "kind == 'x'", "not open", "price not in [5]", "kind matches '^trade'",
        "5 in []", "not true or false", "false and (false or true)", "1 < 1"}) {
    check(text, Truth::no, values);
  }
}

TEST_CASE("a duration is an integer in nanoseconds") {
  const Named values{{"time", integer(1'500'000'000)}};
  check("time == 1.5s", Truth::yes, values);
  check("time == 1500ms", Truth::yes, values);
  check("time == 1500000000", Truth::yes, values);
  check("time > 1.499999999s and time < 1500000001ns", Truth::yes, values);
  check("time * 2 == 3s", Truth::yes, values);
  check("time / 1ms == 1500", Truth::yes, values);
  check("1h == 60min and 1d == 24h and 1us == 1000ns", Truth::yes, values);
}

TEST_CASE("integers of 64 bits are compared and calculated exactly") {
  const std::int64_t max = std::numeric_limits<std::int64_t>::max();
  const std::int64_t min = std::numeric_limits<std::int64_t>::min();
  const Named values{{"max", integer(max)},
                     {"min", integer(min)},
                     {"all", WideInteger{std::numeric_limits<std::uint64_t>::max()}},
                     {"half", 0.5},
                     {"huge", 1e300},
                     {"two63", 0x1p63}};
  check("max == 9223372036854775807", Truth::yes, values);
  check("max != 9223372036854775806", Truth::yes, values);
  check("max < 9223372036854775808", Truth::yes, values);
  check("min == -9223372036854775808", Truth::yes, values);
  check("all == 18446744073709551615", Truth::yes, values);
  check("all > max", Truth::yes, values);
  check("max + 1 == 9223372036854775808", Truth::yes, values);
  check("max * max > all", Truth::yes, values);
  check("max * max - max * max == 0 and min * min > max * max", Truth::yes, values);
  check("max == two63", Truth::no, values);  // the double nearest to max
  check("max < two63", Truth::yes, values);
  check("two63 > max", Truth::yes, values);
  check("max + 1 == two63", Truth::yes, values);
  check("9007199254740993 == 9007199254740992.0", Truth::no);
  check("9007199254740993 > 9007199254740992.0", Truth::yes);
  check("-9007199254740993 < -9007199254740992.0", Truth::yes);
  check("max < huge and min > -huge", Truth::yes, values);
  check("0 < half and half < 1 and -1 < -half", Truth::yes, values);
}

TEST_CASE("what is absent or cannot be computed is unknown") {
  const Named values{{"zero", integer(0)},
                     {"nan", std::numeric_limits<double>::quiet_NaN()},
                     {"word", std::string("x")},
                     {"large", WideInteger{1} << 120},
                     {"all", WideInteger{std::numeric_limits<std::uint64_t>::max()}},
                     {"infinite", std::numeric_limits<double>::infinity()}};
  for (const char* text : {"absent",
                           "not absent",
                           "absent == 1",
                           "absent != 1",
                           "absent == absent",
                           "absent < 1",
                           "1 + absent == 1",
                           "-absent == 0",
                           "absent matches 'x'",
                           "absent in [1, 2]",
                           "1 in [2, absent]",
                           "absent not in [1]",
                           "nan == nan",
                           "nan != nan",
                           "nan < 1",
                           "1 / zero == 1",
                           "1.0 / zero > 0",
                           "word == zero",
                           "word != zero",
                           "word < zero",
                           "zero matches '0'",
                           "word + word == word",
                           "-word == word",
                           "zero in [word]",
                           "zero",
                           "not word",
                           "large * large > 0",
                           "large * 256 > 0",
                           "infinite - infinite == 0",
                           "all * all > 0",
                           "absent and true",
                           "absent or false"}) {
    check(text, Truth::unknown, values);
  }
  check("1 in [absent, 1]", Truth::yes, values);
  check("absent in []", Truth::no, values);
  check("infinite > large", Truth::yes, values);
  check("large * 128 - large * 127 == large", Truth::unknown, values);
  check("large * 127 - large * 126 == large", Truth::yes, values);
}

Truth minimum(Truth a, Truth b) {
  return std::min(a, b);
}

Truth maximum(Truth a, Truth b) {
  return std::max(a, b);
}

TEST_CASE("and or and not are those of Kleene") {
  // His tables order no < unknown < yes: `and` is the least, `or` the greatest, `not` turns over.
  const std::map<Truth, Value> values{
      {Truth::no, false}, {Truth::unknown, Unknown()}, {Truth::yes, true}};
  for (const auto& [a, left] : values) {
    for (const auto& [b, right] : values) {
      const Named both{{"a", left}, {"b", right}};
      check("a and b", minimum(a, b), both);
      check("a or b", maximum(a, b), both);
      const auto turned = static_cast<Truth>(2 - static_cast<int>(a));
      check("not a", turned, both);
    }
  }
}

TEST_CASE("what is no expression is refused at its column with its reason") {
  struct Case {
    std::string text;
    std::size_t column;
    std::string reason;
  };
  for (const Case& each : std::vector<Case>{
           {"", 1, "an expression is missing"},
           {"   ", 1, "an expression is missing"},
           {"x ==", 5, "expected a value, found the end"},
           {"x == == 2", 6, "expected a value, found '=='"},
           {"x = 2", 3, "'=' is no operator; write '=='"},
           {"x && y", 3, "'&&' is no operator; write 'and'"},
           {"x || y", 3, "write 'or'"},
           {"!x", 1, "write 'not'"},
           {"x =~ 'y'", 3, "write 'matches'"},
           {"x <> 1", 3, "write '!='"},
           {"x adn y", 3, "found 'adn'; did you mean 'and'?"},
           {"x y", 3, "expected an operator or the end, found 'y'"},
           {"(x", 1, "the '(' is not closed"},
           {"(x y)", 4, "expected an operator"},
           {"x)", 2, "found ')'"},
           {"1 < x < 3", 7, "comparisons do not chain"},
           {"x in [1] in [2]", 10, "comparisons do not chain"},
           {"x in 5", 6, "expected a list in brackets"},
           {"x in [1 2]", 9, "expected ',' or ']'"},
           {"x in [1", 8, "expected ',' or ']', found the end"},
           {"x in [,]", 7, "expected a value, found ','"},
           {"+1 == 1", 1, "expected a value, found '+'"},
           {"x not 5", 7, "expected 'in' or 'matches'"},
           {"x matches y", 11, "expected a pattern in quotes"},
           {"x matches 'a(b'", 13, "'(' is not closed"},
           {"x matches 'a{2,1}'", 13, "upper bound"},
           {"x == 'abc", 6, "the ' is not closed"},
           {"x == \"abc", 6, "the \" is not closed"},
           {"x == 'a\\q'", 8, "unknown escape"},
           {"`abc", 1, "the ` is not closed"},
           {"`` == 1", 1, "no name between the backquotes"},
           {"x == 5mni", 6, "'5mni' is no duration"},
           {"x == 0.1ns", 6, "is no duration"},
           {"x == 999999999999999999999d", 6, "is no duration"},
           {"x == 18446744073709551616", 6, "does not fit into 64 bits"},
           {"x == 1e999", 6, "too large or too small"},
           {"x == 1.", 7, "expected an operator or the end, found '.'"},
           {"x == .5", 6, "expected a value, found '.'"},
           {"x # y", 3, "unexpected '#'"},
           {"\xC3\xA9 == 1", 1, "backquotes"},
           {"'\xC3\xA9' == = 1", 8, "'=' is no operator"},
           {"x == 1 ; y", 8, "unexpected ';'"},
           {"and x", 1, "expected a value, found 'and'"},
           {"a.", 3, "expected a name after '.', found the end"},
           {"a[x]", 3, "expected a position or a key"},
           {"a[1.5]", 3, "expected a position or a key"},
           {"a[1s]", 3, "expected a position or a key"},
           {"a[1", 4, "expected ']'"},
           {"1 == 1 and wrong.path", 18, "nothing is there"},
           {"wrong", 1, "nothing is there"},
           {"wrong[2] == 1", 7, "nothing is there"},
           {"5", 1, "answered with yes or no, and this is a number"},
           {"number + 1", 1, "answered with yes or no, and this is a number"},
           {"text", 1, "and this is text"},
           {"number == 'x'", 8, "a number is not compared with text"},
           {"number == true", 8, "a number is not compared with a boolean"},
           {"number in [1, 'x']", 15, "a number is not compared with text"},
           {"boolean < true", 9, "booleans have no order"},
           {"x < true", 3, "booleans have no order"},
           {"number matches 'x'", 1, "looks for a pattern in text, and this is a number"},
           {"number and true", 1, "'and' joins booleans, and this is a number"},
           {"true or 'x'", 9, "'or' joins booleans, and this is text"},
           {"not 5", 5, "'not' is of a boolean, and this is a number"},
           {"not x == 5 == 6", 12, "comparisons do not chain"},
           {"text + 1 == 2", 1, "calculates with numbers, and this is text"},
           {"1 + (x == 2) == 3", 6, "calculates with numbers, and this is a boolean"},
           {"-'x' == 1", 2, "calculates with numbers, and this is text"},
       }) {
    INFO(each.text);
    try {
      ask(each.text);
      FAIL("it was taken");
    } catch (const ExpressionError& error) {
      CHECK(error.column == each.column);
      CHECK_THAT(error.reason, Catch::Contains(each.reason));
      CHECK(error.what() == "column " + std::to_string(each.column) + ": " + error.reason);
    }
  }
}

std::string times(int count, const std::string& text) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

TEST_CASE("nesting is bounded and chains are not nesting") {
  check(times(100, "(") + "true" + times(100, ")"), Truth::yes);
  check(times(100, "not ") + "true", Truth::yes);
  check(times(100, "-") + "1 == 1", Truth::yes);
  for (const char* opening : {"(", "not ", "-", "not (", "x in [(", "1 + -("}) {
    INFO(opening);
    CHECK_THROWS_WITH(ask(times(5'000, opening)), Catch::Contains("nested more than 100 deep"));
  }
  check("true" + times(5'000, " and true"), Truth::yes);
  check("false" + times(5'000, " or false"), Truth::no);
  check("0" + times(5'000, " + 1") + " == 5000", Truth::yes);
  check("1" + times(5'000, " * 1") + " == 1", Truth::yes);
  check("5 in [0" + times(5'000, ", 1") + "]", Truth::no);
  CHECK_THROWS_WITH(ask(times(70'000, " ")), Catch::Contains("at most 65536 bytes"));
}

TEST_CASE("hostile text is refused or taken but never more than that") {
  Random random(7, "text");
  const std::vector<std::string> words = {
      "a", "and",  "or",       "not", "in",  "matches", "(",     ")",    "[",  "]",
      ",", ".",    "==",       "<",   "-",   "+",       "*",     "/",    "1",  "2.5",
      "'", "\"",   "`",        "5s",  "'x'", "\\",      "{",     "true", "!=", "=",
      "&", "\x80", "\xC3\xA9", "e",   "1e",  "0",       "'(a)'", "a[0]", "a.b"};
  int taken = 0;
  for (int i = 0; i < 10'000; ++i) {
    std::string text;
    const std::int64_t count = random.uniform(1, 7);
    for (std::int64_t j = 0; j < count; ++j) {
      text += words[static_cast<std::size_t>(random.uniform(0, std::ssize(words) - 1))];
      if (random.bernoulli(0.7)) text += ' ';
    }
    try {
      ask(text, {{"a", integer(1)}});
      ++taken;
    } catch (const ExpressionError& error) {
      INFO(text);
      REQUIRE(error.column >= 1);
      REQUIRE(error.column <= text.size() + 1);
    }
  }
  CHECK(taken > 20);
}

/// An expression as text with the result that its making says it has.
struct Sample {
  std::string text;
  Value value;
  int rank = 0;  ///< How tightly it binds: or 0, and 1, not 2, comparison 3, sum 4, product 5.
};

/// `sample` as part of one that binds as tightly as `rank`, with blanks and parentheses at will.
std::string inside(Random& random, const Sample& sample, int rank) {
  const std::string blank = random.bernoulli(0.3) ? " " : "";
  if (sample.rank >= rank && random.bernoulli(0.8)) return blank + sample.text + blank;
  return "(" + blank + sample.text + ")";
}

Sample random_number(Random& random, int depth) {
  const std::int64_t choice = random.uniform(0, depth == 0 ? 1 : 3);
  if (choice == 0) {
    const std::int64_t number = random.uniform(0, 4);
    return {std::to_string(number), integer(number), 6};
  }
  if (choice == 1) return {"absent", Unknown(), 6};
  const Sample left = random_number(random, depth - 1);
  const Sample right = random_number(random, depth - 1);
  const int rank = choice == 2 ? 4 : 5;
  const bool subtracts = choice == 2 && random.bernoulli(0.5);
  Sample both{.text = inside(random, left, rank), .rank = rank};
  both.text += choice == 3 ? "*" : subtracts ? "-" : "+";
  both.text += inside(random, right, rank + 1);
  const auto* a = std::get_if<WideInteger>(&left.value);
  const auto* b = std::get_if<WideInteger>(&right.value);
  if (a == nullptr || b == nullptr) return both;
  both.value = choice == 3 ? *a * *b : subtracts ? *a - *b : *a + *b;
  return both;
}

Sample random_comparison(Random& random, int depth) {
  const Sample left = random_number(random, depth);
  const Sample right = random_number(random, depth);
  const std::vector<std::string> signs = {"==", "!=", "<", "<=", ">", ">="};
  const auto sign = static_cast<std::size_t>(random.uniform(0, 5));
  Sample both{.text = inside(random, left, 4), .rank = 3};
  both.text += signs[sign];
  both.text += inside(random, right, 4);
  const auto* a = std::get_if<WideInteger>(&left.value);
  const auto* b = std::get_if<WideInteger>(&right.value);
  if (a == nullptr || b == nullptr) return both;
  both.value = std::vector<bool>{*a == *b, *a != *b, *a<*b, *a <= *b, *a> * b, *a >= *b}[sign];
  return both;
}

Truth truth(const Value& value) {
  const bool* known = std::get_if<bool>(&value);
  return known == nullptr ? Truth::unknown : *known ? Truth::yes : Truth::no;
}

Value from_truth(Truth truth) {
  if (truth == Truth::unknown) return Unknown();
  return truth == Truth::yes;
}

Sample random_sample(Random& random, int depth) {
  const std::int64_t choice = depth == 0 ? 3 : random.uniform(0, 4);
  if (choice >= 3) return random_comparison(random, std::min(depth, 2));
  const Sample left = random_sample(random, depth - 1);
  if (choice == 2) {
    return {"not " + inside(random, left, 2),
            from_truth(static_cast<Truth>(2 - static_cast<int>(truth(left.value)))), 2};
  }
  const Sample right = random_sample(random, depth - 1);
  const int rank = static_cast<int>(choice);
  Sample both{.text = inside(random, left, rank), .rank = rank};
  both.text += choice == 1 ? " and " : " or ";
  both.text += inside(random, right, rank);
  const Truth a = truth(left.value);
  const Truth b = truth(right.value);
  both.value = from_truth(choice == 1 ? minimum(a, b) : maximum(a, b));
  return both;
}

TEST_CASE("random expressions come to what their making says") {
  Random random(11, "expressions");
  std::map<Truth, int> seen;
  for (int i = 0; i < 4'000; ++i) {
    const Sample sample = random_sample(random, 4);
    const Truth expected = truth(sample.value);
    INFO(sample.text);
    REQUIRE(static_cast<int>(ask(sample.text)) == static_cast<int>(expected));
    ++seen[expected];
  }
  CHECK(seen[Truth::yes] > 200);
  CHECK(seen[Truth::no] > 200);
  CHECK(seen[Truth::unknown] > 200);
}

}  // namespace
}  // namespace reprise
