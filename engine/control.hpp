#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/fields.hpp"

/// The messages every world knows: Start, which each agent gets first, and those that agent 0, the
/// world itself, obeys. Kinds that begin with `reprise.` are reserved.
namespace reprise {

/// The first message an agent gets: at time 0, or when it is born.
struct Start {
  static constexpr std::string_view kind = "reprise.start";
  static constexpr std::string_view about = "the first message of every agent";
  REPRISE_FIELDS()
};

/// Ends the run after this step.
struct Stop {
  static constexpr std::string_view kind = "reprise.stop";
  static constexpr std::string_view about = "to the world: ends the run";
  REPRISE_FIELDS()
};

/// Sets a field of an agent.
struct SetField {
  static constexpr std::string_view kind = "reprise.set";
  static constexpr std::string_view about = "to the world: sets a field of an agent";
  std::string agent;  ///< By name: "trader[3]".
  std::string path;   ///< Inside the agent: "options.size".
  std::string value;  ///< JSON; text that is no JSON is taken as a string.
  REPRISE_FIELDS(agent, path, value)
};

/// Begins random streams anew from another seed.
struct Reseed {
  static constexpr std::string_view kind = "reprise.reseed";
  static constexpr std::string_view about = "to the world: new random streams";
  std::string agent;  ///< By name; empty for all, those yet to be born included.
  std::uint64_t seed = 0;
  REPRISE_FIELDS(agent, seed)
};

/// Whether the world itself obeys messages of a kind.
inline bool world_obeys(std::string_view kind) {
  return kind == Stop::kind || kind == SetField::kind || kind == Reseed::kind;
}

}  // namespace reprise
