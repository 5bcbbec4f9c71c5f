#include "agents/market/order_book.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <stdexcept>
#include <vector>

#include "engine/control.hpp"
#include "engine/simulation.hpp"
#include "tests/agents/told_clients.hpp"

namespace reprise::market {
namespace {

using namespace std::chrono_literals;
using namespace test;

TEST_CASE("an order that meets nobody is accepted and becomes the best of its side") {
  Market market;
  market.tell(market.ann, buy(1, 99, 10));
  market.tell(market.bob, sell(1, 101, 20));
  CHECK(market.heard(market.ann) == Lines{"accepted 1"});
  CHECK(market.heard(market.bob) == Lines{"accepted 1"});
  CHECK(market.book().bid == 99);
  CHECK(market.book().bid_quantity == 10);
  CHECK(market.book().ask == 101);
  CHECK(market.book().ask_quantity == 20);
  CHECK(market.book().trades == 0);
}

TEST_CASE("a new exchange has no bid and no ask and no last price") {
  Market market;
  CHECK(market.book().bid == 0);
  CHECK(market.book().ask == 0);
  CHECK(market.book().last == 0);
  CHECK_FALSE(market.book().halted);
}

TEST_CASE("orders that meet trade at the price of the one that waited and both owners are told") {
  Market market;
  market.tell(market.ann, sell(1, 100, 10));
  market.tell(market.bob, buy(7, 103, 4));
  CHECK(market.heard(market.ann) == Lines{"accepted 1", "fill 1: -4 at 100 leaves 6"});
  CHECK(market.heard(market.bob) == Lines{"accepted 7", "fill 7: 4 at 100 leaves 0"});
  CHECK(market.book().last == 100);
  CHECK(market.book().volume == 4);
  CHECK(market.book().trades == 1);
  CHECK(market.book().ask_quantity == 6);
}

TEST_CASE("a better price is served before an older order") {
  Market market;
  market.tell(market.ann, sell(1, 101, 10));
  market.tell(market.bob, sell(1, 100, 10));
  market.tell(market.eve, buy(1, 101, 15));
  CHECK(market.heard(market.eve) ==
        Lines{"accepted 1", "fill 1: 10 at 100 leaves 5", "fill 1: 5 at 101 leaves 0"});
}

TEST_CASE("at one price the message that came first is served first") {
  Market market;
  market.tell(market.bob, buy(1, 100, 10));
  market.tell(market.ann, buy(1, 100, 10));
  market.tell(market.eve, sell(1, 100, 12));
  CHECK(market.heard(market.bob) == Lines{"accepted 1", "fill 1: 10 at 100 leaves 0"});
  CHECK(market.heard(market.ann) == Lines{"accepted 1", "fill 1: 2 at 100 leaves 8"});
}

TEST_CASE("orders of one instant are taken in the order of their senders") {
  Market market;
  market.hand(market.bob, buy(1, 100, 10));
  market.hand(market.ann, buy(1, 100, 10));
  market.wait(1s);
  market.tell(market.eve, sell(1, 100, 10));
  CHECK(market.heard(market.ann) == Lines{"accepted 1", "fill 1: 10 at 100 leaves 0"});
  CHECK(market.heard(market.bob) == Lines{"accepted 1"});
}

TEST_CASE("a market order takes any price and what finds nobody is cancelled") {
  Market market;
  market.tell(market.ann, sell(1, 100, 10));
  market.tell(market.ann, sell(2, 500, 10));
  market.tell(market.bob, buy(1, 0, 25, OrderKind::market));
  CHECK(market.heard(market.bob) == Lines{"accepted 1", "fill 1: 10 at 100 leaves 15",
                                          "fill 1: 10 at 500 leaves 5",
                                          "cancelled 1: 5 nothing_to_meet"});
  CHECK(market.book().ask == 0);
}

TEST_CASE("an immediate order trades up to its price and the rest of it is cancelled") {
  Market market;
  market.tell(market.ann, sell(1, 100, 10));
  market.tell(market.ann, sell(2, 101, 10));
  market.tell(market.bob, buy(1, 100, 25, OrderKind::immediate_or_cancel));
  CHECK(market.heard(market.bob) ==
        Lines{"accepted 1", "fill 1: 10 at 100 leaves 15", "cancelled 1: 15 nothing_to_meet"});
  CHECK(market.book().bid == 0);
  CHECK(market.book().ask == 101);
}

TEST_CASE("a fill or kill order trades whole or not at all") {
  Market market;
  market.tell(market.ann, sell(1, 100, 10));
  market.tell(market.ann, sell(2, 101, 10));
  market.tell(market.bob, buy(1, 100, 11, OrderKind::fill_or_kill));
  CHECK(market.heard(market.bob) == Lines{"accepted 1", "cancelled 1: 11 not_fillable"});
  CHECK(market.book().volume == 0);
  market.tell(market.bob, buy(2, 101, 20, OrderKind::fill_or_kill));
  CHECK(market.book().volume == 20);
  CHECK(market.heard(market.bob).back() == "fill 2: 10 at 101 leaves 0");
}

TEST_CASE("a cancelled order leaves the book and its owner is told how much was open") {
  Market market;
  market.tell(market.ann, buy(1, 99, 10));
  market.tell(market.ann, CancelOrder{1});
  CHECK(market.heard(market.ann) == Lines{"accepted 1", "cancelled 1: 10 requested"});
  CHECK(market.book().bid == 0);
}

TEST_CASE("to cancel an order that does not rest is rejected") {
  Market market;
  market.tell(market.ann, CancelOrder{3});
  CHECK(market.heard(market.ann) == Lines{"rejected 3: id_unknown"});
}

TEST_CASE("nobody can cancel or replace the order of another") {
  Market market;
  market.tell(market.ann, buy(1, 99, 10));
  market.tell(market.bob, CancelOrder{1});
  market.tell(market.bob, ReplaceOrder{1, 98, 10});
  CHECK(market.heard(market.bob) == Lines{"rejected 1: id_unknown", "rejected 1: id_unknown"});
  CHECK(market.book().bid == 99);
}

TEST_CASE("an id that is in use is rejected and is free again once the order has ended") {
  Market market;
  market.tell(market.ann, buy(1, 99, 10));
  market.tell(market.ann, buy(1, 98, 10));
  market.tell(market.ann, CancelOrder{1});
  market.tell(market.ann, buy(1, 98, 10));
  CHECK(market.heard(market.ann) ==
        Lines{"accepted 1", "rejected 1: id_in_use", "cancelled 1: 10 requested", "accepted 1"});
}

TEST_CASE("orders of two owners may have the same id") {
  Market market;
  market.tell(market.ann, buy(4'294'967'295, 99, 10));
  market.tell(market.bob, buy(4'294'967'295, 98, 20));
  market.tell(market.ann, CancelOrder{4'294'967'295});
  CHECK(market.heard(market.ann) ==
        Lines{"accepted 4294967295", "cancelled 4294967295: 10 requested"});
  CHECK(market.book().bid == 98);
  CHECK(market.book().bid_quantity == 20);
}

TEST_CASE("a smaller quantity at the same price keeps the place in the queue") {
  Market market;
  market.tell(market.ann, buy(1, 100, 10));
  market.tell(market.bob, buy(1, 100, 10));
  market.tell(market.ann, ReplaceOrder{1, 100, 6});
  market.tell(market.eve, sell(1, 100, 6));
  CHECK(market.heard(market.ann) == Lines{"accepted 1", "accepted 1", "fill 1: 6 at 100 leaves 0"});
}

TEST_CASE("a larger quantity goes to the end of the queue") {
  Market market;
  market.tell(market.ann, buy(1, 100, 10));
  market.tell(market.bob, buy(1, 100, 10));
  market.tell(market.ann, ReplaceOrder{1, 100, 11});
  market.tell(market.eve, sell(1, 100, 6));
  CHECK(market.heard(market.ann) == Lines{"accepted 1", "accepted 1"});
  CHECK(market.heard(market.bob) == Lines{"accepted 1", "fill 1: 6 at 100 leaves 4"});
}

TEST_CASE("an order replaced at a price that meets another trades") {
  Market market;
  market.tell(market.ann, sell(1, 101, 10));
  market.tell(market.bob, buy(1, 99, 10));
  market.tell(market.bob, ReplaceOrder{1, 102, 15});
  CHECK(market.heard(market.bob) ==
        Lines{"accepted 1", "accepted 1", "fill 1: 10 at 101 leaves 5"});
  CHECK(market.book().bid == 102);
  CHECK(market.book().bid_quantity == 5);
}

TEST_CASE("by default an order that would meet its own owner is cancelled") {
  Market market;
  market.tell(market.ann, sell(1, 100, 10));
  market.tell(market.ann, buy(2, 100, 4));
  CHECK(market.heard(market.ann) == Lines{"accepted 1", "accepted 2", "cancelled 2: 4 self_trade"});
  CHECK(market.book().trades == 0);
  CHECK(market.book().ask_quantity == 10);
}

TEST_CASE("the exchange may cancel the resting order of the two instead") {
  Market market({.self_trade = SelfTrade::cancel_oldest, .latency = 0ns});
  market.tell(market.ann, sell(1, 100, 10));
  market.tell(market.ann, buy(2, 100, 4));
  CHECK(market.heard(market.ann) ==
        Lines{"accepted 1", "accepted 2", "cancelled 1: 10 self_trade"});
  CHECK(market.book().ask == 0);
  CHECK(market.book().bid_quantity == 4);
}

TEST_CASE("the exchange may cancel both") {
  Market market({.self_trade = SelfTrade::cancel_both, .latency = 0ns});
  market.tell(market.ann, sell(1, 100, 10));
  market.tell(market.ann, ReplaceOrder{1, 101, 10});
  market.tell(market.ann, buy(2, 101, 4));
  CHECK(market.heard(market.ann) == Lines{"accepted 1", "accepted 1", "accepted 2",
                                          "cancelled 1: 10 self_trade",
                                          "cancelled 2: 4 self_trade"});
  CHECK(market.book().ask == 0);
  CHECK(market.book().bid == 0);
}

TEST_CASE("a change of what is cancelled holds from the next order or replacement on") {
  Market market;
  market.tell(market.ann, sell(1, 105, 10));
  market.tell(market.ann, buy(2, 95, 10));
  market.tell(world_id, SetField{"exchange", "options.self_trade", "cancel_oldest"});
  market.tell(market.ann, ReplaceOrder{2, 105, 10});
  CHECK(market.heard(market.ann).back() == "cancelled 1: 10 self_trade");
  CHECK(market.book().bid == 105);
}

TEST_CASE("a price off the tick and a quantity off the lot are rejected") {
  Market market({.tick_size = 5, .lot_size = 10, .latency = 0ns});
  market.tell(market.ann, buy(1, 98, 10));
  market.tell(market.ann, buy(2, 95, 11));
  market.tell(market.ann, buy(3, 95, 20));
  market.tell(market.ann, ReplaceOrder{3, 96, 20});
  market.tell(market.ann, ReplaceOrder{3, 95, 19});
  market.tell(market.ann, buy(4, 0, 19, OrderKind::market));
  CHECK(market.heard(market.ann) == Lines{"rejected 1: off_tick", "rejected 2: off_lot",
                                          "accepted 3", "rejected 3: off_tick",
                                          "rejected 3: off_lot", "rejected 4: off_lot"});
  CHECK(market.book().bid_quantity == 20);
}

TEST_CASE("the price of a market order does not matter") {
  Market market({.tick_size = 5, .latency = 0ns});
  market.tell(market.ann, sell(1, 100, 10));
  market.tell(market.bob, buy(1, -3, 10, OrderKind::market));
  CHECK(market.book().trades == 1);
}

TEST_CASE("a price or a quantity that is not above zero is rejected") {
  Market market;
  market.tell(market.ann, buy(1, 0, 10));
  market.tell(market.ann, buy(2, -5, 10));
  market.tell(market.ann, buy(3, 5, 0));
  market.tell(market.ann, buy(4, 5, -10));
  market.tell(market.ann, buy(5, 0, -10, OrderKind::market));
  CHECK(market.heard(market.ann) ==
        Lines{"rejected 1: price_not_positive", "rejected 2: price_not_positive",
              "rejected 3: quantity_not_positive", "rejected 4: quantity_not_positive",
              "rejected 5: quantity_not_positive"});
  CHECK(market.book().book.places.empty());
}

TEST_CASE("during a halt orders and replacements are rejected and cancellations are not") {
  Market market;
  market.tell(market.ann, buy(1, 99, 10));
  market.tell(market.ann, buy(2, 98, 10));
  market.tell(market.exchange, Halt{1min});
  CHECK(market.book().halted);
  CHECK(market.book().halted_until == Time(62s));
  market.tell(market.ann, buy(3, 97, 10));
  market.tell(market.ann, ReplaceOrder{1, 97, 5});
  market.tell(market.ann, CancelOrder{2});
  CHECK(market.heard(market.ann) == Lines{"accepted 1", "accepted 2", "rejected 3: halted",
                                          "rejected 1: halted", "cancelled 2: 10 requested"});
  CHECK(market.book().bid == 99);
}

TEST_CASE("trading goes on at the end of a halt with the book as it stood") {
  Market market;
  market.tell(market.eve, Subscribe{.trades = false, .halts = true});
  market.tell(market.ann, buy(1, 99, 10));
  market.tell(market.exchange, Halt{30s});
  market.wait(28500ms);
  market.tell(market.bob, sell(1, 99, 10));
  market.tell(market.bob, sell(2, 99, 10));
  CHECK(market.heard(market.bob) ==
        Lines{"rejected 1: halted", "accepted 2", "fill 2: -10 at 99 leaves 0"});
  CHECK(market.heard(market.eve) == Lines{"halt 30s", "resume"});
  CHECK(market.times(market.eve) == std::vector<Time>{Time(2s), Time(32s)});
  CHECK_FALSE(market.book().halted);
}

TEST_CASE("of two halts the one that ends last counts") {
  Market market;
  market.tell(market.eve, Subscribe{.trades = false, .halts = true});
  market.tell(market.exchange, Halt{10s});
  market.tell(market.exchange, Halt{20s});
  market.tell(market.exchange, Halt{5s});
  market.tell(market.exchange, Resume{});
  market.wait(60s);
  CHECK(market.heard(market.eve) == Lines{"halt 10s", "halt 20s", "resume"});
  CHECK(market.times(market.eve) == std::vector<Time>{Time(1s), Time(2s), Time(22s)});
  market.tell(market.exchange, Resume{});
  CHECK(market.heard(market.eve).size() == 3);
}

TEST_CASE("a halt of no time ends the run with a reason") {
  Market market;
  CHECK_THROWS_WITH(market.tell(market.exchange, Halt{}),
                    Catch::Contains("a halt lasts longer than no time"));
}

TEST_CASE("who subscribes hears of trades and changed quotes in the order they happened") {
  Market market;
  market.tell(market.eve, everything);
  market.tell(market.ann, sell(1, 100, 10));
  market.tell(market.ann, sell(2, 101, 10));
  market.tell(market.bob, buy(1, 101, 15));
  market.tell(market.ann, CancelOrder{2});
  CHECK(market.heard(market.eve) == Lines{"quote 0 at 0 and 10 at 100", "trade 10 at 100 by buy",
                                          "trade 5 at 101 by buy", "quote 0 at 0 and 5 at 101",
                                          "quote 0 at 0 and 0 at 0"});
}

TEST_CASE("an order behind the best is no new quote") {
  Market market;
  market.tell(market.ann, buy(1, 100, 10));
  market.tell(market.eve, everything);
  market.tell(market.ann, buy(2, 99, 10));
  market.tell(market.ann, CancelOrder{2});
  CHECK(market.heard(market.eve).empty());
  market.tell(market.ann, ReplaceOrder{1, 100, 9});
  CHECK(market.heard(market.eve) == Lines{"quote 9 at 100 and 0 at 0"});
}

TEST_CASE("a subscriber hears only what it asked for last") {
  Market market;
  market.tell(market.eve, everything);
  market.tell(market.eve, Subscribe{});
  market.tell(market.bob, Subscribe{.trades = false, .quotes = true});
  market.tell(market.ann, sell(1, 100, 10));
  market.tell(market.exchange, Halt{1s});
  market.wait(1s);
  market.tell(market.ann, buy(2, 100, 1));
  CHECK(market.heard(market.eve).empty());
  CHECK(market.heard(market.bob) == Lines{"quote 0 at 0 and 10 at 100"});
}

TEST_CASE("the outside cannot subscribe") {
  Market market;
  CHECK_THROWS_WITH(market.tell(market.exchange, everything),
                    Catch::Contains("who subscribes is an agent"));
}

TEST_CASE("results travel for the latency of the exchange") {
  Market market({.latency = 200ms});
  market.tell(market.eve, everything);
  market.tell(market.ann, sell(1, 100, 10));
  market.tell(market.bob, buy(1, 100, 10));
  market.tell(market.exchange, Halt{3s});
  market.wait(10s);
  CHECK(market.times(market.ann) == std::vector<Time>{Time(1200ms), Time(2200ms)});
  CHECK(market.times(market.bob) == std::vector<Time>{Time(2200ms), Time(2200ms)});
  CHECK(market.times(market.eve) ==
        std::vector<Time>{Time(1200ms), Time(2200ms), Time(2200ms), Time(3200ms), Time(6200ms)});
}

TEST_CASE("the outside may trade and is told nothing") {
  Market market;
  market.tell(market.ann, buy(1, 100, 10));
  market.tell(market.exchange, sell(9, 100, 4));
  market.tell(market.exchange, sell(9, 101, 4));
  market.tell(market.exchange, sell(9, 102, 4));
  market.tell(market.exchange, CancelOrder{9});
  CHECK(market.heard(market.ann) == Lines{"accepted 1", "fill 1: 4 at 100 leaves 6"});
  CHECK(market.book().ask == 0);
}

TEST_CASE("a volume beyond 64 bits ends the run with a reason") {
  constexpr Quantity much = 6'000'000'000'000'000'000;
  Market market;
  market.tell(market.ann, sell(1, 1, much));
  market.tell(market.bob, buy(1, 1, much));
  market.tell(market.ann, sell(1, 1, much));
  CHECK_THROWS_WITH(market.tell(market.bob, buy(1, 1, much)),
                    Catch::Contains("the volume fits into 64 bits"));
}

TEST_CASE("an exchange refuses options that make no sense") {
  CHECK_NOTHROW(OrderBook::Options().validate());
  CHECK_THROWS_AS(OrderBook::Options{.tick_size = 0}.validate(), std::invalid_argument);
  CHECK_THROWS_AS(OrderBook::Options{.lot_size = 0}.validate(), std::invalid_argument);
  CHECK_THROWS_AS(OrderBook::Options{.latency = -1ns}.validate(), std::invalid_argument);
}

TEST_CASE("what traders and exchange say to each other travels without allocation") {
  for (const AgentType::Handler& handler : detail::make_agent_type<Client>("client").handlers) {
    CAPTURE(handler.message->name);
    CHECK(handler.message->small);
  }
}

TEST_CASE("an exchange restored in the middle of a day goes on as if nothing had been") {
  Market market({.latency = 200ms});
  market.tell(market.eve, everything);
  market.tell(market.ann, sell(1, 100, 10));
  market.tell(market.bob, buy(1, 99, 10));
  market.tell(market.exchange, Halt{10s});
  market.hand(market.ann, CancelOrder{1});
  market.wait(100ms);  // the cancellation is on its way to those who hear of it
  Bytes saved;
  Encoder out(saved);
  market.world.save(out);

  Market other;
  Decoder in(saved);
  other.world.restore(in);
  for (Market* each : {&market, &other}) {
    each->wait(20s);
    each->tell(each->eve, sell(1, 99, 10));
  }
  CHECK(other.heard(other.bob) == market.heard(market.bob));
  CHECK(other.world.prefix() == market.world.prefix());
  CHECK(other.world.state_root() == market.world.state_root());
}

}  // namespace
}  // namespace reprise::market
