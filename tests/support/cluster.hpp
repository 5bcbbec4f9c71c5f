#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/chaos.hpp"
#include "engine/disk.hpp"
#include "engine/network_plan.hpp"
#include "tests/support/test_agents.hpp"

/// A few nodes that talk to each other, forget and write down: what a network is shown with.
namespace reprise::test {

/// Tells the others a number now and then, writes down what it hears, and syncs every fourth time.
struct Peer {
  using Handles = Messages<Start, Tick, Note>;

  struct Options {
    Duration pace = 5ms;
    std::string group = "peer";
    REPRISE_FIELDS(pace, group)
  };

  Options options;
  Disk disk;
  std::int64_t starts = 0;
  std::int64_t told = 0;
  std::vector<std::int64_t> heard;
  Time local{};
  REPRISE_FIELDS(options, disk, starts, told, heard, local)
  REPRISE_DURABLE(disk, starts)

  void on(const Start&, Context& world) {
    ++starts;
    world.wake(world.random().exponential(options.pace), Tick{});
  }
  void on(const Tick&, Context& world) {
    ++told;
    local = world.local_time();
    const std::vector<AgentId> others = world.find_all(options.group);
    const AgentId other = world.random().choice(others);
    const std::int64_t more = world.sometimes("peer.says_more", 0.5) ? 1000 : 0;
    world.send(other, Note{told + more});
    world.wake(world.random().exponential(options.pace), Tick{});
  }
  void on(const Note& note, Context& world) {
    heard.push_back(note.value);
    if (heard.size() > 6) heard.erase(heard.begin());
    const auto low = static_cast<std::uint8_t>(note.value);
    if (!disk.append("heard", {low, static_cast<std::uint8_t>(note.value >> 8)})) return;
    if (note.value % 4 == 0) world.sync(disk);
  }
};

inline Catalog cluster_catalog() {
  Catalog catalog = test_catalog();
  catalog.add<Peer>("peer");
  return catalog;
}

/// Five peers on nodes of their own, `link` between them, and whatever `chaos` does.
inline std::unique_ptr<Simulation> cluster(const Catalog& catalog, std::uint64_t seed = 1,
                                           const Link& link = {.latency = {.mean = 1ms}},
                                           const Chaos::Options& chaos = {}) {
  auto world = std::make_unique<Simulation>(catalog, seed);
  world->add("peer", Peer{}, 5);
  world->connect(NetworkPlan(world->names(), link).network());
  if (chaos.quiet > Duration::zero()) world->add(chaos_name, Chaos{.options = chaos});
  return world;
}

/// A bit of everything that can break, until 900 ms.
inline Chaos::Options all_mischief() {
  Chaos::Options chaos;
  chaos.quiet = 900ms;
  chaos.swarm = false;
  for (Duration* every :
       {&chaos.crash_every, &chaos.pause_every, &chaos.partition_every, &chaos.cut_every,
        &chaos.degrade_every, &chaos.clock_every, &chaos.disk_every, &chaos.rot_every}) {
    *every = 60ms;
  }
  for (Duration* lasts : {&chaos.crash_lasts, &chaos.pause_lasts, &chaos.partition_lasts,
                          &chaos.cut_lasts, &chaos.degrade_lasts, &chaos.disk_lasts}) {
    *lasts = 30ms;
  }
  chaos.latency_max = 5ms;
  chaos.disk_latency_max = 5ms;
  return chaos;
}

inline Link rough_link() {
  Link link;
  link.latency = {.shape = Latency::Shape::lognormal, .median = 1ms, .sigma = 0.5, .min = 100us};
  link.jitter = 500us;
  link.loss = 0.05;
  link.duplicate = 0.05;
  link.reorder = 0.05;
  link.bandwidth = 1'000'000;
  return link;
}

inline const Network& network_of(const Simulation& world) {
  return *world.agent<Network>(*world.find(network_name));
}

}  // namespace reprise::test
