#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "agents/market/catalog.hpp"
#include "agents/market/market_maker.hpp"
#include "agents/market/momentum_trader.hpp"
#include "agents/market/noise_trader.hpp"
#include "agents/market/order_book.hpp"
#include "engine/control.hpp"
#include "engine/simulation.hpp"

namespace reprise::market {
namespace {

using namespace std::chrono_literals;

/// Passes on to its trader what the outside says in its name, and keeps what it was sent.
struct ScriptedExchange {
  using Handles = Messages<Subscribe, PlaceOrder, CancelOrder, ReplaceOrder, Trade, Quote, Fill,
                           OrderCancelled, OrderRejected, Halt, Resume>;

  AgentId trader{};  ///< Who wrote last.
  std::vector<PlaceOrder> placed;
  std::vector<AgentId> senders;  ///< Of each of them.
  std::vector<CancelOrder> cancelled;
  std::vector<ReplaceOrder> replaced;
  REPRISE_FIELDS(trader, placed, senders, cancelled, replaced)

  void on(const Subscribe&, Context& world) { trader = world.sender(); }
  void on(const CancelOrder& cancel, Context&) { cancelled.push_back(cancel); }
  void on(const ReplaceOrder& replace, Context&) { replaced.push_back(replace); }
  void on(const PlaceOrder& order, Context& world) {
    trader = world.sender();
    placed.push_back(order);
    senders.push_back(trader);
  }

  void on(const Trade& trade, Context& world) { world.send(trader, trade); }
  void on(const Quote& quote, Context& world) { world.send(trader, quote); }
  void on(const Fill& fill, Context& world) { world.send(trader, fill); }
  void on(const OrderCancelled& cancelled_order, Context& world) {
    world.send(trader, cancelled_order);
  }
  void on(const OrderRejected& rejected, Context& world) { world.send(trader, rejected); }
  void on(const Halt& halt, Context& world) { world.send(trader, halt); }
  void on(const Resume& resume, Context& world) { world.send(trader, resume); }
};

/// One trader who knows no other exchange than the scripted one. What is said takes effect a
/// millisecond after what was said before.
template <Agent Trader>
struct Stage {
  Catalog catalog;
  Simulation world;
  AgentId exchange{};
  AgentId trader{};

  explicit Stage(const typename Trader::Options& options = {}, std::uint64_t seed = 1)
      : catalog(stage_catalog()), world(catalog, seed) {
    options.validate();
    Trader prototype;
    prototype.options = options;
    exchange = world.add<ScriptedExchange>("exchange");
    trader = world.add("trader", prototype);
    wait(1ms);
  }

  static Catalog stage_catalog() {
    Catalog catalog;
    add_market(catalog);
    catalog.add<ScriptedExchange>("scripted_exchange");
    return catalog;
  }

  template <Message M>
  void say(const M& message) {
    Input input;
    input.at = world.now();
    input.to = exchange;
    input.payload = Payload(message);
    world.inject(input);
    wait(1ms);
  }

  void wait(Duration duration) { world.run_until(world.now() + duration); }

