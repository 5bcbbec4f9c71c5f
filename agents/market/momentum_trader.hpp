#pragma once

#include <cstdint>
#include <string_view>

#include "agents/market/messages.hpp"
#include "agents/market/units.hpp"
#include "engine/agent.hpp"
#include "engine/context.hpp"
#include "engine/control.hpp"
#include "engine/fields.hpp"

namespace reprise::market {

/// Buys after a rise of the last price and sells after a fall, up to a limit on its position.
struct MomentumTrader {
  static constexpr std::string_view about =
      "buys after a rise of the last price, sells after a fall";
  using Handles = Messages<Start, Trade, OrderAccepted, Fill, OrderCancelled, OrderRejected>;

  struct Options {
    Quantity size = 10 * market_unit;
    Quantity limit = 100 * market_unit;
    REPRISE_FIELDS(size, limit)

    static constexpr About about[] = {
        {"size", "Quantity of an order."},
        {"limit", "Largest position, long or short."},
    };

    void validate() const;
  };

  Options options;
  AgentId exchange{};
  Price last = 0;
  Quantity position = 0;
  Money cash = 0;
  std::uint32_t orders = 0;  ///< Sent so far; also the id of the last.
  bool waiting = false;      ///< The last order has not ended yet.
  REPRISE_FIELDS(options, exchange, last, position, cash, orders, waiting)

  void on(const Start&, Context& world);
  void on(const Trade& trade, Context& world);
  void on(const OrderAccepted&) {}
  void on(const Fill& fill);
  void on(const OrderCancelled&) { waiting = false; }
  void on(const OrderRejected&) { waiting = false; }

 private:
  void order(Side side, Quantity room, Context& world);
};

}  // namespace reprise::market
