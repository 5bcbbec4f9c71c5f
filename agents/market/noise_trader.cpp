#include "agents/market/noise_trader.hpp"

#include <algorithm>
#include <stdexcept>

namespace reprise::market {

void NoiseTrader::Options::validate() const {
  expect_amount("tick_size", tick_size);
  expect_amount("lot_size", lot_size);
  expect_amount("reference", reference);
  expect_amount("reach", reach);
  expect_amount("size", size);
  if (wait <= Duration::zero()) throw std::invalid_argument("wait must be above 0");
  if (tick_size <= 0) throw std::invalid_argument("tick_size must be above 0");
  if (lot_size <= 0) throw std::invalid_argument("lot_size must be above 0");
  if (reference <= 0) throw std::invalid_argument("reference must be above 0");
  if (reach < 0) throw std::invalid_argument("reach must not be below 0");
  if (size < lot_size) throw std::invalid_argument("size must be at least one lot");
  if (market_percent < 0 || immediate_percent < 0 || market_percent > 100 - immediate_percent) {
    throw std::invalid_argument("market_percent and immediate_percent must be shares of a hundred");
  }
}

void NoiseTrader::on(const Start&, Context& world) {
  exchange = world.find("exchange");
  middle = options.reference;
  world.send(exchange, Subscribe{.trades = false, .quotes = true, .halts = true});
  world.wake(world.random().exponential(options.wait), Act{});
}

void NoiseTrader::on(const Act&, Context& world) {
  world.wake(world.random().exponential(options.wait), Act{});
  if (halted) return;
  if (open) world.send(exchange, CancelOrder{orders});
  PlaceOrder order = random_order(world.random());
  order.id = ++orders;
  world.send(exchange, order);
  open = true;
}

void NoiseTrader::on(const Quote& quote) {
  if (quote.bid == 0 || quote.ask == 0) return;
  middle = quote.bid + (quote.ask - quote.bid) / 2;
}

void NoiseTrader::on(const Fill& fill) {
  position += fill.quantity;
  cash -= worth(fill.price, fill.quantity);
  if (fill.open == 0) ended(fill.id);
}

PlaceOrder NoiseTrader::random_order(Random& random) const {
  PlaceOrder order;
  if (random.uniform(0, 1) == 1) order.side = Side::sell;
  const std::int64_t percent = random.uniform(0, 99);
  if (percent < options.market_percent) {
    order.order_kind = OrderKind::market;
  } else if (percent < options.market_percent + options.immediate_percent) {
    order.order_kind = OrderKind::immediate_or_cancel;
  }
  order.quantity = random.uniform(1, options.size / options.lot_size) * options.lot_size;
  const Price price = middle + random.uniform(-options.reach, options.reach);
  order.price = std::max(price / options.tick_size, Price{1}) * options.tick_size;
  return order;
}

void NoiseTrader::ended(std::uint32_t id) {
  if (id == orders) open = false;
}

}  // namespace reprise::market
