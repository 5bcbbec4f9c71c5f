#include <boost/json/value_to.hpp>
#include <catch2/catch.hpp>
#include <sstream>

#include "tests/support/temp_dir.hpp"
#include "tests/tools/program.hpp"

// Forks in which recorded inputs are left out, changed or delayed, against runs of such a scenario.
namespace reprise::test {
namespace {

namespace json = boost::json;
using Catch::Contains;
using Strings = std::vector<std::string>;

struct Halt {
  std::string at;
  std::string lasts;
};

/// Twenty seconds of the thin market, with three halts from outside, "a.rpj".
struct Market {
  TempDir folder;
  json::object run = straight("a.rpj", {{"5s", "1s"}, {"10s", "1s"}, {"15s", "1s"}});

  ProgramResult call(const Strings& words) const { return run_program(words, {folder.path()}); }

  json::object answer(Strings words) const {
    words.emplace_back("--json");
    const ProgramResult result = call(words);
    INFO(result.err);
    REQUIRE(result.code == 0);
    return json_of(result);
  }

  json::object straight(const std::string& journal, const std::vector<Halt>& halts) const {
    std::string text = read_file(shipped("market/thin_market.toml"));
    text.erase(text.find("[[input]]"));
    for (const Halt& halt : halts) {
      text += "[[input]]\nat = \"" + halt.at +
              "\"\nto = \"exchange\"\nsend = { kind = \"market.halt\", lasts = \"" + halt.lasts +
              "\" }\n";
    }
    const std::string scenario = folder.write("halts.toml", text);
    return answer({"run", scenario, "--until", "20s", "-o", journal, "--force"});
  }

  json::object fork(Strings edits) const {
    Strings words{"fork", "a.rpj", "--at", "7s", "-o", "b.rpj", "--force"};
    words.insert(words.end(), edits.begin(), edits.end());
    json::object branch = answer(words);
    CHECK(call({"verify", "b.rpj"}).code == 0);
    return branch;
  }

  /// Every agent as it is at the end.
  json::value agents(const std::string& journal) const {
    return answer({"show", journal}).at("agents");
  }

