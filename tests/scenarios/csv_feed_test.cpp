#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/scenarios/test_agents.hpp"
#include "tests/support/temp_dir.hpp"

namespace reprise::test {
namespace {

using test::TempDir;

/// A scenario with a csv feed "tape"; its lines begin at line 4, those of `keys` at line 9.
std::string csv(const std::string& keys) {
  return with_ear(
      "[[feed]]\nname = \"tape\"\nformat = \"csv\"\nkind = \"test.ping\"\nto = \"ear\"\n" + keys);
}

const std::string seconds = "columns = { at = { column = 1, unit = \"s\" }, number = 2 }\n";

FeedRun run(const std::string& keys, const std::string& text, bool skip_errors = false) {
  const TempDir dir;
  return run_feed(csv(keys), dir.write("tape.csv", text), skip_errors);
}

const Ping& ping(const Input& input) {
  return *input.payload.as<Ping>();
}

TEST_CASE("each line of a csv feed is a message at its time") {
  const FeedRun feed = run(seconds, "10.5,3\n10.75,4\r\n\n12,5");
  REQUIRE(feed.error == "");
  REQUIRE(feed.inputs.size() == 3);
  CHECK(feed.inputs[0].at == Time{});
  CHECK(feed.inputs[1].at == Time(std::chrono::milliseconds(250)));
  CHECK(feed.inputs[2].at == Time(std::chrono::milliseconds(1500)));
  CHECK(ping(feed.inputs[2]).number == 5);
  CHECK(feed.inputs[2].to == AgentId{1});
  CHECK(feed.inputs[2].producer == "tape");
  CHECK(feed.inputs[2].producer_seq == 4);
  CHECK(feed.report.lines == 4);
  CHECK(feed.report.inputs == 3);
  CHECK(feed.report.bytes == 21);
  CHECK(feed.report.bytes_total == 21);
}

TEST_CASE("a fault in a csv feed that the network could not obey is a malformed line") {
  const std::string scenario = with_ear(
      "[[feed]]\nname = \"tape\"\nformat = \"csv\"\nkind = \"reprise.crash\"\nto = \"network\"\n"
      "columns = { at = 1, node = 2 }\n[network]\n");
  const TempDir dir;
  const std::filesystem::path tape = dir.write("tape.csv", "1,ear\n2,eer\n3,ear\n");
  CHECK_THAT(run_feed(scenario, tape, false).error,
             Catch::Contains("tape.csv:2") && Catch::Contains("there is no node 'eer'"));
  const FeedRun skipped = run_feed(scenario, tape, true);
  CHECK(skipped.inputs.size() == 2);
  CHECK(skipped.report.skipped == 1);
}

TEST_CASE("columns of a csv feed fill fields of every shape") {
  const FeedRun feed =
      run("columns = { at = 1, number = { column = 2, scale = 8 }, lasts = { column = 3, unit = "
          "\"min\" }, side = 4, "
          "weight = 5, urgent = 6, note = 7, rank = 8 }\n",
          "5,61685.99,1.5,sell,0.1,true,\"a, \"\"b\"\"\",\n1us,-0.00000001,0,buy,-1e3,0,,255\n");
  REQUIRE(feed.error == "");
  REQUIRE(feed.inputs.size() == 2);
  CHECK(feed.inputs[1].at == Time(Duration(995)));
  const Ping& first = ping(feed.inputs[0]);
  CHECK(first.number == 6168599000000);
  CHECK(first.lasts == std::chrono::seconds(90));
  CHECK(first.side == Side::sell);
  CHECK(first.weight == 0.1);
  CHECK(first.urgent);
  CHECK(first.note == "a, \"b\"");
  CHECK(!first.rank);
  const Ping& second = ping(feed.inputs[1]);
  CHECK(second.number == -1);
  CHECK(second.weight == -1000);
  CHECK(!second.urgent);
  CHECK(second.note == "");
  CHECK(second.rank == 255);
}

TEST_CASE("fields without a column keep their defaults") {
  const FeedRun feed = run("columns = { at = 1 }\n", "5\n");
  REQUIRE(feed.inputs.size() == 1);
  CHECK(ping(feed.inputs[0]).number == 7);
}

TEST_CASE("a csv feed may be apart by semicolons and tabs and white space") {
  for (const auto& [separator, text] :
       {std::pair(";", "1;9\n2;8\n"), std::pair("tab", "1\t9\n2\t8\n"),
        std::pair("space", "  1 \t 9\n2 8  \n")}) {
    const FeedRun feed = run("separator = \"" + std::string(separator) + "\"\n" + seconds, text);
    CHECK(feed.error == "");
    REQUIRE(feed.inputs.size() == 2);
    CHECK(ping(feed.inputs[0]).number == 9);
    CHECK(ping(feed.inputs[1]).number == 8);
  }
}

TEST_CASE("a header names the columns and comments are left out") {
  const std::string keys =
      "header = true\ncomment = \"#\"\ncolumns = { at = { column = \"when\", unit = \"ms\" }, "
      "number = \"size\" }\n";
  const FeedRun feed = run(keys, "# taken in May\nsize,\"when\"\n# here\n4,10\n5,11\n");
  CHECK(feed.error == "");
  REQUIRE(feed.inputs.size() == 2);
  CHECK(ping(feed.inputs[0]).number == 4);
  CHECK(feed.inputs[1].at == Time(std::chrono::milliseconds(1)));
  const std::string missing = "tape.csv:1: the header has no column 'size'; did you mean 'sise'?";
  CHECK(run(keys, "sise,when\n1,2\n").error == missing);
  CHECK(run(keys, "sise,when\n1,2\n", true).error == missing);
}

TEST_CASE("times of a csv feed are exact to the nanosecond") {
  const FeedRun feed = run(seconds, "1723161253.937085768,1\n1723161253.937085769,1\n");
  REQUIRE(feed.inputs.size() == 2);
  CHECK(feed.inputs[1].at == Time(Duration(1)));
  const std::string rest =
      "; correct the line, or have such lines counted and left out by --feed-errors=skip";
  CHECK(run(seconds, "1.0000000001,1\n").error ==
        "tape.csv:1: '1.0000000001' is not a time in s that nanoseconds hold exactly" + rest);
  CHECK(run(seconds, "9999999999999,1\n").error ==
        "tape.csv:1: '9999999999999' is not a time in s that nanoseconds hold exactly" + rest);
  CHECK(run(seconds, "1s,1\n").error ==
        "tape.csv:1: '1s' is not a time in s that nanoseconds hold exactly" + rest);
  CHECK(run("columns = { at = 1 }\n", "1.5\n").error ==
        "tape.csv:1: '1.5' is not a time in nanoseconds or with its unit" + rest);
}

TEST_CASE("the epoch of a feed is its first record or a time of its own clock") {
  CHECK(run("epoch = \"first\"\n" + seconds, "10,1\n").inputs[0].at == Time{});
  CHECK(run("epoch = 9_000_000_000\n" + seconds, "10,1\n").inputs[0].at ==
        Time(std::chrono::seconds(1)));
  CHECK(run("epoch = \"-5s\"\n" + seconds, "10,1\n").inputs[0].at ==
        Time(std::chrono::seconds(15)));
  CHECK(
      run("epoch = \"11s\"\n" + seconds, "10,1\n").error ==
      "tape.csv:1: the record's time 10000000000ns lies before the epoch 11000000000ns; give feed "
      "'tape' an earlier "
      "epoch, or epoch = \"first\", or have such lines counted and left out by --feed-errors=skip");
  const FeedRun skipped = run("epoch = \"11s\"\n" + seconds, "10,1\n12,1\n", true);
  CHECK(skipped.inputs.size() == 1);
  CHECK(skipped.report.skipped == 1);
  CHECK(
      run("epoch = -9223372036854775808\n" + seconds, "10,1\n").error ==
      "tape.csv:1: the record's time 10000000000ns is more than 292 years from the epoch "
      "-9223372036854775808ns; "
      "check the unit of its time, or have such lines counted and left out by --feed-errors=skip");
}

TEST_CASE("a feed that goes back in time is refused") {
  CHECK(run(seconds, "10,1\n12.5,2\n11,3\n").error ==
        "tape.csv:3: the record is of 1s, the one before it of 2.5s; sort the file by time, or "
        "have such lines "
        "counted and left out by --feed-errors=skip");
  const FeedRun feed = run(seconds, "10,1\n12,2\n11,3\n9,4\n12,5\n", true);
  CHECK(feed.error == "");
  REQUIRE(feed.inputs.size() == 3);
  CHECK(ping(feed.inputs[2]).number == 5);
  CHECK(feed.report.skipped == 2);
}

TEST_CASE("a malformed line of a csv feed is refused with its place") {
  const auto refused = [](const std::string& line) {
    const std::string keys =
        "columns = { at = 1, number = { column = 2, scale = 2 }, side = 3, urgent = 4, rank = 5, "
        "weight = 6, lasts = 7 }\n";
    return without_remedy(run(keys, "1,2.5,buy,1,3,0.5,5s\n" + line + "\n").error);
  };
  CHECK(refused("x,2,buy,1,3,1,5s") ==
        "tape.csv:2: 'x' is not a time in nanoseconds or with its unit");
  CHECK(refused("5,2.125,buy,1,3,1,5s") ==
        "tape.csv:2: 'number': '2.125' is not a decimal of at most 2 places that 64 bits hold");
  CHECK(refused("5,92233720368547758.08,buy,1,3,1,5s") ==
        "tape.csv:2: 'number': '92233720368547758.08' is not a decimal of at most 2 places that 64 "
        "bits hold");
  CHECK(refused("5,2,bye,1,3,1,5s") ==
        "tape.csv:2: 'side': \"bye\" is none of buy sell; did you mean 'buy'?");
  CHECK(refused("5,2,buy,yes,3,1,5s") == "tape.csv:2: 'urgent': 'yes' is not true, false, 1 or 0");
  CHECK(refused("5,2,buy,1,256,1,5s") == "tape.csv:2: 'rank': 256 does not fit: from 0 to 255");
  CHECK(refused("5,2,buy,1,3.5,1,5s") ==
        "tape.csv:2: 'rank': '3.5' is not an integer that 64 bits hold");
  CHECK(refused("5,2,buy,1,3,1.5.5,5s") == "tape.csv:2: 'weight': '1.5.5' is not a number");
  CHECK(refused("5,2,buy,1,3,1,-5s") ==
        "tape.csv:2: 'lasts': -5000000000 is negative; a duration is 0 or more");
  CHECK(refused("5,2,buy") == "tape.csv:2: there is no column 7 for 'lasts'; the line has 3");
  CHECK(refused("5,\"2,buy,1,3,1,5s") ==
        "tape.csv:2: the quotes of column 2 are not closed in this line");
  CHECK(refused("5,\"2\"x,buy,1,3,1,5s") ==
        "tape.csv:2: there is text behind the quotes of column 2");
}

TEST_CASE("a csv feed without the header it should have is refused") {
  const std::string named = "header = true\ncolumns = { at = \"at\", number = \"n\" }\n";
  const std::string error =
      "tape.csv: there is no header, which header = true asks for; check that it is the right file";
  CHECK(run(named, "").error == error);
  CHECK(run(named, "\n \n").error == error);
  CHECK(run(named, "", true).error == error);
  CHECK(run("header = true\n" + seconds, "").error == error);
  CHECK(run(named, "at,n\n").error == "");
  CHECK(run(seconds, "").error == "");
}

TEST_CASE("malformed lines are counted when errors are to be skipped") {
  std::string text;
  for (int i = 0; i < 20; ++i) text += std::to_string(i) + ",1\n" + "x,1\n";
  const FeedRun feed = run(seconds, text, true);
  CHECK(feed.error == "");
  CHECK(feed.inputs.size() == 20);
  CHECK(feed.report.skipped == 20);
  REQUIRE(feed.report.reasons.size() == 5);
  CHECK(feed.report.reasons[0].ends_with(
      "tape.csv:2: 'x' is not a time in s that nanoseconds hold exactly"));
}

TEST_CASE("a feed keeps what it read before the line that it refuses") {
  const FeedRun feed = run(seconds, "1,1\n2,2\nx\n");
  CHECK(feed.inputs.size() == 2);
  CHECK(feed.error.starts_with("tape.csv:3: "));
}

TEST_CASE("a csv feed that is described wrongly is refused at its place") {
  const auto refused = [](const std::string& keys) { return refusal(csv(keys)); };
  CHECK(refused("") == "thin.toml:4:1: a feed needs 'columns'");
  CHECK(refused("columns = { number = 1 }\n") ==
        "thin.toml:9:1: the columns of a csv feed need 'at', the time");
  CHECK(refused("columns = 5\n") ==
        "thin.toml:9:1: expected the columns of a csv feed, a table of keys; found 5");
  CHECK(refused("columns = { at = 1, numbr = 2 }\n") ==
        "thin.toml:9:21: unknown field 'numbr' of test.ping; did you mean 'number'?");
  CHECK(refused("columns = { at = 1, parts = 2 }\n") ==
        "thin.toml:9:21: field 'parts' of test.ping is of many parts; a column holds one value");
  CHECK(refused("columns = { at = 1, number = 0 }\n") ==
        "thin.toml:9:21: a column is a number from 1 or a name of the header");
  CHECK(refused("columns = { at = 1, number = \"n\" }\n") ==
        "thin.toml:9:21: column 'n' goes by name, which needs header = true");
  CHECK(refused("columns = { at = 1, number = { column = \"n\" } }\n") ==
        "thin.toml:9:32: column 'n' goes by name, which needs header = true");
  CHECK(refused("columns = { at = 1, number = { unit = \"s\" } }\n") ==
        "thin.toml:9:21: a column needs 'column'");
  CHECK(refused("columns = { at = 1, number = { column = 2, scal = 8 } }\n") ==
        "thin.toml:9:44: unknown key 'scal' of a column; did you mean 'scale'?");
  CHECK(refused("columns = { at = 1, number = { column = 2, scale = 19 } }\n") ==
        "thin.toml:9:44: 'scale' is 19; it goes from 0 to 18");
  CHECK(refused("columns = { at = 1, number = { column = 2, unit = \"s\" } }\n") ==
        "thin.toml:9:21: field 'number' of test.ping is no time, so it has no unit");
  CHECK(refused("columns = { at = 1, note = { column = 2, scale = 2 } }\n") ==
        "thin.toml:9:21: field 'note' of test.ping is no integer, so it has no scale");
  CHECK(refused("columns = { at = { column = 1, scale = 2 } }\n") ==
        "thin.toml:9:13: a time has a unit, not a scale");
  CHECK(refused("columns = { at = { column = 1, unit = \"sec\" } }\n") ==
        "thin.toml:9:32: unknown unit 'sec'; it is one of ns us ms s min h d");
  CHECK(refused("separator = \"|\"\n" + seconds) ==
        "thin.toml:9:1: 'separator' is \",\", \";\", \"tab\" or \"space\", not \"|\"");
  CHECK(refused("separater = \";\"\n" + seconds) ==
        "thin.toml:9:1: unknown key 'separater' of a feed; did you mean 'separator'?");
  CHECK(refused("header = 1\n" + seconds) ==
        "thin.toml:9:1: 'header': expected true or false, found 1");
  CHECK(refused("comment = \"//\"\n" + seconds) ==
        "thin.toml:9:1: 'comment' is one character, such as \"#\"");
  CHECK(refused("epoch = \"5\"\n" + seconds) ==
        "thin.toml:9:1: 'epoch' is \"first\", an integer in nanoseconds or a time with its unit");
}

}  // namespace
}  // namespace reprise::test
