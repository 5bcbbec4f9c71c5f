#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>
#include <sstream>

#include "tests/support/temp_dir.hpp"
#include "tests/tools/program.hpp"

namespace reprise::test {
namespace {

namespace json = boost::json;
using Catch::Contains;
using Strings = std::vector<std::string>;

/// Six seconds of the thin market with a halt in it, "a.rpj", and its events.
struct Market {
  TempDir folder;
  std::vector<json::object> events;

  Market() {
    REQUIRE(
        call({"run", shipped("market/thin_market.toml"), "--until", "6s", "-o", "base.rpj"}).code ==
        0);
    REQUIRE(call({"fork", "base.rpj", "--at", "2s", "--set", "trader[3].position=-7", "--send",
                  "{to = \"exchange\", kind = \"market.halt\", lasts = \"1s\"}", "-o", "a.rpj"})
                .code == 0);
    std::istringstream lines(call({"events", "a.rpj", "--json"}).out);
    for (std::string line; std::getline(lines, line);) {
      events.push_back(json::parse(line).as_object());
    }
    REQUIRE(events.size() > 1'000);
  }

  ProgramResult call(const Strings& words) const { return run_program(words, {folder.path()}); }

  json::object answer(Strings words) const {
    words.emplace_back("--json");
    words.insert(words.begin(), "why");
    const ProgramResult result = call(words);
    INFO(result.err);
    REQUIRE(result.code == 0);
    return json_of(result);
  }

  const json::object& event(std::int64_t step) const {
    return events.at(static_cast<std::size_t>(step) - 1);
  }

  std::int64_t last_of(const char* kind, const char* from = "exchange") const {
    std::int64_t step = 0;
    for (const json::object& event : events) {
      if (event.at("kind") == kind && event.at("from") == from) step = event.at("step").as_int64();
    }
    return step;
  }

  std::int64_t halt() const { return last_of("market.halt", "world"); }
};

const Market& market() {
  static const Market the_market;
  return the_market;
}

TEST_CASE("why follows the causes that events tells back to an input or to Start") {
  const std::int64_t trade = market().last_of("market.trade");
  for (const std::int64_t step :
       {trade, market().halt(), std::int64_t{1}, std::ssize(market().events)}) {
    const json::object answer =
        market().answer({"a.rpj", std::to_string(step), "--limit", "100000"});
    CHECK(answer.at("journal") == "a.rpj");
    CHECK(answer.at("step") == step);
    json::array expected{market().event(step)};
    while (!expected.back().at("cause").is_null()) {
      const std::int64_t cause = expected.back().at("cause").as_int64();
      expected.push_back(market().event(cause));
    }
    CHECK(answer.at("chain") == expected);
    CHECK(answer.at("length") == expected.size());
    CHECK(answer.at("root") == (expected.back().at("kind") == "reprise.start" ? "start" : "input"));
    const json::object few = market().answer({"a.rpj", std::to_string(step), "--limit", "2"});
    CHECK(few.at("length") == answer.at("length"));
    CHECK(few.at("chain").as_array().size() == std::min<std::size_t>(3, expected.size()));
    CHECK(few.at("chain").as_array().back() == expected.back());
  }
}

TEST_CASE("why forward lists what came of a message from outside") {
  const std::int64_t halt = market().halt();
  const json::object answer =
      market().answer({"a.rpj", std::to_string(halt), "--forward", "--limit", "5"});
  const json::array& caused = answer.at("caused").as_array();
  REQUIRE(!caused.empty());
  CHECK(caused.front() == market().event(halt));
  for (std::size_t i = 1; i < caused.size(); ++i) {
    CHECK(caused[i] == market().event(caused[i].at("step").as_int64()));
    CHECK(caused[i].at("cause").as_int64() >= halt);
  }
  CHECK_FALSE(answer.contains("chain"));
}

TEST_CASE("why inputs names the halt and the edit that an event may depend on") {
  const std::int64_t trade = market().last_of("market.trade");
  const json::object answer = market().answer({"a.rpj", std::to_string(trade), "--inputs"});
  const json::array& inputs = answer.at("inputs").as_array();
  REQUIRE(inputs.size() == 2);
  CHECK(answer.at("inputs_count") == 2);
  CHECK(answer.at("inputs_before") == 2);
  CHECK(inputs[0].at("after") == inputs[0].at("step"));
  CHECK(inputs[1].at("after").is_null());
  CHECK(inputs[0].at("kind") == "reprise.set");
  CHECK(inputs[0].at("number") == 1);
  CHECK(inputs[1].at("kind") == "market.halt");
  CHECK(inputs[1].at("to") == "exchange");
  CHECK(inputs[1].at("step") == market().halt());
  CHECK(market().answer({"a.rpj", "1", "--inputs"}).at("inputs_count") == 0);
}

TEST_CASE("why writes a table for a person and a graph for Graphviz") {
  const std::string step = std::to_string(market().last_of("market.trade"));
  const ProgramResult text = market().call({"why", "a.rpj", step, "--limit", "3"});
  CHECK(text.code == 0);
  CHECK_THAT(text.out, Contains("caused by, back to") && Contains("left out; --limit") &&
                           Contains("market.trade") && Contains(" step  cause"));
  const ProgramResult inputs = market().call({"why", "a.rpj", step, "--inputs"});
  CHECK_THAT(inputs.out, Contains("may depend on 2 of 2 inputs before it") &&
                             Contains("an edit after step") && Contains("market.halt to exchange"));
  const ProgramResult dot = market().call({"why", "a.rpj", step, "--inputs", "--dot"});
  CHECK(dot.code == 0);
  CHECK_THAT(dot.out, Catch::StartsWith("digraph why {\n") && Catch::EndsWith("}\n") &&
                          Contains("input1 -> step" + step + " [style=dashed]") &&
                          Contains("step" + step + " [label=\"" + step));
  const ProgramResult forward = market().call({"why", "a.rpj", "1", "--forward", "--dot"});
  CHECK_THAT(forward.out, Contains("  step1 -> step"));
}

TEST_CASE("why refuses steps that there are not and options that exclude each other") {
  const auto refused = [](const Strings& words, const std::string& why) {
    const ProgramResult result = market().call(words);
    CHECK(result.code == 2);
    CHECK(result.out.empty());
    CHECK_THAT(result.err, Contains(why));
  };
  refused({"why", "a.rpj", "0"}, "events are numbered from 1 to");
  refused({"why", "a.rpj", "999999999"}, "beyond the end");
  refused({"why", "a.rpj", "5s"}, "STEP is the number of an event, from 1 to");
  refused({"why", "a.rpj"}, "an argument is missing");
  refused({"why", "a.rpj", "5", "--limit", "0"}, "--limit takes a whole number from 1");
  refused({"why", "a.rpj", "5", "--json", "--dot"}, "exclude each other");
  refused({"why", "none.rpj", "5"}, "none.rpj");
}

}  // namespace
}  // namespace reprise::test
