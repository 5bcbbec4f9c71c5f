#include <catch2/catch.hpp>

#include "tests/support/temp_dir.hpp"
#include "tests/tools/program.hpp"

namespace reprise::test {
namespace {

namespace json = boost::json;
using Catch::Contains;
using Strings = std::vector<std::string>;

/// Twenty seconds of the thin market, "a.rpj", and branches of it at 8 s: "set.rpj" with another
/// field, "halted.rpj" with an input more.
struct Market {
  TempDir folder;

  Market() {
    made({"run", shipped("market/thin_market.toml"), "--until", "20s", "-o", "a.rpj"});
    made({"fork", "a.rpj", "--at", "8s", "--set", "trader[3].position=-7", "-o", "set.rpj"});
    made({"fork", "a.rpj", "--at", "8s", "--send",
          "{to = \"exchange\", kind = \"market.halt\", lasts = \"2s\"}", "-o", "halted.rpj"});
  }

  ProgramResult call(const Strings& words) const { return run_program(words, {folder.path()}); }

  void made(const Strings& words) const {
    const ProgramResult result = call(words);
    INFO(result.err);
    REQUIRE(result.code == 0);
  }

  json::object answer(Strings words, int code = 1) const {
    words.insert(words.begin(), "diff");
    words.emplace_back("--json");
    const ProgramResult result = call(words);
    INFO(result.err);
    REQUIRE(result.code == code);
    return json_of(result);
  }

