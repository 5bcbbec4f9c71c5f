#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <catch2/catch.hpp>
#include <limits>
#include <stdexcept>

#include "scenarios/toml_reader.hpp"
#include "scenarios/toml_writer.hpp"

namespace reprise::test {
namespace {

namespace json = boost::json;

TEST_CASE("what is written as TOML is read back the same") {
  const json::object document{
      {"name", "a \"b\" \\ c\n\t\u00e9\x01"},
      {"most", std::numeric_limits<std::int64_t>::max()},
      {"least", std::numeric_limits<std::int64_t>::min()},
      {"real", 0.1},
      {"whole", 3.0},
      {"tiny", 1e-300},
      {"yes", true},
      {"list", {1, 2, json::array{"x", json::array()}}},
      {"network", {{"latency", {{"shape", "normal"}, {"mean", "2ms"}}}, {"odd key", 1}, {"", 2}}},
      {"empty", json::object()},
      {"none", json::array()},
      {"agent",
       {json::object{{"name", "a"}, {"options", json::object{{"deep", {{"er", {1, 2}}}}}}},
        json::object{{"name", "b"}, {"options", json::object()}}}}};
  const std::string text = toml_text(document);
  INFO(text);
  CHECK(read_toml(text, "written.toml").root == document);
}

TEST_CASE("written TOML has its values before its tables and these in their order") {
  const json::object document{{"b", json::object{{"x", 1}}},
                              {"name", "n"},
                              {"a", {json::object{{"y", 2}}, json::object{{"y", 3}}}}};
  CHECK(toml_text(document) == "name = \"n\"\n\n[b]\nx = 1\n\n[[a]]\ny = 2\n\n[[a]]\ny = 3\n");
}

TEST_CASE("TOML knows no null") {
  CHECK_THROWS_AS(toml_text({{"a", {{"b", nullptr}}}}), std::invalid_argument);
}

}  // namespace
}  // namespace reprise::test
