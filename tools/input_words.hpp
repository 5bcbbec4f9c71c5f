#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>

#include "engine/input.hpp"
#include "engine/simulation.hpp"

/// What comes from outside, in words.
namespace reprise {

/// "trader[3]" or "world"; "agent 17" for one that `world` does not have yet.
std::string receiver_name(AgentId to, const Simulation& world);

/// What an edit does: "set trader[3].cash = 0", "reseed all from 5"; its kind where it is another.
std::string edit_in_words(const Payload& edit);

/// "market.halt to exchange at 3s"; of an edit what it does and when.
std::string in_words(const Input& input, const Simulation& world);

/// An input as an object: number time_ns after to kind payload producer producer_seq key; `after`
/// is the step that an edit follows, and null for a message.
boost::json::object input_json(std::uint64_t number, const Input& input, const std::string& to);

}  // namespace reprise
