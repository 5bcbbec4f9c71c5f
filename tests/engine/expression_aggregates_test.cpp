#include <catch2/catch.hpp>
#include <limits>
#include <vector>

#include "engine/expression.hpp"

namespace reprise {
namespace {

Value integer(std::int64_t value) {
  return WideInteger{value};
}

/// A group `each` with these numbers, and `other`, a second one.
struct Grouped : Values, Vocabulary {
  std::vector<Value> numbers;

  explicit Grouped(std::vector<Value> all) : numbers(std::move(all)) {}

  Term term(const Path& path) const override {
    return {.path = path, .type = ValueType::any, .group = path[0].text == "each" ? 0U : 1U};
  }
  Value at(const Term&, std::size_t member) const override { return numbers[member]; }
  std::size_t members(std::size_t) const override { return numbers.size(); }
};

TEST_CASE("an aggregate takes what is known of its group together") {
  struct Case {
    std::vector<Value> numbers;
    std::string text;
    Truth expected;
  };
  const Value none = Unknown();
  const Value most = WideInteger{std::numeric_limits<std::uint64_t>::max()};
  for (const Case& each : std::vector<Case>{
           {{}, "count(each > 0) == 0 and sum(each) == 0 and all(each > 0)", Truth::yes},
           {{}, "any(each > 0)", Truth::no},
           {{}, "min(each) == max(each)", Truth::unknown},
           {{integer(1), integer(3), integer(-2)},
            "sum(each) == 2 and min(each) == -2",
            Truth::yes},
           {{integer(1), 2.5}, "sum(each) == 3.5 and max(each) == 2.5", Truth::yes},
           {{most, most}, "sum(each) / 2 > 18446744073709551614", Truth::yes},
           {{integer(1), none}, "count(each > 0) == 1 and sum(each) == 1", Truth::yes},
           {{none, integer(1)}, "max(each) == 1", Truth::yes},
           {{none, integer(1)}, "any(each > 0)", Truth::yes},
           {{none, integer(1)}, "any(each > 1)", Truth::unknown},
           {{none, integer(1)}, "all(each > 0)", Truth::unknown},
           {{none, integer(1)}, "all(each > 1)", Truth::no},
           {{integer(4), integer(5)}, "count(each * each > 16 and each < 7) == 1", Truth::yes},
       }) {
    INFO(each.text);
    const Grouped grouped(each.numbers);
    CHECK(static_cast<int>(Expression(each.text, grouped).holds(grouped)) ==
          static_cast<int>(each.expected));
  }
}

TEST_CASE("an aggregate is of one group and only there a group is named") {
  const Grouped grouped({});
  const auto refusal = [&](std::string_view text) {
    try {
      const Expression taken(text, grouped);
    } catch (const ExpressionError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK_THAT(refusal("count(each > other) == 1"),
             Catch::Contains("column 14: an aggregate is of one group, and 'other' is a second"));
  CHECK_THAT(refusal("each > 1"), Catch::Contains("column 1: 'each' is a group; name one of it"));
  CHECK_THAT(refusal("count(1 > 0) == 1"), Catch::Contains("'count' asks each member of a group"));
  CHECK(refusal("count(each > 1) + count(other > 1) == 2").empty());
}

}  // namespace
}  // namespace reprise
