#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

#include "agents/market/limit_order_book.hpp"
#include "agents/market/messages.hpp"
#include "agents/market/units.hpp"
#include "engine/agent.hpp"
#include "engine/context.hpp"
#include "engine/fields.hpp"

namespace reprise::market {

/// An exchange for one thing: keeps the orders that wait, matches those that come in by price and
/// then by time of arrival, and says what happened.
///
/// During a halt orders and replacements are refused and cancellations go on. The outside may send
/// orders, too: they all have one owner, who is not told what became of them.
struct OrderBook {
  static constexpr std::string_view about = "an exchange: matches orders by price and time";
  using Handles = Messages<Subscribe, PlaceOrder, CancelOrder, ReplaceOrder, Halt, Resume>;

  struct Options {
    Price tick_size = 1;
    Quantity lot_size = 1;
    SelfTrade self_trade = SelfTrade::cancel_newest;
    Duration latency = std::chrono::milliseconds(1);
    REPRISE_FIELDS(tick_size, lot_size, self_trade, latency)

    static constexpr About about[] = {
        {"tick_size", "Prices are multiples of it."},
        {"lot_size", "Quantities are multiples of it."},
        {"self_trade", "What is cancelled where an order would meet one of the same owner."},
        {"latency", "From taking an order to those who hear what became of it."},
    };

    void validate() const;
  };

  Options options;
  LimitOrderBook book;
  std::map<AgentId, Subscribe> subscribers;
  Price bid = 0;  ///< The best; 0 if there is none.
  Quantity bid_quantity = 0;
  Price ask = 0;  ///< The best; 0 if there is none.
  Quantity ask_quantity = 0;
  Price last = 0;       ///< Of the last trade; 0 before the first.
  Quantity volume = 0;  ///< The sum of all trades.
  std::uint64_t trades = 0;
  bool halted = false;
  Time halted_until{};  ///< The end of the last halt.
  REPRISE_FIELDS(options, book, subscribers, bid, bid_quantity, ask, ask_quantity, last, volume,
                 trades, halted, halted_until)

  void on(const Subscribe& subscribe, Context& world);
  void on(const PlaceOrder& place, Context& world);
  void on(const CancelOrder& cancel, Context& world);
  void on(const ReplaceOrder& replace, Context& world);

  /// A halt that would end before one that is under way changes nothing.
  void on(const Halt& halt, Context& world);

  /// Before the end of a halt it changes nothing.
  void on(const Resume& resume, Context& world);

 private:
  std::optional<RejectReason> objection(OrderKind kind, Price price, Quantity quantity) const;
  void settle(const Order& taker, const OrderReport& report, Context& world);
  void settle(const Order& taker, const OrderFill& fill, Quantity taker_open, Context& world);
  void requote(Context& world);

  template <Message M>
  void tell(AgentId owner, const M& message, Context& world) const;
  template <Message M>
  void publish(bool Subscribe::*topic, const M& message, Context& world) const;
};

}  // namespace reprise::market
