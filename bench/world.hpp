#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "bench/measure.hpp"
#include "engine/session.hpp"
#include "replay/background.hpp"

namespace reprise::bench {

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Whether a run is recorded, and where its frames are encoded: `reprise run` has a thread do it.
using Recording = std::optional<WorkOn>;

/// Runs `world` to the limit and says what it was like; with `recording` into a journal in the
/// temporary folder, which is removed again. What `since_start` shows before is the setup.
Sample run_world(Simulation& world, InputSource& inputs, const RunLimit& limit, Recording recording,
                 const Stopwatch& since_start);

/// The engine's own PHOLD: agents/phold with its default delays.
Sample run_phold(std::uint32_t agents, std::uint32_t events_each, std::uint64_t seed, Step steps,
                 Recording recording);

}  // namespace reprise::bench
