#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>
#include <sstream>

#include "tests/support/temp_dir.hpp"
#include "tests/tools/program.hpp"

namespace reprise::test {
namespace {

namespace json = boost::json;
using Catch::Matchers::Contains;

using Strings = std::vector<std::string>;

/// A short run of the thin market, "a.rpj", and walks through it by a script.
struct Market {
  TempDir folder;
  std::int64_t steps = 0;

  Market() {
    const ProgramResult run = call({"run", shipped("market/thin_market.toml"), "--until", "20s",
                                    "-o", "a.rpj", "--set", "input[0].at=12s", "--json"});
    REQUIRE(run.code == 0);
    steps = json_of(run).at("steps").as_int64();
  }

  ProgramResult call(const Strings& words) const { return run_program(words, {folder.path()}); }

  ProgramResult walk(const std::string& script, const std::string& options = "") const {
    folder.write("script", script);
    return run_shell(std::string(REPRISE_PROGRAM) + " step a.rpj " + options + " < script",
                     {folder.path()});
  }

  /// The lines of a walk that has to end well.
  Strings lines(const std::string& script, const std::string& options = "") const {
    const ProgramResult result = walk(script, options);
    INFO(script << result.err);
    CHECK(result.code == 0);
    CHECK(result.err.empty());
    Strings all;
    std::istringstream in(result.out);
    for (std::string line; std::getline(in, line);) all.push_back(line);
    return all;
  }

