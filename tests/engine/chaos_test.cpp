#include "engine/chaos.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "tests/support/cluster.hpp"

namespace reprise {
namespace {

using namespace test;
using Catch::Matchers::Contains;

const Chaos& chaos_of(const Simulation& world) {
  return *world.agent<Chaos>(*world.find(chaos_name));
}

/// Counts what the network is told, by kind.
struct Orders final : Observer {
  explicit Orders(const Simulation& seen) : world(seen) {}
  bool wants_deliveries() const override { return true; }
  bool wants_checkpoints() const override { return false; }
  void on_delivery(const Delivery& delivery) override {
    const Event& event = delivery.event;
    if (event.to != *world.find(network_name)) return;
    ++counts[std::string(event.kind->name)];
    last = event.key.at;
  }
  const Simulation& world;
  std::map<std::string, int> counts;
  Time last{};
};

TEST_CASE("chaos does everything that it is allowed to") {
  const Catalog catalog = cluster_catalog();
  const auto world = cluster(catalog, 1, rough_link(), all_mischief());
  Orders orders(*world);
  world->observe(orders);
  world->run(Time(1s));
  for (const char* kind : {"crash", "restart", "pause", "resume", "partition", "cut", "heal",
                           "degrade", "set_clock", "set_disk", "rot", "turmoil"}) {
    INFO(kind);
    CHECK(orders.counts["reprise." + std::string(kind)] > 0);
  }
}

TEST_CASE("when it is quiet everything is whole and stays so") {
  const Catalog catalog = cluster_catalog();
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto world = cluster(catalog, seed, rough_link(), all_mischief());
    for (const char* node : {"peer[0]", "peer[1]"}) {  // what others break is made whole, too
      world->inject(input_at(890ms, world->network_id(), Pause{node}));
    }
    world->inject(input_at(895ms, world->network_id(), Crash{"peer[2]"}));
    world->run(Time(900ms));
    for (const Duration later : {0ms, 50ms, 500ms}) {
      world->run(Time(900ms + later));
      const Network& network = network_of(*world);
      CHECK_FALSE(network.turmoil);
      for (const Network::Node& node : network.nodes) {
        CHECK(node.state == Network::State::up);
        CHECK(node.side == 0);
        CHECK(node.held.empty());
        CHECK(node.clock_offset_ns == 0);
        CHECK(node.clock_drift_ppm == 0);
        for (const auto& [to, way] : node.ways) CHECK_FALSE((way.cut || way.worse));
      }
      for (std::uint32_t id = 1; id <= 5; ++id) {
        const Disk& disk = world->agent<Peer>(AgentId{id})->disk;
        CHECK_FALSE(disk.full);
        CHECK(disk.slower == 0ns);
      }
    }
  }
}

TEST_CASE("each seed has some kinds of faults and others not") {
  const Catalog catalog = cluster_catalog();
  Chaos::Options options = all_mischief();
  options.swarm = true;
  std::set<std::array<bool, mischief_count>> seen;
  std::array<int, mischief_count> times{};
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const auto world = cluster(catalog, seed, {.latency = {.mean = 1ms}}, options);
    world->run(Time(0ns));
    seen.insert(chaos_of(*world).enabled);
    for (std::size_t i = 0; i < mischief_count; ++i) times[i] += chaos_of(*world).enabled[i];
  }
  CHECK(seen.size() > 100);
  for (const int each : times) CHECK(each == Approx(100).margin(36));  // five deviations
}

TEST_CASE("no more nodes than allowed are down at once") {
  const Catalog catalog = cluster_catalog();
  Chaos::Options options = all_mischief();
  options.crash_every = options.pause_every = 5ms;
  options.down_max = 2;
  const auto world = cluster(catalog, 3, {.latency = {.mean = 1ms}}, options);
  std::ptrdiff_t most = 0;
  while (world->now() < Time(900ms)) {
    world->step();
    most = std::max(most, std::ranges::count_if(network_of(*world).nodes, [](const auto& node) {
                      return node.state != Network::State::up;
                    }));
  }
  CHECK(most == 2);
}

TEST_CASE("chaos breaks only the nodes that it may") {
  const Catalog catalog = cluster_catalog();
  Chaos::Options options = all_mischief();
  options.nodes = {"peer[1]", "peer[3]"};
  const auto world = cluster(catalog, 3, {.latency = {.mean = 1ms}}, options);
  world->run(Time(1s));
  const Network& network = network_of(*world);
  CHECK(network.nodes.at(0).crashes + network.nodes.at(2).crashes + network.nodes.at(4).crashes ==
        0);
  CHECK(network.nodes.at(1).crashes > 0);
  CHECK(network.nodes.at(3).crashes > 0);
}

TEST_CASE("a point comes true now and then while chaos is at work and is counted") {
  const Catalog catalog = cluster_catalog();
  int enabled = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Chaos::Options options = all_mischief();
    options.start = 300ms;
    options.crash_every = 0ns;  // what it says more would be forgotten
    const auto world = cluster(catalog, seed, {.latency = {.mean = 1ms}}, options);
    world->run(Time(299ms));
    CHECK(network_of(*world).points.empty());
    world->run(Time(900ms));
    const Network::Point point = network_of(*world).points.at("peer.says_more");
    CHECK(point.asked > 100);
    if (point.enabled) {
      ++enabled;
      CHECK(static_cast<double>(point.came_true) / static_cast<double>(point.asked) ==
            Approx(0.5).margin(0.15));
    } else {
      CHECK(point.came_true == 0);
    }
    world->run(Time(2s));
    CHECK(network_of(*world).points.at("peer.says_more").asked == point.asked);
  }
  CHECK(enabled > 8);
  CHECK(enabled < 32);
}

TEST_CASE("chaos that is told to stop something stops it") {
  const Catalog catalog = cluster_catalog();
  const auto world = cluster(catalog, 3, {.latency = {.mean = 1ms}}, all_mischief());
  world->run(Time(100ms));
  const auto set = [&](const char* path, const char* value) {
    world->edit(edit_after(world->steps(), SetField{"chaos", path, value}));
  };
  set("options.crash_every", "\"0s\"");
  const std::uint64_t crashes = chaos_of(*world).done[0];
  world->run(Time(500ms));
  CHECK(chaos_of(*world).done[0] == crashes);
  CHECK(chaos_of(*world).done[1] > 5);
  set("nodes", "[]");
  const std::uint64_t pauses = chaos_of(*world).done[1];
  world->run(Time(2s));
  CHECK(chaos_of(*world).done[1] == pauses);
}

TEST_CASE("options of chaos that make no sense are refused") {
  Chaos::Options options;
  CHECK_THROWS_WITH(options.validate(), Contains("'quiet' is when"));
  options.quiet = options.start = 1s;
  CHECK_THROWS_WITH(options.validate(), Contains("not before 'quiet'"));
  options.start = 0s;
  options.loss_max = 1.5;
  CHECK_THROWS_WITH(options.validate(), Contains("from 0 to 1"));
}

TEST_CASE("chaos draws another story under each seed and the same under the same") {
  const Catalog catalog = cluster_catalog();
  std::set<std::string> stories;
  for (const std::uint64_t seed : {1, 2, 3, 1, 2, 3}) {
    const auto world = cluster(catalog, seed, rough_link(), all_mischief());
    world->run(Time(1s));
    stories.insert(to_string(world->state_root()));
  }
  CHECK(stories.size() == 3);
}

}  // namespace
}  // namespace reprise
