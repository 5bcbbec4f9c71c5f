#pragma once

#include <cstdint>
#include <string>
#include <vector>

// Read as C++17, which is what the headers of ns-3 take.

namespace reprise::bench {

/// When an agent's next job is due, from now, and whose it is, counted from 0.
struct PholdDraw {
  std::int64_t delay_ns = 0;
  std::uint32_t target = 0;
};

struct Ns3Run {
  double setup_seconds = 0;
  double seconds = 0;
  std::vector<std::uint32_t> handled;  ///< Jobs, by agent.
};

/// PHOLD in ns-3 under `scheduler` ("ns3::MapScheduler"): each agent draws with
/// draw(streams, agent) once at the start and once for each job that comes to it.
Ns3Run run_ns3_phold(const std::string& scheduler, std::uint32_t agents, std::uint64_t steps,
                     PholdDraw (*draw)(void* streams, std::uint32_t agent), void* streams);

}  // namespace reprise::bench
