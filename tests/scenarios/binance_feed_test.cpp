#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "engine/decimal.hpp"
#include "tests/scenarios/test_agents.hpp"
#include "tests/support/data.hpp"
#include "tests/support/temp_dir.hpp"

namespace reprise::test {
namespace {

using test::TempDir;
using namespace market;

const std::string binance =
    "[[agent]]\nname = \"book\"\nkind = \"tape\"\n[[feed]]\nname = \"tape\"\nformat = "
    "\"binance\"\nto = \"book\"\n";

FeedRun run(const std::string& text, bool skip_errors = false) {
  const TempDir dir;
  return run_feed(binance, dir.write("tape", text), skip_errors);
}

/// The one message of type M in `text`, at any time.
template <class M>
M only(const std::string& json) {
  const FeedRun feed = run("5 " + json + "\n");
  REQUIRE(feed.error == "");
  REQUIRE(feed.inputs.size() == 1);
  const M* message = feed.inputs[0].payload.as<M>();
  REQUIRE(message != nullptr);
  return *message;
}

std::string refused(const std::string& line) {
  return without_remedy(run(line).error);
}

const std::string trade_line =
    R"({"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,)"
    R"("p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}})";

TEST_CASE("a trade of a binance feed is a trade of the tape") {
  const auto trade = only<TapeTrade>(trade_line);
  CHECK(trade.trade_id == 3735683259);
  CHECK(trade.exchange_ms == 1723161255342);
  CHECK(trade.price == 6183763000000);
  CHECK(trade.quantity == 2000000);
  CHECK(trade.buyer_is_maker);
}

TEST_CASE("a depth event of a binance feed is a change of the book") {
  const auto spot = only<DepthUpdate>(
      R"({"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1723161255208,"s":"BTCUSDT","U":500,"u":502,)"
      R"("b":[["61737.63000000","0.00000000"],["61730.17","1.5",[]]],"a":[]}})");
  CHECK(spot.exchange_ms == 1723161255208);
  CHECK(spot.first_update_id == 500);
  CHECK(spot.last_update_id == 502);
  CHECK(spot.previous_update_id == 0);
  REQUIRE(spot.bids.size() == 2);
  CHECK(spot.bids[0].price == 6173763000000);
  CHECK(spot.bids[0].quantity == 0);
  CHECK(spot.bids[1].quantity == 150000000);
  CHECK(spot.asks.empty());
  const auto futures = only<DepthUpdate>(
      R"({"e":"depthUpdate","E":5,"T":4,"s":"BTCUSDT","U":10,"u":12,"pu":9,"b":[],"a":[["1","2"]]})");
  CHECK(futures.previous_update_id == 9);
  CHECK(futures.exchange_ms == 5);
}

TEST_CASE("a book ticker of a binance feed has a type on futures and none on spot") {
  const auto spot = only<BookTicker>(
      R"({"stream":"btcusdt@bookTicker","data":{"u":7,"s":"BTCUSDT","b":"1.5","B":"2","a":"1.6","A":"3"}})");
  CHECK(spot.update_id == 7);
  CHECK(spot.bid == 150000000);
  CHECK(spot.bid_quantity == 200000000);
  CHECK(spot.ask == 160000000);
  CHECK(spot.ask_quantity == 300000000);
  CHECK(only<BookTicker>(R"({"u":7,"s":"BTCUSDT","b":"1.5","B":"2","a":"1.6","A":"3"})").ask ==
        160000000);
  CHECK(only<BookTicker>(
            R"({"e":"bookTicker","u":8,"E":1,"T":1,"s":"X","b":"1","B":"2","a":"3","A":"4"})")
            .update_id == 8);
}

TEST_CASE("a depth snapshot of a binance feed is a whole book") {
  const auto book = only<DepthSnapshot>(
      R"({"lastUpdateId":50,"E":1,"T":1,"bids":[["1","2"]],"asks":[["3","4"],["5","6"]]})");
  CHECK(book.last_update_id == 50);
  CHECK(book.bids.size() == 1);
  CHECK(book.asks.size() == 2);
}

TEST_CASE("events of other types are ignored and counted by type") {
  const FeedRun feed =
      run("1 {\"e\":\"aggTrade\",\"p\":\"x\"}\n2 "
          "{\"stream\":\"s\",\"data\":{\"e\":\"markPriceUpdate\"}}\n"
          "3 {\"e\":\"aggTrade\"}\n10 " +
          trade_line + "\n");
  CHECK(feed.error == "");
  REQUIRE(feed.inputs.size() == 1);
  CHECK(feed.inputs[0].at == Time{});
  CHECK(feed.report.ignored ==
        std::map<std::string, std::uint64_t>{{"aggTrade", 2}, {"markPriceUpdate", 1}});
  CHECK(feed.report.skipped == 0);
  CHECK(feed.report.lines == 4);
}

