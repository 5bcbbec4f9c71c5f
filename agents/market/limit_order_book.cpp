#include "agents/market/limit_order_book.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <string>

#include "engine/assert.hpp"
#include "engine/decimal.hpp"

namespace reprise::market {
namespace {

constexpr Quantity quantity_max = std::numeric_limits<Quantity>::max();

Side opposite(Side side) {
  return side == Side::buy ? Side::sell : Side::buy;
}

PriceLevels& levels_of(LimitOrderBook& book, Side side) {
  return side == Side::buy ? book.bids : book.asks;
}

const PriceLevels& levels_of(const LimitOrderBook& book, Side side) {
  return side == Side::buy ? book.bids : book.asks;
}

/// The best level of a side that has one.
PriceLevels::iterator best_of(PriceLevels& levels, Side side) {
  return side == Side::buy ? std::prev(levels.end()) : levels.begin();
}

/// Visits the levels of a side, best first, until `visit` returns false.
template <class Visit>
void visit_levels(const LimitOrderBook& book, Side side, Visit visit) {
  const auto walk = [&](auto level, auto end) {
    while (level != end && visit(level->first, level->second)) ++level;
  };
  if (side == Side::buy) {
    walk(book.bids.rbegin(), book.bids.rend());
  } else {
    walk(book.asks.begin(), book.asks.end());
  }
}

LevelTotal total_of(Price price, const PriceLevel& level) {
  return {price, level.total, level.queue.size()};
}

/// Whether `taker` accepts a trade at `price`.
bool reaches(const Order& taker, Price price) {
  if (taker.kind == OrderKind::market) return true;
  return taker.side == Side::buy ? price <= taker.price : price >= taker.price;
}

bool is_crossed(const LimitOrderBook& book) {
  if (book.bids.empty() || book.asks.empty()) return false;
  return book.bids.rbegin()->first >= book.asks.begin()->first;
}

OrderReport refused(OrderRefusal why) {
  OrderReport report;
  report.refused = why;
  return report;
}

/// An own side's level cannot stand where the other side is in reach, so an order that joins one
/// rests whole: to check its whole quantity beforehand is exact.
void require_room(const LimitOrderBook& book, Side side, Price price, Quantity more) {
  const Quantity total = book.level(side, price).quantity;
  REPRISE_ASSERT(total >= 0);
  if (more <= quantity_max - total) return;
  throw std::overflow_error("the orders at price " + decimal_text(price, market_scale) +
                            " add up to more than " + decimal_text(quantity_max, market_scale));
}

/// A resting order of a level.
struct Found {
  PriceLevels::iterator level;
  std::map<std::uint64_t, RestingOrder>::iterator order;
};

Found find_at(LimitOrderBook& book, const OrderPlace& place) {
  PriceLevels& levels = levels_of(book, place.side);
  const auto level = levels.find(place.price);
  REPRISE_ASSERT(level != levels.end());
  const auto order = level->second.queue.find(place.priority);
  REPRISE_ASSERT(order != level->second.queue.end());
  return {level, order};
}

void remove_order(LimitOrderBook& book, Side side, Found found) {
  PriceLevel& level = found.level->second;
  level.total -= found.order->second.quantity;
  book.places.erase(found.order->second.id);
  level.queue.erase(found.order);
  if (level.queue.empty()) levels_of(book, side).erase(found.level);
}

/// Whether `taker` would be filled whole: what it can reach before an own order stops it is enough.
bool is_fillable(const LimitOrderBook& book, const Order& taker) {
  Quantity missing = taker.quantity;
  visit_levels(book, opposite(taker.side), [&](Price price, const PriceLevel& level) {
    if (!reaches(taker, price)) return false;
    for (const auto& [priority, maker] : level.queue) {
      const bool own = maker.owner == taker.owner;
      if (own && book.self_trade != SelfTrade::cancel_oldest) return false;
      if (!own) missing -= std::min(missing, maker.quantity);
      if (missing == 0) return false;
    }
    return true;
  });
  return missing == 0;
}

/// Trades `taker` with all it can reach; what is left of it, in `report` if that is cancelled by an
/// own order.
Quantity match(LimitOrderBook& book, const Order& taker, OrderReport& report) {
  const Side side = opposite(taker.side);
  PriceLevels& levels = levels_of(book, side);
  Quantity left = taker.quantity;
  while (left > 0 && !levels.empty()) {
    const auto level = best_of(levels, side);
    if (!reaches(taker, level->first)) break;
    const auto order = level->second.queue.begin();
    RestingOrder& maker = order->second;
    if (maker.owner == taker.owner) {
      const SelfTrade policy = book.self_trade;
      if (policy != SelfTrade::cancel_newest) {
        report.cancels.push_back({maker.id, maker.owner, maker.quantity, CancelReason::self_trade});
        remove_order(book, side, {level, order});
      }
      if (policy != SelfTrade::cancel_oldest) {
        report.cancels.push_back({taker.id, taker.owner, left, CancelReason::self_trade});
        left = 0;
      }
      continue;
    }
    const Quantity traded = std::min(left, maker.quantity);
    REPRISE_ASSERT(traded > 0);
    report.fills.push_back({maker.id, maker.owner, taker.id, taker.owner, level->first, traded});
    left -= traded;
    if (traded == maker.quantity) {
      remove_order(book, side, {level, order});
    } else {
      maker.quantity -= traded;
      level->second.total -= traded;
    }
  }
  return left;
}

void rest(LimitOrderBook& book, const Order& order, Quantity quantity) {
  PriceLevel& level = levels_of(book, order.side)[order.price];
  const std::uint64_t priority = book.next_priority++;
  level.total += quantity;
  level.queue.emplace(priority, RestingOrder{order.id, order.owner, quantity});
  book.places.emplace(order.id, OrderPlace{order.side, order.price, priority});
}

}  // namespace

OrderReport LimitOrderBook::submit(const Order& order) {
  if (order.quantity <= 0) return refused(OrderRefusal::quantity_not_positive);
  if (places.contains(order.id)) return refused(OrderRefusal::id_in_use);
  if (order.kind == OrderKind::limit) require_room(*this, order.side, order.price, order.quantity);

  OrderReport report;
  if (order.kind == OrderKind::fill_or_kill && !is_fillable(*this, order)) {
    report.cancels.push_back({order.id, order.owner, order.quantity, CancelReason::not_fillable});
    return report;
  }
  const Quantity left = match(*this, order, report);
  if (left == 0) return report;

  if (order.kind == OrderKind::limit) {
    rest(*this, order, left);
    report.resting = left;
  } else {
    REPRISE_ASSERT(order.kind != OrderKind::fill_or_kill);
    report.cancels.push_back({order.id, order.owner, left, CancelReason::nothing_to_meet});
  }
  REPRISE_ASSERT(!is_crossed(*this));
  return report;
}

std::optional<OrderCancel> LimitOrderBook::cancel(std::uint64_t id) {
  const auto found = places.find(id);
  if (found == places.end()) return std::nullopt;
  const OrderPlace place = found->second;
  const Found at = find_at(*this, place);
  const RestingOrder order = at.order->second;
  remove_order(*this, place.side, at);
  return OrderCancel{id, order.owner, order.quantity, CancelReason::requested};
}

OrderReport LimitOrderBook::replace(std::uint64_t id, Price price, Quantity quantity) {
  if (quantity <= 0) return refused(OrderRefusal::quantity_not_positive);
  const auto found = places.find(id);
  if (found == places.end()) return refused(OrderRefusal::id_unknown);
  const OrderPlace place = found->second;
  const Found at = find_at(*this, place);
  RestingOrder& order = at.order->second;

  if (price == place.price && quantity <= order.quantity) {
    at.level->second.total -= order.quantity - quantity;
    order.quantity = quantity;
    OrderReport report;
    report.resting = quantity;
    return report;
  }
  const Quantity leaving = price == place.price ? order.quantity : 0;
  require_room(*this, place.side, price, quantity - leaving);
  const std::uint32_t owner = order.owner;
  cancel(id);
  return submit({id, owner, place.side, OrderKind::limit, price, quantity});
}

std::optional<Order> LimitOrderBook::find(std::uint64_t id) const {
  const auto found = places.find(id);
  if (found == places.end()) return std::nullopt;
  const OrderPlace& place = found->second;
  const RestingOrder& order = levels_of(*this, place.side).at(place.price).queue.at(place.priority);
  return Order{id, order.owner, place.side, OrderKind::limit, place.price, order.quantity};
}

std::optional<LevelTotal> LimitOrderBook::best(Side side) const {
  std::optional<LevelTotal> total;
  visit_levels(*this, side, [&](Price price, const PriceLevel& level) {
    total = total_of(price, level);
    return false;
  });
  return total;
}

LevelTotal LimitOrderBook::level(Side side, Price price) const {
  const PriceLevels& levels = levels_of(*this, side);
  const auto found = levels.find(price);
  return found == levels.end() ? LevelTotal{price, 0, 0} : total_of(price, found->second);
}

std::vector<LevelTotal> LimitOrderBook::depth(Side side, std::size_t levels_max) const {
  std::vector<LevelTotal> totals;
  visit_levels(*this, side, [&](Price price, const PriceLevel& level) {
    if (totals.size() == levels_max) return false;
    totals.push_back(total_of(price, level));
    return true;
  });
  return totals;
}

std::string_view LimitOrderBook::broken_invariant() const {
  if (is_crossed(*this)) return "the best bid is not below the best ask";
  std::size_t orders = 0;
  for (const Side side : {Side::buy, Side::sell}) {
    for (const auto& [price, level] : levels_of(*this, side)) {
      if (level.queue.empty()) return "a level has no orders";
      Quantity missing = level.total;
      for (const auto& [priority, order] : level.queue) {
        if (order.quantity <= 0) return "a resting order has no quantity";
        if (order.quantity > missing) return "a level's total is less than its orders add up to";
        missing -= order.quantity;
        if (priority >= next_priority) return "an order's priority has not been given yet";
        const auto place = places.find(order.id);
        if (place == places.end()) return "a resting order is not found by its id";
        if (place->second != OrderPlace{side, price, priority}) {
          return "a resting order is not where its id says";
        }
        ++orders;
      }
      if (missing != 0) return "a level's total is more than its orders add up to";
    }
  }
  if (orders != places.size()) return "an id is kept for an order that does not rest";
  return {};
}

}  // namespace reprise::market
