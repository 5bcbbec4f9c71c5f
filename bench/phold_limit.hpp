#pragma once

#include <cstdint>

#include "bench/measure.hpp"
#include "engine/ids.hpp"
#include "engine/time.hpp"

namespace reprise::bench {

/// The world of agents/phold as a bare loop: the queue, the streams and the total order of the
/// engine, and nothing else of it: no kinds, no messages, no context, no digests, no journal. What
/// an engine cannot be faster than.
///
/// `work` digests how many jobs each agent handled: the same as in the engine's world.
Sample phold_limit(std::uint32_t agents, std::uint32_t events_each, std::uint64_t seed, Step steps);

}  // namespace reprise::bench
