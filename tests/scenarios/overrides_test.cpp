#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/scenarios/test_agents.hpp"

namespace reprise::test {
namespace {

using Overrides = std::vector<std::string>;

const std::string market = R"(seed = 3
until = "1min"

[[agent]]
name = "trader"
kind = "listener"
count = 2
options = { size = 25, levels = [{ price = 1 }, { price = 2 }] }

[[agent]]
name = "rock"
kind = "stone"

[[input]]
at = "5s"
to = "trader[0]"
send = { kind = "test.ping", number = 1 }

[[feed]]
name = "tape"
file = "tape.jsonl"
format = "jsonl"
to = "trader[1]"
)";

Listener::Options options_after(const Overrides& overrides) {
  return build_world(parse(market, overrides), catalog())->agent<Listener>(AgentId{1})->options;
}

TEST_CASE("an override changes what the file says") {
  CHECK(parse(market, {"until=5min"}).until == Time(std::chrono::minutes(5)));
  CHECK(parse(market, {"name=\"five\""}).name == "five");
  CHECK(parse(market, {"name=fine weather"}).name == "fine weather");
  CHECK(parse(market, {"steps=17"}).steps == 17U);
  CHECK(options_after({"agent.trader.options.size=5"}).size == 5);
  CHECK(options_after({"agent[0].options.size=5"}).size == 5);
  CHECK(options_after({"agent.trader.options.limit=500"}).limit == 500);
  CHECK(options_after({"agent.trader.options.delay=5ms"}).delay == std::chrono::milliseconds(5));
  CHECK(options_after({"agent.trader.options.levels[1].price=9"}).levels[1].price == 9);
  CHECK(options_after({"agent.trader.options.levels=[]"}).levels.empty());
  CHECK(options_after({"agent.trader.options.weights.a=4"}).weights.at("a") == 4);
  CHECK(options_after({"agent.trader.options={\"limit\":60}"}).size == 10);
  CHECK(parse(market, {"agent.trader.count=7"}).agents[0].count == 7U);
  CHECK(parse(market, {"input[0].at=7s"}).inputs[0].at == Time(std::chrono::seconds(7)));
  CHECK(parse(market, {"input[0].send.number=8"}).inputs[0].payload.as<Ping>()->number == 8);
  CHECK(parse(market, {"feed.tape.epoch=12"}).feeds[0].epoch == Duration(12));
  CHECK(parse(market, {"feed[0].epoch=-1s"}).feeds[0].epoch == std::chrono::seconds(-1));
}

TEST_CASE("overrides are applied in order and kept") {
  const Overrides overrides = {"agent.trader.options.size=5", "agent.trader.options.size=6",
                               "until=2s"};
  const Scenario scenario = parse(market, overrides);
  CHECK(scenario.overrides == overrides);
  CHECK(scenario.canonical == parse(market).canonical);
  CHECK(options_after(overrides).size == 6);
  CHECK(options_after({"agent.rock.name=cliff", "agent.cliff.count=4"}).size == 25);
}

TEST_CASE("an override of the seed counts as the seed and is kept as such") {
  const Scenario scenario = parse(market, {"seed=5", "until=2s"});
  CHECK(scenario.seed == 5);
  CHECK(scenario.overrides == Overrides{"until=2s"});
  CHECK(scenario.canonical == parse(market).canonical);
  CHECK(refusal(market, {"seed=-5"}) ==
        "--set seed=-5: 'seed' is -5; it goes from 0 to 9223372036854775807");
}

TEST_CASE("an override mends what the file has wrong") {
  CHECK(refusal("until = 5\n" + with_ear("")) != "");
  CHECK(refusal("until = 5\n" + with_ear(""), {"until=5s"}) == "");
}

TEST_CASE("a wrong value of an override is refused in its name") {
  CHECK(refusal(market, {"until=5"}) ==
        "--set until=5: 'until': expected a time with its unit, such as \"250ms\" or \"5min\", "
        "found 5");
  CHECK(refusal(market, {"agent.trader.options.size=x"}) ==
        "--set agent.trader.options.size=x: option 'size' of listener: expected an integer, found "
        "\"x\"");
  CHECK(refusal(market, {"agent.trader.options={\"size\":\"x\"}"}) ==
        "--set agent.trader.options={\"size\":\"x\"}: option 'size' of listener: expected an "
        "integer, found \"x\"");
  CHECK(refusal(market, {"agent.trader.count=0"}) ==
        "--set agent.trader.count=0: 'count' is 0; it goes from 1 to 16777216");
  CHECK(refusal(market, {"agent.rock.name=trader"}) ==
        "--set agent.rock.name=trader: there is another agent 'trader', at thin.toml:5:1");
  CHECK(refusal(market, {"agent.trader.options.size=500", "agent.trader.options.side=sell"}) ==
        "--set agent.trader.options.side=sell, --set agent.trader.options.size=500, with "
        "thin.toml:8:1: the options of listener: size is above limit");
  CHECK(
      refusal(market, {"agent.trader.options={\"size\":500}", "agent.trader.options.limit=7"}) ==
      "--set agent.trader.options={\"size\":500}, --set agent.trader.options.limit=7: the options "
      "of listener: size is above limit");
  CHECK(refusal(with_ear(""), {"agent.ear.options.size=500"}) ==
        "--set agent.ear.options.size=500: the options of listener: size is above limit");
  CHECK(
      refusal(market, {"input[0].to=trader[2]"}) ==
      "--set input[0].to=trader[2]: there is no agent 'trader[2]'; 'trader' is a group of 2, from "
      "'trader[0]'");
  CHECK(refusal(market, {"input[0].to=rock"}) ==
        "--set input[0].to=rock: 'rock' does not listen to test.ping; stone handles nothing");
  CHECK(refusal(market, {"input[0].send.kind=test.pong"})
            .starts_with("--set input[0].send.kind=test.pong: unknown message kind"));
  CHECK(refusal(market, {"feed.tape.to=rock", "feed.tape.kind=test.ping"}) ==
        "--set feed.tape.to=rock: 'rock' does not listen to test.ping; stone handles nothing");
  CHECK(refusal(market, {"feed.tape.kind=market.tape_trade"}) ==
        "--set feed.tape.kind=market.tape_trade: 'trader[1]' does not listen to "
        "market.tape_trade; listener handles test.ping");
}

TEST_CASE("an override of something unknown is refused with the nearest") {
  CHECK(refusal(market, {"untill=5s"}) ==
        "--set untill=5s: unknown key 'untill' of a scenario; did you mean 'until'?");
  CHECK(refusal(market, {"agent.trder.options.size=5"}) ==
        "--set agent.trder.options.size=5: there is no agent 'trder'; did you mean 'trader'?");
  CHECK(refusal(market, {"agent.trader.optoins.size=5"}) ==
        "--set agent.trader.optoins.size=5: unknown key 'optoins' of an agent; did you mean "
        "'options'?");
  CHECK(
      refusal(market, {"agent.trader.options.sise=5"}) ==
      "--set agent.trader.options.sise=5: unknown option 'sise' of listener; did you mean 'size'?");
  CHECK(refusal(market, {"feed.tap.epoch=5"}) ==
        "--set feed.tap.epoch=5: there is no feed 'tap'; did you mean 'tape'?");
  CHECK(refusal(market, {"agent[2].count=5"}) ==
        "--set agent[2].count=5: there is no agent[2]; the scenario has 2");
  CHECK(refusal(with_ear(""), {"feed[0].epoch=5"}) ==
        "--set feed[0].epoch=5: there is no feed[0]; the scenario has 0");
  CHECK(refusal(market, {"input.first.at=5s"}) ==
        "--set input.first.at=5s: an input has no name; name it by its position, such as "
        "input[0].at");
  CHECK(refusal(market, {"agent.trader.options.levels[2].price=5"}) ==
        "--set agent.trader.options.levels[2].price=5: there is no element '2' in "
        "'agent[0].options.levels', "
        "a list of 2");
}

TEST_CASE("an override reaches what breaks") {
  const std::string cluster = market + R"(
[network]
loss = 0.1

[[node]]
name = "house"
agents = ["rock"]

[[link]]
from = "house"
to = ""
latency = "5ms"

[[fault]]
at = "1s"
kind = "crash"
node = "house"
lasts = "1s"

[chaos]
quiet = "30s"
)";
  REQUIRE_NOTHROW(
      parse(cluster, {"network.loss=0.5", "node.house.clock_drift_ppm=5", "node[0].clock_ahead=1s",
                      "link[0].latency=7ms", "fault[0].lasts=2s", "chaos.crash_every=1s"}));
  CHECK(build_world(parse(cluster, {"link[0].latency=7ms"}), catalog())->state_root() !=
        build_world(parse(cluster), catalog())->state_root());
  for (const std::string path : {"network.latency", "node.house.clock_ahead", "link[0].latency",
                                 "fault[0].lasts", "chaos.crash_every"}) {
    INFO(path);
    CHECK(refusal(cluster, {path + "=-1"}).starts_with("--set " + path + "=-1: "));
  }
  CHECK(refusal(cluster, {"link.house.latency=1ms"}) ==
        "--set link.house.latency=1ms: a link has no name; name it by its position, such as "
        "link[0].latency");
  CHECK(refusal(cluster, {"fault=5"}) ==
        "--set fault=5: 'fault' is a whole table; set one key of one, such as fault[0].at");
}

