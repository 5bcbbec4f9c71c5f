#pragma once

#include <cstdint>
#include <string_view>

#include "agents/market/limit_order_book.hpp"
#include "agents/market/units.hpp"
#include "engine/fields.hpp"
#include "engine/time.hpp"

/// What traders and an exchange say to each other.
namespace reprise::market {

// To the exchange.

/// Brings in an order. Its id is the sender's own and must be of no order of the sender that rests.
struct PlaceOrder {
  static constexpr std::string_view kind = "market.order";
  static constexpr std::string_view about = "to an exchange: a new order";
  std::uint32_t id = 0;
  Side side = Side::buy;
  OrderKind order_kind = OrderKind::limit;
  Price price = 0;  ///< A market order's does not matter.
  Quantity quantity = 0;
  REPRISE_FIELDS(id, side, order_kind, price, quantity)
};

/// Takes the sender's resting order out of the book.
struct CancelOrder {
  static constexpr std::string_view kind = "market.cancel";
  static constexpr std::string_view about = "to an exchange: cancels a resting order of the sender";
  std::uint32_t id = 0;
  REPRISE_FIELDS(id)
};

/// Gives the sender's resting order another price and another open quantity. It keeps its place in
/// the queue if the price stays and the quantity does not grow.
struct ReplaceOrder {
  static constexpr std::string_view kind = "market.replace";
  static constexpr std::string_view about = "to an exchange: changes a resting order of the sender";
  std::uint32_t id = 0;
  Price price = 0;
  Quantity quantity = 0;
  REPRISE_FIELDS(id, price, quantity)
};

/// Asks to be told what is public; what was asked for before no longer holds.
struct Subscribe {
  static constexpr std::string_view kind = "market.subscribe";
  static constexpr std::string_view about = "to an exchange: asks for what is public";
  bool trades = true;   ///< Trade
  bool quotes = false;  ///< Quote
  bool halts = false;   ///< Halt and Resume
  REPRISE_FIELDS(trades, quotes, halts)
};

// To and from the exchange.

/// Why trading stops.
enum class HaltReason : std::uint8_t {
  unstated,
  volatility,  ///< The price has moved too far too fast.
  news,        ///< Something is about to be announced.
  technical,
};

/// Stops trading for a time; said by the exchange: trading has stopped.
struct Halt {
  static constexpr std::string_view kind = "market.halt";
  static constexpr std::uint16_t version = 2;
  static constexpr std::string_view about = "stops trading for a time";
  Duration lasts{};
  HaltReason reason = HaltReason::unstated;
  REPRISE_FIELDS(lasts, reason)
};

/// Trading goes on. The exchange's own alarm at the end of a halt, and what it then says.
struct Resume {
  static constexpr std::string_view kind = "market.resume";
  static constexpr std::string_view about = "trading goes on after a halt";
  REPRISE_FIELDS()
};

// From the exchange to everyone who asked for it.

struct Trade {
  static constexpr std::string_view kind = "market.trade";
  static constexpr std::string_view about = "public: a trade took place";
  Price price = 0;
  Quantity quantity = 0;
  Side taker = Side::buy;  ///< Which side came to the resting order.
  REPRISE_FIELDS(price, quantity, taker)
};

/// The best bid and ask, whenever they or their quantities have changed; 0 where there is none.
struct Quote {
  static constexpr std::string_view kind = "market.quote";
  static constexpr std::string_view about = "public: the best bid and ask";
  Price bid = 0;
  Quantity bid_quantity = 0;
  Price ask = 0;
  Quantity ask_quantity = 0;
  REPRISE_FIELDS(bid, bid_quantity, ask, ask_quantity)

  friend bool operator==(const Quote&, const Quote&) = default;
};

// From the exchange to the owner of an order. An order that is not refused is accepted first; it
// ends when a fill leaves nothing open, or when it is cancelled.

/// The order, or its replacement, is taken.
struct OrderAccepted {
  static constexpr std::string_view kind = "market.accepted";
  static constexpr std::string_view about = "to an order's owner: it is taken";
  std::uint32_t id = 0;
  REPRISE_FIELDS(id)
};

/// The order has traded.
struct Fill {
  static constexpr std::string_view kind = "market.fill";
  static constexpr std::string_view about = "to an order's owner: it has traded";
  std::uint32_t id = 0;
  Price price = 0;
  Quantity quantity = 0;  ///< What was bought; below 0, what was sold.
  Quantity open = 0;      ///< What is left of the order.
  REPRISE_FIELDS(id, price, quantity, open)
};

/// What was left of the order is cancelled.
struct OrderCancelled {
  static constexpr std::string_view kind = "market.cancelled";
  static constexpr std::string_view about = "to an order's owner: the rest of it is cancelled";
  std::uint32_t id = 0;
  CancelReason reason = CancelReason::requested;
  Quantity quantity = 0;  ///< What was still open.
  REPRISE_FIELDS(id, reason, quantity)
};

enum class RejectReason : std::uint8_t {
  halted,
  off_tick,  ///< The price is no multiple of the tick.
  off_lot,   ///< The quantity is no multiple of the lot.
  price_not_positive,
  quantity_not_positive,
  id_in_use,   ///< An order of the sender with this id rests.
  id_unknown,  ///< No order of the sender with this id rests.
};

/// An order, replacement or cancellation is refused and changes nothing.
struct OrderRejected {
  static constexpr std::string_view kind = "market.rejected";
  static constexpr std::string_view about = "to an order's owner: what it asked for is refused";
  std::uint32_t id = 0;
  RejectReason reason = RejectReason::halted;
  REPRISE_FIELDS(id, reason)
};

}  // namespace reprise::market
