#include <algorithm>
#include <boost/json/value_to.hpp>
#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/temp_dir.hpp"
#include "tests/tools/program.hpp"

namespace reprise::test {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using Catch::Contains;
using Strings = std::vector<std::string>;

/// Twenty seconds of the thin market, "a.rpj".
struct Market {
  TempDir folder;
  json::object run =
      answer({"run", shipped("market/thin_market.toml"), "--until", "20s", "-o", "a.rpj"});

  ProgramResult call(const Strings& words) const { return run_program(words, {folder.path()}); }

  json::object answer(Strings words) const {
    words.emplace_back("--json");
    const ProgramResult result = call(words);
    INFO(result.err);
    REQUIRE(result.code == 0);
    return json_of(result);
  }

  /// Complains of `words` with this exit status, and says why.
  std::string refused(const Strings& words, int code = 2) const {
    const ProgramResult result = call(words);
    CHECK(result.code == code);
    CHECK(result.out.empty());
    return result.err;
  }
};

TEST_CASE("a fork without edits ends as its journal does wherever it leaves it") {
  const Market market;
  for (const std::string at : {"0", "1", "5000", "7s", "end"}) {
    INFO(at);
    const json::object branch =
        market.answer({"fork", "a.rpj", "--at", at, "-o", "b.rpj", "--force"});
    for (const char* key : {"steps", "prefix", "state", "time_ns"}) {
      CHECK(branch.at(key) == market.run.at(key));
    }
    CHECK(branch.at("parent") == "a.rpj");
    CHECK(branch.at("journal") == "b.rpj");
    CHECK(branch.at("edits").as_array().empty());
    CHECK(branch.at("bytes").as_int64() ==
          static_cast<std::int64_t>(fs::file_size(market.folder.path() / "b.rpj")));
    CHECK(market.call({"verify", "b.rpj"}).code == 0);
  }
}

TEST_CASE("a fork beyond the recorded end says what of the scenario it does not have") {
  const Market market;
  const auto fork = [&](const char* until) {
    return market.call(
        {"fork", "a.rpj", "--at", "end", "--until", until, "-o", "b.rpj", "--force"});
  };
  CHECK_THAT(fork("5min").err, Contains("goes on after 20s, where a.rpj ends") &&
                                   Contains("not in the branch: 1 input of the scenario"));
  const ProgramResult sooner = fork("21s");
  CHECK(sooner.code == 0);
  CHECK(sooner.err.empty());
}

TEST_CASE("a fork with edits is verified shown and told of") {
  const Market market;
  const json::object branch = market.answer(
      {"fork", "a.rpj", "--at", "8s", "-o", "b.rpj", "--set", "trader[3].position=-7", "--reseed",
       "trader[0]=5", "--send", "{to = \"exchange\", kind = \"market.halt\", lasts = \"2s\"}",
       "--send", "{to = \"exchange\", kind = \"market.halt\", lasts = \"1s\", at = \"15s\"}"});
  const Strings words = json::value_to<Strings>(branch.at("edits"));
  CHECK(words == Strings{"set trader[3].position = -7", "reseed trader[0] from 5",
                         "send market.halt to exchange at 8.000000001s",
                         "send market.halt to exchange at 15s"});
  CHECK(branch.at("prefix") != market.run.at("prefix"));
  CHECK(market.call({"verify", "b.rpj"}).out == "b.rpj: equal, " + [&] {
    const std::string digits = std::to_string(branch.at("steps").as_int64());
    return digits.substr(0, digits.size() - 3) + ',' + digits.substr(digits.size() - 3);
  }() + " steps\n");

  const json::object there = market.answer({"show", "b.rpj", "--at", "8s", "--agent", "trader[3]"});
  CHECK(there.at("step") == branch.at("step"));
  CHECK(there.at("agents").at("trader[3]").at("position") == -7);
  const std::string step = std::to_string(branch.at("step").as_int64());
  for (const char* journal : {"a.rpj", "b.rpj"}) {  // before it they are one
    const json::object before =
        market.answer({"show", journal, "--at", "7999ms", "--agent", "trader[3]"});
    CHECK(before.at("agents").at("trader[3]").at("position") != -7);
  }
  const ProgramResult halts = market.call(
      {"events", "b.rpj", "--where", "from == \"world\" and kind == \"market.halt\"", "--csv"});
  CHECK(halts.code == 0);
  CHECK(std::count(halts.out.begin(), halts.out.end(), '\n') == 3);
}

TEST_CASE("between the event before an edit and the edit a branch is its parent") {
  const Market market;  // of its events, one is at 254 ms and the next at 369 ms
  market.answer(
      {"fork", "a.rpj", "--at", "299ms", "--set", "trader[3].position=77", "-o", "b.rpj"});
  const auto position_at = [&](const std::string& journal, const std::string& at) {
    const json::object there = market.answer({"show", journal, "--at", at, "--agent", "trader[3]"});
    return there.at("agents").at("trader[3]").at("position").as_int64();
  };
  CHECK(position_at("b.rpj", "298ms") == 0);
  CHECK(position_at("b.rpj", "299ms") == 77);
  CHECK(market.answer({"fork", "b.rpj", "--at", "298ms", "-o", "c.rpj"}).at("parent") == "a.rpj");
  CHECK(position_at("c.rpj", "298ms") == 0);
  CHECK(position_at("c.rpj", "299ms") == 77);
  CHECK(market.call({"verify", "c.rpj"}).code == 0);
  const json::object brief =
      market.answer({"fork", "b.rpj", "--at", "74", "--until", "298ms", "-o", "d.rpj"});
  CHECK(brief.at("time_ns") == 298'000'000);
  CHECK(position_at("d.rpj", "end") == 0);
}

TEST_CASE("a journal that cannot be begun is not there") {
  const Market market;
  const ProgramResult result =
      run_shell("ulimit -f 0; " REPRISE_PROGRAM " fork a.rpj --at 74 -o b.rpj 2> /dev/null",
                {market.folder.path()});
  CHECK(result.code == 2);
  CHECK(files_in(market.folder.path()) == Strings{"a.rpj"});
}

TEST_CASE("info of a branch names its parent or says that it is missing") {
  const Market market;
  const json::object branch = market.answer({"fork", "a.rpj", "--at", "5000", "-o", "b.rpj"});
  const json::object parent = market.answer({"info", "b.rpj"}).at("parent").as_object();
  CHECK(parent.at("journal") == "a.rpj");
  CHECK(parent.at("step") == 5000);
  CHECK(parent.at("header").as_string().size() == 64);
  CHECK_THAT(market.call({"info", "b.rpj"}).out,
             Contains("parent       a.rpj, left at step 5,000"));
  fs::remove(market.folder.path() / "a.rpj");
  CHECK(market.answer({"info", "b.rpj"}).at("parent").at("journal").is_null());
  CHECK_THAT(market.call({"info", "b.rpj"}).out, Contains("its parent is missing"));
  for (const Strings& words : {Strings{"verify", "b.rpj"}, Strings{"show", "b.rpj"},
                               Strings{"events", "b.rpj"}, Strings{"flatten", "b.rpj", "-o", "c"},
                               Strings{"fork", "b.rpj", "--at", "end", "-o", "c"}}) {
    INFO(words.front());
    CHECK_THAT(market.refused(words, 4),
               Contains("its parent is missing") && Contains("put the journal"));
  }
  CHECK(files_in(market.folder.path()) == Strings{"b.rpj"});
}

TEST_CASE("a control message that is sent goes to the world without saying so") {
  const Market market;
  const json::object stopped = market.answer(
      {"fork", "a.rpj", "--at", "5000", "-o", "b.rpj", "--send", "{kind=\"reprise.stop\"}"});
  CHECK(stopped.at("end") == "stopped");
  CHECK_THAT(market.refused({"fork", "a.rpj", "--at", "5000", "-o", "c.rpj", "--send",
                             "{kind=\"market.halt\"}"}),
             Contains("'to' is missing") && !Contains("feed"));
}

TEST_CASE("a branch in another folder is read with the place of its parents") {
  const Market market;
  fs::create_directory(market.folder.path() / "what if");
  const ProgramResult fork = market.call({"fork", "a.rpj", "--at", "5000", "-o", "what if/b.rpj"});
  CHECK(fork.code == 0);
  CHECK_THAT(fork.err, Contains("another folder") && Contains("--parents"));
  CHECK(market.call({"verify", "what if/b.rpj"}).code == 4);
  for (const char* place : {".", "a.rpj"}) {
    CHECK(market.call({"verify", "what if/b.rpj", "--parents", place}).code == 0);
  }
  CHECK_THAT(market.refused({"verify", "what if/b.rpj", "--parents", "nowhere"}),
             Contains("no such folder"));
  // Where a branch leaves the history before its parent does, that is no ancestor.
  const ProgramResult earlier = market.call(
      {"fork", "what if/b.rpj", "--parents", ".", "--at", "4000", "-o", "what if/c.rpj"});
  CHECK(earlier.code == 0);
  CHECK_THAT(earlier.err, Contains("a.rpj lies") && !Contains("b.rpj lies"));
  const ProgramResult beside =
      market.call({"fork", "what if/b.rpj", "--parents", ".", "--at", "4000", "-o", "c.rpj"});
  CHECK(beside.code == 0);
  CHECK_THAT(beside.err, !Contains("lies in another folder"));
}

TEST_CASE("a parent that was written anew is refused") {
  const Market market;
  market.answer({"fork", "a.rpj", "--at", "15s", "-o", "b.rpj"});
  market.answer(
      {"run", shipped("market/thin_market.toml"), "--until", "10s", "-o", "a.rpj", "--force"});
  CHECK_THAT(market.refused({"verify", "b.rpj"}, 4),
             Contains("its parent is not what it was: a.rpj ends at step"));
}

TEST_CASE("flatten gives a journal that needs no parent") {
  const Market market;
  market.answer({"fork", "a.rpj", "--at", "5s", "-o", "b.rpj", "--set", "trader[1].cash=0"});
  const json::object branch = market.answer(
      {"fork", "b.rpj", "--at", "10s", "-o", "c.rpj", "--no-inputs", "--until", "25s"});
  CHECK(branch.at("parent") == "b.rpj");
  CHECK(branch.at("time_ns") == 25'000'000'000);
  const json::object flat = market.answer({"flatten", "c.rpj", "-o", "d.rpj"});
  for (const char* key : {"steps", "prefix", "state"}) CHECK(flat.at(key) == branch.at(key));
  for (const char* name : {"a.rpj", "b.rpj", "c.rpj"}) fs::remove(market.folder.path() / name);
  CHECK(market.call({"verify", "d.rpj"}).code == 0);
  CHECK(market.answer({"info", "d.rpj"}).at("parent").is_null());
  CHECK_THAT(market.refused({"flatten", "d.rpj", "-o", "e.rpj"}),
             Contains("stands alone already") && Contains("compact"));
}

TEST_CASE("what a fork cannot do is refused with place and remedy and leaves nothing") {
  const Market market;
  const auto refused = [&](const Strings& more) {
    Strings words{"fork", "a.rpj", "-o", "b.rpj"};
    words.insert(words.end(), more.begin(), more.end());
    return market.refused(words);
  };
  CHECK_THAT(refused({}), Contains("--at A is missing"));
  CHECK_THAT(refused({"--at", "soon"}), Contains("--at takes a step"));
  CHECK_THAT(refused({"--at", "1h"}), Contains("beyond the end"));
  CHECK_THAT(refused({"--at", "5s", "--until", "4s"}), Contains("lies before 5s"));
  CHECK_THAT(refused({"--at", "5s", "--set", "cash"}), Contains("AGENT.PATH=VALUE"));
  CHECK_THAT(refused({"--at", "5s", "--set", "agent.trader.count=5"}),
             Contains("a path of the scenario"));
  CHECK_THAT(
      refused({"--at", "5s", "--set", "trader[99].cash=0"}),
      Contains(
          "no agent 'trader[99]' at step 4129; trader is a group of 20: trader[0] to trader[19]"));
  CHECK_THAT(
      refused({"--at", "5s", "--set", "momentum.cash=0"}),
      Contains("; there are exchange, maker, trader[0] to trader[19], noise[0] to noise[9]\n"));
  CHECK_THAT(refused({"--at", "5s", "--set", "trader[3].cesh=0"}),
             Contains("unknown field 'cesh'; did you mean 'cash'?"));
  CHECK_THAT(refused({"--at", "5s", "--set", "trader[3].cash=much"}),
             Contains("trader[3].cash=much': expected an integer"));
  CHECK_THAT(refused({"--at", "5s", "--reseed", "trader[0]=x"}), Contains("--reseed takes"));
  CHECK_THAT(
      refused({"--at", "5s", "--reseed", "trader=1"}),
      Contains("no agent 'trader' at step 4129; trader is a group of 20: trader[0] to trader[19]"));
  CHECK_THAT(refused({"--at", "5s", "--send", "halt"}), Contains("no table"));
  CHECK_THAT(refused({"--at", "5s", "--send", "{to = \"exchange\", kind = \"market.hult\"}"}),
             Contains("did you mean 'market.halt'?"));
  CHECK_THAT(refused({"--at", "5s", "--send", "{to = \"trader\", kind = \"market.trade\"}"}),
             Contains("'trader' is a group"));
  const auto halt_at = [](const std::string& at) {
    return "{to = \"exchange\", kind = \"market.halt\", at = \"" + at + "\"}";
  };
  CHECK_THAT(refused({"--at", "5s", "--send", halt_at("4s")}), Contains("a later time"));
  CHECK_THAT(refused({"--at", "5s", "--send", halt_at("1min")}), Contains("--until goes further"));
  CHECK_THAT(market.refused({"fork", "a.rpj", "--at", "5s"}), Contains("-o BRANCH is missing"));
  CHECK_THAT(market.refused({"fork", "a.rpj", "--at", "5s", "-o", "a.rpj", "--force"}),
             Contains("name another file"));
  CHECK(files_in(market.folder.path()) == Strings{"a.rpj"});
}

TEST_CASE("a branch is not gone on with by run") {
  const Market market;
  market.answer({"fork", "a.rpj", "--at", "5s", "-o", "b.rpj"});
  CHECK_THAT(market.refused({"run", "--continue", "b.rpj"}), Contains("fork it again"));
}

}  // namespace
}  // namespace reprise::test
