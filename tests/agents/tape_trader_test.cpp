#include "agents/market/tape_trader.hpp"

#include <catch2/catch.hpp>
#include <cstdint>
#include <stdexcept>
#include <utility>

#include "agents/market/catalog.hpp"
#include "engine/simulation.hpp"

namespace reprise::market {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t unit = 100'000'000;

Catalog market_catalog() {
  Catalog catalog;
  add_market(catalog);
  return catalog;
}

/// A trader on a tape of quotes and trades at given milliseconds.
class Market {
 public:
  explicit Market(TapeTrader::Options options) : catalog_(market_catalog()), world_(catalog_, 1) {
    options.validate();
    book_ = world_.add("book", DepthBook{});
    trader_ = world_.add("trader", TapeTrader{.options = std::move(options)});
  }

  /// Prices and quantities in whole units.
  Market& quote(int at, Price bid, Quantity bid_quantity, Price ask, Quantity ask_quantity) {
    return give(at, BookTicker{++updates_, bid * unit, bid_quantity * unit, ask * unit,
                               ask_quantity * unit});
  }
  Market& trade(int at, Price price) {
    return give(at, TapeTrade{++trades_, 0, price * unit, unit, false});
  }

  const TapeTrader& at(int time) {
    world_.run_until(Time(milliseconds(time)));
    return *world_.agent<TapeTrader>(trader_);
  }

 private:
  template <Message M>
  Market& give(int at, M message) {
    Input input;
    input.at = Time(milliseconds(at));
    input.to = book_;
    input.payload = Payload(message);
    world_.inject(std::move(input));
    return *this;
  }

