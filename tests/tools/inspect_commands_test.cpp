#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/temp_dir.hpp"
#include "tests/support/test_agents.hpp"
#include "tests/tools/program.hpp"
#include "tools/readable.hpp"

namespace reprise::test {
namespace {

namespace json = boost::json;

/// A short run of the thin market, "a.rpj" in `folder`.
ProgramResult recorded(const TempDir& folder) {
  return run_program(
      {"run", shipped("market/thin_market.toml"), "--until", "20s", "-o", "a.rpj", "--json"},
      {folder.path()});
}

json::object answer(const TempDir& folder, std::vector<std::string> arguments) {
  arguments.emplace_back("--json");
  const ProgramResult result = run_program(arguments, {folder.path()});
  INFO(result.err);
  REQUIRE(result.code == 0);
  return json_of(result);
}

TEST_CASE("info tells a program every count of a journal and that it is whole") {
  const TempDir folder;
  const json::object run = json_of(recorded(folder));
  const json::object info = answer(folder, {"info", "a.rpj"});
  for (const char* key :
       {"version", "identity", "scenario", "seed", "steps", "time_ns", "parent", "inputs",
        "checkpoints", "keyframes", "events", "bytes", "bytes_per_step", "streams", "torn"}) {
    INFO(key);
    CHECK(info.contains(key));
  }
  for (const char* key :
       {"scenario", "seed", "steps", "time_ns", "inputs", "bytes", "prefix", "state"}) {
    INFO(key);
    CHECK(info.at(key) == run.at(key));
  }
  CHECK(info.at("torn").is_null());
  CHECK(info.at("parent").is_null());
  CHECK(info.at("keyframes") == 0);
  CHECK(info.at("indexed").as_bool());
  CHECK(info.at("identity").as_string().size() == 64);
}

TEST_CASE("info tells a person what it tells a program") {
  const TempDir folder;
  const json::object run = json_of(recorded(folder));
  const ProgramResult info = run_program({"info", "a.rpj"}, {folder.path()});
  CHECK(info.code == 0);
  CHECK(info.err.empty());
  CHECK_THAT(info.out,
             Catch::Contains("thin market, seed 42") && Catch::Contains("end          until"));
  CHECK_THAT(info.out, Catch::Contains(std::string(run.at("prefix").as_string())));
}

TEST_CASE("the bytes of the streams add up to those of the journal") {
  const TempDir folder;
  recorded(folder);
  const json::object info = answer(folder, {"info", "a.rpj"});
  std::int64_t bytes = 0;
  for (const auto& [name, stream] : info.at("streams").as_object())
    bytes += stream.at("bytes").as_int64();
  CHECK(info.at("bytes") == bytes);
}

TEST_CASE("show gives the state of every agent at the end") {
  const TempDir folder;
  const json::object run = json_of(recorded(folder));
  const json::object end = answer(folder, {"show", "a.rpj"});
  CHECK(end.at("step") == run.at("steps"));
  CHECK(end.at("time_ns") == run.at("time_ns"));
  const json::object& agents = end.at("agents").as_object();
  CHECK(agents.size() == 32);
  CHECK(agents.at("exchange").at("trades").as_int64() > 0);
  CHECK(agents.at("trader[19]").at("options").at("size") == 2'500'000'000);
  CHECK(answer(folder, {"show", "a.rpj", "--at", "end"}) == end);
}

TEST_CASE("show goes to a step or a time and to the agents it is asked for") {
  const TempDir folder;
  recorded(folder);
  const json::object start = answer(folder, {"show", "a.rpj", "--at", "0", "--agent", "exchange"});
  CHECK(start.at("step") == 0);
  CHECK(start.at("time_ns") == 0);
  CHECK(start.at("agents").as_object().size() == 1);
  CHECK(start.at("agents").at("exchange").at("trades") == 0);
  const json::object half =
      answer(folder, {"show", "a.rpj", "--at", "10s", "--agent", "exchange", "--agent", "maker"});
  CHECK(half.at("time_ns") == 10'000'000'000);
  CHECK(half.at("agents").as_object().size() == 2);
  const std::string step = std::to_string(half.at("step").as_int64());
  const json::object same =
      answer(folder, {"show", "a.rpj", "--at", step, "--agent", "exchange", "--agent", "maker"});
  CHECK(same.at("agents") == half.at("agents"));
  CHECK(answer(folder, {"show", "a.rpj", "--agent", "exchange"}).at("agents") !=
        start.at("agents"));
}

TEST_CASE("what show says of a time is what a run up to then comes to") {
  const TempDir folder;
  recorded(folder);
  const json::object half = answer(folder, {"show", "a.rpj", "--at", "7s"});
  run_program({"run", shipped("market/thin_market.toml"), "--until", "7s", "-o", "half.rpj"},
              {folder.path()});
  CHECK(answer(folder, {"show", "half.rpj"}) == half);
}

TEST_CASE("show writes a line a field for a person") {
  const TempDir folder;
  recorded(folder);
  const ProgramResult shown =
      run_program({"show", "a.rpj", "--agent", "exchange"}, {folder.path()});
  CHECK(shown.code == 0);
  CHECK(shown.err.empty());
  CHECK_THAT(shown.out, Catch::StartsWith("step ") && Catch::Contains(" at 20s\n"));
  CHECK_THAT(shown.out, Catch::Contains("\nexchange (order_book)\n") &&
                            Catch::Contains("\n  halted = false\n"));
}

TEST_CASE("show writes durations and times with their unit for a person") {
  const TempDir folder;
  recorded(folder);
  const ProgramResult maker = run_program({"show", "a.rpj", "--agent", "maker"}, {folder.path()});
  CHECK_THAT(maker.out, Catch::Contains("\"period\":\"1s\""));
  const json::object same = answer(folder, {"show", "a.rpj", "--agent", "maker"});
  CHECK(same.at("agents").at("maker").at("options").at("period") == 1'000'000'000);
}

TEST_CASE("a duration is readable in seconds where it is not whole in a larger unit") {
  using namespace std::chrono_literals;
  CHECK(readable(0ns) == "0s");
  CHECK(readable(1500us) == "1.5ms");
  CHECK(readable(59'500ms) == "59.5s");
  CHECK(readable(10min) == "10min");
  CHECK(readable(90s) == "90s");
  CHECK(readable(90min) == "90min");
  CHECK(readable(290'799'271'320ns) == "290.79927132s");
  CHECK(readable(60s + 1ns) == "60.000000001s");
  CHECK(readable(Time(24h)) == "1d");
  for (const Duration each : {290'799'271'320ns, 60'000'000'001ns, 86'399'999'999'999ns}) {
    CHECK(parse_duration(readable(each)) == each);
  }
}

TEST_CASE("a group is told from an agent with its size and its ends") {
  const TempDir folder;
  recorded(folder);
  const ProgramResult group = run_program({"show", "a.rpj", "--agent", "trader"}, {folder.path()});
  CHECK(group.code == 2);
  CHECK_THAT(group.err,
             Catch::Contains("there is no agent 'trader'; trader is a group of 20: trader[0] to "
                             "trader[19]"));
  const ProgramResult part = run_program({"show", "a.rpj", "--agent", "exch"}, {folder.path()});
  CHECK_THAT(part.err, Catch::Contains("did you mean 'exchange'?"));
  const ProgramResult none = run_program({"show", "a.rpj", "--agent", "momentum"}, {folder.path()});
  CHECK_THAT(none.err, Catch::Contains(
                           "there is no agent 'momentum'; there are exchange, maker, trader[0] to "
                           "trader[19], noise[0] to noise[9]\n"));
}

TEST_CASE("info calls a scenario without a name by its file as run does") {
  const TempDir folder;
  folder.write("quiet.toml", "[[agent]]\nname = \"station\"\nkind = \"station\"\n");
  const json::object run =
      json_of(run_program({"run", "quiet.toml", "-o", "a.rpj", "--json"}, {folder.path()}));
  CHECK(run.at("scenario") == "quiet");
  CHECK(answer(folder, {"info", "a.rpj"}).at("scenario") == "quiet");
  CHECK_THAT(run_program({"info", "a.rpj"}, {folder.path()}).out,
             Catch::Contains("in 1 frame, ") && !Catch::Contains("1 frames"));
}

TEST_CASE("verify answers with every key that is promised and a line a journal") {
  const TempDir folder;
  const json::object run = json_of(recorded(folder));
  const json::object verified = answer(folder, {"verify", "a.rpj"});
  for (const char* key : {"journal", "equal", "steps", "first_difference", "jobs", "wall_s"}) {
    INFO(key);
    CHECK(verified.contains(key));
  }
  CHECK(verified.at("journal") == "a.rpj");
  CHECK(verified.at("equal") == true);
  CHECK(verified.at("steps") == run.at("steps"));
  CHECK(verified.at("first_difference").is_null());
  const ProgramResult twice = run_program({"verify", "a.rpj", "a.rpj", "--json"}, {folder.path()});
  CHECK(std::count(twice.out.begin(), twice.out.end(), '\n') == 2);
  const ProgramResult text = run_program({"verify", "a.rpj"}, {folder.path()});
  CHECK_THAT(text.out, Catch::StartsWith("a.rpj: equal, "));
  CHECK(text.err.empty());
}

TEST_CASE("kinds lists agents and messages with options and defaults and a line about each") {
  const TempDir folder;
  const json::object kinds = answer(folder, {"kinds"});
  const json::object& agents = kinds.at("agents").as_object();
  for (const char* name : {"order_book", "market_maker", "momentum_trader", "noise_trader",
                           "depth_book", "tape_trader", "arrivals", "station", "phold"}) {
    INFO(name);
    CHECK(agents.contains(name));
  }
  for (const auto& [name, agent] : agents) {
    INFO(std::string(name));
    CHECK_FALSE(agent.at("about").as_string().empty());
    for (const auto& [option, about] : agent.at("options").as_object()) {
      INFO(std::string(option));
      CHECK(about.as_object().contains("default"));
      CHECK_FALSE(about.at("about").as_string().empty());
    }
  }
  CHECK(agents.at("noise_trader").at("options").at("wait").at("default") == 1'000'000'000);
  CHECK(kinds.at("messages").at("market.halt").at("fields").as_object().contains("lasts"));
  const ProgramResult text = run_program({"kinds"});
  CHECK(text.err.empty());
  CHECK_THAT(text.out, Catch::Contains("wait = \"1s\"") && Catch::Contains("\nmarket.halt"));
}

TEST_CASE("a program adds its kinds to the standard ones") {
  const auto add_kinds = [](Catalog& catalog) { catalog.add<Listener>("listener"); };
  const ProgramResult kinds = run_in_process(add_kinds, {"kinds", "--json"});
  CHECK(kinds.code == 0);
  CHECK(json_of(kinds).at("agents").as_object().contains("listener"));
  CHECK(json_of(kinds).at("agents").as_object().contains("order_book"));
}

TEST_CASE("a kind that cannot be added is told with its reason and exit status 70") {
  const auto add_kinds = [](Catalog& catalog) { catalog.add<Listener>("Listener"); };
  const ProgramResult result = run_in_process(add_kinds, {"kinds"});
  CHECK(result.code == 70);
  CHECK(result.out.empty());
  CHECK_THAT(result.err, Catch::StartsWith("reprise: a kind cannot be added to the catalog: ") &&
                             Catch::Contains("Listener"));
}

TEST_CASE("kinds tells of one kind when it is named") {
  const TempDir folder;
  CHECK_THAT(run_program({"kinds", "station"}).out,
             Catch::StartsWith("station: ") && Catch::Contains("servers = 1"));
  CHECK_THAT(run_program({"kinds", "queueing.arrival"}).out, Catch::StartsWith("queueing.arrival"));
  const json::object one = answer(folder, {"kinds", "station"});
  CHECK(one.at("name") == "station");
  CHECK(one.at("options").at("servers").at("default") == 1);
}

}  // namespace
}  // namespace reprise::test