  json::object show(const std::string& journal, const std::string& agent,
                    const std::string& at) const {
    return json_of(call({"show", journal, "--agent", agent, "--at", at, "--json"}))
        .at("agents")
        .at(agent)
        .as_object();
  }
};

const Market& market() {
  static const Market the_market;
  return the_market;
}

const json::object& first_of(const json::object& answer) {
  return answer.at("first_difference").as_object();
}

TEST_CASE("diff of a run and a branch with a changed field names the field and its values") {
  const json::object answer = market().answer({"a.rpj", "set.rpj"});
  CHECK(answer.at("equal") == false);
  CHECK(answer.at("a") == "a.rpj");
  CHECK(answer.at("digests_compared").as_int64() <= 64);
  const json::object& first = first_of(answer);
  const json::object fork = json_of(market().call({"info", "set.rpj", "--json"}));
  const std::int64_t step = fork.at("parent").at("step").as_int64();
  CHECK(first.at("step") == step + 1);
  CHECK(first.at("what") == "edits");
  CHECK(first.at("exact") == true);
  CHECK(first.at("agent") == "trader[3]");
  const json::array& fields = first.at("fields").as_array();
  REQUIRE(fields.size() == 1);
  const std::int64_t before = market().show("a.rpj", "trader[3]", "8s").at("position").as_int64();
  CHECK(fields[0].at("path") == "position");
  CHECK(fields[0].at("a") == before);
  CHECK(fields[0].at("b") == -7);
  CHECK(fields[0].at("delta") == -7 - before);
  CHECK(first.at("a").at("step") == step + 1);
  CHECK(first.at("b").at("step") == step + 1);
  CHECK(first.at("time_ns") == first.at("a").at("time_ns"));

  const json::object& inputs = answer.at("inputs").as_object();
  CHECK(inputs.at("only_a") == 0);
  CHECK(inputs.at("only_b") == 1);
  CHECK(inputs.at("first").at(0).at("a").is_null());
  CHECK(inputs.at("first").at(0).at("b").at("kind") == "reprise.set");
  CHECK(inputs.at("first").at(0).at("b").at("after") == step);
}

TEST_CASE("diff tells the fields of agents at a position as show does") {
  for (const std::string at : {"9s", "end"}) {
    const json::object answer =
        market().answer({"a.rpj", "halted.rpj", "--at", at, "--limit", "1000"});
    std::size_t compared = 0;
    std::size_t last = 1'000'000;
    for (const json::value& each : answer.at("agents").as_array()) {
      const std::string agent(each.at("agent").as_string());
      const json::array& fields = each.at("fields").as_array();
      CHECK(fields.size() == each.at("fields_count"));
      CHECK(fields.size() <= last);
      last = fields.size();
      if (fields.empty()) continue;
      const json::object a = market().show("a.rpj", agent, at);
      const json::object b = market().show("halted.rpj", agent, at);
      for (const json::value& field : fields) {
        const auto path = field.at("path").as_string();
        if (a.contains(path)) {
          CHECK(field.at("a") == a.at(path));
          CHECK(field.at("b") == b.at(path));
          ++compared;
        }
      }
    }
    CHECK(compared > 3);
  }
  const json::object before = market().answer({"a.rpj", "halted.rpj", "--at", "7s"});
  CHECK(before.at("agents").as_array().empty());
}

TEST_CASE("diff shows what each run delivered where they part and what that came from") {
  const json::object answer = market().answer({"a.rpj", "halted.rpj"});
  const json::object& first = first_of(answer);
  CHECK(first.at("what") == "events");
  CHECK(first.at("b").at("kind") == "market.halt");
  CHECK(first.at("b").at("cause").is_null());
  CHECK(first.at("b").at("causes").as_array().empty());
  CHECK(first.at("a").at("kind") != "market.halt");
  CHECK_FALSE(first.at("a").at("causes").as_array().empty());
  CHECK(first.at("agent") == "exchange");
  const std::string step = std::to_string(first.at("step").as_int64());
  const json::object event =
      json_of(market().call({"events", "a.rpj", "--from", step, "--to", step, "--json"}));
  json::object told = first.at("a").as_object();
  told.erase("causes");
  CHECK(told == event);
}

TEST_CASE("diff of equal runs says so") {
  market().made({"compact", "a.rpj", "-o", "small.rpj", "--force"});
  market().made({"fork", "a.rpj", "--at", "5s", "-o", "same.rpj", "--force"});
  for (const char* other : {"a.rpj", "small.rpj", "same.rpj"}) {
    const ProgramResult text = market().call({"diff", "a.rpj", other});
    CHECK(text.code == 0);
    CHECK(text.err.empty());
    CHECK_THAT(text.out, Contains("equal, ") && Contains(" steps"));
    const json::object answer = market().answer({"a.rpj", other}, 0);
    CHECK(answer.at("equal") == true);
    CHECK(answer.at("first_difference").is_null());
    CHECK(answer.at("agents").as_array().empty());
  }
}

TEST_CASE("diff of runs with other seeds and scenarios says what was so from the start") {
  market().made({"run", shipped("market/thin_market.toml"), "--until", "20s", "--seed", "7", "-o",
                 "seven.rpj", "--force"});
  const json::object seeds = market().answer({"a.rpj", "seven.rpj"});
  CHECK(seeds.at("same_seed") == false);
  CHECK(seeds.at("same_scenario") == true);
  CHECK(seeds.at("same_start") == false);
  CHECK(first_of(seeds).at("step").as_int64() > 1);
  market().made({"run", shipped("market/thin_market.toml"), "--until", "20s", "--set",
                 "agent.trader.count=5", "-o", "five.rpj", "--force"});
  const json::object counts = market().answer({"a.rpj", "five.rpj", "--limit", "100"});
  CHECK(counts.at("same_scenario") == false);
  std::size_t only = 0;
  for (const json::value& agent : counts.at("agents").as_array()) {
    if (agent.at("only_in").is_null()) continue;
    CHECK(agent.at("only_in") == "a");
    ++only;
  }
  CHECK(only == 15);
  const ProgramResult text = market().call({"diff", "a.rpj", "five.rpj"});
  CHECK(text.code == 1);
  CHECK_THAT(text.out, Contains("they are of different scenarios") &&
                           Contains("their worlds differ from the start") &&
                           Contains("(momentum_trader): only in a"));
}

TEST_CASE("diff of a longer run and a shorter one says which one ends") {
  market().made(
      {"run", shipped("market/thin_market.toml"), "--until", "10s", "-o", "short.rpj", "--force"});
  const ProgramResult text = market().call({"diff", "short.rpj", "a.rpj"});
  CHECK(text.code == 1);
  CHECK_THAT(text.out, Contains(": one ends before it") && Contains("a ends with step ") &&
                           Contains(" at 10s (until)"));
  CHECK(first_of(market().answer({"short.rpj", "a.rpj"})).at("a").is_null());
}

TEST_CASE("diff writes for a person") {
  const ProgramResult text = market().call({"diff", "a.rpj", "halted.rpj"});
  CHECK(text.code == 1);
  CHECK_THAT(text.out, Contains("they part at step ") && Contains(": other events") &&
                           Contains("first agent that differs: exchange (") &&
                           Contains("in a it came from") && Contains("at the end (a: step ") &&
                           Contains("inputs: 0 only in a, 1 only in b, 0 changed") &&
                           Contains("market.halt to exchange {\"lasts\":\"2s\""));
}

TEST_CASE("diff of a branch with edits says what they changed and what came of it") {
  const ProgramResult text = market().call({"diff", "a.rpj", "set.rpj"});
  CHECK(text.code == 1);
  CHECK_THAT(text.out, Contains("they part right after step ") && Contains(": other edits") &&
                           Contains("the first agent that they changed: "));
}

TEST_CASE("diff compares journals of kinds that this program does not know by their digests") {
  const Catalog nothing;
  const ProgramResult result = run_in_process(
      nothing, {"diff", market().folder.file("a.rpj"), market().folder.file("halted.rpj")});
  CHECK(result.code == 1);
  CHECK_THAT(result.out, Contains("they part at or before step ") && Contains("  a: ") &&
                             Contains("they are the same up to step") &&
                             Contains("market.halt to agent "));
}

TEST_CASE("diff refuses what it cannot compare") {
  const auto refused = [](const Strings& words, int code, const std::string& why) {
    const ProgramResult result = market().call(words);
    CHECK(result.code == code);
    CHECK(result.out.empty());
    CHECK_THAT(result.err, Contains(why));
  };
  refused({"diff", "a.rpj"}, 2, "an argument is missing");
  refused({"diff", "a.rpj", "none.rpj"}, 2, "none.rpj");
  refused({"diff", "a.rpj", "a.rpj", "--at", "1h"}, 2, "is beyond the end");
  refused({"diff", "a.rpj", "set.rpj", "--at", "soon"}, 2, "--at takes a step");
  market().folder.write("no.rpj", "this is no journal");
  refused({"diff", "a.rpj", "no.rpj"}, 4, "no.rpj");
}

}  // namespace
}  // namespace reprise::test
