#include "engine/json.hpp"

#include <catch2/catch.hpp>
#include <limits>

namespace reprise {
namespace {

using Catch::Matchers::Contains;

enum class Side : std::uint8_t { buy, sell };

struct Level {
  std::int64_t price = 0;
  std::uint8_t orders = 0;
  REPRISE_FIELDS(price, orders)
};

struct Book {
  std::string name = "book";
  bool open = true;
  double mean = 0;
  Side side = Side::buy;
  Duration delay{0};
  Time at{};
  AgentId owner{};
  std::optional<Level> best;
  std::vector<Level> levels;
  std::array<std::int32_t, 2> range{1, 2};
  std::map<std::int64_t, Level> by_price;
  std::map<std::string, std::int32_t> by_name;
  std::set<std::int32_t> ids;
  std::pair<std::int32_t, bool> both;
  std::uint64_t large = 0;
  REPRISE_FIELDS(name, open, mean, side, delay, at, owner, best, levels, range, by_price, by_name,
                 ids, both, large)
};

Book sample() {
  Book book;
  book.levels = {{5, 1}, {6, 2}};
  book.by_price[-7] = {7, 3};
  book.by_name["a b"] = 1;
  book.ids = {3, 1};
  book.large = std::numeric_limits<std::uint64_t>::max();
  book.delay = Duration(1500);
  return book;
}

void set(Book& book, std::string_view path, std::string_view value) {
  const FieldPlace place = field_at(type_of<Book>(), &book, path);
  from_json(*place.type, place.object, json_or_text(value));
}

std::string get(Book& book, std::string_view path) {
  const FieldPlace place = field_at(type_of<Book>(), &book, path);
  return json_text(to_json(*place.type, place.object));
}

TEST_CASE("a record is an object with its fields in order") {
  CHECK(
      json_text(to_json(sample())) ==
      R"({"name":"book","open":true,"mean":0.0,"side":"buy","delay":1500,"at":0,"owner":0,"best":null,)"
      R"("levels":[{"price":5,"orders":1},{"price":6,"orders":2}],"range":[1,2],)"
      R"("by_price":{"-7":{"price":7,"orders":3}},"by_name":{"a b":1},"ids":[1,3],"both":[0,false],)"
      R"("large":18446744073709551615})");
}

TEST_CASE("what was written as JSON is read again") {
  Book book;
  from_json(book, to_json(sample()));
  CHECK(json_text(to_json(book)) == json_text(to_json(sample())));
}

TEST_CASE("an object may name some fields and leaves the others") {
  Book book = sample();
  from_json(book, json_or_text(R"({"name":"x","both":[4,true]})"));
  CHECK(book.name == "x");
  CHECK(book.both.first == 4);
  CHECK(book.levels.size() == 2);
}

TEST_CASE("a duration is read from text with a unit and from nanoseconds") {
  Book book;
  set(book, "delay", "250ms");
  CHECK(book.delay == Duration(250'000'000));
  set(book, "delay", "7");
  CHECK(book.delay == Duration(7));
}

TEST_CASE("reals keep every digit and what JSON cannot write is text") {
  Book book;
  for (const double value : {0.1, 1e300, -1.0 / 3, 5e-324, 123456789.0}) {
    book.mean = value;
    const std::string text = get(book, "mean");
    book.mean = 0;
    set(book, "mean", text);
    CHECK(book.mean == value);
  }
  book.mean = std::numeric_limits<double>::infinity();
  CHECK(get(book, "mean") == "\"inf\"");
  set(book, "mean", "-inf");
  CHECK(book.mean == -std::numeric_limits<double>::infinity());
  set(book, "mean", "nan");
  CHECK(book.mean != book.mean);
}

TEST_CASE("a path leads through names and positions and keys") {
  Book book = sample();
  CHECK(get(book, "levels[1].price") == "6");
  CHECK(get(book, "by_price[-7].orders") == "3");
  CHECK(get(book, "by_name[\"a b\"]") == "1");
  CHECK(get(book, "by_name[a b]") == "1");
  CHECK(get(book, "both.first") == "0");
  set(book, "levels[0].price", "-9");
  CHECK(book.levels[0].price == -9);
  set(book, "best", R"({"price":4})");
  CHECK(get(book, "best.price") == "4");
}

TEST_CASE("a path that leads nowhere says where it ends") {
  Book book = sample();
  CHECK_THROWS_WITH(get(book, "levls"), "unknown field 'levls'; did you mean 'levels'?");
  CHECK_THROWS_WITH(get(book, "levels[2]"), "levels: there is no element [2]; the list holds 2");
  CHECK_THROWS_WITH(get(book, "levels[x]"), Contains("there is no element [x]"));
  CHECK_THROWS_WITH(get(book, "levels[0"), "levels: a ']' is missing");
  CHECK_THROWS_WITH(get(book, "levels[0].prise"),
                    "levels[0]: unknown field 'prise'; did you mean 'price'?");
  CHECK_THROWS_WITH(get(book, "by_price[8]"), "by_price: there is no key [8]");
  CHECK_THROWS_WITH(get(book, "best.price"), "best: nothing is there");
  CHECK_THROWS_WITH(get(book, "name.x"), Contains("there is no field 'x' in text"));
  CHECK_THROWS_WITH(get(book, "name[0]"), Contains("asks for an element of text"));
}

TEST_CASE("a value that does not fit is refused with its path") {
  Book book;
  const auto refused = [&](const char* value) { from_json(book, json_or_text(value)); };
  CHECK_THROWS_WITH(refused(R"({"open":1})"), "open: expected true or false, found 1");
  CHECK_THROWS_WITH(refused(R"({"name":1})"), "name: expected text, found 1");
  CHECK_THROWS_WITH(refused(R"({"levels":[{"orders":256}]})"),
                    "levels[0].orders: 256 does not fit: from 0 to 255");
  CHECK_THROWS_WITH(refused(R"({"range":[1,-2147483649]})"),
                    "range[1]: -2147483649 does not fit: from -2147483648 to 2147483647");
  CHECK_THROWS_WITH(refused(R"({"range":[1]})"), "range: expected 2 elements, found 1");
  CHECK_THROWS_WITH(refused(R"({"large":1.5})"), "large: expected an integer, found 1.5");
  CHECK_THROWS_WITH(refused(R"({"large":-1})"),
                    Contains("-1 does not fit: from 0 to 18446744073709551615"));
  CHECK_THROWS_WITH(refused(R"({"side":"sel"})"),
                    "side: \"sel\" is none of buy sell; did you mean 'sell'?");
  CHECK_THROWS_WITH(refused(R"({"delay":"-5ms"})"),
                    "delay: \"-5ms\" is negative; a duration is 0 or more");
  CHECK_THROWS_WITH(refused(R"({"delay":"soon"})"), Contains("a duration with its unit"));
  CHECK_THROWS_WITH(refused(R"({"mean":"x"})"), "mean: expected a number, found \"x\"");
  CHECK_THROWS_WITH(refused(R"({"both":[1]})"), "both: expected a list of two, found [1]");
  CHECK_THROWS_WITH(refused(R"({"by_price":{"x":{}}})"),
                    "by_price[x]: expected an integer, found \"x\"");
  CHECK_THROWS_WITH(refused(R"({"ids":{}})"), "ids: expected a list, found {}");
  CHECK_THROWS_WITH(refused("[]"), "expected a table of fields, found []");
}

TEST_CASE("text that is no JSON is taken as a string") {
  CHECK(json_or_text("5min") == "5min");
  CHECK(json_or_text("5") == 5);
  CHECK(json_or_text("\"5\"") == "5");
  CHECK(json_or_text("") == "");
}

}  // namespace
}  // namespace reprise
