#include "tools/input_words.hpp"

#include "engine/control.hpp"
#include "engine/json.hpp"
#include "tools/readable.hpp"

namespace reprise {

std::string receiver_name(AgentId to, const Simulation& world) {
  if (to == world_id) return "world";
  if (number(to) > world.agent_count()) return "agent " + std::to_string(number(to));
  return world.name_of(to);
}

std::string edit_in_words(const Payload& edit) {
  if (const auto* set = edit.as<SetField>()) {
    return "set " + set->agent + "." + set->path + " = " + set->value;
  }
  if (const auto* reseed = edit.as<Reseed>()) {
    return "reseed " + (reseed->agent.empty() ? "all" : reseed->agent) + " from " +
           std::to_string(reseed->seed);
  }
  return std::string(edit.type().name);
}

std::string in_words(const Input& input, const Simulation& world) {
  if (input.after) {
    return edit_in_words(input.payload) + " after step " + std::to_string(*input.after);
  }
  return std::string(input.payload.type().name) + " to " + receiver_name(input.to, world) + " at " +
         readable(input.at);
}

boost::json::object input_json(std::uint64_t number, const Input& input, const std::string& to) {
  const MessageType& type = input.payload.type();
  boost::json::object object{{"number", number},
                             {"time_ns", input.at.time_since_epoch().count()},
                             {"after", nullptr},
                             {"to", to},
                             {"kind", type.name},
                             {"payload", to_json(*type.fields, input.payload.data())},
                             {"producer", input.producer},
                             {"producer_seq", input.producer_seq},
                             {"key", input.key}};
  if (input.after) object["after"] = *input.after;
  return object;
}

}  // namespace reprise
