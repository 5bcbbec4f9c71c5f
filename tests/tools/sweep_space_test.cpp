#include <catch2/catch.hpp>

#include "tools/command.hpp"
#include "tools/lab/sweep_space.hpp"

namespace reprise::test {
namespace {

using Strings = std::vector<std::string>;
using Catch::Contains;

TEST_CASE("seeds are a range with both ends or one number") {
  CHECK(parse_seeds("1..10000").count() == 10'000);
  CHECK(parse_seeds("0..0").count() == 1);
  CHECK(parse_seeds("17").first == 17);
  CHECK(parse_seeds("17").last == 17);
  for (const char* wrong : {"", "..", "1..", "..5", "1...5", "-1..5", "1..x", "1-5",
                            "1..9223372036854775808", "99999999999999999999"}) {
    INFO(wrong);
    CHECK_THROWS_WITH(parse_seeds(wrong), Contains("--seeds takes a range such as 1..10000"));
  }
  CHECK_THROWS_WITH(parse_seeds("5..1"), Contains("ends before it begins"));
}

TEST_CASE("an axis lists its values or counts them in exact decimals") {
  CHECK(parse_grid_axis("a.b=1,2,3").path == "a.b");
  CHECK(parse_grid_axis("a.b=1,2,3").values == Strings{"1", "2", "3"});
  CHECK(parse_grid_axis("a=14s").values == Strings{"14s"});
  CHECK(parse_grid_axis("a=[1,2],\"x,y\",{b:c:d}").values ==
        Strings{"[1,2]", "\"x,y\"", "{b:c:d}"});
  CHECK(parse_grid_axis("a=0:1:0.25").values == Strings{"0", "0.25", "0.5", "0.75", "1"});
  CHECK(parse_grid_axis("a=0.1:0.3:0.1").values == Strings{"0.1", "0.2", "0.3"});
  CHECK(parse_grid_axis("a=1:10:4").values == Strings{"1", "5", "9"});
  CHECK(parse_grid_axis("a=-1:1:1").values == Strings{"-1", "0", "1"});
  CHECK(parse_grid_axis("a=4.5s:6s:0.5s").values == Strings{"4.5s", "5s", "5.5s", "6s"});
  CHECK(parse_grid_axis("a=12345.5:12345.5:1").values == Strings{"12345.5"});
}

TEST_CASE("an axis that makes no sense is refused with what would") {
  struct Wrong {
    const char* text;
    const char* why;
  };
  for (const Wrong& each :
       {Wrong{"a", "expected PATH=a,b,c or PATH=lo:hi:step"}, Wrong{"=1,2", "expected PATH=a,b,c"},
        Wrong{"a=", "a value is missing"}, Wrong{"a=1,,2", "a value is missing"},
        Wrong{"a=1,2,1", "the value 1 twice"}, Wrong{"a=1:2:x", "is no range"},
        Wrong{"a=1s:2s:1ms", "is no range"}, Wrong{"a=1s:2:1", "is no range"},
        Wrong{"a=1::2", "is no range"}, Wrong{"a=0:1:0", "the step must be above 0"},
        Wrong{"a=0:1:-1", "the step must be above 0"},
        Wrong{"a=2:1:1", "the range ends before it begins"},
        Wrong{"a=0:10000:1", "more than 10000 values"},
        Wrong{"a=0:1:0.0000000000000000001", "is no range"},
        Wrong{"a=0:9223372036854775807:0.1", "too far apart"}}) {
    INFO(each.text);
    CHECK_THROWS_AS(parse_grid_axis(each.text), UsageError);
    CHECK_THROWS_WITH(parse_grid_axis(each.text), Contains(each.why));
  }
}

TEST_CASE("a grid is every combination and the last axis changes fastest") {
  CHECK(grid_points({}) == std::vector<Strings>{{}});
  const std::vector<GridAxis> axes{{"a", {"1", "2"}}, {"b", {"x", "y"}}};
  CHECK(grid_points(axes) ==
        std::vector<Strings>{{"a=1", "b=x"}, {"a=1", "b=y"}, {"a=2", "b=x"}, {"a=2", "b=y"}});
  const std::vector<GridAxis> twice{{"a", {"1"}}, {"a", {"2"}}};
  CHECK_THROWS_WITH(grid_points(twice), Contains("is there twice"));
  const GridAxis long_axis = parse_grid_axis("c=1:101:1");
  const std::vector<GridAxis> large{long_axis, {"d", long_axis.values}};
  CHECK_THROWS_WITH(grid_points(large), Contains("more than 10000 points"));
}

}  // namespace
}  // namespace reprise::test