  const ScriptedExchange& sent() const { return *world.template agent<ScriptedExchange>(exchange); }
  const Trader& state() const { return *world.template agent<Trader>(trader); }
};

// The momentum trader.

using MomentumStage = Stage<MomentumTrader>;

TEST_CASE("a momentum trader does nothing after its first trade and buys after a rise") {
  MomentumStage stage({.size = 10, .limit = 100});
  stage.say(Trade{100, 1});
  CHECK(stage.sent().placed.empty());
  stage.say(Trade{101, 1});
  REQUIRE(stage.sent().placed.size() == 1);
  const PlaceOrder order = stage.sent().placed.front();
  CHECK(order.side == Side::buy);
  CHECK(order.order_kind == OrderKind::market);
  CHECK(order.quantity == 10);
}

TEST_CASE("a momentum trader sells after a fall and does nothing when the price stays") {
  MomentumStage stage({.size = 10, .limit = 100});
  stage.say(Trade{100, 1});
  stage.say(Trade{100, 1});
  CHECK(stage.sent().placed.empty());
  stage.say(Trade{99, 1});
  REQUIRE(stage.sent().placed.size() == 1);
  CHECK(stage.sent().placed.front().side == Side::sell);
}

TEST_CASE("a momentum trader sends no order before the last one has ended") {
  MomentumStage stage({.size = 10, .limit = 100});
  stage.say(Trade{100, 1});
  stage.say(Trade{101, 1});
  stage.say(Trade{102, 1});
  stage.say(Fill{1, 102, 4, 6});
  stage.say(Trade{103, 1});
  CHECK(stage.sent().placed.size() == 1);
  SECTION("by a last fill") {
    stage.say(Fill{1, 102, 6, 0});
  }
  SECTION("by a cancellation") {
    stage.say(OrderCancelled{1, CancelReason::nothing_to_meet, 6});
  }
  SECTION("by a rejection") {
    stage.say(OrderRejected{1, RejectReason::halted});
  }
  stage.say(Trade{104, 1});
  REQUIRE(stage.sent().placed.size() == 2);
  CHECK(stage.sent().placed.back().id == 2);
}

TEST_CASE("a momentum trader keeps its position within its limit on both sides") {
  MomentumStage stage({.size = 10, .limit = 15});
  stage.say(Trade{100, 1});
  stage.say(Trade{101, 1});
  stage.say(Fill{1, 101, 10, 0});
  stage.say(Trade{102, 1});
  CHECK(stage.sent().placed.back().quantity == 5);
  stage.say(Fill{2, 102, 5, 0});
  stage.say(Trade{103, 1});
  CHECK(stage.sent().placed.size() == 2);
  for (std::uint32_t id = 3; id <= 5; ++id) {
    stage.say(Trade{103 - id, 1});
    stage.say(Fill{id, 103 - id, -stage.sent().placed.back().quantity, 0});
  }
  CHECK(stage.state().position == -15);
  stage.say(Trade{50, 1});
  CHECK(stage.sent().placed.size() == 5);
}

TEST_CASE("a trader pays for what it buys and is paid for what it sells") {
  MomentumStage stage;
  stage.say(Fill{1, 101 * market_unit, 4 * market_unit, 0});
  CHECK(stage.state().position == 4 * market_unit);
  CHECK(stage.state().cash == -404 * market_unit);
  stage.say(Fill{2, 103 * market_unit, -6 * market_unit, 0});
  CHECK(stage.state().position == -2 * market_unit);
  CHECK(stage.state().cash == 214 * market_unit);
}

// The market maker.

using MakerStage = Stage<MarketMaker>;

constexpr MarketMaker::Options maker_options{
    .reference = 1000, .spread = 20, .size = 50, .skew = 0, .follow = 500, .period = 1s};

TEST_CASE("a maker starts with a bid and an ask half a spread from its reference") {
  const MakerStage stage(maker_options);
  REQUIRE(stage.sent().placed.size() == 2);
  const PlaceOrder ask = stage.sent().placed[0];
  const PlaceOrder bid = stage.sent().placed[1];
  CHECK(bid.side == Side::buy);
  CHECK(bid.price == 990);
  CHECK(ask.side == Side::sell);
  CHECK(ask.price == 1010);
  for (const PlaceOrder& order : stage.sent().placed) {
    CHECK(order.order_kind == OrderKind::limit);
    CHECK(order.quantity == 50);
  }
}

TEST_CASE("a maker rounds its quotes to the tick and away from the middle") {
  MarketMaker::Options options = maker_options;
  options.tick_size = 7;
  const MakerStage stage(options);
  CHECK(stage.sent().placed[0].price == 1015);
  CHECK(stage.sent().placed[1].price == 987);
}

TEST_CASE("a maker moves its middle part of the way to the last price in every period") {
  MakerStage stage(maker_options);
  stage.say(Trade{1100, 1});
  CHECK(stage.sent().replaced.empty());
  stage.wait(1s);
  REQUIRE(stage.sent().replaced.size() == 2);
  CHECK(stage.sent().replaced[0].price == 1060);
  CHECK(stage.sent().replaced[1].price == 1040);
  stage.wait(1s);
  CHECK(stage.state().reference == 1075);
}

TEST_CASE("a maker moves the quote first that makes way for the other") {
  MakerStage stage(maker_options);
  stage.say(Trade{900, 1});
  stage.wait(1s);
  REQUIRE(stage.sent().replaced.size() == 2);
  CHECK(stage.sent().replaced[0].price == 940);
  CHECK(stage.sent().replaced[1].price == 960);
}

TEST_CASE("a maker places an order anew after it was filled whole") {
  MakerStage stage(maker_options);
  stage.say(Fill{1, 1010, -50, 0});
  REQUIRE(stage.sent().placed.size() == 3);
  CHECK(stage.sent().placed[2].id == 3);
  CHECK(stage.sent().placed[2].side == Side::sell);
  CHECK(stage.sent().placed[2].quantity == 50);
  CHECK(stage.sent().replaced.empty());
}

TEST_CASE("a maker fills up an order after it was filled in part") {
  MakerStage stage(maker_options);
  stage.say(Fill{2, 990, 20, 30});
  REQUIRE(stage.sent().replaced.size() == 1);
  CHECK(stage.sent().replaced[0].id == 2);
  CHECK(stage.sent().replaced[0].quantity == 50);
  CHECK(stage.state().position == 20);
  CHECK(stage.sent().placed.size() == 2);
}

TEST_CASE("a maker that holds something quotes lower and one that owes quotes higher") {
  MarketMaker::Options options = maker_options;
  options.size = 10 * market_unit;
  options.skew = 3;
  MakerStage stage(options);
  stage.say(Fill{2, 990, 10 * market_unit, 0});
  CHECK(stage.state().bid.price == 960);
  CHECK(stage.state().ask.price == 980);
  stage.say(Fill{1, 1010, -20 * market_unit, 0});
  CHECK(stage.state().bid.price == 1020);
  CHECK(stage.state().ask.price == 1040);
}

TEST_CASE("a maker never quotes a price that is not above zero") {
  MarketMaker::Options options = maker_options;
  options.size = 10 * market_unit;
  options.skew = 1000;
  MakerStage stage(options);
  stage.say(Fill{2, 990, 10 * market_unit, 0});
  CHECK(stage.state().bid.price == 1);
  CHECK(stage.state().ask.price == 21);
}

TEST_CASE("a maker places anew with its next quotes what was cancelled or refused") {
  MakerStage stage(maker_options);
  SECTION("cancelled") {
    stage.say(OrderCancelled{1, CancelReason::self_trade, 50});
  }
  SECTION("refused") {
    stage.say(OrderRejected{1, RejectReason::id_unknown});
  }
  CHECK(stage.sent().placed.size() == 2);
  stage.wait(1s);
  REQUIRE(stage.sent().placed.size() == 3);
  CHECK(stage.sent().placed[2].side == Side::sell);
}

TEST_CASE("a maker is not disturbed by late news of an order it has given up") {
  MakerStage stage(maker_options);
  stage.say(Fill{1, 1010, -50, 0});
  stage.say(OrderRejected{1, RejectReason::id_unknown});
  stage.wait(1s);
  CHECK(stage.sent().placed.size() == 3);
}

TEST_CASE("a maker pulls its orders out during a halt and quotes anew after it") {
  MakerStage stage(maker_options);
  stage.say(Halt{10s});
  REQUIRE(stage.sent().cancelled.size() == 2);
  stage.say(OrderCancelled{1, CancelReason::requested, 50});
  stage.say(OrderCancelled{2, CancelReason::requested, 50});
  stage.say(Trade{1100, 1});
  stage.wait(5s);
  CHECK(stage.sent().placed.size() == 2);
  CHECK(stage.sent().replaced.empty());
  stage.say(Resume{});
  CHECK(stage.sent().placed.size() == 4);
}

// The noise trader.

using NoiseStage = Stage<NoiseTrader>;

constexpr NoiseTrader::Options noise_options{.wait = 1s,
                                             .reference = 1000,
                                             .reach = 100,
                                             .size = 30,
                                             .market_percent = 30,
                                             .immediate_percent = 20,
                                             .tick_size = 10,
                                             .lot_size = 5};

TEST_CASE("a noise trader sends orders of every side and kind within its bounds") {
  NoiseStage stage(noise_options);
  stage.wait(2000s);
  const std::vector<PlaceOrder>& orders = stage.sent().placed;
  CHECK(orders.size() > 1850);
  CHECK(orders.size() < 2150);
  std::size_t sells = 0;
  std::size_t markets = 0;
  std::size_t immediates = 0;
  Price lowest = 5000;
  Price highest = 0;
  Quantity largest = 0;
  for (const PlaceOrder& order : orders) {
    sells += order.side == Side::sell ? 1 : 0;
    markets += order.order_kind == OrderKind::market ? 1 : 0;
    immediates += order.order_kind == OrderKind::immediate_or_cancel ? 1 : 0;
    CHECK(order.price % 10 == 0);
    CHECK(order.quantity % 5 == 0);
    CHECK(order.quantity > 0);
    lowest = std::min(lowest, order.price);
    highest = std::max(highest, order.price);
    largest = std::max(largest, order.quantity);
  }
  CHECK(sells * 100 / orders.size() == Approx(50).margin(5));
  CHECK(markets * 100 / orders.size() == Approx(30).margin(5));
  CHECK(immediates * 100 / orders.size() == Approx(20).margin(5));
  CHECK(lowest == 900);
  CHECK(highest >= 1090);
  CHECK(largest == 30);
}

TEST_CASE("a noise trader prices around the middle of the last whole quote") {
  NoiseStage stage(noise_options);
  stage.say(Quote{4990, 1, 5010, 1});
  stage.say(Quote{4990, 1, 0, 0});
  stage.say(Quote{0, 0, 7000, 1});
  stage.wait(100s);
  REQUIRE_FALSE(stage.sent().placed.empty());
  for (const PlaceOrder& order : stage.sent().placed) {
    CHECK(order.price >= 4900);
    CHECK(order.price <= 5100);
  }
}

TEST_CASE("a noise trader asks for a price above zero however far it reaches") {
  NoiseTrader::Options options = noise_options;
  options.reference = 10;
  NoiseStage stage(options);
  stage.wait(100s);
  for (const PlaceOrder& order : stage.sent().placed) CHECK(order.price >= 10);
}

TEST_CASE("a noise trader cancels the order it has before it sends another") {
  NoiseStage stage(noise_options);
  stage.wait(30s);
  const std::size_t sent = stage.sent().placed.size();
  REQUIRE(sent > 2);
  CHECK(stage.sent().cancelled.size() == sent - 1);
  CHECK(stage.sent().cancelled.front().id == 1);
}

TEST_CASE("a noise trader cancels nothing when its last order has ended") {
  NoiseStage stage(noise_options);
  while (stage.sent().placed.empty()) stage.wait(1ms);
  SECTION("by a fill") {
    stage.say(Fill{1, 1000, 5, 0});
  }
  SECTION("by a cancellation") {
    stage.say(OrderCancelled{1, CancelReason::nothing_to_meet, 5});
  }
  SECTION("by a rejection") {
    stage.say(OrderRejected{1, RejectReason::halted});
  }
  while (stage.sent().placed.size() < 2) stage.wait(1ms);
  CHECK(stage.sent().cancelled.empty());
}

TEST_CASE("a noise trader sends nothing during a halt and goes on after it") {
  NoiseStage stage(noise_options);
  stage.say(Halt{20s});
  stage.wait(20s);
  CHECK(stage.sent().placed.empty());
  stage.say(Resume{});
  stage.wait(20s);
  CHECK_FALSE(stage.sent().placed.empty());
}

TEST_CASE("a noise trader draws only from its own stream") {
  NoiseStage alone(noise_options);
  alone.wait(100s);

  Catalog catalog = NoiseStage::stage_catalog();
  Simulation world(catalog, 1);
  NoiseTrader prototype;
  prototype.options = noise_options;
  world.add("noise", prototype, 4);
  const AgentId exchange = world.add<ScriptedExchange>("exchange");
  const AgentId trader = world.add("trader", prototype);
  world.run_until(Time(100s + 1ms));
  const auto& sent = *world.agent<ScriptedExchange>(exchange);
  std::vector<PlaceOrder> orders;
  for (std::size_t i = 0; i < sent.placed.size(); ++i) {
    if (sent.senders[i] == trader) orders.push_back(sent.placed[i]);
  }
  CHECK(sent.placed.size() > orders.size());
  CHECK(encode(orders) == encode(alone.sent().placed));
}

template <class Options>
void refuses(const Options& options) {
  CHECK_THROWS_AS(options.validate(), std::invalid_argument);
}

TEST_CASE("prices and quantities that sums of a few could overflow are refused") {
  MarketMaker::Options maker;
  maker.reference = market_amount_max;
  CHECK_NOTHROW(maker.validate());
  ++maker.reference;
  CHECK_THROWS_WITH(maker.validate(), "reference must be at most 100000000000000000");
  MomentumTrader::Options momentum;
  momentum.limit = market_amount_max + 1;
  CHECK_THROWS_WITH(momentum.validate(), "limit must be at most 100000000000000000");
}

TEST_CASE("traders refuse options that make no sense") {
  CHECK_NOTHROW(MomentumTrader::Options().validate());
  refuses(MomentumTrader::Options{.size = 0});
  refuses(MomentumTrader::Options{.limit = -1});

  CHECK_NOTHROW(MarketMaker::Options().validate());
  refuses(MarketMaker::Options{.reference = 0});
  refuses(MarketMaker::Options{.spread = 1});
  refuses(MarketMaker::Options{.spread = 13, .tick_size = 7});
  refuses(MarketMaker::Options{.size = 0});
  refuses(MarketMaker::Options{.skew = -1});
  refuses(MarketMaker::Options{.follow = -1});
  refuses(MarketMaker::Options{.follow = 1001});
  refuses(MarketMaker::Options{.period = 0s});
  refuses(MarketMaker::Options{.tick_size = 0});

  CHECK_NOTHROW(NoiseTrader::Options().validate());
  refuses(NoiseTrader::Options{.wait = 0s});
  refuses(NoiseTrader::Options{.reference = 0});
  refuses(NoiseTrader::Options{.reach = -1});
  refuses(NoiseTrader::Options{.size = 4, .lot_size = 5});
  refuses(NoiseTrader::Options{.market_percent = -1});
  refuses(NoiseTrader::Options{.immediate_percent = -1});
  refuses(NoiseTrader::Options{.market_percent = 60, .immediate_percent = 41});
  refuses(NoiseTrader::Options{.tick_size = 0});
  refuses(NoiseTrader::Options{.lot_size = 0});
}

}  // namespace
}  // namespace reprise::market
