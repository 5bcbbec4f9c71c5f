#include "engine/fields.hpp"

#include <catch2/catch.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/enums.hpp"
#include "engine/type.hpp"

namespace reprise {
namespace {

struct Whole {
  std::int32_t a = 0;
  std::vector<std::string> b;
  std::optional<double> c;
  REPRISE_FIELDS(a, b, c)
};

struct Forgot {
  std::int32_t a = 0;
  std::int32_t b = 0;
  REPRISE_FIELDS(a)
};

struct OutOfOrder {
  std::int32_t a = 0;
  double b = 0;
  REPRISE_FIELDS(b, a)
};

struct Twice {
  std::int32_t a = 0;
  std::int32_t b = 0;
  REPRISE_FIELDS(a, a)
};

struct Nothing {};

class Private {
 public:
  REPRISE_FIELDS(value_)

 private:
  std::int32_t value_ = 0;
};

enum class Weekday : std::uint8_t { monday, tuesday, sunday = 6 };
enum class Number : std::uint32_t {};

TEST_CASE(
    "a record that forgets a field or lists them in another order is refused at compile time") {
  STATIC_REQUIRE(detail::fields_complete<Whole>());
  STATIC_REQUIRE(detail::fields_complete<Private>());
  STATIC_REQUIRE_FALSE(detail::fields_complete<Forgot>());
  STATIC_REQUIRE_FALSE(detail::fields_complete<OutOfOrder>());
}

TEST_CASE("a field listed twice in place of another of its type is found by its address") {
  Twice twice;
  STATIC_REQUIRE(detail::fields_complete<Twice>());
  CHECK_FALSE(detail::fields_in_order(twice));
  Whole whole;
  CHECK(detail::fields_in_order(whole));
}

TEST_CASE("fields are known by the names they were given") {
  STATIC_REQUIRE(field_names<Whole>().size() == 3);
  CHECK(field_names<Whole>()[0] == "a");
  CHECK(field_names<Whole>()[2] == "c");
}

TEST_CASE("an empty struct is a record without fields") {
  STATIC_REQUIRE(Record<Nothing>);
  STATIC_REQUIRE_FALSE(Record<std::string>);
  CHECK(describe(type_of<Nothing>()) == "{}");
}

TEST_CASE("a type is described down to its last field") {
  CHECK(describe(type_of<Whole>()) == "{a:int32,b:list<text>,c:optional<real64>}");
  CHECK(describe(type_of<std::pair<Weekday, std::array<std::uint8_t, 3>>>()) ==
        "pair<enum8(monday=0,tuesday=1,sunday=6),array<uint8,3>>");
  CHECK(describe(type_of<std::map<AgentId, std::set<Duration>>>()) == "map<agent,set<duration>>");
  CHECK(describe(type_of<Number>()) == "uint32");
}

TEST_CASE("enumerators have the names they have in the source") {
  STATIC_REQUIRE(enumerator_count<Weekday> == 3);
  STATIC_REQUIRE(enumerator_count<Number> == 0);
  CHECK(enumerator_name(Weekday::sunday) == "sunday");
  CHECK_FALSE(enumerator_name(static_cast<Weekday>(3)));
  CHECK_FALSE(enumerator_name(Number{1}));
}

}  // namespace
}  // namespace reprise
