#include "agents/market/tape_trader.hpp"

#include <algorithm>
#include <stdexcept>

#include "engine/decimal.hpp"

namespace reprise::market {

namespace {

__extension__ typedef __int128 Wide;

constexpr std::int64_t one = 100'000'000;  // 1 in units of 10^-8
constexpr std::uint32_t window_max = 100'000;

std::int64_t sum(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  if (__builtin_add_overflow(a, b, &result)) {
    throw std::overflow_error("the account of a tape_trader does not fit into 64 bits");
  }
  return result;
}

std::int64_t imbalance(const TapeQuote& quote) {
  const Wide bid = quote.bid_quantity;
  const Wide ask = quote.ask_quantity;
  return static_cast<std::int64_t>((bid - ask) * one / (bid + ask));
}

}  // namespace

void TapeTrader::Options::validate() const {
  expect_amount("size", size);
  expect_amount("limit", limit);
  const auto demand = [](bool holds, const char* what) {
    if (!holds) throw std::invalid_argument(what);
  };
  demand(!book.empty(), "book must name a depth_book");
  demand(window >= 1 && window <= window_max, "window must lie between 1 and 100000");
  demand(threshold >= 1 && threshold <= one, "threshold must lie between 1 and 100000000");
  demand(size >= 1, "size must be above 0");
  demand(limit >= 1, "limit must be above 0");
  demand(latency >= Duration::zero(), "latency must not be below 0");
  demand(fee_rate >= 0 && fee_rate <= one, "fee_rate must lie between 0 and 100000000");
}

void TapeTrader::on(const Start&, Context& world) {
  world.send(world.find(options.book), TapeSubscribe{});
}

void TapeTrader::on(const TapeQuote& latest, Context& world) {
  quote = latest;
  if (quote.bid_quantity <= 0 || quote.ask_quantity <= 0) return;
  mid = quote.bid + (quote.ask - quote.bid) / 2;
  mark = sum(cash, multiply_decimal(position, mid, market_scale));
  if (options.signal == TapeSignal::imbalance) look(imbalance(quote), world);
  if (options.signal == TapeSignal::mean_reversion) look(mid, world);
}

void TapeTrader::on(const TapeTrade& trade, Context& world) {
  if (options.signal == TapeSignal::momentum) look(trade.price, world);
}

void TapeTrader::on(const TapeOrderDue& order, Context&) {
  ordered = false;
  const bool buys = order.quantity > 0;
  Quantity& quoted = buys ? quote.ask_quantity : quote.bid_quantity;
  const Quantity filled = std::min(buys ? order.quantity : -order.quantity, quoted);
  if (filled <= 0) {
    ++unfilled;
    return;
  }
  quoted -= filled;
  settle(buys ? quote.ask : quote.bid, buys ? filled : -filled);
}

void TapeTrader::look(std::int64_t sample, Context& world) {
  if (samples.size() < options.window) {
    samples.push_back(sample);
    return;
  }
  const int towards = direction(sample);
  samples[oldest] = sample;
  oldest = (oldest + 1) % options.window;
  if (towards != 0) order(towards, world);
}

int TapeTrader::direction(std::int64_t sample) const {
  const Wide first = samples[oldest];
  Wide total = 0;
  if (options.signal != TapeSignal::momentum) {
    for (const std::int64_t each : samples) total += each;
  }
  // the signal is part / whole; whole is above 0, so the threshold may be multiplied by it instead
  Wide part = 0;
  Wide whole = 0;
  const Wide count = options.window;
  switch (options.signal) {
    case TapeSignal::momentum:
      part = (sample - first) * one;
      whole = first;
      break;
    case TapeSignal::imbalance:
      part = total - first + sample;
      whole = count;
      break;
    case TapeSignal::mean_reversion:
      part = (total - sample * count) * one;
      whole = total;
      break;
  }
  if (whole <= 0) return 0;
  if (part >= options.threshold * whole) return 1;
  return part <= -options.threshold * whole ? -1 : 0;
}

void TapeTrader::order(int direction, Context& world) {
  if (ordered) return;
  const Quantity room = direction > 0 ? options.limit - position : options.limit + position;
  const Quantity quantity = std::min(options.size, room);
  if (quantity <= 0) return;
  ordered = true;
  ++orders;
  world.wake(options.latency, TapeOrderDue{direction > 0 ? quantity : -quantity});
}

void TapeTrader::settle(Price price, Quantity quantity) {
  const std::int64_t value = multiply_decimal(price, quantity, market_scale);
  const std::int64_t fee =
      multiply_decimal(value < 0 ? -value : value, options.fee_rate, market_scale);
  cash = sum(cash, sum(-value, -fee));
  fees = sum(fees, fee);
  position += quantity;
  volume = sum(volume, quantity < 0 ? -quantity : quantity);
  mark = sum(cash, multiply_decimal(position, mid, market_scale));
  ++fills;
}

}  // namespace reprise::market
