#include "engine/network.hpp"

#include <catch2/catch.hpp>
#include <map>

#include "engine/world_expression.hpp"

#include "tests/support/cluster.hpp"

namespace reprise {
namespace {

using namespace test;
using Catch::Matchers::Contains;

/// Sends numbered notes to whom it is told, one each millisecond.
struct Caller {
  using Handles = Messages<Start, Tick>;

  std::string to = "listener";
  std::int64_t count = 10;
  std::int64_t said = 0;
  REPRISE_FIELDS(to, count, said)

  void on(const Start&, Context& world) { world.wake(1ms, Tick{}); }
  void on(const Tick&, Context& world) {
    world.send(world.find(to), Note{said++});
    if (said < count) world.wake(1ms, Tick{});
  }
};

Catalog calling_catalog() {
  Catalog catalog = cluster_catalog();
  catalog.add<Caller>("caller");
  return catalog;
}

/// A caller and a listener on nodes of their own.
struct Call {
  explicit Call(const Link& link, std::int64_t count = 10) {
    world.add("caller", Caller{.count = count});
    world.add("listener", Listener{});
    world.connect(NetworkPlan(world.names(), link).network());
  }

  template <Message M>
  void tell(Duration at, M message) {
    world.inject(input_at(at, *world.find("network"), std::move(message)));
  }

  const Listener& listener() {
    world.run(time_max);
    return *world.agent<Listener>(*world.find("listener"));
  }

