#include "agents/market/order_book.hpp"

#include <limits>
#include <stdexcept>

#include "engine/assert.hpp"

namespace reprise::market {
namespace {

/// The book's id of an order: its owner's number and its id with the owner, so that those of
/// different owners never meet.
std::uint64_t book_id(AgentId owner, std::uint32_t id) {
  return std::uint64_t{number(owner)} << 32 | id;
}

std::uint32_t owners_id(std::uint64_t book_id) {
  return static_cast<std::uint32_t>(book_id);
}

RejectReason reason_of(OrderRefusal refusal) {
  switch (refusal) {
    case OrderRefusal::quantity_not_positive:
      return RejectReason::quantity_not_positive;
    case OrderRefusal::id_in_use:
      return RejectReason::id_in_use;
    case OrderRefusal::id_unknown:
      return RejectReason::id_unknown;
  }
  REPRISE_ASSERT(false);
  return {};
}

}  // namespace

void OrderBook::Options::validate() const {
  expect_amount("tick_size", tick_size);
  expect_amount("lot_size", lot_size);
  if (tick_size <= 0) throw std::invalid_argument("tick_size must be above 0");
  if (lot_size <= 0) throw std::invalid_argument("lot_size must be above 0");
  if (latency < Duration::zero()) throw std::invalid_argument("latency must not be below 0");
}

void OrderBook::on(const Subscribe& subscribe, Context& world) {
  world.check(world.sender() != world_id, "who subscribes is an agent");
  subscribers[world.sender()] = subscribe;
}

void OrderBook::on(const PlaceOrder& place, Context& world) {
  const AgentId owner = world.sender();
  if (const auto reason = objection(place.order_kind, place.price, place.quantity)) {
    return tell(owner, OrderRejected{place.id, *reason}, world);
  }
  const Order order{book_id(owner, place.id), number(owner), place.side,
                    place.order_kind,         place.price,   place.quantity};
  book.self_trade = options.self_trade;
  settle(order, book.submit(order), world);
}

void OrderBook::on(const ReplaceOrder& replace, Context& world) {
  const AgentId owner = world.sender();
  if (const auto reason = objection(OrderKind::limit, replace.price, replace.quantity)) {
    return tell(owner, OrderRejected{replace.id, *reason}, world);
  }
  std::optional<Order> order = book.find(book_id(owner, replace.id));
  if (!order) return tell(owner, OrderRejected{replace.id, RejectReason::id_unknown}, world);
  order->price = replace.price;
  order->quantity = replace.quantity;
  book.self_trade = options.self_trade;
  settle(*order, book.replace(order->id, order->price, order->quantity), world);
}

void OrderBook::on(const CancelOrder& cancel, Context& world) {
  const AgentId owner = world.sender();
  const std::optional<OrderCancel> cancelled = book.cancel(book_id(owner, cancel.id));
  if (!cancelled) return tell(owner, OrderRejected{cancel.id, RejectReason::id_unknown}, world);
  tell(owner, OrderCancelled{cancel.id, cancelled->reason, cancelled->quantity}, world);
  requote(world);
}

void OrderBook::on(const Halt& halt, Context& world) {
  world.check(halt.lasts > Duration::zero(), "a halt lasts longer than no time");
  world.wake(halt.lasts, Resume{});
  if (halted && world.now() + halt.lasts <= halted_until) return;
  halted = true;
  halted_until = world.now() + halt.lasts;
  publish(&Subscribe::halts, halt, world);
}

void OrderBook::on(const Resume& resume, Context& world) {
  if (!halted || world.now() < halted_until) return;
  halted = false;
  publish(&Subscribe::halts, resume, world);
}

/// Why an order is refused before it comes to the book.
std::optional<RejectReason> OrderBook::objection(OrderKind kind, Price price,
                                                 Quantity quantity) const {
  if (halted) return RejectReason::halted;
  if (quantity % options.lot_size != 0) return RejectReason::off_lot;
  if (kind == OrderKind::market) return std::nullopt;
  if (price <= 0) return RejectReason::price_not_positive;
  if (price % options.tick_size != 0) return RejectReason::off_tick;
  return std::nullopt;
}

/// Says what became of an order that came in.
void OrderBook::settle(const Order& taker, const OrderReport& report, Context& world) {
  const AgentId owner{taker.owner};
  const std::uint32_t id = owners_id(taker.id);
  if (report.refused) return tell(owner, OrderRejected{id, reason_of(*report.refused)}, world);
  tell(owner, OrderAccepted{id}, world);
  Quantity open = taker.quantity;
  for (const OrderFill& fill : report.fills) {
    open -= fill.quantity;
    settle(taker, fill, open, world);
  }
  for (const OrderCancel& cancel : report.cancels) {
    tell(AgentId{cancel.owner},
         OrderCancelled{owners_id(cancel.id), cancel.reason, cancel.quantity}, world);
  }
  requote(world);
}

void OrderBook::settle(const Order& taker, const OrderFill& fill, Quantity taker_open,
                       Context& world) {
  world.check(fill.quantity <= std::numeric_limits<Quantity>::max() - volume,
              "the volume fits into 64 bits");
  volume += fill.quantity;
  last = fill.price;
  ++trades;
  const std::optional<Order> maker = book.find(fill.maker);
  const Quantity bought = taker.side == Side::buy ? fill.quantity : -fill.quantity;
  tell(AgentId{fill.maker_owner},
       Fill{owners_id(fill.maker), fill.price, -bought, maker ? maker->quantity : 0}, world);
  tell(AgentId{fill.taker_owner}, Fill{owners_id(fill.taker), fill.price, bought, taker_open},
       world);
  publish(&Subscribe::trades, Trade{fill.price, fill.quantity, taker.side}, world);
}

/// Brings bid and ask up to date and says so if they have changed.
void OrderBook::requote(Context& world) {
  const LevelTotal best_bid = book.best(Side::buy).value_or(LevelTotal{});
  const LevelTotal best_ask = book.best(Side::sell).value_or(LevelTotal{});
  const Quote before{bid, bid_quantity, ask, ask_quantity};
  const Quote quote{best_bid.price, best_bid.quantity, best_ask.price, best_ask.quantity};
  if (quote == before) return;
  bid = quote.bid;
  bid_quantity = quote.bid_quantity;
  ask = quote.ask;
  ask_quantity = quote.ask_quantity;
  publish(&Subscribe::quotes, quote, world);
}

template <Message M>
void OrderBook::tell(AgentId owner, const M& message, Context& world) const {
  if (owner != world_id) world.send(owner, message, options.latency);
}

template <Message M>
void OrderBook::publish(bool Subscribe::*topic, const M& message, Context& world) const {
  for (const auto& [subscriber, wishes] : subscribers) {
    if (wishes.*topic) world.send(subscriber, message, options.latency);
  }
}

}  // namespace reprise::market
