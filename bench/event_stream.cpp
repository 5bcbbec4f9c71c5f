#include "bench/event_stream.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "engine/context.hpp"
#include "engine/control.hpp"
#include "engine/simulation.hpp"
#include "replay/causes.hpp"

namespace reprise::bench {

namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t clients = 500;
constexpr std::uint32_t servers = 8;
constexpr std::size_t events_at_once = 4096;

struct Wake {
  static constexpr std::string_view kind = "bench.wake";
  REPRISE_FIELDS()
};

struct Request {
  static constexpr std::string_view kind = "bench.request";
  std::uint64_t request = 0;
  std::int64_t amount = 0;
  std::uint32_t account = 0;
  REPRISE_FIELDS(request, amount, account)
};

struct Reply {
  static constexpr std::string_view kind = "bench.reply";
  std::uint64_t request = 0;
  std::int64_t balance = 0;
  REPRISE_FIELDS(request, balance)
};

struct Quote {
  static constexpr std::string_view kind = "bench.quote";
  std::int64_t price = 0;
  std::int32_t quantity = 0;
  REPRISE_FIELDS(price, quantity)
};

struct Client {
  using Handles = Messages<Start, Wake, Reply>;
  AgentId first_server{};
  std::uint64_t requests = 0;
  std::int64_t balance = 0;
  REPRISE_FIELDS(first_server, requests, balance)

  void on(const Start&, Context& world) {
    first_server = world.find("server[0]");
    world.wake(world.random().exponential(10ms), Wake{});
  }
  void on(const Wake&, Context& world) {
    const auto which = static_cast<std::uint32_t>(world.random().uniform(0, servers - 1));
    const Duration distance = world.random().uniform(200us, 1000us);
    const std::int64_t amount = world.random().uniform(-500, 500);
    world.send(AgentId{number(first_server) + which},
               Request{++requests, amount, number(world.self())}, distance);
  }
  void on(const Reply& reply, Context& world) {
    balance = reply.balance;
    world.wake(world.random().exponential(10ms), Wake{});
  }
};

struct Server {
  using Handles = Messages<Start, Request>;
  AgentId ticker{};
  std::int64_t price = 100'000;
  std::int64_t turnover = 0;
  REPRISE_FIELDS(ticker, price, turnover)

  void on(const Start&, Context& world) { ticker = world.find("ticker"); }
  void on(const Request& request, Context& world) {
    turnover += request.amount;
    price += world.random().uniform(-5, 5);
    const Duration service = world.random().exponential(100us);
    const Duration distance = world.random().uniform(200us, 1000us);
    const auto quantity = static_cast<std::int32_t>(world.random().uniform(1, 100));
    world.send(world.sender(), Reply{request.request, turnover}, service + distance);
    world.send(ticker, Quote{price, quantity}, 0ns);
  }
};

struct Ticker {
  using Handles = Messages<Quote>;
  std::int64_t last = 0;
  REPRISE_FIELDS(last)
  void on(const Quote& quote) { last = quote.price; }
};

struct Keeper : Observer {
  Causes causes;
  std::vector<KeptEvent> kept;
  explicit Keeper(const Simulation& world) : causes(world) {}
  bool wants_deliveries() const override { return true; }
  void on_delivery(const Delivery& delivery) override {
    const Event& event = delivery.event;
    Payload payload(*event.kind);
    if (event.kind->sole == nullptr) std::memcpy(payload.data(), event.message, event.kind->bytes);
    kept.push_back(
        {delivery.step, event.key, event.to, causes.deliver(delivery), std::move(payload)});
  }
};

Catalog make_catalog() {
  Catalog catalog;
  catalog.add<Client>("client").add<Server>("server").add<Ticker>("ticker");
  return catalog;
}

void build(Simulation& world) {
  world.add("client", Client{}, clients);
  world.add("server", Server{}, servers);
  world.add("ticker", Ticker{});
}

}  // namespace

void event_stream(Step count, const std::function<void(std::span<const KeptEvent>)>& take) {
  const Catalog catalog = make_catalog();
  Simulation world(catalog, 1);
  build(world);
  Keeper keeper(world);
  world.observe(keeper);
  while (world.steps() < count) {
    world.run(time_max, std::min(count, world.steps() + events_at_once));
    take(keeper.kept);
    keeper.kept.clear();
  }
  world.forget(keeper);
}

JournalHeader event_stream_header() {
  const Catalog catalog = make_catalog();
  Simulation world(catalog, 1);
  build(world);
  return {.schema = schema_of(catalog, agent_kinds_in(world)), .seed = 1};
}

std::span<const MessageType* const> event_kinds() {
  static const std::array<const MessageType*, 5> kinds{
      &message_type<Start>(), &message_type<Wake>(), &message_type<Request>(),
      &message_type<Reply>(), &message_type<Quote>()};
  return kinds;
}

std::uint16_t event_kind_index(const MessageType& type) {
  const auto kinds = event_kinds();
  std::uint16_t index = 0;
  while (kinds[index] != &type) ++index;
  return index;
}

void append_payload(const Payload& payload, Bytes& out) {
  const MessageType& type = payload.type();
  if (type.flat) {
    const std::size_t before = out.size();
    if (type.bytes == 0) return;
    out.resize(before + type.bytes);
    std::memcpy(out.data() + before, payload.data(), type.bytes);
  } else {
    Encoder encoder(out);
    type.encode(payload.data(), encoder);
  }
}

}  // namespace reprise::bench
