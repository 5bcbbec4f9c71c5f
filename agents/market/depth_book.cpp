#include "agents/market/depth_book.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>

#include "engine/decimal.hpp"

namespace reprise::market {

namespace {

void refuse_negative(Quantity quantity, std::string_view what) {
  if (quantity >= 0) return;
  throw std::invalid_argument(std::string(what) + " has the quantity " +
                              decimal_text(quantity, market_scale) + ", which is below 0");
}

void set_side(std::map<Price, Quantity>& side, const std::vector<BookLevel>& levels) {
  for (const BookLevel& level : levels) {
    refuse_negative(level.quantity, "a depth level");
    if (level.quantity == 0) {
      side.erase(level.price);
    } else {
      side[level.price] = level.quantity;
    }
  }
}

/// The update that `update` says it comes after.
std::uint64_t follows(const DepthUpdate& update) {
  return update.previous_update_id != 0 ? update.previous_update_id : update.first_update_id - 1;
}

Verdict judge(const Comparison& book, const BookTicker& ticker) {
  const bool whole = book.bid != 0 && book.ask != 0 && book.bid < book.ask;
  const bool same = book.bid == ticker.bid && book.ask == ticker.ask;
  return whole && same ? Verdict::equal : Verdict::different;
}

}  // namespace

void DepthBook::Options::validate() const {
  if (buffer_max == 0) throw std::invalid_argument("buffer_max must be at least 1");
}

void DepthBook::on(const DepthSnapshot& snapshot, Context& world) {
  const std::uint64_t id = snapshot.last_update_id;
  if (synced && id <= last_update_id && !mended_by(snapshot)) return;
  ++snapshots;
  bids.clear();
  asks.clear();
  set_levels(snapshot.bids, snapshot.asks);
  broken = false;
  const auto later = std::exchange(kept, {});
  if (synced && id < last_update_id) {
    for (auto update = later.upper_bound(id); update != later.end(); ++update) {
      set_levels(update->second.bids, update->second.asks);
    }
  } else {
    const bool first = !std::exchange(synced, true);
    chained = false;
    last_update_id = id;
    for (const auto& [update_id, update] : later) {
      if (first) apply(update);
    }
  }
  quote_book(world);
}

void DepthBook::on(const DepthUpdate& update, Context& world) {
  ++depth_updates;
  if (!synced) return keep(update);
  apply(update);
  quote_book(world);
}

void DepthBook::on(const BookTicker& latest, Context& world) {
  ++tickers;
  const std::uint64_t id = latest.update_id;
  if (!synced || id > last_update_id) {
    tickers_ahead[id] = latest;
    if (tickers_ahead.size() > options.buffer_max) {
      catch_up(tickers_ahead.begin()->second);
      tickers_ahead.erase(tickers_ahead.begin());
    }
  } else {
    ++late_tickers;
    catch_up(latest);
    for (auto past = comparisons.rbegin(); past != comparisons.rend(); ++past) {
      if (past->update_id < id) break;
      if (past->verdict == Verdict::uncompared || past->ticker <= id) settle(*past, latest);
    }
  }
  if (id >= quote_update_id) {
    quote_as(id, {latest.bid, latest.bid_quantity, latest.ask, latest.ask_quantity}, world);
  }
}

void DepthBook::on(const TapeTrade& trade, Context& world) {
  refuse_negative(trade.quantity, "a recorded trade");
  ++trades;
  traded_carries += static_cast<std::uint64_t>(trade.quantity / traded_quantity_max);
  traded_quantity += trade.quantity % traded_quantity_max;
  if (traded_quantity >= traded_quantity_max) {
    traded_quantity -= traded_quantity_max;
    ++traded_carries;
  }
  for (const AgentId subscriber : subscribers) world.send(subscriber, trade);
}

void DepthBook::on(const TapeSubscribe&, Context& world) {
  const bool known = std::ranges::find(subscribers, world.sender()) != subscribers.end();
  if (known) return;
  subscribers.push_back(world.sender());
  if (quote != TapeQuote{}) world.send(world.sender(), quote);
}

bool DepthBook::mended_by(const DepthSnapshot& snapshot) const {
  return broken && follows(kept.begin()->second) <= snapshot.last_update_id;
}

void DepthBook::keep(const DepthUpdate& update) {
  if (!kept.emplace(update.last_update_id, update).second) ++stale;
  if (kept.size() <= options.buffer_max) return;
  kept.erase(kept.begin());
  if (!synced) ++dropped;
}

void DepthBook::apply(const DepthUpdate& update) {
  if (update.last_update_id <= last_update_id) {
    ++stale;
    return;
  }
  const std::uint64_t before = follows(update);
  if (chained ? before != last_update_id : before > last_update_id) {
    ++gaps;
    broken = true;
    kept.clear();
  }
  if (broken) keep(update);
  chained = true;
  last_update_id = update.last_update_id;
  set_levels(update.bids, update.asks);
  compare();
}

void DepthBook::set_levels(const std::vector<BookLevel>& on_bids,
                           const std::vector<BookLevel>& on_asks) {
  set_side(bids, on_bids);
  set_side(asks, on_asks);
  bid = bids.empty() ? 0 : bids.rbegin()->first;
  ask = asks.empty() ? 0 : asks.begin()->first;
  bid_levels = bids.size();
  ask_levels = asks.size();
}

void DepthBook::compare() {
  const auto ahead = tickers_ahead.upper_bound(last_update_id);
  if (ahead != tickers_ahead.begin()) catch_up(std::prev(ahead)->second);
  tickers_ahead.erase(tickers_ahead.begin(), ahead);

  if (comparisons.size() == comparisons_max) comparisons.erase(comparisons.begin());
  comparisons.push_back({.update_id = last_update_id, .bid = bid, .ask = ask});
  ++uncompared;
  if (ticker && ticker->update_id <= last_update_id) settle(comparisons.back(), *ticker);
}

void DepthBook::catch_up(const BookTicker& reached) {
  if (!ticker || ticker->update_id <= reached.update_id) ticker = reached;
}

void DepthBook::settle(Comparison& comparison, const BookTicker& against) {
  if (comparison.verdict == Verdict::uncompared) {
    --uncompared;
    ++compared;
  }
  if (comparison.verdict == Verdict::different) --mismatched;
  comparison.ticker = against.update_id;
  comparison.verdict = judge(comparison, against);
  if (comparison.verdict == Verdict::different) ++mismatched;
}

void DepthBook::quote_book(Context& world) {
  if (bids.empty() || asks.empty() || bid >= ask || last_update_id <= quote_update_id) return;
  quote_as(last_update_id, {bid, bids.rbegin()->second, ask, asks.begin()->second}, world);
}

void DepthBook::quote_as(std::uint64_t update_id, const TapeQuote& latest, Context& world) {
  quote_update_id = update_id;
  if (latest == quote) return;
  quote = latest;
  for (const AgentId subscriber : subscribers) world.send(subscriber, quote);
}

}  // namespace reprise::market
