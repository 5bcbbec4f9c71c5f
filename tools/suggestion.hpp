#pragma once

#include <span>
#include <string>
#include <string_view>

namespace reprise {

class Simulation;

/// "; did you mean 'output'?", to end a message with, or nothing: the shortest of `names` that
/// begins with `word`, or else the nearest.
std::string suggestion(std::string_view word, std::span<const std::string> names);

/// To end a message with that `world` has no agent `name`: its members, if it names a group
/// or one beyond its end ("; trader is a group of 20: trader[0] to trader[19]"), or which agent or
/// group was meant ("; did you mean 'exchange'?"), or else which there are ("; there are
/// exchange, trader[0] to trader[19]"): some of them, where they are many.
std::string suggested_agent(const Simulation& world, std::string_view name);

}  // namespace reprise