  Catalog catalog_;
  Simulation world_;
  AgentId book_{};
  AgentId trader_{};
  std::uint64_t updates_ = 0;
  std::uint64_t trades_ = 0;
};

/// Orders 2 after a rise of a tenth from trade to trade, 10 ms on the way, for a fee of 1 %.
TapeTrader::Options momentum() {
  return {.signal = TapeSignal::momentum,
          .window = 1,
          .threshold = unit / 10,
          .size = 2 * unit,
          .limit = 3 * unit,
          .latency = milliseconds(10),
          .fee_rate = unit / 100};
}

TEST_CASE("an order fills at the quote it finds when it reaches the market") {
  Market market(momentum());
  market.quote(1, 99, 5, 101, 5).trade(2, 100).trade(3, 110);
  market.quote(12, 109, 5, 111, 5).quote(14, 119, 5, 121, 5);
  CHECK(market.at(3).orders == 1);
  CHECK(market.at(12).fills == 0);
  const TapeTrader& trader = market.at(13);
  CHECK(trader.fills == 1);
  CHECK(trader.position == 2 * unit);
  CHECK(trader.fees == 222'000'000);                // 1 % of 2 * 111
  CHECK(trader.cash == -222 * unit - 222'000'000);  // what it paid and the fee
  CHECK(trader.mark == -2 * unit - 222'000'000);    // at the mid of 110
  CHECK(market.at(14).mark == 18 * unit - 222'000'000);
}

TEST_CASE("a quote of the very instant at which an order arrives comes too late for it") {
  Market market(momentum());
  market.quote(1, 99, 5, 101, 5).trade(2, 100).trade(3, 110).quote(13, 199, 5, 201, 5);
  CHECK(market.at(13).cash == -202 * unit - 202'000'000);
}

TEST_CASE("a fall is sold at the bid") {
  Market market(momentum());
  market.quote(1, 99, 5, 101, 5).trade(2, 100).trade(3, 90);
  const TapeTrader& trader = market.at(13);
  CHECK(trader.position == -2 * unit);
  CHECK(trader.cash == 198 * unit - 198'000'000);
  CHECK(trader.mark == -2 * unit - 198'000'000);
  CHECK(trader.volume == 2 * unit);
}

TEST_CASE("a move short of the threshold leads to no order") {
  Market market(momentum());
  market.quote(1, 99, 5, 101, 5).trade(2, 1000).trade(3, 1099).trade(4, 990);
  CHECK(market.at(50).orders == 0);
}

TEST_CASE("an order takes at most what is quoted and what it took is gone until the next quote") {
  TapeTrader::Options options = momentum();
  options.limit = 100 * unit;
  Market market(options);
  market.quote(1, 99, 5, 101, 3).trade(2, 100).trade(3, 110);  // takes 2 of 3
  market.trade(20, 121).trade(40, 140);                        // take 1 and nothing
  market.quote(55, 99, 5, 101, 1).trade(60, 160);              // takes 1
  CHECK(market.at(13).position == 2 * unit);
  CHECK(market.at(30).position == 3 * unit);
  CHECK(market.at(50).position == 3 * unit);
  CHECK(market.at(50).unfilled == 1);
  CHECK(market.at(70).position == 4 * unit);
  CHECK(market.at(70).fills == 3);
  CHECK(market.at(70).orders == 4);
}

TEST_CASE("one order is on its way at a time") {
  Market market(momentum());
  market.quote(1, 99, 5, 101, 5).trade(2, 100).trade(3, 110).trade(12, 121).trade(13, 140);
  CHECK(market.at(12).orders == 1);
  CHECK(market.at(13).orders == 2);  // the first has just arrived
}

TEST_CASE("the position never goes beyond the limit") {
  Market market(momentum());
  market.quote(1, 99, 50, 101, 50).trade(2, 100).trade(3, 110).trade(20, 121).trade(40, 140);
  CHECK(market.at(30).position == 3 * unit);
  CHECK(market.at(60).orders == 2);
  market.trade(70, 100).trade(90, 80).trade(110, 60).trade(130, 40).trade(150, 20);
  CHECK(market.at(80).position == unit);
  CHECK(market.at(200).position == -3 * unit);
}

TEST_CASE("momentum looks back over its window of trades") {
  TapeTrader::Options options = momentum();
  options.window = 3;
  Market market(options);
  market.quote(1, 99, 5, 101, 5).trade(2, 100).trade(3, 120).trade(4, 90);
  market.trade(5, 109).trade(6, 131).trade(7, 81);
  CHECK(market.at(5).orders == 0);  // 100 to 109
  CHECK(market.at(6).orders == 0);  // 120 to 131
  CHECK(market.at(7).ordered);      // 90 to 81
  CHECK(market.at(17).position == -2 * unit);
}

TEST_CASE("a trader on imbalance follows the heavier side of the mean quote") {
  TapeTrader::Options options = momentum();
  options.signal = TapeSignal::imbalance;
  options.window = 2;
  options.threshold = unit / 2;
  Market market(options);
  market.quote(1, 99, 2, 101, 8).quote(2, 98, 8, 100, 2);  // -0.6 and 0.6
  market.quote(3, 99, 6, 101, 4);                          // 0.2
  CHECK(market.at(3).orders == 0);
  market.quote(20, 99, 18, 101, 2);  // 0.8
  CHECK(market.at(20).ordered);
  CHECK(market.at(30).position == 2 * unit);
  market.quote(40, 99, 1, 101, 9).quote(41, 99, 2, 101, 8);  // -0.8 and -0.6
  CHECK(market.at(51).position == 0);
}

TEST_CASE("a trader on mean reversion buys below the mean of the mids and sells above") {
  TapeTrader::Options options = momentum();
  options.signal = TapeSignal::mean_reversion;
  options.window = 2;
  Market market(options);
  market.quote(1, 99, 5, 101, 5).quote(2, 119, 5, 121, 5);  // mean 110
  market.quote(3, 98, 5, 100, 5);                           // a tenth below
  CHECK(market.at(13).position == 2 * unit);
  market.quote(20, 119, 5, 121, 5);  // mean before it 109.5
  CHECK(market.at(20).orders == 1);
  market.quote(40, 120, 5, 121, 5);
  CHECK(market.at(50).position == 0);
}

TEST_CASE("a quote without one of its sides moves neither the mark nor the signal") {
  TapeTrader::Options options = momentum();
  options.signal = TapeSignal::mean_reversion;
  Market market(options);
  market.quote(1, 99, 5, 101, 5).quote(2, 0, 0, 50, 5).quote(3, 10, 5, 0, 0);
  CHECK(market.at(3).mid == 100 * unit);
  CHECK(market.at(3).samples.size() == 1);
  CHECK(market.at(30).orders == 0);
}

TEST_CASE("a fee and a value are rounded half to even at 8 decimals") {
  TapeTrader::Options options = momentum();
  options.size = 1;
  options.fee_rate = unit / 2;
  Market market(options);
  market.quote(1, 2, 5, 3, 5).trade(2, 100).trade(3, 110);
  CHECK(market.at(13).cash == -5);  // 3 for one 10^-8 and a fee of 1.5
  CHECK(market.at(13).fees == 2);
}

TEST_CASE("an account beyond 64 bits ends the run with the reason") {
  TapeTrader::Options options = momentum();
  options.size = 50'000 * unit;
  options.limit = 100'000 * unit;
  Market market(options);
  market.quote(1, 1'000'000, 100'000, 1'000'000, 100'000).trade(2, 100).trade(3, 110);
  CHECK(market.at(13).cash == -5'050'000'000'000'000'000);
  market.trade(20, 121);
  CHECK_THROWS_WITH(market.at(30), Catch::Contains("account") && Catch::Contains("64 bits"));
}

TEST_CASE("options of a tape trader that make no sense are refused") {
  const auto refused = [](auto change) {
    TapeTrader::Options options;
    CHECK_NOTHROW(options.validate());
    change(options);
    CHECK_THROWS_AS(options.validate(), std::invalid_argument);
  };
  refused([](auto& options) { options.book = ""; });
  refused([](auto& options) { options.window = 0; });
  refused([](auto& options) { options.threshold = 0; });
  refused([](auto& options) { options.size = 0; });
  refused([](auto& options) { options.limit = 0; });
  refused([](auto& options) { options.latency = milliseconds(-1); });
  refused([](auto& options) { options.fee_rate = -1; });
}

}  // namespace
}  // namespace reprise::market