  const Catalog catalog = calling_catalog();
  Simulation world{catalog, 1};
};

std::vector<std::int64_t> numbers(std::int64_t first, std::int64_t last) {
  std::vector<std::int64_t> all;
  for (std::int64_t i = first; i <= last; ++i) all.push_back(i);
  return all;
}

std::vector<std::int64_t> milliseconds_of(const Listener& listener) {
  std::vector<std::int64_t> all;
  for (const std::int64_t at : listener.at) all.push_back(at / 1'000'000);
  return all;
}

TEST_CASE("a message between nodes takes the latency of its link") {
  Call call({.latency = {.mean = 5ms}});
  CHECK(call.listener().heard == numbers(0, 9));
  CHECK(milliseconds_of(call.listener()) == numbers(6, 15));
}

TEST_CASE("a message on its own node crosses no link") {
  const Catalog catalog = calling_catalog();
  Simulation world(catalog, 1);
  world.add("caller", Caller{});
  world.add("listener", Listener{});
  NetworkPlan plan(world.names(), {.latency = {.mean = 5ms}, .loss = 1});
  plan.add({.name = "both", .agents = {"caller", "listener"}});
  world.connect(plan.network());
  world.run(time_max);
  const Listener& listener = *world.agent<Listener>(*world.find("listener"));
  CHECK(milliseconds_of(listener) == numbers(1, 10));
}

TEST_CASE("an agent that is everywhere is reached without a link") {
  const Catalog catalog = calling_catalog();
  Simulation world(catalog, 1);
  world.add("caller", Caller{});
  world.add("listener", Listener{});
  NetworkPlan plan(world.names(), {.loss = 1});
  plan.everywhere("listener");
  world.connect(plan.network());
  world.run(time_max);
  CHECK(world.agent<Listener>(*world.find("listener"))->heard == numbers(0, 9));
}

TEST_CASE("what is sent over a cut link is lost and what was under way arrives") {
  Call call({.latency = {.mean = 2ms}});
  call.tell(3500us, Cut{"caller", "listener"});
  call.tell(7500us, Heal{"caller", "listener"});
  CHECK(call.listener().heard == std::vector<std::int64_t>{0, 1, 2, 7, 8, 9});
}

TEST_CASE("what was cut or degraded both ways is healed both ways") {
  for (const bool both : {true, false}) {
    Call call({});
    call.tell(1ms, Cut{"caller", "listener"});
    call.tell(2ms, Degrade{.from = "listener", .to = "caller", .loss = 1});
    call.tell(3ms, Heal{"caller", "listener", both});
    call.world.run(Time(3ms));
    const Network& network = network_of(call.world);
    const Network::Way& there = network.nodes.at(0).ways.at(1);
    const Network::Way& back = network.nodes.at(1).ways.at(0);
    CHECK_FALSE((there.cut || there.worse));
    CHECK(back.cut == !both);
    CHECK(back.worse.has_value() == !both);
  }
}

TEST_CASE("a cut of one way leaves the other") {
  Call call({.latency = {.mean = 2ms}});
  call.tell(0ns, Cut{"listener", "caller", false});
  CHECK(call.listener().heard == numbers(0, 9));
}

TEST_CASE("sides of a partition do not hear each other until it ends") {
  Call call({.latency = {.mean = 1ms}});
  call.tell(2500us, Partition{{{"caller"}}});
  call.tell(5500us, Partition{});
  CHECK(call.listener().heard == std::vector<std::int64_t>{0, 1, 5, 6, 7, 8, 9});
}

TEST_CASE("the shares of lost and doubled messages are those of the link") {
  constexpr std::int64_t sent = 20'000;
  Call call({.latency = {.mean = 1ms}, .loss = 0.2, .duplicate = 0.1}, sent);
  std::map<std::int64_t, int> times;
  for (const std::int64_t number : call.listener().heard) ++times[number];
  const auto twice =
      std::ranges::count_if(times, [](const auto& each) { return each.second == 2; });
  // Five standard deviations of what a fair draw gives.
  CHECK(static_cast<double>(times.size()) / sent == Approx(0.8).margin(0.0142));
  CHECK(static_cast<double>(twice) / static_cast<double>(times.size()) ==
        Approx(0.1).margin(0.012));
}

TEST_CASE("messages on one way keep their order but for those that are reordered") {
  Call jittery({.latency = {.mean = 1ms}, .jitter = 20ms}, 500);
  CHECK(jittery.listener().heard == numbers(0, 499));
  Call loose({.latency = {.mean = 1ms}, .jitter = 20ms, .reorder = 0.2}, 500);
  std::vector<std::int64_t> heard = loose.listener().heard;
  CHECK_FALSE(std::ranges::is_sorted(heard));
  std::ranges::sort(heard);
  CHECK(heard == numbers(0, 499));
}

TEST_CASE("a narrow link lets one message through after the other") {
  // A note is 8 bytes: 2 ms of 4,000 bytes a second, while one comes each millisecond.
  Call call({.bandwidth = 4000});
  CHECK(milliseconds_of(call.listener()) ==
        std::vector<std::int64_t>{3, 5, 7, 9, 11, 13, 15, 17, 19, 21});
}

TEST_CASE("a crashed node loses what is volatile and what comes to it") {
  Call call({.latency = {.mean = 1ms}});
  call.tell(4500us, Crash{"listener"});
  call.tell(7500us, Restart{"listener"});
  const Listener& listener = call.listener();
  CHECK(listener.heard == std::vector<std::int64_t>{6, 7, 8, 9});
  CHECK(network_of(call.world).nodes.at(1).crashes == 1);
}

TEST_CASE("the timers of a crashed node are gone when it starts again") {
  Call call({.latency = {.mean = 1ms}});
  call.tell(4500us, Crash{"caller"});
  call.tell(4600us, Restart{"caller"});
  // It had said 0 to 3; its timer for 5 ms is gone, and Start comes again.
  std::vector<std::int64_t> expected = numbers(0, 3);
  for (const std::int64_t again : numbers(0, 9)) expected.push_back(again);
  CHECK(call.listener().heard == expected);
  CHECK(call.listener().at.at(4) == 6'600'000);
}

TEST_CASE("a node that stands still gets what has come to it when it goes on") {
  Call call({.latency = {.mean = 1ms}});
  call.tell(3500us, Pause{"listener"});
  call.tell(7500us, Resume{"listener"});
  const Listener& listener = call.listener();
  CHECK(listener.heard == numbers(0, 9));
  CHECK(milliseconds_of(listener) == std::vector<std::int64_t>{2, 3, 7, 7, 7, 7, 8, 9, 10, 11});
  CHECK(listener.from.at(3) == *call.world.find("caller"));
}

TEST_CASE("a node that crashes while it stands still forgets what waits") {
  Call call({.latency = {.mean = 1ms}});
  call.tell(3500us, Pause{"listener"});
  call.tell(6500us, Crash{"listener"});
  call.tell(7500us, Restart{"listener"});
  CHECK(call.listener().heard == std::vector<std::int64_t>{6, 7, 8, 9});
  CHECK(network_of(call.world).nodes.at(1).held.empty());
}

TEST_CASE("what has waited is delivered in the order in which it came") {
  const Catalog catalog = calling_catalog();
  Simulation world(catalog, 1);
  world.add("late", Caller{.count = 1});
  world.add("early", Caller{.count = 1});
  world.add("listener", Listener{});
  NetworkPlan plan(world.names(), {.latency = {.mean = 1ms}});
  plan.link({.from = "late", .to = "listener", .link = {.latency = {.mean = 5ms}}});
  world.connect(plan.network());
  world.inject(input_at(0ns, world.network_id(), Pause{"listener"}));
  world.inject(input_at(20ms, world.network_id(), Resume{"listener"}));
  world.run(time_max);
  const std::vector<AgentId> expected{*world.find("early"), *world.find("late")};
  CHECK(world.agent<Listener>(*world.find("listener"))->from == expected);
}

TEST_CASE("what a paused or crashed node gets is a step that was dropped") {
  struct Counter final : Observer {
    bool wants_deliveries() const override { return true; }
    bool wants_checkpoints() const override { return false; }
    void on_delivery(const Delivery& delivery) override { dropped += delivery.dropped ? 1 : 0; }
    int dropped = 0;
  };
  Call call({.latency = {.mean = 1ms}});
  Counter counter;
  call.world.observe(counter);
  call.tell(3500us, Pause{"listener"});
  call.tell(5500us, Resume{"listener"});
  call.tell(6500us, Crash{"listener"});
  call.listener();
  CHECK(counter.dropped == 2 + 5);
}

TEST_CASE("a node's clock is set and drifts and its timers with it") {
  const Catalog catalog = cluster_catalog();
  auto world = cluster(catalog);
  world->inject(input_at(0ns, *world->find("network"), SetClock{"peer[1]", 3s, 0s, 500'000}));
  world->inject(input_at(0ns, *world->find("network"), SetClock{"peer[2]", 0s, 2s, -500'000}));
  world->run(Time(10s));
  const auto local = [&](const char* name) {
    return world->agent<Peer>(*world->find(name))->local.time_since_epoch();
  };
  CHECK(local("peer[0]") > 9900ms);
  CHECK(local("peer[0]") <= 10s);
  CHECK(local("peer[1]") > 3s + 14850ms);
  CHECK(local("peer[1]") <= 3s + 15s);
  CHECK(local("peer[2]") > -2s + 4900ms);
  CHECK(local("peer[2]") <= -2s + 5s);
  const auto told = [&](const char* name) { return world->agent<Peer>(*world->find(name))->told; };
  // A mean of one in 5 ms by the clock of each: 2000, 3000 and 1000 with a deviation below 60.
  CHECK(told("peer[0]") == Approx(2000).margin(300));
  CHECK(told("peer[1]") == Approx(3000).margin(300));
  CHECK(told("peer[2]") == Approx(1000).margin(300));
}

TEST_CASE("a node's own clock is what its plan says and what is set comes on top") {
  const Catalog catalog = cluster_catalog();
  Simulation world(catalog, 1);
  world.add("peer", Peer{}, 2);
  NetworkPlan plan(world.names());
  plan.add({.name = "odd", .agents = {"peer[0]"}, .clock_behind = 1s, .clock_drift_ppm = 100'000});
  world.connect(plan.network());
  const auto shown = [&](Duration at) {
    return Network::local_time(network_of(world).nodes.at(0), Time(at)).time_since_epoch();
  };
  CHECK(shown(10s) == 10s - 1s + 1s);
  world.inject(input_at(10s, world.network_id(), SetClock{"odd", 5s, 0s, -50'000}));
  world.run(Time(10s));
  CHECK(shown(10s) == 15s);
  CHECK(shown(20s) == 20s - 1s + 2s + 5s - 500ms);
  world.inject(input_at(20s, world.network_id(), SetClock{"odd"}));
  world.run(Time(20s));
  CHECK(shown(20s) == 21s);
}

TEST_CASE("what an agent names durable survives and its options do") {
  const Catalog catalog = cluster_catalog();
  auto world = cluster(catalog);
  world->run(Time(50ms));
  world->edit(edit_after(world->steps(), SetField{"peer[1]", "options.pace", "1ms"}));
  world->inject(input_at(60ms, *world->find("network"), Crash{"peer[1]"}));
  world->run(Time(60ms));
  const Peer& peer = *world->agent<Peer>(*world->find("peer[1]"));
  CHECK(peer.starts == 1);
  CHECK(peer.told == 0);
  CHECK(peer.options.pace == 1ms);
  CHECK(peer.disk.unsynced.empty());
}

TEST_CASE("a network that is not of its world is refused") {
  const Catalog catalog = cluster_catalog();
  Simulation small(catalog, 1);
  small.add("peer", Peer{}, 2);
  const Network network = NetworkPlan(small.names()).network();
  Simulation world(catalog, 1);
  world.add("peer", Peer{}, 3);
  CHECK_THROWS_WITH(world.connect(network), Contains("more or fewer agents"));
}

TEST_CASE("a plan names its mistakes") {
  const Catalog catalog = cluster_catalog();
  Simulation world(catalog, 1);
  world.add("peer", Peer{}, 3);
  world.add("listener", Listener{});
  NetworkPlan plan(world.names());
  CHECK_THROWS_WITH(plan.add({.name = "n", .agents = {"peeer"}}), Contains("did you mean 'peer'"));
  CHECK_THROWS_WITH(plan.add({.name = "m", .count = 2, .agents = {"peer"}}),
                    Contains("as many nodes as it has agents"));
  plan.add({.name = "o", .agents = {"peer[0]"}});
  CHECK_THROWS_WITH(plan.add({.name = "o"}), Contains("two nodes 'o'"));
  CHECK_THROWS_WITH(plan.add({.name = "p", .agents = {"peer"}}), Contains("on two nodes"));
  CHECK_THROWS_WITH(plan.everywhere("peer[0]"), Contains("on a node and everywhere"));
  CHECK_THROWS_WITH(plan.link({.from = "o", .to = "listner"}), Contains("did you mean 'listener'"));
  CHECK_THROWS_WITH(plan.link({.from = "o", .to = "", .link = {.loss = 2}}),
                    Contains("loss is a share"));
}

TEST_CASE("a message that names no node ends the run with its name") {
  Call call({});
  call.tell(1ms, Crash{"lisener"});
  CHECK_THROWS_WITH(call.listener(),
                    Contains("there is no node 'lisener'") && Contains("did you mean 'listener'"));
}

TEST_CASE("a world under chaos restores as it was at any step") {
  const Catalog catalog = cluster_catalog();
  const auto straight = cluster(catalog, 7, rough_link(), all_mischief());
  straight->run(Time(1s));
  CHECK(network_of(*straight).nodes.at(0).crashes > 0);
  for (const Step step : {1, 50, 333, 700, 1000, 1400}) {
    const auto begun = cluster(catalog, 7, rough_link(), all_mischief());
    begun->run(time_max, step);
    const Bytes bytes = saved(*begun);
    const auto restored = cluster(catalog, 7, rough_link(), all_mischief());
    Decoder in(bytes);
    restored->restore(in);
    in.expect_end();
    CHECK(restored->state_root() == begun->state_root());
    const auto copied = begun->copy();
    CHECK(copied->state_root() == begun->state_root());
    for (Simulation* world : {restored.get(), copied.get()}) {
      world->run(Time(1s));
      CHECK(world->prefix() == straight->prefix());
      CHECK(world->state_root() == straight->state_root());
    }
  }
}

TEST_CASE("a state of a network that is none is refused") {
  const Catalog catalog = cluster_catalog();
  const auto world = cluster(catalog);
  world->run(Time(20ms));
  CHECK_THROWS_WITH(
      world->edit(edit_after(world->steps(), SetField{"network", "members[0].node", "99"})),
      Contains("no node"));
  const Digest before = world->state_root();
  CHECK_THROWS(world->edit(edit_after(world->steps(), SetField{"network", "link.loss", "2"})));
  CHECK(world->state_root() == before);
  world->edit(edit_after(world->steps(), SetField{"network", "nodes[0].state", "crashed"}));
  const std::int64_t told = world->agent<Peer>(AgentId{1})->told;
  world->run(Time(60ms));
  CHECK(world->agent<Peer>(AgentId{1})->told == told);
}

TEST_CASE("the network stays nowhere and agents that begin nowhere do") {
  const Catalog catalog = cluster_catalog();
  const auto world = cluster(catalog, 1, {}, all_mischief());
  const auto refused = [&](const char* path, const char* value, const char* reason) {
    CHECK_THROWS_WITH(world->edit(edit_after(world->steps(), SetField{"network", path, value})),
                      Contains(reason));
  };
  refused("members[5].node", "0", "how it begins");  // the network
  refused("members[6].node", "0", "how it begins");  // chaos
  refused("nodes[0].held", R"([{"from":1,"seq":0,"to":1,"kind":1,"payload":[]}])",
          "does not stand still");
  refused("nodes[0].clock_drift_ppm", "-1000000", "drift_ppm goes from");
  const auto untouched = cluster(catalog, 1, {}, all_mischief());
  CHECK(world->agent<Network>(world->network_id())->members.at(5).node == Network::nowhere);
  for (Simulation* each : {world.get(), untouched.get()}) each->run(Time(50ms));
  CHECK(world->state_root() == untouched->state_root());
}

TEST_CASE("a changed state of a failing network is refused or lived and nothing worse") {
  const Catalog catalog = cluster_catalog();
  const auto world = cluster(catalog, 7, rough_link(), all_mischief());
  world->run(Time(300ms));
  const Bytes whole = saved(*world);
  Random random(1, "changes");
  int lived = 0;
  int refused = 0;
  for (int i = 0; i < 1500; ++i) {
    Bytes bytes = whole;
    for (std::int64_t changes = random.uniform(std::int64_t{1}, std::int64_t{3}); changes > 0;
         --changes) {
      random.choice(bytes) = static_cast<std::byte>(random.bits());
    }
    Simulation restored(catalog, 0);
    try {
      Decoder in(bytes);
      restored.restore(in);
      in.expect_end();
      restored.run(time_max, restored.steps() + 200);
      ++lived;
    } catch (const std::exception&) {
      ++refused;
    }
  }
  CHECK(lived > 100);
  CHECK(refused > 100);
}

TEST_CASE("an aggregate over agents sees what a crash does to them") {
  const Catalog catalog = cluster_catalog();
  const auto world = cluster(catalog);
  FollowedExpression told(WorldExpression("sum(peer.told)", *world, ValueType::number));
  FollowedExpression states(WorldExpression("network.nodes[1].state == \"up\"", *world));
  world->run(Time(100ms));
  told.heeds(world_id);
  const Value before = told.value(*world);
  world->inject(input_at(101ms, world->network_id(), Crash{"peer[1]"}));
  bool heeded = false;
  while (world->agent<Peer>(AgentId{2})->told != 0) {
    struct Last final : Observer {
      bool wants_deliveries() const override { return true; }
      bool wants_checkpoints() const override { return false; }
      void on_delivery(const Delivery& delivery) override { to = delivery.event.to; }
      AgentId to{};
    } last;
    world->observe(last);
    world->step();
    world->forget(last);
    heeded = told.heeds(last.to);
    CHECK(states.heeds(last.to));
  }
  CHECK(heeded);
  CHECK(told.value(*world) ==
        WorldExpression("sum(peer.told)", *world, ValueType::number).value(*world));
  CHECK(told.value(*world) != before);
}

TEST_CASE("what a network does to one sender leaves the others' draws alone") {
  const Catalog catalog = cluster_catalog();
  const auto whole = cluster(catalog, 3, rough_link());
  const auto without = cluster(catalog, 3, rough_link());
  without->inject(input_at(0ns, *without->find("network"), Crash{"peer[4]"}));
  for (Simulation* world : {whole.get(), without.get()}) world->run(Time(20ms));
  for (const char* name : {"peer[0]", "peer[1]", "peer[2]", "peer[3]"}) {
    const AgentId id = *whole->find(name);
    CHECK(whole->stream(id) == without->stream(id));
    CHECK(whole->sent(id) == without->sent(id));
    const auto stream_of = [&](const Simulation& world) {
      return network_of(world).members.at(number(id) - 1).stream;
    };
    CHECK(stream_of(*whole) == stream_of(*without));
  }
}

TEST_CASE("a world without a network knows none of it") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  CHECK_FALSE(world->find("network"));
}

}  // namespace
}  // namespace reprise
