#include "engine/expression_fields.hpp"

#include <catch2/catch.hpp>
#include <limits>

namespace reprise {
namespace {

enum class Side : std::uint8_t { buy, sell };

struct Level {
  std::int64_t price = 0;
  std::optional<std::int64_t> owner;
  REPRISE_FIELDS(price, owner)
};

struct Book {
  std::string name = "book";
  bool open = true;
  double mean = 2.5;
  double broken = 0;
  double endless = 0;
  Side side = Side::sell;
  Duration delay{1500};
  Time at{};
  AgentId owner{3};
  std::optional<Level> best;
  std::vector<Level> levels;
  std::array<std::int32_t, 2> range{1, 2};
  std::map<std::int64_t, Level> by_price;
  std::map<std::string, std::int32_t> by_name;
  std::set<std::int32_t> ids;
  std::pair<std::int32_t, bool> both;
  std::uint64_t large = 0;
  REPRISE_FIELDS(name, open, mean, broken, endless, side, delay, at, owner, best, levels, range,
                 by_price, by_name, ids, both, large)
};

Book sample() {
  Book book;
  book.broken = std::numeric_limits<double>::quiet_NaN();
  book.endless = -std::numeric_limits<double>::infinity();
  book.at = Time(Duration(7));
  book.levels = {{5, 1}, {6, std::nullopt}};
  book.by_price[-7] = {7, 3};
  book.by_name["a b"] = 9;
  book.ids = {3};
  book.both = {4, true};
  book.large = std::numeric_limits<std::uint64_t>::max();
  return book;
}

/// The fields of a book, under their own names.
struct BookFields : Values, Vocabulary {
  const Type& type = reprise::type_of<Book>();
  Book book = sample();

  Value at(const Term& term, std::size_t) const override {
    return value_at(type, &book, term.path);
  }
  Term term(const Path& path) const override { return {.path = path, .type = type_at(type, path)}; }
};

Truth ask(std::string_view text) {
  const BookFields fields;
  return Expression(text, fields).holds(fields);
}

TEST_CASE("fields of every shape have values in an expression") {
  for (const char* text :
       {"name == 'book'", "open", "mean == 2.5", "side == 'sell'", "delay == 1.5us", "at == 7ns",
        "owner == 3", "levels[0].price == 5", "levels[0].owner == 1", "range[1] == 2",
        "by_price[-7].price == 7", "by_price['-7'].owner == 3", "by_name['a b'] == 9",
        "both.first == 4", "both.second", "large == 18446744073709551615",
        "endless < -9223372036854775808"}) {
    INFO(text);
    CHECK(static_cast<int>(ask(text)) == static_cast<int>(Truth::yes));
  }
}

TEST_CASE("fields that are not there are unknown") {
  for (const char* text :
       {"best.price == 1", "levels[2].price == 1", "levels[1].owner == 1", "by_price[8].price == 7",
        "by_name['x'] == 1", "broken == 1", "not (broken == 1)"}) {
    INFO(text);
    CHECK(static_cast<int>(ask(text)) == static_cast<int>(Truth::unknown));
  }
}

TEST_CASE("fields that can never be there are refused at their column") {
  struct Case {
    std::string text;
    std::size_t column;
    std::string reason;
  };
  for (const Case& each : std::vector<Case>{
           {"nmae == 'x'", 1, "unknown field 'nmae'; did you mean 'name'?"},
           {"levels[0].prise == 1", 11, "unknown field 'prise'; did you mean 'price'?"},
           {"levels[0].size == 1", 11, "unknown field 'size'; there are price owner"},
           {"levels == 1", 1, "no single value but list<"},
           {"levels[0] == 1", 8, "no single value but {price:int64"},
           {"best == 1", 1, "no single value"},
           {"ids == 1", 1, "no single value but set<int32>"},
           {"ids[0] == 1", 5, "asks for an element, and this is set<int32>"},
           {"name[0] == 'b'", 6, "asks for an element, and this is text"},
           {"name.size == 1", 6, "unknown field 'size'"},
           {"levels.price == 1", 8, "an element is named in brackets"},
           {"levels['a'].price == 1", 8, "'a' is no position in a list"},
           {"levels[-1].price == 1", 8, "'-1' is no position in a list"},
           {"range[2] == 1", 7, "there is no element [2]; the list holds 2"},
           {"open == 1", 6, "a boolean is not compared with a number"},
           {"delay == '1s'", 7, "a number is not compared with text"},
       }) {
    INFO(each.text);
    try {
      ask(each.text);
      FAIL("it was taken");
    } catch (const ExpressionError& error) {
      CHECK(error.column == each.column);
      CHECK_THAT(error.reason, Catch::Contains(each.reason));
    }
  }
}

}  // namespace
}  // namespace reprise
