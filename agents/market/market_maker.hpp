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

/// A market maker's own alarm: time to follow the market.
struct Follow {
  static constexpr std::string_view kind = "market.follow";
  static constexpr std::string_view about = "a market maker's own alarm: time to follow the market";
  REPRISE_FIELDS()
};

/// One of the two orders with which a maker stands in the book.
struct MakerOrder {
  std::uint32_t id = 0;
  Price price = 0;
  Quantity open = 0;  ///< As far as the maker has heard; 0 if it does not rest.
  REPRISE_FIELDS(id, price, open)
};

/// Keeps a bid and an ask in the book, a spread apart. Their middle follows the last price slowly
/// and moves down while the maker holds something, up while it owes something. It quotes anew after
/// every fill and now and then, and pulls its orders out during a halt.
struct MarketMaker {
  static constexpr std::string_view about = "keeps a bid and an ask in the book, a spread apart";
  using Handles = Messages<Start, Follow, Trade, OrderAccepted, Fill, OrderCancelled, OrderRejected,
                           Halt, Resume>;

  struct Options {
    Price reference = 100 * market_unit;
    Price spread = market_unit / 10;
    Quantity size = 20 * market_unit;
    Price skew = market_unit / 1000;
    std::int64_t follow = 200;
    Duration period = std::chrono::seconds(1);
    Price tick_size = 1;
    REPRISE_FIELDS(reference, spread, size, skew, follow, period, tick_size)

    static constexpr About about[] = {
        {"reference", "The middle of its first quotes."},
        {"spread", "From its bid to its ask."},
        {"size", "Quantity on each side."},
        {"skew", "How far the quotes move down for each whole unit it holds."},
        {"follow", "Thousandths of the way to the last price that the middle goes in a period."},
        {"period", "From one look at the last price to the next."},
        {"tick_size", "The exchange's; quotes are rounded to it, away from the middle."},
    };

    void validate() const;
  };

  Options options;
  AgentId exchange{};
  Price reference = 0;
  Price last = 0;
  Quantity position = 0;
  Money cash = 0;
  std::uint32_t orders = 0;  ///< Sent so far; also the id of the last.
  MakerOrder bid;
  MakerOrder ask;
  bool halted = false;
  REPRISE_FIELDS(options, exchange, reference, last, position, cash, orders, bid, ask, halted)

  void on(const Start&, Context& world);
  void on(const Follow&, Context& world);
  void on(const Trade& trade) { last = trade.price; }
  void on(const OrderAccepted&) {}
  void on(const Fill& fill, Context& world);
  void on(const OrderCancelled& cancelled) { ended(cancelled.id); }
  void on(const OrderRejected& rejected) { ended(rejected.id); }
  void on(const Halt&, Context& world);
  void on(const Resume&, Context& world);

 private:
  void quote(Context& world);
  void quote(Side side, Price price, Context& world);
  void ended(std::uint32_t id);
};

}  // namespace reprise::market
