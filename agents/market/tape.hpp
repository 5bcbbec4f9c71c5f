#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "agents/market/units.hpp"
#include "engine/fields.hpp"

/// What a recorded market feed says: the messages that a tape is made of.
namespace reprise::market {

/// The whole quantity at a price; 0 takes the price out of the book.
struct BookLevel {
  Price price = 0;
  Quantity quantity = 0;
  REPRISE_FIELDS(price, quantity)
};

/// The book as it stood after update `last_update_id`.
struct DepthSnapshot {
  static constexpr std::string_view kind = "market.depth_snapshot";
  static constexpr std::string_view about = "a recorded order book, whole";
  std::uint64_t last_update_id = 0;
  std::vector<BookLevel> bids;
  std::vector<BookLevel> asks;
  REPRISE_FIELDS(last_update_id, bids, asks)
};

/// What changed in the book by the updates `first_update_id` to `last_update_id`.
struct DepthUpdate {
  static constexpr std::string_view kind = "market.depth_update";
  static constexpr std::string_view about = "a recorded change of an order book";
  std::int64_t exchange_ms = 0;  ///< The exchange's own clock, milliseconds since 1970.
  std::uint64_t first_update_id = 0;
  std::uint64_t last_update_id = 0;
  std::uint64_t previous_update_id = 0;  ///< Where the feed names it (futures); otherwise 0.
  std::vector<BookLevel> bids;
  std::vector<BookLevel> asks;
  REPRISE_FIELDS(exchange_ms, first_update_id, last_update_id, previous_update_id, bids, asks)
};

/// The best bid and ask after update `update_id`.
struct BookTicker {
  static constexpr std::string_view kind = "market.book_ticker";
  static constexpr std::string_view about = "a recorded best bid and ask";
  std::uint64_t update_id = 0;
  Price bid = 0;
  Quantity bid_quantity = 0;
  Price ask = 0;
  Quantity ask_quantity = 0;
  REPRISE_FIELDS(update_id, bid, bid_quantity, ask, ask_quantity)
};

/// A trade that took place.
struct TapeTrade {
  static constexpr std::string_view kind = "market.tape_trade";
  static constexpr std::string_view about = "a recorded trade";
  std::uint64_t trade_id = 0;
  std::int64_t exchange_ms = 0;
  Price price = 0;
  Quantity quantity = 0;
  bool buyer_is_maker = false;  ///< True: the seller came to a resting buyer.
  REPRISE_FIELDS(trade_id, exchange_ms, price, quantity, buyer_is_maker)
};

}  // namespace reprise::market
