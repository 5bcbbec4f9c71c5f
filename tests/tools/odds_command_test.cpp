#include <boost/json/array.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/context.hpp"
#include "engine/control.hpp"
#include "engine/fields.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/tools/program.hpp"
#include "tools/lab/hunt/odds.hpp"

namespace reprise::test {
namespace {

namespace json = boost::json;
using Catch::Contains;
using Strings = std::vector<std::string>;

struct Toss {
  static constexpr std::string_view kind = "test.toss";
  REPRISE_FIELDS()
};

/// Tosses a coin a second. Three heads in the first four tosses are its ruin at the tenth second.
struct Gambler {
  using Handles = Messages<Start, Toss>;

  std::uint64_t tosses = 0;
  std::uint64_t heads = 0;
  REPRISE_FIELDS(tosses, heads)

  void on(const Start&, Context& world) { world.wake(std::chrono::seconds(1), Toss{}); }
  void on(const Toss&, Context& world) {
    ++tosses;
    if (tosses <= 4 && world.random().bernoulli(0.5)) ++heads;
    world.check(tosses != 10 || heads < 3, "ruin");
    world.wake(std::chrono::seconds(1), Toss{});
  }
};

void add_gambler(Catalog& catalog) {
  catalog.add<Gambler>("gambler");
}

const std::string table =
    "name = \"table\"\nuntil = \"12s\"\n[[agent]]\nname = \"one\"\nkind = \"gambler\"\n";

/// The journal of the first seed, from 1 on, that fails or does not.
std::string journal_of(const TempDir& folder, bool fails, const std::string& more = "") {
  const std::string file = folder.write("table.toml", table + more);
  const std::string journal = folder.file("run.rpj");
  for (int seed = 1; seed < 100; ++seed) {
    const ProgramResult result = run_in_process(
        add_gambler, {"run", file, "--seed", std::to_string(seed), "-o", journal, "--force"});
    if ((result.code == 1) == fails) return journal;
  }
  return "";
}

ProgramResult odds(Strings words) {
  words.insert(words.begin(), "odds");
  return run_in_process(add_gambler, words);
}

TEST_CASE("the odds along a run are what they are") {
  const TempDir folder;
  const std::string journal = journal_of(folder, true);
  const ProgramResult result = odds({journal, "--forks", "2000", "--positions", "11", "--json"});
  INFO(result.out << result.err);
  REQUIRE(result.code == 0);
  const json::object answer = json_of(result);
  CHECK(answer.at("fingerprint") == "one fails on test.toss: check failed: ruin");
  const json::array& positions = answer.at("positions").as_array();
  REQUIRE(positions.size() >= 10);
  double last = 0;
  for (const json::value& each : positions) {
    const int step = each.at("step").to_number<int>();
    last = each.at("share").to_number<double>();
    // Five of sixteen ways before the first toss; after the fourth it is settled.
    if (step == 1) {
      CHECK(each.at("low").to_number<double>() < 0.3125);
      CHECK(each.at("high").to_number<double>() > 0.3125);
    }
    if (step >= 5) CHECK(each.at("failed") == 2000);
  }
  CHECK(last == 1);
  CHECK(answer.at("certain_from").to_number<int>() <= 5);
  CHECK(answer.at("likely_from").to_number<int>() <= answer.at("certain_from").to_number<int>());
}

TEST_CASE("odds are the same whatever the number of jobs") {
  const TempDir folder;
  const std::string journal = journal_of(folder, true);
  const ProgramResult one = odds({journal, "--jobs", "1", "--csv"});
  CHECK_THAT(one.out, Contains("step,time_ns,forks,failed,others,share,low,high,delivered") &&
                          Contains("test.toss from one to one"));
  CHECK(odds({journal, "--jobs", "4", "--csv"}).out == one.out);
  CHECK(odds({journal, "--jobs", "4", "--csv", "--seed", "2"}).out != one.out);
}

TEST_CASE("odds go as far as the horizon and are looked at where one asks") {
  const TempDir folder;
  const std::string journal = journal_of(folder, true);
  const json::object near = json_of(odds({journal, "--horizon", "2s", "--at", "0..4s", "--json"}));
  for (const json::value& each : near.at("positions").as_array()) {
    CHECK(each.at("step").to_number<int>() <= 5);
    CHECK(each.at("failed") == 0);  // the ruin is more than two seconds away
  }
  CHECK(near.at("likely_from").is_null());
}

TEST_CASE("there are no more positions than steps") {
  const TempDir folder;
  const std::string journal = journal_of(folder, true);
  const ProgramResult all = odds({journal, "--forks", "1", "--positions", "50", "--csv"});
  CHECK(odds({journal, "--forks", "1", "--positions", "100000000000000", "--csv"}).out == all.out);
}

TEST_CASE("a plot of the odds is an image") {
  const TempDir folder;
  const std::string journal = journal_of(folder, true);
  REQUIRE(odds({journal, "--plot", folder.file("odds.svg")}).code == 0);
  const std::string svg = read_file(folder.file("odds.svg"));
  CHECK_THAT(svg, Catch::StartsWith("<svg ") && Contains("<polyline") && Contains("</svg>"));
}

TEST_CASE("what has no odds is refused") {
  const TempDir folder;
  const std::string fine = journal_of(folder, false);
  const ProgramResult none = odds({fine});
  CHECK(none.code == 2);
  CHECK_THAT(none.err, Contains("its run does not fail") && Contains("reprise sweep"));
  const std::string journal = journal_of(folder, true);
  const auto refused = [&](const Strings& words, const std::string& why) {
    Strings all{journal};
    all.insert(all.end(), words.begin(), words.end());
    const ProgramResult result = odds(all);
    CHECK(result.code == 2);
    CHECK_THAT(result.err, Contains(why));
  };
  refused({"--at", "5"}, "--at takes two positions");
  refused({"--at", "9s..3s"}, "there is no step in it before the failure");
  refused({"--at", "100..200"}, "there is no step in it before the failure");
  refused({"--forks", "0"}, "--forks");
  refused({"--positions", "1"}, "--positions");
  refused({"--horizon", "0s"}, "--horizon must be above 0");
  refused({"--json", "--csv"}, "exclude each other");
  refused({"--plot", journal}, "is no SVG image");
}

TEST_CASE("a position may be a single step") {
  const TempDir folder;
  const std::string journal = journal_of(folder, true);
  const json::object answer = json_of(odds({journal, "--at", "3..3", "--json"}));
  REQUIRE(answer.at("positions").as_array().size() == 1);
  CHECK(answer.at("positions").at(0).at("step") == 3);
}

TEST_CASE("odds of a branch know its edits on both sides of a fork") {
  const TempDir folder;
  const std::string parent = journal_of(folder, false);
  const std::string branch = folder.file("branch.rpj");
  const ProgramResult forked = run_in_process(
      add_gambler,
      {"fork", parent, "--at", "6", "--set", "one.heads=3", "--set", "one.tosses=5", "-o", branch});
  INFO(forked.out << forked.err);
  REQUIRE(std::filesystem::exists(branch));
  const ProgramResult result = odds({branch, "--at", "0..end", "--json"});
  INFO(result.out << result.err);
  REQUIRE(result.code == 0);
  const json::object answer = json_of(result);
  // Whatever came before, the edit comes after the fork and settles it.
  for (const json::value& each : answer.at("positions").as_array()) {
    CHECK(each.at("failed") == each.at("forks"));
  }
  const ProgramResult scored = run_in_process(add_gambler, {"score", branch, "--json"});
  INFO(scored.out << scored.err);
  CHECK(scored.code == 0);
}

TEST_CASE("odds look at the whole journal first and say where it is cut off") {
  const TempDir folder;
  const std::string journal = journal_of(folder, true);
  const std::string whole = read_file(journal);
  std::string bytes = whole;
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  const ProgramResult damaged = odds({folder.write("damaged.rpj", bytes)});
  CHECK(damaged.code == 4);
  CHECK_THAT(damaged.err, Contains("damaged"));
  const ProgramResult cut = odds({folder.write("cut.rpj", whole.substr(0, whole.size() * 3 / 5))});
  CHECK(cut.code == 2);
  CHECK_THAT(cut.err, Contains("the journal ends without a seal"));
}

TEST_CASE("intervals enclose what they should") {
  // The interval of Wilson as published: 10 of 100, and at the borders.
  CHECK(wilson_interval(10, 100).low == Approx(0.05523).margin(1e-5));
  CHECK(wilson_interval(10, 100).high == Approx(0.17437).margin(1e-5));
  CHECK(wilson_interval(0, 20).low == 0);
  CHECK(wilson_interval(0, 20).high == Approx(0.16113).margin(1e-5));
  CHECK(wilson_interval(20, 20).high == 1);
}

}  // namespace
}  // namespace reprise::test
