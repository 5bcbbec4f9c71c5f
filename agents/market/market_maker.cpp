#include "agents/market/market_maker.hpp"

#include <algorithm>
#include <stdexcept>

namespace reprise::market {

void MarketMaker::Options::validate() const {
  expect_amount("tick_size", tick_size);
  expect_amount("reference", reference);
  expect_amount("spread", spread);
  expect_amount("size", size);
  expect_amount("skew", skew);
  if (tick_size <= 0) throw std::invalid_argument("tick_size must be above 0");
  if (reference <= 0) throw std::invalid_argument("reference must be above 0");
  if (spread / 2 < tick_size) throw std::invalid_argument("spread must be at least two ticks");
  if (size <= 0) throw std::invalid_argument("size must be above 0");
  if (skew < 0) throw std::invalid_argument("skew must not be below 0");
  if (follow < 0 || follow > 1000) throw std::invalid_argument("follow must lie from 0 to 1000");
  if (period <= Duration::zero()) throw std::invalid_argument("period must be above 0");
}

void MarketMaker::on(const Start&, Context& world) {
  exchange = world.find("exchange");
  reference = options.reference;
  last = options.reference;
  world.send(exchange, Subscribe{.trades = true, .halts = true});
  world.wake(options.period, Follow{});
  quote(world);
}

void MarketMaker::on(const Follow&, Context& world) {
  world.wake(options.period, Follow{});
  reference += multiply_decimal(last - reference, options.follow, 3);
  quote(world);
}

void MarketMaker::on(const Fill& fill, Context& world) {
  position += fill.quantity;
  cash -= worth(fill.price, fill.quantity);
  if (fill.id == bid.id) bid.open = fill.open;
  if (fill.id == ask.id) ask.open = fill.open;
  quote(world);
}

void MarketMaker::on(const Halt&, Context& world) {
  halted = true;
  if (bid.open > 0) world.send(exchange, CancelOrder{bid.id});
  if (ask.open > 0) world.send(exchange, CancelOrder{ask.id});
}

void MarketMaker::on(const Resume&, Context& world) {
  halted = false;
  quote(world);
}

/// Brings both orders to where they belong, the one that makes way for the other first.
void MarketMaker::quote(Context& world) {
  if (halted) return;
  const Price half = options.spread / 2;
  const Price tick = options.tick_size;
  const Price lean = multiply_decimal(options.skew, position, market_scale);
  const Price middle = std::max(reference - lean, half + tick);
  const Price bid_price = (middle - half) / tick * tick;
  const Price ask_price = (middle + half + tick - 1) / tick * tick;
  if (bid_price < bid.price) {
    quote(Side::buy, bid_price, world);
    quote(Side::sell, ask_price, world);
  } else {
    quote(Side::sell, ask_price, world);
    quote(Side::buy, bid_price, world);
  }
}

void MarketMaker::quote(Side side, Price price, Context& world) {
  MakerOrder& order = side == Side::buy ? bid : ask;
  if (order.open == options.size && order.price == price) return;
  if (order.open > 0) {
    world.send(exchange, ReplaceOrder{order.id, price, options.size});
  } else {
    order.id = ++orders;
    world.send(exchange, PlaceOrder{order.id, side, OrderKind::limit, price, options.size});
  }
  order.price = price;
  order.open = options.size;
}

/// An order that ended, or was refused, is placed anew with the next quotes.
void MarketMaker::ended(std::uint32_t id) {
  if (id == bid.id) bid.open = 0;
  if (id == ask.id) ask.open = 0;
}

}  // namespace reprise::market
