#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "agents/market/messages.hpp"
#include "agents/market/units.hpp"
#include "engine/agent.hpp"
#include "engine/context.hpp"
#include "engine/control.hpp"
#include "engine/fields.hpp"

namespace reprise::market {

/// A noise trader's own alarm: time to act.
struct Act {
  static constexpr std::string_view kind = "market.act";
  static constexpr std::string_view about = "a noise trader's own alarm: time to act";
  REPRISE_FIELDS()
};

/// Knows nothing: at random moments it cancels what it has in the book and sends an order of random
/// side, kind, quantity and price around the middle of bid and ask.
struct NoiseTrader {
  static constexpr std::string_view about = "sends random orders at random moments";
  using Handles =
      Messages<Start, Act, Quote, OrderAccepted, Fill, OrderCancelled, OrderRejected, Halt, Resume>;

  struct Options {
    Duration wait = std::chrono::seconds(1);
    Price reference = 100 * market_unit;
    Price reach = market_unit / 5;
    Quantity size = 10 * market_unit;
    std::int64_t market_percent = 30;
    std::int64_t immediate_percent = 20;
    Price tick_size = 1;
    Quantity lot_size = 1;
    REPRISE_FIELDS(wait, reference, reach, size, market_percent, immediate_percent, tick_size,
                   lot_size)

    static constexpr About about[] = {
        {"wait", "From one order to the next, in the mean; the law is exponential."},
        {"reference", "Its idea of the middle until there are a bid and an ask."},
        {"reach", "How far from the middle a price may lie."},
        {"size", "Largest quantity of an order."},
        {"market_percent", "How many of its orders trade at any price."},
        {"immediate_percent", "How many have a price but do not wait; the others do."},
        {"tick_size", "The exchange's; prices are rounded to it."},
        {"lot_size", "The exchange's; quantities are multiples of it."},
    };

    void validate() const;
  };

  Options options;
  AgentId exchange{};
  Price middle = 0;
  Quantity position = 0;
  Money cash = 0;
  std::uint32_t orders = 0;  ///< Sent so far; also the id of the last.
  bool open = false;         ///< The last order has not ended yet.
  bool halted = false;
  REPRISE_FIELDS(options, exchange, middle, position, cash, orders, open, halted)

  void on(const Start&, Context& world);
  void on(const Act&, Context& world);
  void on(const Quote& quote);
  void on(const OrderAccepted&) {}
  void on(const Fill& fill);
  void on(const OrderCancelled& cancelled) { ended(cancelled.id); }
  void on(const OrderRejected& rejected) { ended(rejected.id); }
  void on(const Halt&) { halted = true; }
  void on(const Resume&) { halted = false; }

 private:
  PlaceOrder random_order(Random& random) const;
  void ended(std::uint32_t id);
};

}  // namespace reprise::market
