#include "tools/text_table.hpp"

#include <catch2/catch.hpp>

namespace reprise::test {
namespace {

using Lines = std::vector<std::string>;

TEST_CASE("the columns of a table are as wide as their widest cell") {
  CHECK(text_table({{"seed", "mean"}, {"1", "12.25"}, {"12345", "3"}}) ==
        Lines{" seed   mean", "    1  12.25", "12345      3"});
  CHECK(text_table({}).empty());
}

TEST_CASE("texts stand at the side that is asked for and no blank ends a line") {
  CHECK(text_table({{"call", "what", ""}, {"7", "put a", "##"}, {"12345", "get", ""}},
                   {Align::right, Align::left, Align::left}) ==
        Lines{" call  what", "    7  put a  ##", "12345  get"});
}

}  // namespace
}  // namespace reprise::test
