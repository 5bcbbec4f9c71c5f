#include "agents/market/momentum_trader.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace reprise::market {

void MomentumTrader::Options::validate() const {
  expect_amount("size", size);
  expect_amount("limit", limit);
  if (size <= 0) throw std::invalid_argument("size must be above 0");
  if (limit <= 0) throw std::invalid_argument("limit must be above 0");
}

void MomentumTrader::on(const Start&, Context& world) {
  exchange = world.find("exchange");
  world.send(exchange, Subscribe{});
}

// During a halt nothing trades, so nothing is sent either.
void MomentumTrader::on(const Trade& trade, Context& world) {
  const Price before = std::exchange(last, trade.price);
  if (waiting || before == 0) return;
  if (trade.price > before) order(Side::buy, options.limit - position, world);
  if (trade.price < before) order(Side::sell, options.limit + position, world);
}

void MomentumTrader::on(const Fill& fill) {
  position += fill.quantity;
  cash -= worth(fill.price, fill.quantity);
  waiting = fill.open > 0;
}

/// Sends an order that leaves the position within the limit, which is `room` away.
void MomentumTrader::order(Side side, Quantity room, Context& world) {
  const Quantity quantity = std::min(options.size, room);
  if (quantity <= 0) return;
  world.send(exchange, PlaceOrder{++orders, side, OrderKind::market, 0, quantity});
  waiting = true;
}

}  // namespace reprise::market
