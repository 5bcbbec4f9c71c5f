#pragma once

#include <filesystem>

#include "engine/ids.hpp"
#include "engine/time.hpp"

/// What a journal costs apart from its events. Each makes its files in `folder`.
namespace reprise::bench {

/// Milliseconds to open a journal with `events` events whose seal was cut off.
double torn_open_ms(const std::filesystem::path& folder, Step events);

/// The CPU time of a keyframe of `bytes` bytes of which 5 % of the pages have changed since the one
/// before, as a part of that of one which is new altogether.
double keyframe_of_dirty_pages(const std::filesystem::path& folder, std::size_t bytes);

/// Bytes of the journal of PHOLD with `agents` agents, inputs only, for each of `steps` steps.
double bytes_a_step(const std::filesystem::path& folder, std::uint32_t agents, Step steps);

}  // namespace reprise::bench