TEST_CASE("an override that is no path of a scenario is refused") {
  CHECK(refusal(market, {"until"}) == "--set until: expected PATH=VALUE");
  CHECK(refusal(market, {"name=\xFF"}) == "--set: the override is not UTF-8");
  CHECK(parse(market, {"name=h\u00e9"}).name == "h\u00e9");
  const auto no_path = [](const std::string& path) {
    return refusal(market, {path + "=5"}) ==
           "--set " + path + "=5: '" + path +
               "' is no path; a path is like agent.trader.options.size";
  };
  CHECK(no_path(""));
  CHECK(no_path("agent..size"));
  CHECK(no_path("agent[0"));
  CHECK(no_path("agent[0]size"));
  CHECK(no_path("[0].size"));
  CHECK(no_path("agent."));
  CHECK(refusal(market, {"until.x=5"}) == "--set until.x=5: 'until' is no table, so it has no 'x'");
  CHECK(refusal(market, {"agent.trader=5"}) ==
        "--set agent.trader=5: 'agent.trader' is a whole table; set one key of one, such as "
        "agent.NAME.KEY");
  CHECK(refusal(market, {"input=5"}) ==
        "--set input=5: 'input' is a whole table; set one key of one, such as input[0].at");
  CHECK(refusal(market, {"expect.steps=5"}) ==
        "--set expect.steps=5: what is expected is no part of the world; edit it in the scenario's "
        "file");
}

TEST_CASE("an override of the state is refused and led to the scenario") {
  CHECK(refusal(market, {"trader[1].sum=0"}) ==
        "--set trader[1].sum=0: 'trader[1].sum' is a path of the state, and --set changes the "
        "scenario; a path of the scenario begins with agent.trader");
  CHECK(refusal(market, {"rock.weight=0"}) ==
        "--set rock.weight=0: 'rock.weight' is a path of the state, and --set changes the "
        "scenario; a path of the scenario begins with agent.rock");
}

TEST_CASE("an override of the file of a feed is refused and led to feed") {
  CHECK(refusal(market, {"feed.tape.file=other.gz"}) ==
        "--set feed.tape.file=other.gz: a feed's file is no part of the scenario; use --feed "
        "tape=other.gz");
  CHECK(refusal(market, {"feed[0].file=5"}) ==
        "--set feed[0].file=5: a feed's file is no part of the scenario; use --feed tape=5");
}

}  // namespace
}  // namespace reprise::test
