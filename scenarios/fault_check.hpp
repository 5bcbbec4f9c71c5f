#pragma once

#include <optional>
#include <string>

#include "engine/message.hpp"
#include "engine/network.hpp"

namespace reprise {

/// What is wrong with a message to the network, and in which of its fields.
struct FaultFlaw {
  std::string field;
  std::string reason;
};

/// What keeps `network` from obeying a message that it listens to: nodes that there are not,
/// numbers that make no sense, more links than can be told of at once. Nothing where it can.
std::optional<FaultFlaw> flaw_of(const Payload& fault, const Network& network);

/// What it would obey though nobody can have meant it: a clock that is ahead and behind, a node on
/// two sides. Of a fault without a flaw.
std::optional<FaultFlaw> contradiction_in(const Payload& fault, const Network& network);

}  // namespace reprise
