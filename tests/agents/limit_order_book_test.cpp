#include "agents/market/limit_order_book.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <vector>

namespace reprise::market {
namespace {

constexpr Quantity quantity_max = std::numeric_limits<Quantity>::max();
using Cancels = std::vector<OrderCancel>;
using Fills = std::vector<OrderFill>;
using Depth = std::vector<LevelTotal>;

Order order(std::uint64_t id, std::uint32_t owner, Side side, Price price, Quantity quantity,
            OrderKind kind = OrderKind::limit) {
  return {id, owner, side, kind, price, quantity};
}

Order buy(std::uint64_t id, std::uint32_t owner, Price price, Quantity quantity,
          OrderKind kind = OrderKind::limit) {
  return order(id, owner, Side::buy, price, quantity, kind);
}

Order sell(std::uint64_t id, std::uint32_t owner, Price price, Quantity quantity,
           OrderKind kind = OrderKind::limit) {
  return order(id, owner, Side::sell, price, quantity, kind);
}

Depth bids(const LimitOrderBook& book) {
  return book.depth(Side::buy, 1000);
}
Depth asks(const LimitOrderBook& book) {
  return book.depth(Side::sell, 1000);
}

OrderReport rests(Quantity quantity) {
  OrderReport report;
  report.resting = quantity;
  return report;
}

/// Owner 1 asks 10 at 101 (order 1) and owner 2 asks 20 at 102 (order 2) and 30 at 102 (order 3).
LimitOrderBook three_asks(SelfTrade self_trade = SelfTrade::cancel_newest) {
  LimitOrderBook book;
  book.self_trade = self_trade;
  book.submit(sell(1, 1, 101, 10));
  book.submit(sell(2, 2, 102, 20));
  book.submit(sell(3, 2, 102, 30));
  return book;
}

TEST_CASE("a limit order that meets nobody rests") {
  LimitOrderBook book;
  CHECK(book.submit(buy(1, 1, 99, 10)) == rests(10));
  CHECK(book.submit(sell(2, 2, 101, 20)) == rests(20));
  CHECK(book.best(Side::buy) == LevelTotal{99, 10, 1});
  CHECK(book.best(Side::sell) == LevelTotal{101, 20, 1});
  CHECK(book.find(1) == buy(1, 1, 99, 10));
  CHECK(book.find(2) == sell(2, 2, 101, 20));
  CHECK(book.find(3) == std::nullopt);
}

TEST_CASE("an empty book has no best and no depth") {
  const LimitOrderBook book;
  CHECK(book.best(Side::buy) == std::nullopt);
  CHECK(book.best(Side::sell) == std::nullopt);
  CHECK(bids(book).empty());
  CHECK(book.level(Side::buy, 5) == LevelTotal{5, 0, 0});
}

TEST_CASE("the best price comes first and then the oldest order") {
  LimitOrderBook book;
  book.submit(sell(1, 1, 102, 10));
  book.submit(sell(2, 2, 101, 10));
  book.submit(sell(3, 3, 101, 10));
  const OrderReport report = book.submit(buy(9, 9, 102, 25));
  CHECK(report.fills == Fills{{2, 2, 9, 9, 101, 10}, {3, 3, 9, 9, 101, 10}, {1, 1, 9, 9, 102, 5}});
  CHECK(report.resting == 0);
  CHECK(asks(book) == Depth{{102, 5, 1}});

  LimitOrderBook mirrored;
  mirrored.submit(buy(1, 1, 98, 10));
  mirrored.submit(buy(2, 2, 99, 10));
  mirrored.submit(buy(3, 3, 99, 10));
  CHECK(mirrored.submit(sell(9, 9, 98, 25)).fills ==
        Fills{{2, 2, 9, 9, 99, 10}, {3, 3, 9, 9, 99, 10}, {1, 1, 9, 9, 98, 5}});
  CHECK(bids(mirrored) == Depth{{98, 5, 1}});
}

TEST_CASE("a trade is at the price of the one who waited") {
  LimitOrderBook book;
  book.submit(buy(1, 1, 105, 10));
  CHECK(book.submit(sell(2, 2, 95, 10)).fills == Fills{{1, 1, 2, 2, 105, 10}});
}

TEST_CASE("a limit order goes up to its price and what is left of it rests there") {
  LimitOrderBook book = three_asks();
  const OrderReport report = book.submit(buy(9, 9, 101, 15));
  CHECK(report.fills == Fills{{1, 1, 9, 9, 101, 10}});
  CHECK(report.cancels.empty());
  CHECK(report.resting == 5);
  CHECK(book.best(Side::buy) == LevelTotal{101, 5, 1});
  CHECK(book.best(Side::sell) == LevelTotal{102, 50, 2});
}

TEST_CASE("an order that is partly filled keeps its place in the queue") {
  LimitOrderBook book = three_asks();
  book.submit(buy(8, 8, 102, 15));
  CHECK(book.find(2) == sell(2, 2, 102, 15));
  CHECK(book.submit(buy(9, 9, 102, 20)).fills ==
        Fills{{2, 2, 9, 9, 102, 15}, {3, 2, 9, 9, 102, 5}});
}

TEST_CASE("a market order takes any price and never rests") {
  LimitOrderBook book = three_asks();
  CHECK(book.submit(buy(8, 8, 0, 15, OrderKind::market)).fills ==
        Fills{{1, 1, 8, 8, 101, 10}, {2, 2, 8, 8, 102, 5}});
  const OrderReport report = book.submit(buy(9, 9, 0, 100, OrderKind::market));
  CHECK(report.fills == Fills{{2, 2, 9, 9, 102, 15}, {3, 2, 9, 9, 102, 30}});
  CHECK(report.cancels == Cancels{{9, 9, 55, CancelReason::nothing_to_meet}});
  CHECK(report.resting == 0);
  CHECK(asks(book).empty());
  CHECK(bids(book).empty());
}

TEST_CASE("a market order in an empty book is cancelled whole") {
  LimitOrderBook book;
  const OrderReport report = book.submit(sell(1, 1, 0, 10, OrderKind::market));
  CHECK(report.cancels == Cancels{{1, 1, 10, CancelReason::nothing_to_meet}});
  CHECK(book == LimitOrderBook{});
}

TEST_CASE("an immediate order takes what is in its reach and never rests") {
  LimitOrderBook book = three_asks();
  const OrderReport report = book.submit(buy(9, 9, 101, 15, OrderKind::immediate_or_cancel));
  CHECK(report.fills == Fills{{1, 1, 9, 9, 101, 10}});
  CHECK(report.cancels == Cancels{{9, 9, 5, CancelReason::nothing_to_meet}});
  CHECK(report.resting == 0);
  CHECK(bids(book).empty());
}

TEST_CASE("a fill-or-kill order trades whole") {
  LimitOrderBook book = three_asks();
  const OrderReport report = book.submit(buy(9, 9, 102, 60, OrderKind::fill_or_kill));
  CHECK(report.fills == Fills{{1, 1, 9, 9, 101, 10}, {2, 2, 9, 9, 102, 20}, {3, 2, 9, 9, 102, 30}});
  CHECK(report.cancels.empty());
  CHECK(asks(book).empty());
}

TEST_CASE("a fill-or-kill order that lacks one unit touches nothing") {
  LimitOrderBook book = three_asks();
  const LimitOrderBook before = book;
  for (const Order& killed :
       {buy(9, 9, 102, 61, OrderKind::fill_or_kill), buy(9, 9, 101, 11, OrderKind::fill_or_kill),
        buy(9, 9, 100, 1, OrderKind::fill_or_kill)}) {
    const OrderReport report = book.submit(killed);
    CHECK(report.fills.empty());
    CHECK(report.cancels == Cancels{{9, 9, killed.quantity, CancelReason::not_fillable}});
    CHECK(book == before);
  }
}

TEST_CASE("a fill-or-kill order does not count orders of its own") {
  for (const SelfTrade policy :
       {SelfTrade::cancel_newest, SelfTrade::cancel_oldest, SelfTrade::cancel_both}) {
    LimitOrderBook book = three_asks(policy);
    const LimitOrderBook before = book;
    const OrderReport report = book.submit(buy(9, 1, 102, 60, OrderKind::fill_or_kill));
    CHECK(report.fills.empty());
    CHECK(report.cancels == Cancels{{9, 1, 60, CancelReason::not_fillable}});
    CHECK(book == before);
  }
}

TEST_CASE("a fill-or-kill order that an own order would end on the way touches nothing") {
  for (const SelfTrade policy : {SelfTrade::cancel_newest, SelfTrade::cancel_both}) {
    LimitOrderBook book = three_asks(policy);
    const LimitOrderBook before = book;
    const OrderReport report = book.submit(buy(9, 1, 102, 50, OrderKind::fill_or_kill));
    CHECK(report.cancels == Cancels{{9, 1, 50, CancelReason::not_fillable}});
    CHECK(book == before);
  }
}

TEST_CASE("a fill-or-kill order passes its own oldest orders if the policy cancels them") {
  LimitOrderBook book = three_asks(SelfTrade::cancel_oldest);
  const OrderReport report = book.submit(buy(9, 1, 102, 50, OrderKind::fill_or_kill));
  CHECK(report.fills == Fills{{2, 2, 9, 1, 102, 20}, {3, 2, 9, 1, 102, 30}});
  CHECK(report.cancels == Cancels{{1, 1, 10, CancelReason::self_trade}});
}

TEST_CASE("a fill-or-kill order that is full before it meets its own order trades") {
  LimitOrderBook book = three_asks();
  CHECK(book.submit(buy(9, 2, 102, 10, OrderKind::fill_or_kill)).fills ==
        Fills{{1, 1, 9, 2, 101, 10}});
}

TEST_CASE("an incoming order that meets its owner is cancelled from there on") {
  LimitOrderBook book = three_asks(SelfTrade::cancel_newest);
  const OrderReport report = book.submit(buy(9, 2, 103, 35));
  CHECK(report.fills == Fills{{1, 1, 9, 2, 101, 10}});
  CHECK(report.cancels == Cancels{{9, 2, 25, CancelReason::self_trade}});
  CHECK(report.resting == 0);
  CHECK(asks(book) == Depth{{102, 50, 2}});
  CHECK(bids(book).empty());
}

TEST_CASE("resting orders that meet their owner are cancelled and the incoming one goes on") {
  LimitOrderBook book = three_asks(SelfTrade::cancel_oldest);
  book.submit(sell(4, 4, 103, 5));
  const OrderReport report = book.submit(buy(9, 2, 103, 35));
  CHECK(report.fills == Fills{{1, 1, 9, 2, 101, 10}, {4, 4, 9, 2, 103, 5}});
  CHECK(report.cancels ==
        Cancels{{2, 2, 20, CancelReason::self_trade}, {3, 2, 30, CancelReason::self_trade}});
  CHECK(report.resting == 20);
  CHECK(asks(book).empty());
  CHECK(bids(book) == Depth{{103, 20, 1}});
}

TEST_CASE("both orders of an owner that would meet are cancelled") {
  LimitOrderBook book = three_asks(SelfTrade::cancel_both);
  const OrderReport report = book.submit(buy(9, 2, 103, 35));
  CHECK(report.fills == Fills{{1, 1, 9, 2, 101, 10}});
  CHECK(report.cancels ==
        Cancels{{2, 2, 20, CancelReason::self_trade}, {9, 2, 25, CancelReason::self_trade}});
  CHECK(report.resting == 0);
  CHECK(asks(book) == Depth{{102, 30, 1}});
}

TEST_CASE("an own order out of reach is left alone") {
  LimitOrderBook book = three_asks();
  CHECK(book.submit(buy(9, 2, 101, 15)).resting == 5);
  CHECK(book.submit(buy(10, 2, 100, 15)) == rests(15));
}

TEST_CASE("a cancelled order leaves with what was open of it") {
  LimitOrderBook book = three_asks();
  book.submit(buy(9, 9, 102, 15));
  CHECK(book.cancel(2) == OrderCancel{2, 2, 15, CancelReason::requested});
  CHECK(asks(book) == Depth{{102, 30, 1}});
  CHECK(book.cancel(3) == OrderCancel{3, 2, 30, CancelReason::requested});
  CHECK(asks(book).empty());
}

TEST_CASE("an id that does not rest cannot be cancelled") {
  LimitOrderBook book = three_asks();
  book.submit(buy(9, 9, 101, 10));
  CHECK(book.cancel(1) == std::nullopt);
  CHECK(book.cancel(9) == std::nullopt);
  CHECK(book.cancel(77) == std::nullopt);
}

TEST_CASE("a wrong order is refused and changes nothing") {
  LimitOrderBook book = three_asks();
  const LimitOrderBook before = book;
  CHECK(book.submit(buy(9, 9, 100, 0)).refused == OrderRefusal::quantity_not_positive);
  CHECK(book.submit(buy(9, 9, 100, -5)).refused == OrderRefusal::quantity_not_positive);
  CHECK(book.submit(buy(1, 9, 102, 5)).refused == OrderRefusal::id_in_use);
  CHECK(book.replace(77, 100, 5).refused == OrderRefusal::id_unknown);
  CHECK(book.replace(1, 101, 0).refused == OrderRefusal::quantity_not_positive);
  CHECK(book == before);
}

TEST_CASE("an id may be given again when its order no longer rests") {
  LimitOrderBook book = three_asks();
  book.submit(buy(9, 9, 101, 10));
  CHECK(book.submit(sell(1, 1, 103, 5)) == rests(5));
  CHECK(book.submit(sell(9, 1, 104, 5)) == rests(5));
}

TEST_CASE("an order made smaller keeps its priority") {
  LimitOrderBook book = three_asks();
  CHECK(book.replace(2, 102, 5) == rests(5));
  CHECK(book.level(Side::sell, 102) == LevelTotal{102, 35, 2});
  CHECK(book.replace(2, 102, 5) == rests(5));
  CHECK(book.submit(buy(9, 9, 102, 16)).fills ==
        Fills{{1, 1, 9, 9, 101, 10}, {2, 2, 9, 9, 102, 5}, {3, 2, 9, 9, 102, 1}});
}

TEST_CASE("an order made larger loses its priority") {
  LimitOrderBook book = three_asks();
  CHECK(book.replace(2, 102, 21) == rests(21));
  CHECK(book.level(Side::sell, 102) == LevelTotal{102, 51, 2});
  CHECK(book.submit(buy(9, 9, 102, 41)).fills ==
        Fills{{1, 1, 9, 9, 101, 10}, {3, 2, 9, 9, 102, 30}, {2, 2, 9, 9, 102, 1}});
}

TEST_CASE("an order moved to another price and back loses its priority") {
  LimitOrderBook book = three_asks();
  CHECK(book.replace(2, 103, 20) == rests(20));
  CHECK(asks(book) == Depth{{101, 10, 1}, {102, 30, 1}, {103, 20, 1}});
  book.replace(2, 102, 20);
  CHECK(book.submit(buy(9, 9, 102, 11)).fills ==
        Fills{{1, 1, 9, 9, 101, 10}, {3, 2, 9, 9, 102, 1}});
}

TEST_CASE("an order moved into the other side trades") {
  LimitOrderBook book = three_asks();
  book.submit(buy(9, 9, 100, 10));
  const OrderReport report = book.replace(9, 101, 12);
  CHECK(report.fills == Fills{{1, 1, 9, 9, 101, 10}});
  CHECK(report.resting == 2);
  CHECK(book.find(9) == buy(9, 9, 101, 2));
}

TEST_CASE("an order moved into one of its owner falls under the policy") {
  LimitOrderBook book = three_asks();
  book.submit(buy(9, 2, 100, 10));
  const OrderReport report = book.replace(9, 102, 15);
  CHECK(report.fills == Fills{{1, 1, 9, 2, 101, 10}});
  CHECK(report.cancels == Cancels{{9, 2, 5, CancelReason::self_trade}});
  CHECK(book.find(9) == std::nullopt);
}

TEST_CASE("depth gives the best prices first and no more than asked") {
  LimitOrderBook book = three_asks();
  for (const Price price : {97, 99, 98}) {
    book.submit(buy(static_cast<std::uint64_t>(price), 5, price, price));
  }
  CHECK(bids(book) == Depth{{99, 99, 1}, {98, 98, 1}, {97, 97, 1}});
  CHECK(book.depth(Side::buy, 2) == Depth{{99, 99, 1}, {98, 98, 1}});
  CHECK(book.depth(Side::sell, 1) == Depth{{101, 10, 1}});
  CHECK(book.depth(Side::sell, 0).empty());
}

TEST_CASE("prices may be negative and as large as they come") {
  LimitOrderBook book;
  constexpr Price price_min = std::numeric_limits<Price>::min();
  constexpr Price price_max = std::numeric_limits<Price>::max();
  book.submit(buy(1, 1, price_min, 10));
  book.submit(sell(2, 2, price_max, 10));
  book.submit(buy(3, 3, -3763, 10));
  CHECK(book.best(Side::buy) == LevelTotal{-3763, 10, 1});
  CHECK(book.submit(sell(4, 4, price_min, 20)).fills ==
        Fills{{3, 3, 4, 4, -3763, 10}, {1, 1, 4, 4, price_min, 10}});
  CHECK(book.submit(buy(5, 5, price_max, 10)).fills == Fills{{2, 2, 5, 5, price_max, 10}});
}

TEST_CASE("a level that would exceed 64 bits is refused and nothing changes") {
  LimitOrderBook book;
  book.submit(sell(1, 1, 101, quantity_max - 10));
  book.submit(sell(2, 2, 102, quantity_max));
  const LimitOrderBook before = book;
  CHECK_THROWS_WITH(book.submit(sell(3, 3, 101, 11)),
                    "the orders at price 0.00000101 add up to more than 92233720368.54775807");
  CHECK_THROWS_AS(book.submit(sell(3, 3, 102, 1)), std::overflow_error);
  CHECK_THROWS_AS(book.replace(2, 101, 11), std::overflow_error);
  CHECK(book == before);
  CHECK(book.submit(sell(3, 3, 101, 10)) == rests(10));
  CHECK_THROWS_AS(book.replace(3, 101, 11), std::overflow_error);
  CHECK(book.replace(3, 103, quantity_max) == rests(quantity_max));
}

TEST_CASE("orders that add up to more than 64 bits over the levels are matched") {
  LimitOrderBook book;
  book.submit(sell(1, 1, 101, quantity_max));
  book.submit(sell(2, 2, 102, quantity_max));
  CHECK(book.submit(buy(8, 8, 101, quantity_max, OrderKind::fill_or_kill)).fills.size() == 1);
  CHECK(book.submit(buy(9, 9, 102, quantity_max)).fills == Fills{{2, 2, 9, 9, 102, quantity_max}});
  CHECK(book.broken_invariant().empty());
}

TEST_CASE("an order made larger at its own price may fill up the level") {
  LimitOrderBook book;
  book.submit(sell(1, 1, 101, quantity_max - 10));
  book.submit(sell(2, 2, 101, 5));
  CHECK(book.replace(2, 101, 10) == rests(10));
  CHECK(book.level(Side::sell, 101).quantity == quantity_max);
  CHECK_THROWS_AS(book.replace(2, 101, 11), std::overflow_error);
}

TEST_CASE("a copy of a book goes on as the book does") {
  LimitOrderBook book = three_asks();
  LimitOrderBook copy = book;
  CHECK(book.submit(buy(9, 9, 102, 25)) == copy.submit(buy(9, 9, 102, 25)));
  CHECK(book.replace(3, 103, 5) == copy.replace(3, 103, 5));
  CHECK(book == copy);
}

TEST_CASE("an edit that breaks an invariant is named") {
  const LimitOrderBook sound = three_asks();
  CHECK(sound.broken_invariant().empty());

  LimitOrderBook book = sound;
  book.bids[101] = book.asks[101];
  CHECK(book.broken_invariant() == "the best bid is not below the best ask");
  book = sound;
  book.asks[200];
  CHECK(book.broken_invariant() == "a level has no orders");
  book = sound;
  book.asks[101].queue.begin()->second.quantity = 0;
  CHECK(book.broken_invariant() == "a resting order has no quantity");
  book = sound;
  book.asks[101].queue.begin()->second.quantity = 11;
  CHECK(book.broken_invariant() == "a level's total is less than its orders add up to");
  book = sound;
  book.asks[102].total = 51;
  CHECK(book.broken_invariant() == "a level's total is more than its orders add up to");
  book = sound;
  book.next_priority = 2;
  CHECK(book.broken_invariant() == "an order's priority has not been given yet");
  book = sound;
  book.places.erase(2);
  CHECK(book.broken_invariant() == "a resting order is not found by its id");
  book = sound;
  book.places[2].priority = 2;
  CHECK(book.broken_invariant() == "a resting order is not where its id says");
  book = sound;
  book.places[77];
  CHECK(book.broken_invariant() == "an id is kept for an order that does not rest");
}

}  // namespace
}  // namespace reprise::market
