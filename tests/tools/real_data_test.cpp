#include <catch2/catch.hpp>

#include "tests/support/data.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/tools/program.hpp"

// The main jobs, on recorded and published data that are no part of this repository.
namespace reprise::test {
namespace {

namespace json = boost::json;

/// Runs a shipped scenario on `feed`, records it as `journal` and has it verified; what run
/// answered.
json::object recorded(const TempDir& folder, const char* scenario, const std::string& feed,
                      const char* journal) {
  const ProgramResult run = run_program(
      {"run", shipped(scenario), "--feed", feed, "-o", journal, "--json"}, {folder.path()});
  INFO(run.err);
  REQUIRE(run.code == 0);
  const ProgramResult verified = run_program({"verify", journal}, {folder.path()});
  INFO(verified.err);
  CHECK(verified.code == 0);
  return json_of(run);
}

json::object shown(const TempDir& folder, const char* journal, const char* agent) {
  const ProgramResult result =
      run_program({"show", journal, "--agent", agent, "--json"}, {folder.path()});
  INFO(result.err);
  REQUIRE(result.code == 0);
  return json_of(result).at("agents").at(agent).as_object();
}

TEST_CASE("the book rebuilt from a recorded Binance feed agrees with every recorded best price") {
  const auto tape = data_file("binance/spot_btcusdt_20240808.gz");
  if (!tape) return;
  const TempDir folder;
  const json::object run =
      recorded(folder, "market/btcusdt.toml", "tape=" + tape->string(), "btc.rpj");
  CHECK(run.at("inputs") == 41'249);
  CHECK(run.at("feeds").at(0).at("lines") == 41'249);
  CHECK(run.at("feeds").at(0).at("skipped") == 0);
  CHECK(run.at("steps") == 194'212);
  CHECK(run.at("prefix") == "0e9f58810cb6b40402f7d011b2e76672");
  CHECK(run.at("state") == "c9c24e33167d744b1fd6968589dbc23b");

  const json::object book = shown(folder, "btc.rpj", "book");
  CHECK(book.at("compared") == 3'449);
  CHECK(book.at("mismatched") == 0);
  CHECK(book.at("depth_updates") == 3'451);
  CHECK(book.at("tickers") == 28'040);
  CHECK(book.at("bid") == 6'168'599'000'000);
  CHECK(book.at("ask") == 6'168'600'000'000);
  CHECK(book.at("bid_levels") == 1'209);
  CHECK(book.at("ask_levels") == 2'196);
  CHECK(book.at("trades") == 9'757);
  CHECK(book.at("traded_quantity") == 21'203'315'000);
}

TEST_CASE("a single server reproduces the published statistics of the Leemis and Park trace") {
  const auto jobs = data_file("leemis-park/ssq1.dat");
  if (!jobs) return;
  const TempDir folder;
  const json::object run =
      recorded(folder, "queueing/single_server.toml", "jobs=" + jobs->string(), "ssq.rpj");
  CHECK(run.at("inputs") == 1'000);
  CHECK(run.at("steps") == 2'000);
  CHECK(run.at("prefix") == "8f9d8e5ec3516212f7d22a704d98a8c2");
  CHECK(run.at("state") == "c544b3659cd2d6ebe12d97a5a75f695f");

  const json::object station = shown(folder, "ssq.rpj", "station");
  const auto published = [&](const char* name, double value) {
    INFO(name);
    CHECK_THAT(station.at(name).as_double(), Catch::WithinAbs(value, 0.006));
  };
  published("mean_interarrival", 9.87);
  published("mean_service", 7.12);
  published("mean_delay", 18.59);
  published("mean_wait", 25.72);
}

}  // namespace
}  // namespace reprise::test
