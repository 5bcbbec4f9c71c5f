#pragma once

#include "agents/market/earlier_messages.hpp"
#include "agents/market/order_book.hpp"

/// The exchange as it was when market.halt was version 1: what lives market_halt_v1.rpj again with
/// the digests that are recorded in it.
namespace reprise::test {

struct FrozenOrderBook {
  using Handles = Messages<market::Subscribe, market::PlaceOrder, market::CancelOrder,
                           market::ReplaceOrder, market::HaltV1, market::Resume>;
  using Options = market::OrderBook::Options;

  Options options;
  market::LimitOrderBook book;
  std::map<AgentId, market::Subscribe> subscribers;
  market::Price bid = 0;
  market::Quantity bid_quantity = 0;
  market::Price ask = 0;
  market::Quantity ask_quantity = 0;
  market::Price last = 0;
  market::Quantity volume = 0;
  std::uint64_t trades = 0;
  bool halted = false;
  Time halted_until{};
  REPRISE_FIELDS(options, book, subscribers, bid, bid_quantity, ask, ask_quantity, last, volume,
                 trades, halted, halted_until)

  void on(const market::HaltV1& halt, Context& world) {
    world.check(halt.lasts > Duration::zero(), "a halt lasts longer than no time");
    world.wake(halt.lasts, market::Resume{});
    if (halted && world.now() + halt.lasts <= halted_until) return;
    halted = true;
    halted_until = world.now() + halt.lasts;
    for (const auto& [subscriber, wishes] : subscribers) {
      if (wishes.halts) world.send(subscriber, halt, options.latency);
    }
  }

  /// The rest is as it still is. Where an order_book comes to do otherwise, with another version of
  /// its own, what it did moves here.
  template <Message M>
  void on(const M& message, Context& world) {
    market::OrderBook exchange;
    exchange.reprise_fields() = reprise_fields();
    exchange.on(message, world);
    reprise_fields() = exchange.reprise_fields();
  }
};

}  // namespace reprise::test
