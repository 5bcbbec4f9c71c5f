#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agents/market/depth_book.hpp"
#include "agents/market/units.hpp"
#include "engine/agent.hpp"
#include "engine/context.hpp"
#include "engine/control.hpp"
#include "engine/fields.hpp"
#include "engine/ids.hpp"
#include "engine/time.hpp"

/// Trading against a recorded market, which does not notice.
namespace reprise::market {

/// What a tape_trader acts on; each is a fraction in units of 10^-8.
enum class TapeSignal : std::uint8_t {
  momentum,   ///< By how much a trade's price is above that of the trade `window` trades before.
  imbalance,  ///< (bid - ask) / (bid + ask) of the quoted quantities, mean of `window` quotes.
  mean_reversion,  ///< By how much the mid price is below its mean over the `window` quotes before.
};

/// A tape_trader's order reaches the market.
struct TapeOrderDue {
  static constexpr std::string_view kind = "market.tape_order_due";
  static constexpr std::string_view about = "a tape_trader's own: its order reaches the market";
  Quantity quantity = 0;  ///< Below 0 to sell.
  REPRISE_FIELDS(quantity)
};

/// Trades against the recorded tape on a signal, and keeps account.
///
/// It buys when the signal reaches the threshold and sells when it reaches minus the threshold, one
/// order at a time. An order reaches the market `latency` after the quote or trade that led to it,
/// and takes at once what it finds there: at most the quantity quoted at the best price, the rest
/// of it is cancelled. What it has taken is gone until the next quote. Money is in units of 10^-8.
struct TapeTrader {
  static constexpr std::string_view about =
      "trades against a recorded tape on a signal, with its own latency, and keeps account";

  using Handles = Messages<Start, TapeQuote, TapeTrade, TapeOrderDue>;

  struct Options {
    static constexpr About about[] = {
        {"book", "The name of the depth_book it watches."},
        {"signal", "What it acts on: momentum, imbalance or mean_reversion."},
        {"window", "Over how many quotes or trades the signal looks back."},
        {"threshold",
         "How strong the signal must be, in units of 1e-8: 10_000 is one basis point."},
        {"size", "The quantity of one order, in units of 1e-8."},
        {"limit", "The largest position, long or short, in units of 1e-8."},
        {"latency", "From a quote or trade to the arrival of the order it leads to."},
        {"fee_rate", "Fee per value traded, in units of 1e-8: 10_000 is one basis point."}};

    std::string book = "book";
    TapeSignal signal = TapeSignal::momentum;
    std::uint32_t window = 20;
    std::int64_t threshold = 10'000;
    Quantity size = 1'000'000;
    Quantity limit = 10'000'000;
    Duration latency = std::chrono::milliseconds(5);
    std::int64_t fee_rate = 10'000;
    REPRISE_FIELDS(book, signal, window, threshold, size, limit, latency, fee_rate)

    void validate() const;
  };

  Options options{};
  TapeQuote quote{};                    ///< As it stands, less what this trader has taken of it.
  Price mid = 0;                        ///< Of the last quote with both sides.
  std::vector<std::int64_t> samples{};  ///< The last `window` of what the signal looks at, ...
  std::uint32_t oldest = 0;             ///< ... of which this is the first.
  bool ordered = false;                 ///< An order is on its way.
  Quantity position = 0;
  std::int64_t cash = 0;  ///< What it got less what it paid, fees included.
  std::int64_t fees = 0;
  std::int64_t mark = 0;  ///< cash, and the position at the mid price.
  std::uint64_t orders = 0;
  std::uint64_t fills = 0;     ///< Orders that got something.
  std::uint64_t unfilled = 0;  ///< Orders that found nothing.
  Quantity volume = 0;         ///< Bought or sold, summed.
  REPRISE_FIELDS(options, quote, mid, samples, oldest, ordered, position, cash, fees, mark, orders,
                 fills, unfilled, volume)

  void on(const Start&, Context& world);
  void on(const TapeQuote& latest, Context& world);
  void on(const TapeTrade& trade, Context& world);
  void on(const TapeOrderDue& order, Context& world);

 private:
  void look(std::int64_t sample, Context& world);
  int direction(std::int64_t sample) const;
  void order(int direction, Context& world);
  void settle(Price price, Quantity quantity);
};

}  // namespace reprise::market
