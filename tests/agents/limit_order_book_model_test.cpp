#include <algorithm>
#include <catch2/catch.hpp>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "agents/market/limit_order_book.hpp"

namespace reprise::market {
namespace {

constexpr std::size_t depth_max = 1000;
using Depth = std::vector<LevelTotal>;

/// The same market, as simply as it can be said: a list of orders, sorted whenever it is needed.
class NaiveBook {
 public:
  explicit NaiveBook(SelfTrade policy) : policy_(policy) {}

  OrderReport submit(const Order& incoming) {
    OrderReport report;
    if (incoming.quantity <= 0) {
      report.refused = OrderRefusal::quantity_not_positive;
      return report;
    }
    if (position(incoming.id) != orders_.size()) {
      report.refused = OrderRefusal::id_in_use;
      return report;
    }
    if (incoming.kind == OrderKind::fill_or_kill) {
      NaiveBook trial = *this;
      Order immediate = incoming;
      immediate.kind = OrderKind::immediate_or_cancel;
      Quantity filled = 0;
      for (const OrderFill& fill : trial.submit(immediate).fills) filled += fill.quantity;
      if (filled != incoming.quantity) {
        report.cancels = {
            {incoming.id, incoming.owner, incoming.quantity, CancelReason::not_fillable}};
        return report;
      }
    }
    Quantity left = incoming.quantity;
    while (left > 0) {
      const std::vector<Entry> makers = sorted(incoming.side == Side::buy ? Side::sell : Side::buy);
      if (makers.empty()) break;
      const Order maker = makers.front().order;
      const bool reached = incoming.kind == OrderKind::market ||
                           (incoming.side == Side::buy ? maker.price <= incoming.price
                                                       : maker.price >= incoming.price);
      if (!reached) break;
      const std::size_t at = position(maker.id);
      if (maker.owner == incoming.owner) {
        if (policy_ != SelfTrade::cancel_newest) {
          orders_.erase(orders_.begin() + static_cast<std::ptrdiff_t>(at));
          report.cancels.push_back(
              {maker.id, maker.owner, maker.quantity, CancelReason::self_trade});
        }
        if (policy_ == SelfTrade::cancel_oldest) continue;
        report.cancels.push_back({incoming.id, incoming.owner, left, CancelReason::self_trade});
        return report;
      }
      const Quantity traded = std::min(left, maker.quantity);
      report.fills.push_back(
          {maker.id, maker.owner, incoming.id, incoming.owner, maker.price, traded});
      left -= traded;
      orders_[at].order.quantity -= traded;
      if (orders_[at].order.quantity == 0) {
        orders_.erase(orders_.begin() + static_cast<std::ptrdiff_t>(at));
      }
    }
    if (left > 0 && incoming.kind == OrderKind::limit) {
      Order resting = incoming;
      resting.quantity = left;
      orders_.push_back({resting, arrivals_++});
      report.resting = left;
    } else if (left > 0) {
      report.cancels.push_back({incoming.id, incoming.owner, left, CancelReason::nothing_to_meet});
    }
    return report;
  }

  std::optional<OrderCancel> cancel(std::uint64_t id) {
    const std::size_t at = position(id);
    if (at == orders_.size()) return std::nullopt;
    const Order gone = orders_[at].order;
    orders_.erase(orders_.begin() + static_cast<std::ptrdiff_t>(at));
    return OrderCancel{gone.id, gone.owner, gone.quantity, CancelReason::requested};
  }

  OrderReport replace(std::uint64_t id, Price price, Quantity quantity) {
    OrderReport report;
    const std::size_t at = position(id);
    if (quantity <= 0) {
      report.refused = OrderRefusal::quantity_not_positive;
    } else if (at == orders_.size()) {
      report.refused = OrderRefusal::id_unknown;
    } else if (orders_[at].order.price == price && quantity <= orders_[at].order.quantity) {
      orders_[at].order.quantity = quantity;
      report.resting = quantity;
    } else {
      Order moved = orders_[at].order;
      moved.price = price;
      moved.quantity = quantity;
      cancel(id);
      report = submit(moved);
    }
    return report;
  }