  /// How `events` tells of a step: kind, sender and receiver.
  std::string event(std::int64_t step) const {
    const std::string at = std::to_string(step);
    const ProgramResult result = call({"events", "a.rpj", "--from", at, "--to", at, "--json"});
    REQUIRE(result.code == 0);
    const json::object line = json::parse(result.out).as_object();
    const auto text = [&](const char* key) { return std::string(line.at(key).as_string()); };
    return text("kind") + " from " + text("from") + " to " + text("to");
  }
};

TEST_CASE("a walk goes on and back and says what was delivered where it stands") {
  const Market market;
  const Strings lines = market.lines("n\nn 75\nb\nat 300ms\n# a comment\n\nb 5\nat end\nat 0\n");
  REQUIRE(lines.size() == 8);
  CHECK(lines[0] == "step 0 at 0s");
  CHECK_THAT(lines[1], Contains("step 1 at 0s: " + market.event(1)));
  CHECK_THAT(lines[2], Contains("step 76 at ") && Contains(market.event(76)));
  CHECK_THAT(lines[3], Contains("step 75 at ") && Contains(market.event(75)));
  CHECK_THAT(lines[4], Contains(" at 300ms: "));
  CHECK_THAT(lines[6], Contains(" at 20s: ") && Contains(market.event(market.steps)));
  CHECK(lines[7] == lines[0]);
}

TEST_CASE("a walk stops where an expression becomes true as find has it") {
  const Market market;
  const std::string expression = "exchange.halted";
  const ProgramResult found = market.call({"find", "a.rpj", expression, "--json"});
  REQUIRE(found.code == 0);
  const std::string step =
      json::serialize(json::parse(found.out.substr(0, found.out.find('\n'))).at("step"));
  const Strings lines = market.lines("c " + expression + "\nat end\nrc " + expression + "\nrc " +
                                     expression + "\np step\np exchange.halted\n");
  REQUIRE(lines.size() == 7);
  std::string stands = lines[1];
  std::erase(stands, ',');
  CHECK(stands.starts_with("step " + step + " at 12s: market.halt from "));
  CHECK(lines[1] == lines[3]);
  CHECK(lines[4] == "it does not become true before this");
  CHECK(lines[5] == "step = " + step);
  CHECK(lines[6] == "exchange.halted = true");
}

TEST_CASE("a walk prints agents as show does") {
  const Market market;
  const ProgramResult walked = market.walk("p trader[3]\n", "--at 500");
  const ProgramResult shown = market.call({"show", "a.rpj", "--at", "500", "--agent", "trader[3]"});
  CHECK(walked.code == 0);
  CHECK(walked.out.substr(walked.out.find('\n') + 1) == shown.out.substr(shown.out.find('\n') + 1));
}

TEST_CASE("a walk asks why and forks and compares from where it stands") {
  const Market market;
  const ProgramResult walked = market.walk(
      "at 5s\nw\nfork -o b.rpj --set maker.options.spread=30000000\ndiff b.rpj\nq\nnonsense\n");
  INFO(walked.err);
  CHECK(walked.code == 0);
  CHECK_THAT(walked.out, Contains("caused by, back to") && Contains("b.rpj, a branch of a.rpj") &&
                             Contains("edit     set maker.options.spread = 30000000") &&
                             Contains("they part right after step"));
  CHECK(market.call({"verify", "b.rpj"}).code == 0);
}

TEST_CASE("a script that cannot be obeyed says at which line and ends there") {
  const Market market;
  const auto refused = [&](const std::string& script, const char* why,
                           const char* line = "line 2: ") {
    const ProgramResult result = market.walk("n\n" + script + "\nn\n");
    INFO(script);
    CHECK(result.code == 2);
    CHECK_THAT(result.err, Contains(line) && Contains(why));
    CHECK_THAT(result.out, !Contains("step 2 "));
  };
  refused("nexxt", "there is no 'nexxt' here");
  refused("b 2", "before step 1 there are no 2");
  refused("n x", "a number of steps is expected");
  refused("at 99h", "is beyond the end");
  refused("at soon", "at takes a step");
  refused("c trader[0].cahs > 0", "did you mean 'cash'?");
  refused("c", "an expression is missing");
  refused("p nobody.cash", "nobody");
  refused("diff", "with what?");
  refused("q now", "q stands alone");
  refused("p nobody.cash", "p: ");
  refused("fork --set maker.options.spread=1", "-o BRANCH is missing");
  refused("fork -o b.rpj --set \"maker.options.spread=1", "a quote is open");
  refused("diff b\\", "backslash");
  refused("w 99999999", "99999999");
  refused("w 5 --frward", "frward");
  CHECK(market.walk("", "--at 99h").code == 2);
}

TEST_CASE("a walk forks with quoted words as a shell takes them") {
  const Market market;
  const ProgramResult walked = market.walk(
      "at 5s\n"
      "fork -o b.rpj --send '{to=\"exchange\", kind=\"market.halt\", lasts=\"30s\"}'\n"
      "w --forward --limit 1\n"
      "help fork\nhelp n\n");
  INFO(walked.err);
  CHECK(walked.code == 0);
  CHECK_THAT(walked.out, Contains("edit     send market.halt to exchange at 5.000000001s") &&
                             Contains("caused ") && Contains("a branch from here") &&
                             Contains("fork [OPTIONS] JOURNAL") && Contains("N steps on"));
}

TEST_CASE("a branch that fails ends a script as fork would") {
  const Market market;
  std::string fork = " -o b.rpj --force";
  for (const char* id : {"1", "2"}) {  // more at one price than can be added up
    fork += std::string(" --send '{to=\"exchange\", kind=\"market.order\", id=") + id +
            ", price=10000000, quantity=9000000000000000000}'";
  }
  const ProgramResult forked = run_shell(
      std::string(REPRISE_PROGRAM) + " fork a.rpj --at 5s" + fork, {market.folder.path()});
  REQUIRE(forked.code == 1);
  const ProgramResult walked = market.walk("at 5s\nfork" + fork + "\nn\n");
  CHECK(walked.code == 1);
  CHECK_THAT(walked.err, Contains("line 2: fork did not come to an answer"));
  CHECK(std::ranges::count(walked.out, '\n') == std::ranges::count(forked.out, '\n') + 2);
}

TEST_CASE("a walk that nobody reads any more ends without a complaint") {
  const Market market;
  std::string script;
  for (int i = 0; i < 2000; ++i) script += "n\n";
  market.folder.write("script", script);
  const ProgramResult result = run_shell(
      std::string(REPRISE_PROGRAM) + " step a.rpj < script | head -1", {market.folder.path()});
  CHECK(result.out == "step 0 at 0s\n");
  CHECK(result.err.empty());
}

}  // namespace
}  // namespace reprise::test
