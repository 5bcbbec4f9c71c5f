#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "agents/market/order_book.hpp"
#include "engine/simulation.hpp"

/// An exchange whose clients do what a test tells them.
namespace reprise::market::test {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

inline std::string text(std::int64_t value) {
  return std::to_string(value);
}

template <class Enum>
std::string name(Enum value) {
  return std::string(enumerator_name(value).value());
}

/// Sends the exchange what the outside tells it to, and writes down what the exchange says.
struct Client {
  using Handles = Messages<PlaceOrder, CancelOrder, ReplaceOrder, Subscribe, OrderAccepted, Fill,
                           OrderCancelled, OrderRejected, Trade, Quote, Halt, Resume>;

  Lines heard;
  std::vector<Time> times;  ///< When it heard each line.
  REPRISE_FIELDS(heard, times)

  void on(const PlaceOrder& order, Context& world) { pass_on(order, world); }
  void on(const CancelOrder& order, Context& world) { pass_on(order, world); }
  void on(const ReplaceOrder& order, Context& world) { pass_on(order, world); }
  void on(const Subscribe& subscribe, Context& world) { pass_on(subscribe, world); }

  void on(const OrderAccepted& said, Context& world) { note("accepted " + text(said.id), world); }
  void on(const Fill& said, Context& world) {
    note("fill " + text(said.id) + ": " + text(said.quantity) + " at " + text(said.price) +
             " leaves " + text(said.open),
         world);
  }
  void on(const OrderCancelled& said, Context& world) {
    note("cancelled " + text(said.id) + ": " + text(said.quantity) + " " + name(said.reason),
         world);
  }
  void on(const OrderRejected& said, Context& world) {
    note("rejected " + text(said.id) + ": " + name(said.reason), world);
  }
  void on(const Trade& said, Context& world) {
    note("trade " + text(said.quantity) + " at " + text(said.price) + " by " + name(said.taker),
         world);
  }
  void on(const Quote& said, Context& world) {
    note("quote " + text(said.bid_quantity) + " at " + text(said.bid) + " and " +
             text(said.ask_quantity) + " at " + text(said.ask),
         world);
  }
  void on(const Halt& said, Context& world) { note("halt " + to_string(said.lasts), world); }
  void on(const Resume&, Context& world) { note("resume", world); }

  template <Message M>
  void pass_on(const M& message, Context& world) {
    world.send(world.find("exchange"), message);
  }

  void note(const std::string& line, Context& world) {
    heard.push_back(line);
    times.push_back(world.now());
  }
};

inline Catalog small_catalog() {
  Catalog catalog;
  catalog.add<OrderBook>("order_book");
  catalog.add<Client>("client");
  return catalog;
}

inline OrderBook exchange_with(const OrderBook::Options& options) {
  options.validate();
  OrderBook exchange;
  exchange.options = options;
  return exchange;
}

inline constexpr OrderBook::Options at_once{.latency = 0ns};

inline PlaceOrder buy(std::uint32_t id, Price price, Quantity quantity,
                      OrderKind kind = OrderKind::limit) {
  return {id, Side::buy, kind, price, quantity};
}

inline PlaceOrder sell(std::uint32_t id, Price price, Quantity quantity,
                       OrderKind kind = OrderKind::limit) {
  return {id, Side::sell, kind, price, quantity};
}

inline constexpr Subscribe everything{.trades = true, .quotes = true, .halts = true};

/// An exchange and three clients of it. What is told takes effect a second after what was told
/// before, or after a wait.
struct Market {
  Catalog catalog = small_catalog();
  Simulation world{catalog, 1};
  AgentId exchange;
  AgentId ann;
  AgentId bob;
  AgentId eve;

  explicit Market(const OrderBook::Options& options = at_once)
      : exchange(world.add("exchange", exchange_with(options))),
        ann(world.add<Client>("ann")),
        bob(world.add<Client>("bob")),
        eve(world.add<Client>("eve")) {}

  template <Message M>
  void tell(AgentId to, const M& message) {
    hand(to, message);
    wait(1s);
  }

  /// What is handed over takes effect at this instant, once time goes on.
  template <Message M>
  void hand(AgentId to, const M& message) {
    Input input;
    input.at = world.now();
    input.to = to;
    input.payload = Payload(message);
    world.inject(input);
  }

  void wait(Duration duration) { world.run_until(world.now() + duration); }

  const OrderBook& book() const { return *world.agent<OrderBook>(exchange); }
  const Lines& heard(AgentId client) const { return world.agent<Client>(client)->heard; }
  const std::vector<Time>& times(AgentId client) const {
    return world.agent<Client>(client)->times;
  }
};

}  // namespace reprise::market::test
