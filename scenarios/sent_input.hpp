#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/input.hpp"
#include "engine/simulation.hpp"

namespace reprise {

/// A message from outside for a world that stands somewhere in its history.
struct SentInput {
  std::optional<Time> at;  ///< Nothing if whoever sends it is to say.
  AgentId to{};
  Payload payload;
};

/// Reads an inline table of TOML: `{to = "exchange", kind = "market.halt", lasts = "30s"}`, with
/// the message's fields beside `to`, `kind` and, if it has a time, `at`; the world is "world".
/// Throws InputError, of which `place` says where the text is from.
SentInput read_sent(std::string_view text, const Simulation& world, const std::string& place);

}  // namespace reprise
