#pragma once

#include <cstdint>

namespace reprise {

/// Names an agent: 0 is the world itself (as a sender, the outside), then 1, 2, ... in order of
/// declaration and birth. Never used again after a retirement.
enum class AgentId : std::uint32_t {};

inline constexpr AgentId world_id{};

constexpr std::uint32_t number(AgentId id) {
  return static_cast<std::uint32_t>(id);
}

}  // namespace reprise