  std::string refused(const Strings& edits, int code = 2) const {
    Strings words{"fork", "a.rpj", "--at", "7s", "-o", "b.rpj"};
    words.insert(words.end(), edits.begin(), edits.end());
    const ProgramResult result = call(words);
    CHECK(result.code == code);
    CHECK(result.out.empty());
    return result.err;
  }
};

void expect_same(const json::object& branch, const json::object& run) {
  for (const char* key : {"steps", "prefix", "state", "time_ns"})
    CHECK(branch.at(key) == run.at(key));
}

Strings words_of(const json::object& branch) {
  return json::value_to<Strings>(branch.at("edits"));
}

TEST_CASE("inputs are listed with the numbers that fork takes") {
  const Market market;
  CHECK(market.call({"inputs", "a.rpj"}).out ==
        "1  market.halt to exchange at 5s  {\"lasts\":\"1s\",\"reason\":\"unstated\"}  (from "
        "scenario)\n"
        "2  market.halt to exchange at 10s  {\"lasts\":\"1s\",\"reason\":\"unstated\"}  (from "
        "scenario)\n"
        "3  market.halt to exchange at 15s  {\"lasts\":\"1s\",\"reason\":\"unstated\"}  (from "
        "scenario)\n");
  const json::object second = market.answer({"inputs", "a.rpj", "--from", "10s", "--to", "14s"});
  CHECK(second.at("number") == 2);
  CHECK(second.at("time_ns") == 10'000'000'000);
  CHECK(second.at("after").is_null());
  CHECK(second.at("to") == "exchange");
  CHECK(second.at("kind") == "market.halt");
  CHECK(second.at("producer") == "scenario");
  CHECK(second.at("payload").at("lasts") == 1'000'000'000);
  CHECK(market.answer({"inputs", "a.rpj", "--limit", "1"}).at("number") == 1);
  market.fork({"--set", "trader[3].cash=5"});
  const std::string listed = market.call({"inputs", "b.rpj"}).out;
  CHECK_THAT(listed, Contains("\n2  set trader[3].cash = 5 after step ") &&
                         Contains("(from branch)\n3  market.halt to exchange at 10s"));
  CHECK_THAT(market.call({"inputs", "a.rpj", "--from", "soon"}).err, Contains("takes a time"));
  CHECK_THAT(market.call({"inputs", "a.rpj", "--from", "2s", "--to", "1s"}).err,
             Contains("lies before"));
}

TEST_CASE("a fork with a changed input is the run of the changed scenario") {
  const Market market;
  const json::object branch = market.fork({"--change-input", "2.lasts=3s"});
  CHECK(words_of(branch) == Strings{"change input 2 (market.halt to exchange at 10s): lasts = 3s"});
  expect_same(branch, market.straight("s.rpj", {{"5s", "1s"}, {"10s", "3s"}, {"15s", "1s"}}));
  CHECK(branch.at("prefix") != market.run.at("prefix"));
}

TEST_CASE("a fork without an input is the run of the scenario without it") {
  const Market market;
  const json::object last = market.fork({"--drop-input", "3"});
  CHECK(words_of(last) == Strings{"drop input 3 (market.halt to exchange at 15s)"});
  expect_same(last, market.straight("s.rpj", {{"5s", "1s"}, {"10s", "1s"}}));
  // Later inputs keep the numbers that they came with, which digests cover; all agents are equal.
  const json::object middle = market.fork({"--drop-input", "2"});
  const json::object run = market.straight("s.rpj", {{"5s", "1s"}, {"15s", "1s"}});
  CHECK(middle.at("steps") == run.at("steps"));
  CHECK(market.agents("b.rpj") == market.agents("s.rpj"));
  CHECK(market.agents("b.rpj") != market.agents("a.rpj"));
}

TEST_CASE("a fork with a delayed input has it later than the others of its time") {
  const Market market;
  const json::object branch =
      market.fork({"--delay-input", "2=1500ms", "--change-input", "2.lasts=2s"});
  CHECK(words_of(branch) == Strings{"change input 2 (market.halt to exchange at 10s): lasts = 2s",
                                    "delay input 2 (market.halt to exchange at 10s) by 1.5s"});
  const json::object run =
      market.straight("s.rpj", {{"5s", "1s"}, {"11500ms", "2s"}, {"15s", "1s"}});
  CHECK(branch.at("steps") == run.at("steps"));
  CHECK(market.agents("b.rpj") == market.agents("s.rpj"));
  market.fork({"--delay-input", "2=5s"});
  const std::string listed = market.call({"inputs", "b.rpj", "--from", "15s"}).out;
  CHECK_THAT(
      listed,
      Contains(
          "2  market.halt to exchange at 15s  {\"lasts\":\"1s\",\"reason\":\"unstated\"}  (from "
          "scenario)\n3  market.halt to exchange at 15s  "
          "{\"lasts\":\"1s\",\"reason\":\"unstated\"}  "
          "(from branch)\n"));
}

TEST_CASE("several edits of inputs and others go together") {
  const Market market;
  const json::object branch = market.fork({"--drop-input", "3", "--set", "trader[3].cash=5",
                                           "--reseed", "trader[0]=9", "--delay-input", "2=1s"});
  CHECK(words_of(branch) == Strings{"set trader[3].cash = 5", "reseed trader[0] from 9",
                                    "delay input 2 (market.halt to exchange at 10s) by 1s",
                                    "drop input 3 (market.halt to exchange at 15s)"});
  // The edit of the branch may be left out by another that begins before it.
  const json::object other = market.answer(
      {"fork", "b.rpj", "--at", "6s", "--drop-input", "2", "--drop-input", "3", "-o", "c.rpj"});
  CHECK(words_of(other).size() == 2);
  CHECK_THAT(words_of(other).front(), Contains("drop input 2 (set trader[3].cash = 5 after step"));
  CHECK(market.call({"verify", "c.rpj"}).code == 0);
  // Its delayed input has the number of the third thing that the branch did, and here of the first.
  const json::object without = market.fork({"--drop-input", "3", "--delay-input", "2=1s"});
  CHECK(other.at("steps") == without.at("steps"));
  CHECK(market.agents("c.rpj") == market.agents("b.rpj"));
}

TEST_CASE("an edit of an input that cannot be is refused with place and remedy") {
  const Market market;
  CHECK_THAT(market.refused({"--drop-input", "1"}),
             Contains("--drop-input 1: input 1 (market.halt to exchange at 5s) has taken effect") &&
                 Contains("--at takes an earlier moment"));
  CHECK_THAT(market.refused({"--drop-input", "4"}),
             Contains("the history has 3 inputs") && Contains("inputs a.rpj` lists them"));
  for (const char* none : {"0", "-1", "two"}) {
    CHECK_THAT(market.refused({"--drop-input=" + std::string(none)}),
               Contains("is no number of an input"));
  }
  CHECK_THAT(market.refused({"--change-input", "2"}), Contains("takes N.PATH=VALUE"));
  CHECK_THAT(market.refused({"--change-input", "2.=5s"}), Contains("takes N.PATH=VALUE"));
  CHECK_THAT(market.refused({"--change-input", "2.last=5s"}),
             Contains("unknown field 'last'") && Contains("market.halt"));
  CHECK_THAT(market.refused({"--change-input", "2.lasts=long"}),
             Contains("--change-input 2.lasts"));
  CHECK_THAT(market.refused({"--delay-input", "2"}), Contains("takes N=DURATION"));
  CHECK_THAT(market.refused({"--delay-input", "2=-1s"}), Contains("only later is possible"));
  CHECK_THAT(market.refused({"--delay-input", "2=1min"}), Contains("--until goes further"));
  CHECK_THAT(market.refused({"--delay-input", "2=1s", "--delay-input", "2=1s"}),
             Contains("delayed already"));
  CHECK_THAT(market.refused({"--drop-input", "2", "--delay-input", "2=1s"}),
             Contains("changed or delayed, too"));
  CHECK_THAT(market.refused({"--drop-input", "2", "--drop-input", "2"}),
             Contains("dropped already"));
  CHECK_THAT(market.refused({"--drop-input", "2", "--no-inputs"}),
             Contains("--no-inputs leaves out every recorded input"));
  CHECK_THAT(market.refused({"--drop-input", "3", "--until", "12s"}),
             Contains("--until goes further"));
  market.fork({"--set", "trader[3].cash=5"});
  const ProgramResult edit =
      market.call({"fork", "b.rpj", "--at", "6s", "--delay-input", "2=1s", "-o", "c.rpj"});
  CHECK(edit.code == 2);
  CHECK_THAT(edit.err, Contains("is an edit; --drop-input leaves it out"));
}

}  // namespace
}  // namespace reprise::test
