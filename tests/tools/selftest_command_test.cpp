#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>
#include <set>

#include "tests/tools/program.hpp"

namespace reprise::test {
namespace {

namespace json = boost::json;

TEST_CASE("the selftest sees every class that it plants") {
  const ProgramResult result = run_program({"selftest", "--json"});
  INFO(result.out << result.err);
  CHECK(result.code == 0);
  const json::object answer = json_of(result);
  CHECK(answer.at("verdict") == "ok");
  CHECK(answer.at("not_seen").as_array().size() >= 3);
  std::set<std::string> names;
  for (const json::value& each : answer.at("classes").as_array()) {
    const std::string name(each.at("name").as_string());
    INFO(json::serialize(each));
    names.insert(name);
    CHECK(each.at("verdict") != "missed");
    if (each.at("verdict") == "skipped") WARN("skipped: " << name << ": " << each.at("found"));
  }
  for (const char* name :
       {"uninitialised-byte", "pointer-order", "salted-hash", "wall-clock", "stale-static",
        "unrecorded-input", "forgotten-field", "thread-race", "libm", "contraction", "draw-order",
        "storage-order", "locale", "last-state", "last-checkpoint"}) {
    CHECK(names.contains(name));
  }
}

TEST_CASE("the selftest plants what is asked for and knows no other classes") {
  const ProgramResult one = run_program({"selftest", "--only", "wall-clock,draw-order"});
  CHECK(one.code == 0);
  CHECK_THAT(one.out, Catch::Contains("seen     wall-clock") && Catch::Contains("again, step 5") &&
                          Catch::Contains(", one.seen") && Catch::Contains("seen     draw-order") &&
                          !Catch::Contains("stale-static") &&
                          Catch::Contains("not to be seen by a check:"));
  const ProgramResult none = run_program({"selftest", "--only", "wall-clok"});
  CHECK(none.code == 2);
  CHECK_THAT(none.err, Catch::Contains("did you mean 'wall-clock'?"));
}

}  // namespace
}  // namespace reprise::test