TEST_CASE("a malformed line of a binance feed is refused with its place") {
  CHECK(refused("{\"e\":\"trade\"}") == "tape:1: expected '<local nanoseconds> <JSON>'");
  CHECK(refused("5") == "tape:1: expected '<local nanoseconds> <JSON>'");
  CHECK(refused("5x {}") == "tape:1: expected '<local nanoseconds> <JSON>'");
  CHECK(refused("99999999999999999999 {}") == "tape:1: expected '<local nanoseconds> <JSON>'");
  CHECK(refused("5 {") == "tape:1: not JSON: incomplete JSON at byte 2");
  CHECK(refused("5 []") == "tape:1: expected a JSON object behind the time");
  CHECK(refused("5 {}") == "tape:1: neither an event with its type in 'e' nor a depth snapshot");
  CHECK(refused("5 {\"e\":5}") == "tape:1: 'e' is 5, not text");
  CHECK(refused("5 {\"data\":5}") == "tape:1: 'data' is 5, not an object");
  CHECK(refused("5 {\"e\":\"trade\",\"t\":1}") == "tape:1: 'T' is missing");
  CHECK(refused("5 {\"e\":\"trade\",\"t\":-1}") ==
        "tape:1: 't' is -1, not an integer of 0 or more");
  CHECK(refused("5 {\"e\":\"trade\",\"t\":\"1\"}") ==
        "tape:1: 't' is \"1\", not an integer of 0 or more");
  CHECK(refused("5 {\"stream\":\"x@bookTicker\",\"data\":{}}") == "tape:1: 'u' is missing");
  CHECK(refused("5 {\"lastUpdateId\":1,\"bids\":5,\"asks\":[]}") ==
        "tape:1: 'bids' is 5, not a list of levels");
  CHECK(refused("5 {\"lastUpdateId\":1,\"bids\":[[\"1\"]],\"asks\":[]}") ==
        "tape:1: 'bids' is [\"1\"], not a level of price and quantity");
}

TEST_CASE("an amount of a binance feed has at most 8 places and 64 bits") {
  const auto with_price = [](const std::string& price) {
    return refused("5 {\"e\":\"trade\",\"t\":1,\"T\":1,\"m\":true,\"q\":\"1\",\"p\":" + price +
                   "}");
  };
  const std::string rest =
      ", not a decimal of 0 or more in quotes, of at most 8 places, that 64 bits hold";
  CHECK(with_price("\"0.123456789\"") == "tape:1: 'p' is \"0.123456789\"" + rest);
  CHECK(with_price("\"92233720368.54775808\"") == "tape:1: 'p' is \"92233720368.54775808\"" + rest);
  CHECK(with_price("\"-1\"") == "tape:1: 'p' is \"-1\"" + rest);
  CHECK(with_price("\"1e5\"") == "tape:1: 'p' is \"1e5\"" + rest);
  CHECK(with_price("1.5") == "tape:1: 'p' is 1.5" + rest);
  CHECK(refused("5 {\"e\":\"trade\",\"t\":1,\"T\":1,\"m\":1,\"q\":\"1\",\"p\":\"1\"}") ==
        "tape:1: 'm' is 1, not true or false");
}

TEST_CASE("the recording of btcusdt holds what is known of it") {
  const auto file = data_file("binance/spot_btcusdt_20240808.gz");
  if (!file) return;
  const Scenario scenario = parse(binance);
  const auto world = build_world(scenario, catalog());
  const auto begin = std::chrono::steady_clock::now();
  const auto inputs = scenario_inputs(scenario, *world, {.files = {{"tape", file->string()}}});
  std::uint64_t trades = 0, updates = 0, tickers = 0, snapshots = 0;
  Quantity traded = 0;
  Time last{};
  while (const auto input = inputs->next()) {
    REQUIRE(input->at >= last);
    last = input->at;
    const auto* trade = input->payload.as<TapeTrade>();
    if (trade != nullptr) traded += trade->quantity;
    trades += trade != nullptr ? 1 : 0;
    updates += input->payload.as<DepthUpdate>() != nullptr ? 1 : 0;
    tickers += input->payload.as<BookTicker>() != nullptr ? 1 : 0;
    snapshots += input->payload.as<DepthSnapshot>() != nullptr ? 1 : 0;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  CHECK(trades == 9757);
  CHECK(decimal_text(traded, 8) == "212.03315");
  CHECK(updates == 3451);
  CHECK(tickers == 28040);
  CHECK(snapshots == 1);
  const FeedReport& report = inputs->reports().front();
  CHECK(report.lines == 41'249);
  CHECK(report.inputs == 41'249);
  CHECK(report.skipped == 0);
  CHECK(report.ignored.empty());
  CHECK(report.bytes == report.bytes_total);
  UNSCOPED_INFO("read in " << took.count() << " s");
  CHECK(took.count() < 30);  // a hang, not a measure
}

}  // namespace
}  // namespace reprise::test
