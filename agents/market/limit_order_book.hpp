#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "agents/market/units.hpp"
#include "engine/fields.hpp"

namespace reprise::market {

enum class Side : std::uint8_t { buy, sell };

enum class OrderKind : std::uint8_t {
  limit,                ///< Trades up to its price; what is left rests in the book.
  market,               ///< Trades at any price; what is left is cancelled.
  immediate_or_cancel,  ///< Trades up to its price; what is left is cancelled.
  fill_or_kill,         ///< Trades whole up to its price, or not at all.
};

/// What happens when an incoming order would meet a resting one of the same owner.
enum class SelfTrade : std::uint8_t {
  cancel_newest,  ///< The rest of the incoming order is cancelled.
  cancel_oldest,  ///< The resting order is cancelled and the incoming one goes on.
  cancel_both,
};

/// An order as it comes in. Its id is the caller's and must be of no order that rests.
struct Order {
  std::uint64_t id = 0;
  std::uint32_t owner = 0;
  Side side = Side::buy;
  OrderKind kind = OrderKind::limit;
  Price price = 0;  ///< Any price, a negative one too; a market order's does not matter.
  Quantity quantity = 0;
  REPRISE_FIELDS(id, owner, side, kind, price, quantity)

  friend bool operator==(const Order&, const Order&) = default;
};

/// A trade between a resting order (the maker) and an incoming one (the taker), at the maker's
/// price.
struct OrderFill {
  std::uint64_t maker = 0;
  std::uint32_t maker_owner = 0;
  std::uint64_t taker = 0;
  std::uint32_t taker_owner = 0;
  Price price = 0;
  Quantity quantity = 0;
  REPRISE_FIELDS(maker, maker_owner, taker, taker_owner, price, quantity)

  friend bool operator==(const OrderFill&, const OrderFill&) = default;
};

enum class CancelReason : std::uint8_t {
  requested,
  nothing_to_meet,  ///< A market or immediate order found no more in its reach.
  not_fillable,     ///< A fill-or-kill order could not be filled whole.
  self_trade,
};

/// The end of an order, or of what was left of one.
struct OrderCancel {
  std::uint64_t id = 0;
  std::uint32_t owner = 0;
  Quantity quantity = 0;  ///< What was still open.
  CancelReason reason = CancelReason::requested;
  REPRISE_FIELDS(id, owner, quantity, reason)

  friend bool operator==(const OrderCancel&, const OrderCancel&) = default;
};

enum class OrderRefusal : std::uint8_t { quantity_not_positive, id_in_use, id_unknown };

/// What became of an order: every part of its quantity is in a fill, in a cancel or resting, unless
/// it was refused, which changes nothing.
struct OrderReport {
  std::optional<OrderRefusal> refused;
  std::vector<OrderFill> fills;  ///< In the order in which they happened.
  std::vector<OrderCancel>
      cancels;  ///< Likewise: of the order itself and of its owner's resting ones.
  Quantity resting = 0;
  REPRISE_FIELDS(refused, fills, cancels, resting)

  friend bool operator==(const OrderReport&, const OrderReport&) = default;
};

/// The total of a price.
struct LevelTotal {
  Price price = 0;
  Quantity quantity = 0;
  std::uint64_t orders = 0;
  REPRISE_FIELDS(price, quantity, orders)

  friend bool operator==(const LevelTotal&, const LevelTotal&) = default;
};

struct RestingOrder {
  std::uint64_t id = 0;
  std::uint32_t owner = 0;
  Quantity quantity = 0;
  REPRISE_FIELDS(id, owner, quantity)

  friend bool operator==(const RestingOrder&, const RestingOrder&) = default;
};

/// The orders that rest at one price; the lowest priority number goes first.
struct PriceLevel {
  Quantity total = 0;
  std::map<std::uint64_t, RestingOrder> queue;
  REPRISE_FIELDS(total, queue)

  friend bool operator==(const PriceLevel&, const PriceLevel&) = default;
};

/// Where a resting order is found.
struct OrderPlace {
  Side side = Side::buy;
  Price price = 0;
  std::uint64_t priority = 0;
  REPRISE_FIELDS(side, price, priority)

  friend bool operator==(const OrderPlace&, const OrderPlace&) = default;
};

using PriceLevels = std::map<Price, PriceLevel>;

/// Limit orders that wait for a counterparty, by price and then by time of arrival. It is plain
/// data: it knows no agents and no clock, and what it does follows from the calls made to it alone.
///
/// Between two calls the best bid is below the best ask, no order and no level is empty, and totals
/// are the sums of their orders. A call costs O(log orders) for each order it fills or cancels.
///
/// A call that would bring a level's total beyond 64 bits throws std::overflow_error and changes
/// nothing.
struct LimitOrderBook {
  SelfTrade self_trade = SelfTrade::cancel_newest;
  std::uint64_t next_priority = 0;
  PriceLevels bids;
  PriceLevels asks;
  std::map<std::uint64_t, OrderPlace> places;  ///< By order id.
  REPRISE_FIELDS(self_trade, next_priority, bids, asks, places)

  /// Matches `order` with what rests on the other side, best price and oldest order first. A
  /// fill-or-kill order that would not be filled whole, be it that an own order would end it on the
  /// way, touches nothing.
  OrderReport submit(const Order& order);

  /// Takes a resting order out; nothing if none has this id.
  std::optional<OrderCancel> cancel(std::uint64_t id);

  /// Gives a resting order another price and another open quantity. It keeps its priority if the
  /// price stays and the quantity does not grow; otherwise it comes in again as a new limit order
  /// and may match.
  OrderReport replace(std::uint64_t id, Price price, Quantity quantity);

  /// A resting order as a limit order of what is still open.
  std::optional<Order> find(std::uint64_t id) const;

  /// The highest bid or the lowest ask.
  std::optional<LevelTotal> best(Side side) const;

  /// What rests at a price; no orders if nothing does.
  LevelTotal level(Side side, Price price) const;

  /// The totals of up to `levels_max` prices, best first.
  std::vector<LevelTotal> depth(Side side, std::size_t levels_max) const;

  /// A sentence about the first invariant that does not hold, empty if all do: for tests, and for a
  /// state that was edited from outside. O(orders log orders).
  std::string_view broken_invariant() const;

  friend bool operator==(const LimitOrderBook&, const LimitOrderBook&) = default;
};

}  // namespace reprise::market