  Depth depth(Side side) const {
    Depth levels;
    for (const Entry& entry : sorted(side)) {
      if (levels.empty() || levels.back().price != entry.order.price) {
        levels.push_back({entry.order.price, 0, 0});
      }
      levels.back().quantity += entry.order.quantity;
      ++levels.back().orders;
    }
    return levels;
  }

  std::optional<Order> find(std::uint64_t id) const {
    const std::size_t at = position(id);
    if (at == orders_.size()) return std::nullopt;
    return orders_[at].order;
  }

 private:
  struct Entry {
    Order order;
    std::uint64_t arrival = 0;
  };

  std::size_t position(std::uint64_t id) const {
    const auto found = std::find_if(orders_.begin(), orders_.end(),
                                    [&](const Entry& entry) { return entry.order.id == id; });
    return static_cast<std::size_t>(found - orders_.begin());
  }

  std::vector<Entry> sorted(Side side) const {
    std::vector<Entry> entries;
    for (const Entry& entry : orders_) {
      if (entry.order.side == side) entries.push_back(entry);
    }
    std::sort(entries.begin(), entries.end(), [&](const Entry& a, const Entry& b) {
      if (a.order.price == b.order.price) return a.arrival < b.arrival;
      return (a.order.price > b.order.price) == (side == Side::buy);
    });
    return entries;
  }

  SelfTrade policy_;
  std::vector<Entry> orders_;
  std::uint64_t arrivals_ = 0;
};

TEST_CASE("a book answers as a list that is sorted each time does") {
  const SelfTrade policy =
      GENERATE(SelfTrade::cancel_newest, SelfTrade::cancel_oldest, SelfTrade::cancel_both);
  LimitOrderBook book;
  book.self_trade = policy;
  NaiveBook naive(policy);
  std::mt19937_64 random(7 + static_cast<std::uint64_t>(policy));
  const auto below = [&](std::uint64_t n) { return random() % n; };

  std::uint64_t last_id = 0;
  std::size_t fills = 0;
  std::size_t self_trades = 0;
  std::size_t killed = 0;
  for (int step = 0; step < 20'000; ++step) {
    const std::uint64_t verb = below(10);
    const std::uint64_t id = last_id - std::min(last_id, below(60));
    const auto price = static_cast<Price>(90 + below(21));
    const auto quantity = static_cast<Quantity>(below(30));
    OrderReport report;
    OrderReport expected;
    if (verb < 6) {
      const bool fresh = below(50) != 0;
      if (fresh) ++last_id;
      // Half the orders are plain limits, so that there is a book to trade with.
      const std::uint64_t kind = below(8);
      const Order incoming{fresh ? last_id : id,
                           static_cast<std::uint32_t>(below(5)),
                           below(2) == 0 ? Side::buy : Side::sell,
                           kind < 4 ? OrderKind::limit : static_cast<OrderKind>(kind - 4),
                           price,
                           quantity};
      report = book.submit(incoming);
      expected = naive.submit(incoming);
    } else if (verb < 8) {
      report = book.replace(id, price, quantity);
      expected = naive.replace(id, price, quantity);
    } else {
      REQUIRE(book.cancel(id) == naive.cancel(id));
    }
    fills += report.fills.size();
    for (const OrderCancel& cancel : report.cancels) {
      self_trades += cancel.reason == CancelReason::self_trade ? 1 : 0;
      killed += cancel.reason == CancelReason::not_fillable ? 1 : 0;
    }
    INFO("step " << step);
    REQUIRE((report == expected));
    REQUIRE((book.depth(Side::buy, depth_max) == naive.depth(Side::buy)));
    REQUIRE((book.depth(Side::sell, depth_max) == naive.depth(Side::sell)));
    REQUIRE((book.find(id) == naive.find(id)));
    REQUIRE(std::string(book.broken_invariant()).empty());
  }
  // The random walk has been everywhere.
  CHECK(fills > 2'000);
  CHECK(self_trades > 300);
  CHECK(killed > 300);
}

}  // namespace
}  // namespace reprise::market
