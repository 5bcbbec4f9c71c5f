#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdint>
#include <string>

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

/// An exchange, a maker, twenty momentum traders and ten noise traders; at 60 s trading halts for
/// ten seconds.
struct ThinMarket {
  Catalog catalog;
  Simulation world;
  AgentId exchange{};
  AgentId maker{};

  explicit ThinMarket(std::uint64_t seed = 42) : catalog(market_catalog()), world(catalog, seed) {
    OrderBook prototype;
    prototype.options.latency = 50ms;
    exchange = world.add("exchange", prototype);
    maker = world.add<MarketMaker>("maker");
    world.add("trader", MomentumTrader(), 20);
    world.add("noise", NoiseTrader(), 10);
    Input halt;
    halt.at = Time(60s);
    halt.to = exchange;
    halt.payload = Payload(Halt{10s});
    world.inject(halt);
  }

  static Catalog market_catalog() {
    Catalog catalog;
    add_market(catalog);
    return catalog;
  }

  const OrderBook& book() const { return *world.agent<OrderBook>(exchange); }

  /// Calls `visit` with every trader's state.
  template <class Visit>
  void each_trader(const Visit& visit) const {
    visit(*world.agent<MarketMaker>(maker));
    for (int i = 0; i < 20; ++i) visit(*trader<MomentumTrader>("trader", i));
    for (int i = 0; i < 10; ++i) visit(*trader<NoiseTrader>("noise", i));
  }

  template <Agent Trader>
  const Trader* trader(const std::string& group, int index) const {
    return world.agent<Trader>(world.find(group + '[' + std::to_string(index) + ']').value());
  }
};

TEST_CASE("what one trader gains another loses") {
  ThinMarket market;
  market.world.run_until(Time(65s));  // in the halt every fill has been heard of
  REQUIRE(market.book().trades > 1000);
  Quantity held = 0;
  Quantity turnover = 0;
  Money cash = 0;
  market.each_trader([&](const auto& trader) {
    held += trader.position;
    turnover += trader.position > 0 ? trader.position : -trader.position;
    cash += trader.cash;
  });
  CHECK(held == 0);
  CHECK(cash == 0);
  CHECK(turnover > 0);
}

TEST_CASE("nothing trades during a halt and trading goes on after it") {
  ThinMarket market;
  market.world.run_until(Time(60s));
  const std::uint64_t trades = market.book().trades;
  market.world.run_until(Time(69s));
  CHECK(market.book().trades == trades);
  CHECK(market.book().halted);
  market.world.run_until(Time(80s));
  CHECK(market.book().trades > trades);
}

TEST_CASE("the book of a busy market is never crossed and its invariants hold") {
  ThinMarket market;
  for (int i = 0; i < 20'000; ++i) {
    market.world.step();
    const OrderBook& book = market.book();
    if (book.bid != 0 && book.ask != 0) REQUIRE(book.bid < book.ask);
    if (i % 100 == 0) REQUIRE(book.book.broken_invariant().empty());
  }
}

TEST_CASE("no momentum trader of a busy market goes beyond its limit") {
  ThinMarket market;
  Quantity largest = 0;
  for (int i = 0; i < 300; ++i) {
    market.world.run_until(Time(i * 200ms));
    for (int each = 0; each < 20; ++each) {
      const Quantity position = market.trader<MomentumTrader>("trader", each)->position;
      largest = std::max(largest, position > 0 ? position : -position);
    }
  }
  CHECK(largest == MomentumTrader::Options().limit);
}

TEST_CASE("a market lives the same history twice and another one under another seed") {
  ThinMarket first;
  ThinMarket second;
  ThinMarket other(43);
  for (ThinMarket* market : {&first, &second, &other}) market->world.run_until(Time(80s));
  CHECK(first.world.steps() == second.world.steps());
  CHECK(first.world.prefix() == second.world.prefix());
  CHECK(first.world.state_root() == second.world.state_root());
  CHECK(first.world.prefix() != other.world.prefix());
}

TEST_CASE("a market restored in the middle of its day comes to the same end") {
  ThinMarket market;
  market.world.run_until(Time(62s));  // the end of the halt is on its way
  Bytes saved;
  Encoder out(saved);
  market.world.save(out);

  ThinMarket other(7);
  Decoder in(saved);
  other.world.restore(in);
  CHECK(other.world.state_root() == market.world.state_root());
  market.world.run_until(Time(90s));
  other.world.run_until(Time(90s));
  CHECK(other.book().trades == market.book().trades);
  CHECK(other.world.prefix() == market.world.prefix());
  CHECK(other.world.state_root() == market.world.state_root());
}

TEST_CASE("the catalog of a market knows the kinds by the names scenarios use") {
  const Catalog catalog = ThinMarket::market_catalog();
  for (const auto* kind : {"order_book", "market_maker", "momentum_trader", "noise_trader"}) {
    CAPTURE(kind);
    const AgentType* type = catalog.agent(kind);
    REQUIRE(type != nullptr);
    CHECK_FALSE(type->about.empty());
    REQUIRE(type->options != nullptr);
    REQUIRE(type->about_options.size() == type->options->fields.size());
    for (std::size_t i = 0; i < type->about_options.size(); ++i) {
      CHECK(type->about_options[i].name == type->options->fields[i].name);
    }
    for (const AgentType::Handler& handler : type->handlers) {
      CAPTURE(handler.message->name);
      CHECK_FALSE(handler.message->about.empty());
      CHECK(handler.message->small);
    }
  }
}

}  // namespace
}  // namespace reprise::market
