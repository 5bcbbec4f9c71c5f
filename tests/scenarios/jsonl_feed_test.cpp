#include <zlib.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/session.hpp"
#include "tests/scenarios/test_agents.hpp"
#include "tests/support/temp_dir.hpp"

namespace reprise::test {
namespace {

using test::TempDir;

std::string jsonl(const std::string& keys) {
  return with_ear(
      "[[agent]]\nname = \"two\"\nkind = \"listener\"\ncount = 2\n[[feed]]\nname = "
      "\"tape\"\nformat = \"jsonl\"\n" +
      keys);
}

const std::string to_ear = "kind = \"test.ping\"\nto = \"ear\"\n";

FeedRun run(const std::string& keys, const std::string& text, bool skip_errors = false) {
  const TempDir dir;
  return run_feed(jsonl(keys), dir.write("tape.jsonl", text), skip_errors);
}

std::string refused(const std::string& keys, const std::string& line) {
  return without_remedy(run(keys, line).error);
}

TEST_CASE("each line of a jsonl feed is a message at its time") {
  const FeedRun feed = run(to_ear, R"({"at": 5, "number": 3, "lasts": "5s", "side": "sell"}

{"at": "1us", "kind": "test.ping", "to": "two[1]", "message": {"number": 4, "parts": [1, 2]}}
{"number": 5, "at": 1000}
)");
  REQUIRE(feed.error == "");
  REQUIRE(feed.inputs.size() == 3);
  CHECK(feed.inputs[0].payload.as<Ping>()->number == 3);
  CHECK(feed.inputs[0].payload.as<Ping>()->lasts == std::chrono::seconds(5));
  CHECK(feed.inputs[0].to == AgentId{1});
  CHECK(feed.inputs[1].at == Time(Duration(995)));
  CHECK(feed.inputs[1].to == AgentId{3});
  CHECK(feed.inputs[1].payload.as<Ping>()->parts == std::vector<std::int64_t>{1, 2});
  CHECK(feed.inputs[1].producer_seq == 3);
  CHECK(feed.inputs[2].payload.as<Ping>()->number == 5);
}

TEST_CASE("a fault that the network could not obey is a malformed line") {
  const std::string keys = "to = \"network\"\n[network]\n";
  const auto refusal_of = [&](const std::string& line) { return refused(keys, line); };
  CHECK(run(keys, R"({"at": 5, "kind": "reprise.crash", "node": "two"})").error == "");
  CHECK_THAT(refusal_of(R"({"at": 5, "kind": "reprise.crash", "node": "twe"})"),
             Catch::Contains("field 'node': there is no node 'twe'; did you mean 'two'"));
  CHECK_THAT(refusal_of(R"({"at": 5, "kind": "reprise.degrade", "loss": 9})"),
             Catch::Contains("field 'loss': loss is a share"));
  CHECK_THAT(
      refusal_of(R"({"at": 5, "kind": "reprise.cut", "message": {"from": "ear", "to": "ea"}})"),
      Catch::Contains("field 'to': there is no node 'ea'"));
  CHECK_THAT(refusal_of(R"({"at": 5, "kind": "reprise.rot", "bits": 2000000})"),
             Catch::Contains("field 'bits'"));
  const FeedRun skipped = run(keys,
                              R"({"at": 5, "kind": "reprise.crash", "node": "twe"}
{"at": 6, "kind": "reprise.crash", "node": "two[0]"}
)",
                              true);
  CHECK(skipped.error == "");
  CHECK(skipped.inputs.size() == 1);
}

TEST_CASE("a jsonl feed may leave kind and receiver to its lines") {
  const FeedRun feed = run("", R"({"at": 5, "kind": "test.ping", "to": "ear"}
{"at": 6, "kind": "reprise.stop", "to": "world"}
)");
  CHECK(feed.error == "");
  REQUIRE(feed.inputs.size() == 2);
  CHECK(feed.inputs[1].to == world_id);
  CHECK(refused("", "{\"at\": 5, \"to\": \"ear\"}") ==
        "tape.jsonl:1: 'kind' is missing, and the feed has none");
  CHECK(refused("", "{\"at\": 5, \"kind\": \"test.ping\"}") ==
        "tape.jsonl:1: 'to' is missing, and the feed has none");
}

TEST_CASE("a real of a jsonl feed is the double nearest to its digits") {
  const FeedRun feed = run(to_ear, "{\"at\": 5, \"weight\": 957.0823894115387}");
  REQUIRE(feed.inputs.size() == 1);
  CHECK(feed.inputs[0].payload.as<Ping>()->weight == 957.0823894115387);
}

TEST_CASE("a malformed line of a jsonl feed is refused with its place") {
  CHECK(refused(to_ear, "{\"at\": 5") == "tape.jsonl:1: not JSON: incomplete JSON at byte 9");
  CHECK(refused(to_ear, "[5]") == "tape.jsonl:1: expected a JSON object");
  CHECK(refused(to_ear, "{\"number\": 5}") == "tape.jsonl:1: 'at', the time, is missing");
  CHECK(refused(to_ear, "{\"at\": 5.5}") ==
        "tape.jsonl:1: 'at' is 5.5, not an integer in nanoseconds or a time with its unit");
  CHECK(refused(to_ear, "{\"at\": \"5\"}") ==
        "tape.jsonl:1: 'at' is \"5\", not an integer in nanoseconds or a time with its unit");
  CHECK(refused(to_ear, "{\"at\": 5, \"numbr\": 5}") ==
        "tape.jsonl:1: unknown field 'numbr'; did you mean 'number'?");
  CHECK(refused(to_ear, "{\"at\": 5, \"number\": \"x\"}") ==
        "tape.jsonl:1: number: expected an integer, found \"x\"");
  CHECK(refused(to_ear, "{\"at\": 5, \"kind\": \"test.pong\"}") ==
        "tape.jsonl:1: unknown message kind 'test.pong'; did you mean 'test.ping'?");
  CHECK(refused(to_ear, "{\"at\": 5, \"kind\": 5}") == "tape.jsonl:1: 'kind' is 5, not text");
  CHECK(refused(to_ear, "{\"at\": 5, \"to\": \"eer\"}") ==
        "tape.jsonl:1: there is no agent 'eer'; did you mean 'ear'?");
  CHECK(refused(to_ear, "{\"at\": 5, \"to\": \"two\"}") ==
        "tape.jsonl:1: 'two' is a group; name one of it, such as 'two[0]'");
  CHECK(refused(to_ear, "{\"at\": 5, \"to\": \"world\"}") ==
        "tape.jsonl:1: the world does not listen to test.ping");
  CHECK(refused(to_ear, "{\"at\": 5, \"to\": \"ear\", \"kind\": \"reprise.stop\"}") ==
        "tape.jsonl:1: 'ear' does not listen to reprise.stop");
  CHECK(refused(to_ear, "{\"at\": 5, \"kind\": \"reprise.start\"}") ==
        "tape.jsonl:1: reprise.start comes from the world alone");
  CHECK(refused(to_ear, "{\"at\": 5, \"message\": {}, \"number\": 5}") ==
        "tape.jsonl:1: unknown key 'number' beside 'message'");
  CHECK(refused(to_ear, "{\"at\": 5, \"message\": 5}") ==
        "tape.jsonl:1: expected a table of fields, found 5");
}

TEST_CASE("a feed that is described wrongly is refused at its place") {
  const auto feed = [](const std::string& lines) {
    return refusal(with_ear("[[feed]]\n" + lines));
  };
  const std::string named = "name = \"tape\"\n";
  CHECK(feed(named) == "thin.toml:4:1: a feed needs 'format'");
  CHECK(feed("format = \"jsonl\"\n") == "thin.toml:4:1: a feed needs 'name'");
  CHECK(feed(named + "format = \"jsnl\"\n") ==
        "thin.toml:6:1: unknown feed format 'jsnl'; it is one of csv jsonl binance; did you mean "
        "'jsonl'?");
  CHECK(feed(named + "format = \"jsonl\"\nheader = true\n") ==
        "thin.toml:7:1: unknown key 'header' of a feed");
  CHECK(feed(named + "format = \"binance\"\nkind = \"test.ping\"\n") ==
        "thin.toml:7:1: unknown key 'kind' of a feed");
  CHECK(feed(named + "format = \"jsonl\"\nkind = \"test.pign\"\n") ==
        "thin.toml:7:1: unknown message kind 'test.pign'; did you mean 'test.ping'? `reprise "
        "kinds` lists them");
  CHECK(feed(named + "format = \"jsonl\"\nkind = \"reprise.start\"\n") ==
        "thin.toml:7:1: reprise.start comes from the world alone");
  CHECK(feed(named + "format = \"jsonl\"\nto = \"eer\"\n") ==
        "thin.toml:7:1: there is no agent 'eer'; did you mean 'ear'?");
  CHECK(feed(named + "format = \"jsonl\"\nkind = \"market.tape_trade\"\nto = \"ear\"\n") ==
        "thin.toml:8:1: 'ear' does not listen to market.tape_trade; listener handles test.ping");
  CHECK(
      feed(named + "format = \"binance\"\nto = \"ear\"\n") ==
      "thin.toml:7:1: 'ear' does not listen to market.depth_snapshot; listener handles test.ping");
  CHECK(feed(named + "format = \"binance\"\n") == "thin.toml:4:1: a feed needs 'to'");
  CHECK(feed("name = \"a=b\"\nformat = \"jsonl\"\n") ==
        "thin.toml:5:1: a feed's name is not empty and has no '=' in it");
  CHECK(feed("name = \"scenario\"\nformat = \"jsonl\"\n") ==
        "thin.toml:5:1: 'scenario' is who sends each [[input]]; give the feed another name");
  CHECK(feed(named + "format = \"jsonl\"\n[[feed]]\n" + named + "format = \"jsonl\"\n") ==
        "thin.toml:8:1: there is another feed 'tape', at thin.toml:5:1");
}

TEST_CASE("inputs and feeds are merged by time and the list comes first") {
  const TempDir dir;
  dir.write("a.jsonl", "{\"at\": 0, \"number\": 1}\n{\"at\": 10, \"number\": 2}\n");
  dir.write("b.jsonl", "{\"at\": 0, \"number\": 3}\n{\"at\": 10, \"number\": 4}\n");
  const std::string file = dir.write(
      "thin.toml",
      with_ear(
          "[[input]]\nat = \"10ns\"\nto = \"ear\"\nsend = { kind = \"test.ping\", number = 5 }\n"
          "[[input]]\nat = \"5ns\"\nto = \"ear\"\nsend = { kind = \"test.ping\", number = 6 }\n"
          "[[input]]\nat = \"10ns\"\nto = \"ear\"\nsend = { kind = \"test.ping\", number = 7 }\n"
          "[[feed]]\nname = \"a\"\nfile = \"a.jsonl\"\nformat = \"jsonl\"\n" +
          to_ear + "[[feed]]\nname = \"b\"\nfile = \"b.jsonl\"\nformat = \"jsonl\"\n" + to_ear));
  const Scenario scenario = load_scenario(file, catalog());
  const auto world = build_world(scenario, catalog());
  const auto inputs = scenario_inputs(scenario, *world);
  std::vector<std::int64_t> numbers;
  std::vector<std::string> producers;
  std::vector<std::uint64_t> seqs;
  while (const auto input = inputs->next()) {
    numbers.push_back(input->payload.as<Ping>()->number);
    producers.push_back(input->producer);
    seqs.push_back(input->producer_seq);
  }
  CHECK(numbers == std::vector<std::int64_t>{1, 3, 6, 5, 7, 2, 4});
  CHECK(producers ==
        std::vector<std::string>{"a", "b", "scenario", "scenario", "scenario", "a", "b"});
  CHECK(seqs == std::vector<std::uint64_t>{1, 1, 1, 2, 3, 2, 2});
  REQUIRE(inputs->reports().size() == 2);
  CHECK(inputs->reports()[1].name == "b");
  CHECK(inputs->reports()[1].file == dir.file("b.jsonl"));
  CHECK(!inputs->next());
}

TEST_CASE("a run takes its inputs from the list and the feeds") {
  const TempDir dir;
  const std::string file =
      dir.write("tape.jsonl", "{\"at\": 0, \"number\": 1}\n{\"at\": 10, \"number\": 2}\n");
  const Scenario scenario = parse(jsonl(to_ear));
  const auto world = build_world(scenario, catalog());
  const auto inputs = scenario_inputs(scenario, *world, {.files = {{"tape", file}}});
  CHECK(Session(*world, *inputs).run({}) == RunEnd::drained);
  CHECK(world->agent<Listener>(AgentId{1})->pings == 2);
  CHECK(world->agent<Listener>(AgentId{1})->sum == 3);
}

TEST_CASE("a feed is read from the file that is named on the command line") {
  const Scenario scenario = parse(jsonl(to_ear));
  const auto world = build_world(scenario, catalog());
  const auto refused_files = [&](const std::map<std::string, std::string>& files) {
    return refusal_of([&] { scenario_inputs(scenario, *world, {.files = files}); });
  };
  CHECK(refused_files({}) ==
        "thin.toml:9:1: feed 'tape' names no file; give one with --feed tape=FILE");
  CHECK(refused_files({{"tapes", "x"}}) ==
        "--feed tapes=x: the scenario has no feed 'tapes'; did you mean 'tape'?");
  CHECK(refused_files({{"tape", "no/such"}}) ==
        "--feed tape=no/such: cannot open: No such file or directory; check its name and rights");
  const Scenario none = parse(with_ear(""));
  CHECK(refusal_of([&] {
          scenario_inputs(none, *world, {.files = {{"tape", "x"}}});
        }) == "--feed tape=x: the scenario has no feeds");
}

TEST_CASE("a feed is streamed and a compressed one counts its compressed bytes") {
  const TempDir dir;
  const std::string file = dir.file("tape.jsonl.gz");
  gzFile out = gzopen(file.c_str(), "wb");
  for (int i = 0; i < 200'000; ++i) {
    const std::string line = "{\"at\": " + std::to_string(i) +
                             ", \"number\": " + std::to_string(i * 7919 % 104729) + "}\n";
    gzwrite(out, line.data(), static_cast<unsigned>(line.size()));
  }
  gzclose(out);
  const Scenario scenario = parse(jsonl(to_ear));
  const auto world = build_world(scenario, catalog());
  const auto inputs = scenario_inputs(scenario, *world, {.files = {{"tape", file}}});
  const FeedReport& report = inputs->reports().front();
  CHECK(report.bytes_total == std::filesystem::file_size(file));
  CHECK(report.bytes > 0);
  CHECK(report.bytes < report.bytes_total);
  CHECK(report.lines == 1);
  std::uint64_t count = 0;
  while (inputs->next()) ++count;
  CHECK(count == 200'000);
  CHECK(report.bytes == report.bytes_total);
}

}  // namespace
}  // namespace reprise::test
