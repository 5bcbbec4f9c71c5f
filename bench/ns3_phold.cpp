#include "bench/ns3_phold.hpp"

#include <ns3/core-module.h>

#include <chrono>

namespace reprise::bench {

namespace {

using SteadyClock = std::chrono::steady_clock;

double seconds_since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

struct World {
  PholdDraw (*draw)(void* streams, std::uint32_t agent) = nullptr;
  void* streams = nullptr;
  std::vector<std::uint32_t> handled;
  std::uint64_t steps = 0;
  std::uint64_t done = 0;

  void start(std::uint32_t agent) {
    pass(agent);
    count();
  }

  void job(std::uint32_t agent) {
    ++handled[agent];
    pass(agent);
    count();
  }

  void pass(std::uint32_t agent) {
    const PholdDraw next = draw(streams, agent);
    ns3::Simulator::Schedule(ns3::NanoSeconds(next.delay_ns), &World::job, this, next.target);
  }

  void count() {
    if (++done == steps) ns3::Simulator::Stop();
  }
};

}  // namespace

Ns3Run run_ns3_phold(const std::string& scheduler, std::uint32_t agents, std::uint64_t steps,
                     PholdDraw (*draw)(void* streams, std::uint32_t agent), void* streams) {
  Ns3Run run;
  const auto setting_up = SteadyClock::now();
  ns3::ObjectFactory factory;
  factory.SetTypeId(scheduler);
  ns3::Simulator::SetScheduler(factory);
  World world;
  world.draw = draw;
  world.streams = streams;
  world.handled.resize(agents);
  world.steps = steps;
  for (std::uint32_t agent = 0; agent < agents; ++agent) {
    ns3::Simulator::Schedule(ns3::NanoSeconds(0), &World::start, &world, agent);
  }
  run.setup_seconds = seconds_since(setting_up);
  const auto start = SteadyClock::now();
  ns3::Simulator::Run();
  run.seconds = seconds_since(start);
  run.handled = world.handled;
  return run;
}

}  // namespace reprise::bench
