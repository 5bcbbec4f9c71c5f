#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "agents/market/tape.hpp"
#include "agents/market/units.hpp"
#include "engine/agent.hpp"
#include "engine/context.hpp"
#include "engine/fields.hpp"
#include "engine/ids.hpp"

/// The order book of a recorded market, rebuilt from its feed, checked against it and handed on.
namespace reprise::market {

/// To a depth_book: send me every TapeQuote and TapeTrade from now on. The quote that stands is
/// sent at once.
struct TapeSubscribe {
  static constexpr std::string_view kind = "market.tape_subscribe";
  static constexpr std::string_view about = "asks a depth_book for its quotes and trades";
  REPRISE_FIELDS()
};

/// The recorded best bid and ask, sent when one of the four has changed.
struct TapeQuote {
  static constexpr std::string_view kind = "market.tape_quote";
  static constexpr std::string_view about = "the best bid and ask of a recorded market";
  Price bid = 0;
  Quantity bid_quantity = 0;
  Price ask = 0;
  Quantity ask_quantity = 0;
  REPRISE_FIELDS(bid, bid_quantity, ask, ask_quantity)

  friend bool operator==(const TapeQuote&, const TapeQuote&) = default;
};

enum class Verdict : std::uint8_t {
  uncompared,  ///< No ticker is known that is not newer than the book was.
  equal,
  different,  ///< Another best bid or ask than the ticker's, a crossed book or an empty side.
};

/// The rebuilt best prices after one depth update (0 for an empty side), and what the feed's own
/// ticker says to them.
struct Comparison {
  std::uint64_t update_id = 0;
  Price bid = 0;
  Price ask = 0;
  std::uint64_t ticker = 0;  ///< The update id of the ticker it was compared with.
  Verdict verdict = Verdict::uncompared;
  REPRISE_FIELDS(update_id, bid, ask, ticker, verdict)
};

/// Rebuilds an order book from a recorded snapshot and the updates around it, and checks it.
///
/// Updates that come before the first snapshot wait for it; then those newer than the snapshot are
/// applied in the order of their ids. An update not newer than the book is stale: counted and left
/// out. A later snapshot takes the place of the book if it is newer.
///
/// A gap is an update that does not follow the one applied before it: by previous_update_id where
/// the feed gives one, otherwise by first_update_id. The first update after a snapshot may reach
/// back behind it, but must not leave ids out either. After a gap the book goes on with what there
/// is and keeps the updates since, so that a snapshot from after the gap mends it although it is
/// older than the book: a recorder that has reconnected asks for one.
///
/// After each applied update the best bid and ask are compared, by price, with the last ticker
/// whose update id is not above the update's. Tickers usually run ahead of the updates and wait for
/// them. One that comes late, when updates with its id or a higher one have already been applied,
/// corrects the verdicts on those of them (of the last `comparisons_max`) that had only an older
/// ticker, so the counts are the same however ticker and update overtake each other.
///
/// The quote it hands on is the ticker's or the book's, whichever has the higher update id; between
/// equal ids the ticker's. A book with an empty side, or a crossed one, makes no quote.
struct DepthBook {
  static constexpr std::string_view about =
      "rebuilds a recorded order book, checks it against the recorded tickers, hands both on";

  using Handles = Messages<DepthSnapshot, DepthUpdate, BookTicker, TapeTrade, TapeSubscribe>;

  static constexpr std::size_t comparisons_max = 256;
  static constexpr Quantity traded_quantity_max = 1'000'000'000'000'000'000;

  struct Options {
    static constexpr About about[] = {
        {"buffer_max",
         "Most updates kept for a snapshot to come, and most tickers kept for an update to come."}};

    std::uint32_t buffer_max = 10'000;
    REPRISE_FIELDS(buffer_max)

    void validate() const;
  };

  Options options{};
  bool synced = false;   ///< A snapshot has come.
  bool chained = false;  ///< The last update applied is newer than the snapshot.
  bool broken = false;   ///< There has been a gap since the snapshot.
  std::uint64_t last_update_id = 0;
  std::map<Price, Quantity> bids{};
  std::map<Price, Quantity> asks{};
  /// What a snapshot to come has to be brought up to date with: until the first one every update,
  /// then those since the last gap. By last_update_id.
  std::map<std::uint64_t, DepthUpdate> kept{};
  std::map<std::uint64_t, BookTicker> tickers_ahead{};  ///< Newer than the book; by update id.
  std::optional<BookTicker> ticker{};                   ///< The last one that is not.
  std::vector<Comparison> comparisons{};                ///< The last ones, in order.
  TapeQuote quote{};
  std::uint64_t quote_update_id = 0;
  std::vector<AgentId> subscribers{};

  Price bid = 0;  ///< The rebuilt best; 0 where a side is empty.
  Price ask = 0;
  std::uint64_t bid_levels = 0;
  std::uint64_t ask_levels = 0;
  std::uint64_t compared = 0;    ///< Applied updates with a verdict.
  std::uint64_t mismatched = 0;  ///< Of these, those found different.
  std::uint64_t uncompared = 0;  ///< Applied updates without a verdict.
  std::uint64_t gaps = 0;
  std::uint64_t stale = 0;      ///< Updates left out because the book already had them.
  std::uint64_t dropped = 0;    ///< Updates never applied, the oldest, because no snapshot came.
  std::uint64_t snapshots = 0;  ///< Taken as the book or to mend it; others do not count.
  std::uint64_t depth_updates = 0;  ///< All that came.
  std::uint64_t tickers = 0;        ///< All that came.
  std::uint64_t late_tickers = 0;   ///< Of these, those that came after an update as new as they.
  std::uint64_t trades = 0;
  Quantity traded_quantity = 0;      ///< Below traded_quantity_max, ...
  std::uint64_t traded_carries = 0;  ///< ... which was taken out of it this often.
  REPRISE_FIELDS(options, synced, chained, broken, last_update_id, bids, asks, kept, tickers_ahead,
                 ticker, comparisons, quote, quote_update_id, subscribers, bid, ask, bid_levels,
                 ask_levels, compared, mismatched, uncompared, gaps, stale, dropped, snapshots,
                 depth_updates, tickers, late_tickers, trades, traded_quantity, traded_carries)

  void on(const DepthSnapshot& snapshot, Context& world);
  void on(const DepthUpdate& update, Context& world);
  void on(const BookTicker& latest, Context& world);
  void on(const TapeTrade& trade, Context& world);
  void on(const TapeSubscribe&, Context& world);

 private:
  bool mended_by(const DepthSnapshot& snapshot) const;
  void keep(const DepthUpdate& update);
  void apply(const DepthUpdate& update);
  void set_levels(const std::vector<BookLevel>& on_bids, const std::vector<BookLevel>& on_asks);
  void compare();
  void catch_up(const BookTicker& reached);
  void settle(Comparison& comparison, const BookTicker& against);
  void quote_book(Context& world);
  void quote_as(std::uint64_t update_id, const TapeQuote& latest, Context& world);
};

}  // namespace reprise::market
