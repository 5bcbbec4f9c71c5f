#include "scenarios/scenario.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "engine/exact_json.hpp"
#include "scenarios/toml_reader.hpp"
#include "tests/scenarios/test_agents.hpp"
#include "tests/support/temp_dir.hpp"

namespace reprise::test {
namespace {

using test::TempDir;

std::string ear_input(const std::string& lines) {
  return with_ear("[[input]]\n" + lines);
}

TEST_CASE("a scenario says what its file says") {
  const Scenario scenario = parse(R"(# a comment
name  = "two ears"
seed  = 42
until = "10min"
steps = 1_000

[[agent]]
name = "ear"
kind = "listener"
options = { size = 25, delay = "5ms", side = "sell", levels = [{ price = 3 }] }

[[agent]]
name = "crowd"
kind = "stone"
count = 3

[[input]]
at = "5min"
to = "ear"
send = { kind = "test.ping", number = 3, lasts = "30s", side = "sell" }

[[input]]
at = "6min"
send = { kind = "reprise.stop" }

[expect]
steps = 184_203
prefix = "00000000000000010000000000000002"
state = "b7c6d252d4fd974b0f0f3c1f2a9d7c55"
always = ["ear.pings < 5", "1 < 2"]
at_end = ["a"]
eventually = []
)");
  CHECK(scenario.name == "two ears");
  CHECK(scenario.seed == 42);
  CHECK(scenario.until == Time(std::chrono::minutes(10)));
  CHECK(scenario.steps == 1000U);
  CHECK(scenario.file == "thin.toml");
  CHECK(scenario.source.starts_with("# a comment"));

  REQUIRE(scenario.inputs.size() == 2);
  CHECK(scenario.inputs[0].at == Time(std::chrono::minutes(5)));
  CHECK(scenario.inputs[0].to == "ear");
  const Ping* ping = scenario.inputs[0].payload.as<Ping>();
  REQUIRE(ping != nullptr);
  CHECK(ping->number == 3);
  CHECK(ping->lasts == std::chrono::seconds(30));
  CHECK(ping->side == Side::sell);
  CHECK(scenario.inputs[1].to == "world");

  CHECK(scenario.expect.steps == 184'203U);
  CHECK(scenario.expect.prefix == Digest{1, 2});
  CHECK(scenario.expect.state == parse_digest("b7c6d252d4fd974b0f0f3c1f2a9d7c55"));
  REQUIRE(scenario.expect.always.size() == 2);
  CHECK(scenario.expect.always[0].text == "ear.pings < 5");
  CHECK(scenario.expect.always[1].text == "1 < 2");
  REQUIRE(scenario.expect.at_end.size() == 1);
  CHECK(scenario.expect.at_end[0].text == "a");
  CHECK(scenario.expect.eventually.empty());

  const auto world = build_world(scenario, catalog());
  CHECK(world->seed() == 42);
  CHECK(world->agent_count() == 4);
  CHECK(world->name_of(AgentId{4}) == "crowd[2]");
  const Listener* ear = world->agent<Listener>(AgentId{1});
  REQUIRE(ear != nullptr);
  CHECK(ear->options.size == 25);
  CHECK(ear->options.limit == 100);
  CHECK(ear->options.delay == std::chrono::milliseconds(5));
  CHECK(ear->options.side == Side::sell);
  REQUIRE(ear->options.levels.size() == 1);
  CHECK(ear->options.levels[0].price == 3);
}

TEST_CASE("a group of one is numbered and a single agent is not") {
  const auto group = build_world(parse(with_ear("count = 1\n")), catalog());
  CHECK(group->name_of(AgentId{1}) == "ear[0]");
  const auto single = build_world(parse(with_ear("")), catalog());
  CHECK(single->name_of(AgentId{1}) == "ear");
}

TEST_CASE("a seed that is not given is 0 and one that is given goes before the file") {
  CHECK(parse(with_ear("")).seed == 0);
  CHECK(parse("seed = 3\n" + with_ear("")).seed == 3);
  CHECK(parse("seed = 3\n" + with_ear(""), {}, 9).seed == 9);
  CHECK(parse("seed = 3\n" + with_ear(""), {"seed=5"}).seed == 5);
  CHECK(parse("seed = 3\n" + with_ear(""), {"seed=5"}, 9).seed == 9);
}

TEST_CASE("text that is no TOML is refused where it stops being so") {
  CHECK(refusal("x = [") == "thin.toml:1:6: Error while parsing array: encountered end-of-file");
  CHECK(refusal("a = 1\nb = \"\xFF\"") ==
        "thin.toml:2:6: not UTF-8: a byte that no character has (0xFF); save the file as UTF-8");
  CHECK(refusal("until = 2020-01-01\n" + with_ear("")) ==
        "thin.toml:1:9: dates and times are not read; write virtual time as text with a unit, such "
        "as \"5min\"");
  CHECK(refusal("until = 10:00:00\n" + with_ear("")) ==
        "thin.toml:1:9: dates and times are not read; write virtual time as text with a unit, such "
        "as \"5min\"");
}

TEST_CASE("keys of a scenario that it does not have are refused with the nearest") {
  CHECK(refusal("nam = \"x\"") ==
        "thin.toml:1:1: unknown key 'nam' of a scenario; did you mean 'name'?");
  CHECK(refusal(with_ear("kound = 1\n")) ==
        "thin.toml:4:1: unknown key 'kound' of an agent; did you mean 'kind'?");
  CHECK(refusal(ear_input("tto = \"ear\"\n")) ==
        "thin.toml:5:1: unknown key 'tto' of an input; did you mean 'to'?");
  CHECK(refusal(with_ear("[expect]\nstpes = 5")) ==
        "thin.toml:5:1: unknown key 'stpes' of [expect]; did you mean 'steps'?");
}

TEST_CASE("values of a wrong type are refused with what was expected and found") {
  CHECK(refusal("name = 5\n" + with_ear("")) == "thin.toml:1:1: 'name': expected text, found 5");
  CHECK(refusal("steps = \"x\"\n" + with_ear("")) ==
        "thin.toml:1:1: 'steps': expected an integer, found \"x\"");
  CHECK(refusal("steps = -1\n" + with_ear("")) ==
        "thin.toml:1:1: 'steps' is -1; it goes from 0 to 9223372036854775807");
  CHECK(refusal("agent = 5") == "thin.toml:1:1: 'agent' is a list of tables; write [[agent]]");
  CHECK(refusal("agent = [5]") == "thin.toml:1:1: expected an agent, a table of keys; found 5");
  CHECK(refusal("expect = 5\n" + with_ear("")) ==
        "thin.toml:1:1: expected [expect], a table of keys; found 5");
  CHECK(refusal(with_ear("[expect]\nstate = \"5\"")) ==
        "thin.toml:5:1: 'state': \"5\" is no digest of 32 hexadecimal digits");
  CHECK(refusal(with_ear("[expect]\nprefix = \"B7C6d252d4fd974b0f0f3c1f2a9d7c55\"")) ==
        "thin.toml:5:1: 'prefix': \"B7C6d252d4fd974b0f0f3c1f2a9d7c55\" is no digest of 32 "
        "hexadecimal digits");
  CHECK(refusal(with_ear("[expect]\nalways = \"5\"")) ==
        "thin.toml:5:1: 'always': expected a list of texts, found \"5\"");
  CHECK(refusal(with_ear("[expect]\nat_end = [5]")) ==
        "thin.toml:5:1: 'at_end': expected a list of texts, found [5]");
}

TEST_CASE("a long value is shown in part") {
  const std::string text =
      refusal("name = [\"" + std::string(40, 'x') + "é" + std::string(100, 'x') + "\"]\n");
  CHECK(text == "thin.toml:1:1: 'name': expected text, found [\"" + std::string(40, 'x') + "é" +
                    std::string(16, 'x') + "...");
  CHECK(refusal("name = [\"" + std::string(57, 'x') + "é\"]\n") ==
        "thin.toml:1:1: 'name': expected text, found [\"" + std::string(57, 'x') + "...");
}

TEST_CASE("a time needs a unit and is not negative") {
  const std::string expected =
      "expected a time with its unit, such as \"250ms\" or \"5min\", found ";
  CHECK(refusal("until = 5\n" + with_ear("")) == "thin.toml:1:1: 'until': " + expected + "5");
  CHECK(refusal("until = \"5\"\n" + with_ear("")) ==
        "thin.toml:1:1: 'until': " + expected + "\"5\"");
  CHECK(refusal("until = \"-5s\"\n" + with_ear("")) ==
        "thin.toml:1:1: 'until' is \"-5s\"; a time is 0 or more");
  CHECK(refusal(ear_input("at = 5\nsend = { kind = \"reprise.stop\" }")) ==
        "thin.toml:5:1: 'at': " + expected + "5");
  CHECK(refusal(ear_input("at = \"-1s\"\nsend = { kind = \"reprise.stop\" }")) ==
        "thin.toml:5:1: 'at' is \"-1s\"; a time is 0 or more");
}

TEST_CASE("a seed is an integer from 0 to 2 to the 63 less 1") {
  CHECK(refusal("seed = -1\n" + with_ear("")) ==
        "thin.toml:1:1: 'seed' is -1; it goes from 0 to 9223372036854775807");
  CHECK(refusal("seed = \"0x5\"\n" + with_ear("")) ==
        "thin.toml:1:1: 'seed': expected an integer, found \"0x5\"");
  CHECK(refusal("seed = 1.5\n" + with_ear("")) ==
        "thin.toml:1:1: 'seed': expected an integer, found 1.5");
  CHECK(parse("seed = 9223372036854775807\n" + with_ear("")).seed == 9223372036854775807U);
  CHECK(refusal("seed = 9223372036854775808\n" + with_ear("")) ==
        "thin.toml:1:27: Error while parsing decimal integer: '9223372036854775808' is not "
        "representable in 64 bits");
}

TEST_CASE("options that a kind does not have are refused with the nearest") {
  CHECK(refusal(with_ear("options = { limt = 5 }\n")) ==
        "thin.toml:4:13: unknown option 'limt' of listener; did you mean 'limit'?");
  CHECK(refusal(with_ear("[agent.options]\nsize = 5\nlimt = 5\n")) ==
        "thin.toml:6:1: unknown option 'limt' of listener; did you mean 'limit'?");
  CHECK(refusal(with_ear("options = { levels = [{ price = 1 }, { prise = 2 }] }\n")) ==
        "thin.toml:4:40: unknown field 'prise' of listener; did you mean 'price'?");
  CHECK(refusal("[[agent]]\nname = \"x\"\nkind = \"stone\"\noptions = { a = 1 }") ==
        "thin.toml:4:13: unknown option 'a' of stone, which has none");
}

TEST_CASE("options of a wrong type or value are refused at their place") {
  CHECK(refusal(with_ear("[agent.options]\nsize = 5\nlimit = \"x\"\n")) ==
        "thin.toml:6:1: option 'limit' of listener: expected an integer, found \"x\"");
  CHECK(refusal(with_ear("options = { levels = [{ price = 1 }, { price = \"a\" }] }\n")) ==
        "thin.toml:4:40: option 'levels[1].price' of listener: expected an integer, found \"a\"");
  CHECK(refusal(with_ear("options = { weights = { a = 1, b = \"x\" } }\n")) ==
        "thin.toml:4:13: option 'weights[b]' of listener: expected an integer, found \"x\"");
  CHECK(refusal(with_ear("options = { delay = \"-5s\" }\n")) ==
        "thin.toml:4:13: option 'delay' of listener: \"-5s\" is negative; a duration is 0 or more");
  CHECK(
      refusal(with_ear("options = { side = \"by\" }\n")) ==
      "thin.toml:4:13: option 'side' of listener: \"by\" is none of buy sell; did you mean 'buy'?");
  CHECK(refusal(with_ear("options = 5\n")) ==
        "thin.toml:4:1: the options of listener: expected a table of fields, found 5");
  CHECK(refusal(with_ear("options = { size = 500 }\n")) ==
        "thin.toml:4:1: the options of listener: size is above limit");
}

TEST_CASE("an agent needs a name and a known kind") {
  CHECK(refusal("[[agent]]\nname = \"x\"\n") == "thin.toml:1:1: an agent needs 'kind'");
  CHECK(refusal("[[agent]]\nkind = \"stone\"\n") == "thin.toml:1:1: an agent needs 'name'");
  CHECK(refusal("[[agent]]\nname = \"x\"\nkind = \"stoen\"") ==
        "thin.toml:3:1: unknown agent kind 'stoen'; did you mean 'stone'? `reprise kinds` lists "
        "them");
  CHECK(refusal("[[agent]]\nname = \"a b\"\nkind = \"stone\"") ==
        "thin.toml:2:1: the agent name 'a b' is not made of letters, digits, '_' and '-', a letter "
        "first");
  CHECK(refusal("[[agent]]\nname = \"world\"\nkind = \"stone\"") ==
        "thin.toml:2:1: 'world' is the world itself; give the agent another name");
  CHECK(refusal("name = \"x\"") ==
        "thin.toml: a scenario without agents; write an [[agent]] with a name and a kind");
  CHECK(refusal("agent = []") ==
        "thin.toml: a scenario without agents; write an [[agent]] with a name and a kind");
}

TEST_CASE("two agents of one name are refused with the places of both") {
  CHECK(refusal(with_ear("[[agent]]\nname = \"ear\"\nkind = \"stone\"\n")) ==
        "thin.toml:5:1: there is another agent 'ear', at thin.toml:2:1");
}

TEST_CASE("there are from 1 to 16777216 agents in a group and in all") {
  CHECK(refusal(with_ear("count = 0\n")) ==
        "thin.toml:4:1: 'count' is 0; it goes from 1 to 16777216");
  CHECK(refusal(with_ear("count = 16777217\n")) ==
        "thin.toml:4:1: 'count' is 16777217; it goes from 1 to 16777216");
  CHECK(refusal(with_ear("count = 1000000000000\n")) ==
        "thin.toml:4:1: 'count' is 1000000000000; it goes from 1 to 16777216");
  CHECK(refusal(with_ear("count = \"2\"\n")) ==
        "thin.toml:4:1: 'count': expected an integer, found \"2\"");
  CHECK(refusal(with_ear("count = 16777216\n")) == "");
  CHECK(
      refusal(with_ear("count = 16777216\n[[agent]]\nname = \"b\"\nkind = \"stone\"\n")) ==
      "thin.toml:5:1: with these the scenario has 16777217 agents; at most 16777216 are possible");
}

TEST_CASE("an input needs a time and a message") {
  CHECK(refusal(ear_input("at = \"5s\"\nto = \"ear\"\n")) ==
        "thin.toml:4:1: an input needs 'send'");
  CHECK(refusal(ear_input("to = \"ear\"\nsend = { kind = \"test.ping\" }")) ==
        "thin.toml:4:1: an input needs 'at'");
  CHECK(refusal(ear_input("at = \"5s\"\nto = \"ear\"\nsend = {}")) ==
        "thin.toml:7:1: a message to send needs 'kind'");
  CHECK(refusal(ear_input("at = \"5s\"\nto = \"ear\"\nsend = 5")) ==
        "thin.toml:7:1: expected a message to send, a table of keys; found 5");
  CHECK(refusal(ear_input("at = \"5s\"\nto = \"ear\"\nsend = { kind = \"test.pong\" }")) ==
        "thin.toml:7:10: unknown message kind 'test.pong'; did you mean 'test.ping'? `reprise "
        "kinds` lists them");
  CHECK(
      refusal(ear_input("at = \"5s\"\nto = \"ear\"\nsend = { kind = \"test.ping\", numbr = 5 }")) ==
      "thin.toml:7:30: unknown field 'numbr' of test.ping; did you mean 'number'?");
  CHECK(refusal(ear_input(
            "at = \"5s\"\nto = \"ear\"\nsend = { kind = \"test.ping\", lasts = \"5\" }")) ==
        "thin.toml:7:30: field 'lasts' of test.ping: expected a duration with its unit, such as "
        "\"250ms\" or \"5min\", "
        "found \"5\"");
  CHECK(refusal(ear_input(
            "at = \"5s\"\nto = \"ear\"\nsend = { kind = \"test.ping\", lasts = \"-5s\" }")) ==
        "thin.toml:7:30: field 'lasts' of test.ping: \"-5s\" is negative; a duration is 0 or more");
}

TEST_CASE("an input is for somebody who listens to it") {
  const auto ping = [](const std::string& rest) {
    return "at = \"5s\"\n" + rest + "send = { kind = \"test.ping\" }";
  };
  CHECK(refusal(ear_input(ping(""))) == "thin.toml:4:1: an input needs 'to'");
  CHECK(refusal(ear_input(ping("to = \"eer\"\n"))) ==
        "thin.toml:6:1: there is no agent 'eer'; did you mean 'ear'?");
  CHECK(refusal(ear_input(ping("to = \"world\"\n"))) ==
        "thin.toml:7:10: the world does not listen to test.ping");
  CHECK(refusal(ear_input("at = \"5s\"\nto = \"ear\"\nsend = { kind = \"market.tape_trade\" }")) ==
        "thin.toml:7:10: 'ear' does not listen to market.tape_trade; listener handles test.ping");
  CHECK(refusal(ear_input("at = \"5s\"\nto = \"ear\"\nsend = { kind = \"reprise.stop\" }")) ==
        "thin.toml:7:10: 'ear' does not listen to reprise.stop; listener handles test.ping");
  CHECK(refusal("[[agent]]\nname = \"x\"\nkind = \"stone\"\n[[input]]\n" + ping("to = \"x\"\n")) ==
        "thin.toml:7:10: 'x' does not listen to test.ping; stone handles nothing");
  CHECK(refusal(ear_input("at = \"5s\"\nto = \"ear\"\nsend = { kind = \"reprise.start\" }")) ==
        "thin.toml:7:10: reprise.start comes from the world alone");
}

std::string set(const std::string& fields) {
  return refusal(
      with_ear("count = 3\n[[agent]]\nname = \"rock\"\nkind = \"stone\"\n[[input]]\nat = "
               "\"1s\"\n[input.send]\nkind = \"reprise.set\"\n" +
               fields));
}

TEST_CASE("a field to be set is looked for when the scenario is read") {
  const auto ear = [](const std::string& path, const std::string& value) {
    return set("agent = \"ear[1]\"\npath = \"" + path + "\"\nvalue = " + value + "\n");
  };
  CHECK(ear("options.size", "3") == "");
  CHECK(ear("sum", "\"3\"") == "");
  CHECK(ear("options.side", "\"sell\"") == "");
  CHECK(ear("options.delay", "\"5s\"") == "");
  CHECK(ear("options", "{ size = 3, limit = 4 }") == "");
  CHECK(ear("options.levels", "[{ price = 1 }]") == "");
  CHECK(ear("sizes", "3") == "thin.toml:13:1: path 'sizes' of listener: unknown field 'sizes'");
  CHECK(ear("options.sise", "3") ==
        "thin.toml:13:1: path 'options.sise' of listener: unknown field 'sise'; did you mean "
        "'size'?");
  CHECK(ear("options.size[0]", "3") ==
        "thin.toml:13:1: path 'options.size[0]' of listener: [0] asks for an element of int64");
  CHECK(ear("options.levels[0", "3") ==
        "thin.toml:13:1: path 'options.levels[0' of listener: a ']' is missing");
  CHECK(ear("options.size", "\"x\"") ==
        "thin.toml:14:1: field 'options.size' of listener: expected an integer, found \"x\"");
  CHECK(
      ear("options.side", "\"sel\"") ==
      "thin.toml:14:1: field 'options.side' of listener: \"sel\" is none of buy sell; did you mean "
      "'sell'?");
  CHECK(ear("options", "{ size = \"x\" }") ==
        "thin.toml:14:1: field 'options.size' of listener: expected an integer, found \"x\"");
}

TEST_CASE("what only the state decides of a field to be set is left to the run") {
  const auto ear = [](const std::string& path, const std::string& value) {
    return set("agent = \"ear[1]\"\npath = \"" + path + "\"\nvalue = " + value + "\n");
  };
  CHECK(ear("options.levels[7].price", "3") == "");
  CHECK(ear("options.weights[a]", "3") == "");
  CHECK(ear("options.size", "500") == "");
  CHECK(
      ear("options.levels[7].prise", "3") ==
      "thin.toml:13:1: path 'options.levels[7].prise' of listener: unknown field 'prise'; did you "
      "mean 'price'?");
  CHECK(set("agent = \"ear[1]/0\"\npath = \"any\"\nvalue = 3\n") == "");
}

TEST_CASE("the agent of a control message is looked for when the scenario is read") {
  const auto named = [](const std::string& name) {
    return set("agent = \"" + name + "\"\npath = \"pings\"\nvalue = 3\n");
  };
  CHECK(named("ear[2]") == "");
  CHECK(named("rok") == "thin.toml:12:1: there is no agent 'rok'; did you mean 'rock'?");
  CHECK(named("ear") ==
        "thin.toml:12:1: 'ear' is a group of 3; name one of them, such as 'ear[0]'");
  CHECK(named("ear[3]/0") ==
        "thin.toml:12:1: there is no agent 'ear[3]'; 'ear' is a group of 3, from 'ear[0]'");
  CHECK(named("ear[01]").starts_with("thin.toml:12:1: there is no agent 'ear[01]'"));
  CHECK(set("agent = \"rock\"\npath = \"weight\"\n") ==
        "thin.toml:10:8: a message to send needs 'value'");
  const auto reseed = [](const std::string& fields) {
    return refusal(
        ear_input("at = \"1s\"\nsend = { kind = \"reprise.reseed\", seed = 7" + fields + " }"));
  };
  CHECK(reseed("") == "");
  CHECK(reseed(", agent = \"ear\"") == "");
  CHECK(reseed(", agent = \"ear/0\"") == "");
  CHECK(reseed(", agent = \"eer\"") ==
        "thin.toml:6:45: there is no agent 'eer'; did you mean 'ear'?");
}

TEST_CASE("the value of a field to be set is the JSON of what stands there") {
  const auto value = [](const std::string& text) {
    return parse(ear_input("at = \"1s\"\nsend = { kind = \"reprise.set\", agent = \"ear\", path = "
                           "\"options\", value = " +
                           text + " }"))
        .inputs[0]
        .payload.as<SetField>()
        ->value;
  };
  CHECK(value("{ size = 3, ratio = 0.25 }") == "{\"ratio\":0.25,\"size\":3}");
  CHECK(value("'{\"size\":3}'") == "{\"size\":3}");
}

TEST_CASE("an input for a group names one of it") {
  const auto to = [](const std::string& count, const std::string& name) {
    return refusal(with_ear(count + "[[input]]\nat = \"1s\"\nto = \"" + name +
                            "\"\nsend = { kind = \"test.ping\" }"));
  };
  CHECK(to("count = 3\n", "ear[2]") == "");
  CHECK(to("count = 3\n", "ear") ==
        "thin.toml:7:1: 'ear' is a group of 3; name one of them, such as 'ear[0]'");
  const std::string none = "'; 'ear' is a group of 3, from 'ear[0]'";
  CHECK(to("count = 3\n", "ear[3]") == "thin.toml:7:1: there is no agent 'ear[3]" + none);
  CHECK(to("count = 3\n", "ear[-1]") == "thin.toml:7:1: there is no agent 'ear[-1]" + none);
  CHECK(to("count = 3\n", "ear[02]") == "thin.toml:7:1: there is no agent 'ear[02]" + none);
  CHECK(to("count = 3\n", "ear[") == "thin.toml:7:1: there is no agent 'ear[" + none);
  CHECK(to("count = 3\n", "ear[0") == "thin.toml:7:1: there is no agent 'ear[0" + none);
  CHECK(to("", "ear[0]") == "thin.toml:6:1: 'ear' is one agent, not a group; write 'ear'");
}

TEST_CASE("a scenario larger than 16 MiB is refused") {
  CHECK(refusal(std::string((16 << 20) + 1, ' ')) ==
        "thin.toml: a scenario of 16777217 bytes; at most 16 MiB are read; keep recorded data in a "
        "feed's file");
  const TempDir dir;
  const std::string file = dir.write("large.toml", "");
  std::filesystem::resize_file(file, std::uintmax_t{100} << 20);
  CHECK(refusal_of([&] { load_scenario(file, catalog()); }) ==
        file +
            ": a scenario of 104857600 bytes; at most 16 MiB are read; keep recorded data in a "
            "feed's file");
}

TEST_CASE("a scenario that cannot be read is refused with its name") {
  const TempDir dir;
  CHECK(refusal_of([&] { load_scenario(dir.path() / "none.toml", catalog()); }) ==
        dir.file("none.toml") +
            ": cannot open: No such file or directory; check its name and rights");
  CHECK(refusal_of([&] { load_scenario(dir.path(), catalog()); }) ==
        dir.path().string() + ": is a directory; name a file in it");
  const std::string file = dir.write("thin.toml", with_ear(""));
  CHECK(load_scenario(file, catalog()).file == file);
}

TEST_CASE("keys of very many parts are refused before they are read") {
  const auto deep = [](std::size_t parts) {
    std::string key = "a";
    for (std::size_t i = 1; i < parts; ++i) key += ".a";
    return key;
  };
  CHECK(refusal(deep(17) + " = 1") == "thin.toml:1:32: a key of more than 16 parts");
  CHECK(refusal("\n[" + deep(1'000'000) + "]") == "thin.toml:2:33: a key of more than 16 parts");
  CHECK(refusal(deep(16) + " = 1").starts_with("thin.toml:1:1: unknown key 'a' of a scenario"));
  const std::string dots(40, '.');
  const std::string quotes = "name = \"" + dots + "\\\"" + dots + "\" # " + dots + "\n";
  CHECK(refusal(quotes + with_ear("# '" + dots + "\n")) == "");
  CHECK(refusal("name = '''\n" + dots + "'" + dots + "'''\n" + with_ear("")) == "");
  CHECK(refusal("name = \"\"\"\n" + dots + "\"" + dots + "\\\"\"\"\"\n" + with_ear("")) == "");
  CHECK(refusal("x = [" + std::string(100'000, '[')).starts_with("thin.toml:1:"));
}

TEST_CASE("a real of a scenario is the double nearest to its digits") {
  const double ratio = 957.0823894115387;  // a number that Boost.JSON 1.81 misreads
  const Scenario scenario = parse(with_ear("options = { ratio = 957.0823894115387 }\n"));
  CHECK(build_world(scenario, catalog())->agent<Listener>(AgentId{1})->options.ratio == ratio);
  const Scenario again = scenario_from_canonical(scenario.canonical, catalog(), {}, 0);
  CHECK(build_world(again, catalog())->agent<Listener>(AgentId{1})->options.ratio == ratio);
  const Scenario set = parse(with_ear(""), {"agent.ear.options.ratio=957.0823894115387"});
  CHECK(build_world(set, catalog())->agent<Listener>(AgentId{1})->options.ratio == ratio);
}

TEST_CASE("JSON is read exactly and what is none is refused") {
  const auto refused = [](std::string_view text) -> std::string {
    try {
      parse_exact_json(text);
    } catch (const JsonError& error) {
      return error.what();
    }
    return "";
  };
  CHECK(parse_exact_json("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
  CHECK(parse_exact_json("18446744073709551615") == std::numeric_limits<std::uint64_t>::max());
  CHECK(parse_exact_json(" [1.5e3, -0.1, 123456789012345678901234567890] ")
            .as_array()
            .at(2)
            .as_double() == 123456789012345678901234567890.0);
  CHECK(refused("{\"a\":1") == "not JSON: incomplete JSON at byte 7");
  CHECK(refused("[1,]") == "not JSON: syntax error at byte 4");
  CHECK(refused("1 2") == "not JSON: extra data at byte 3");
  CHECK(refused("") == "not JSON: incomplete JSON at byte 1");
  CHECK(refused("1e999").starts_with("not JSON: exponent overflow at byte "));
  CHECK(refused(std::string(512, '[') + std::string(512, ']')) == "");
  CHECK(refused(std::string(100'000, '[')) == "not JSON: too deep at byte 513");

  JsonReader reader;
  CHECK(reader.read("{\"a\":[1,2,3]}").at("a").as_array().size() == 3);
  CHECK_THROWS_AS(reader.read("{\"a\":[1,2,"), JsonError);
  CHECK(reader.read("\"" + std::string(200'000, 'x') + "\"").as_string().size() == 200'000);
  CHECK(reader.read("true") == true);
}

}  // namespace
}  // namespace reprise::test
