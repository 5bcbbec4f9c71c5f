// What the world itself obeys: Simulation::edit() and the messages of engine/control.hpp.

#include <algorithm>
#include <utility>

#include "engine/floating_point.hpp"
#include "engine/json.hpp"
#include "engine/simulation.hpp"

namespace reprise {

void Simulation::edit(const Input& input) {
  REPRISE_ASSERT(!failed_);
  const FloatingPointDefaults floating_point;
  if (input.after != step_ || input.to != world_id) {
    throw std::invalid_argument("an edit is for the world and for the step it stands at, " +
                                std::to_string(step_));
  }
  if (input.seq && !stand_at(input.at)) {
    throw std::invalid_argument("an edit was recorded at " + to_string(input.at) +
                                ", where this world cannot stand after step " +
                                std::to_string(step_));
  }
  Input numbered = input;
  numbered.at = now_;
  if (!numbered.seq) numbered.seq = outside_given_;
  const Event event({.at = now_, .seq = *numbered.seq}, world_id, numbered.payload);
  obey(event);
  note_taken(numbered, step_);
  outside_given_ = std::max(outside_given_, *numbered.seq + 1);
  prefix_ = fold(prefix_, event, Mark::edit, digester_);
  for (Observer* observer : observers_) observer->on_input(numbered, step_);
}

void Simulation::obey(const Event& event) {
  if (event.as<Stop>() != nullptr) {
    stopped_ = ended_ = true;
  } else if (const auto* set = event.as<SetField>()) {
    const std::optional<AgentId> id = find(set->agent);
    if (!id || !head_of(*id).alive) {
      throw std::invalid_argument("there is no agent '" + set->agent + "' to set a field of");
    }
    set_field(*id, *set);
    touch(*id);
  } else if (const auto* again = event.as<Reseed>()) {
    reseed(*again);
  } else {
    throw std::invalid_argument("the world does not listen to " + std::string(event.kind->name));
  }
}

void Simulation::set_field(AgentId id, const SetField& set) {
  // On a copy: what is refused must leave no trace.
  AgentHead& head = head_of(id);
  const AgentType& type = type_of(head);
  AgentHead* changed = make_agent(head, agent_of(head));
  const bool of_network = id == network_id_;
  try {
    const FieldPlace place = field_at(*type.fields, agent_of(*changed), set.path);
    from_json(*place.type, place.object, json_or_text(set.value));
    if (type.validate != nullptr) type.validate(agent_of(*changed));
  } catch (...) {
    unmake_agent(changed);
    throw;
  }
  AgentHead*& place = agents_[number(id) - 1];
  AgentHead* const before = std::exchange(place, changed);
  if (of_network) {
    try {
      find_network();
    } catch (...) {
      unmake_agent(std::exchange(place, before));
      find_network();
      throw;
    }
  }
  unmake_agent(before);
}

void Simulation::reseed(const Reseed& reseed) {
  if (!reseed.agent.empty()) {
    const std::optional<AgentId> id = find(reseed.agent);
    if (!id) throw std::invalid_argument("there is no agent '" + reseed.agent + "' to reseed");
    head_of(*id).random = Random(reseed.seed, name_of(*id));
    touch(*id);
    reseed_network(reseed.seed, *id);
    return;
  }
  seed_ = reseed.seed;
  for (std::uint32_t i = 0; i < agent_count(); ++i) {
    agents_[i]->random = Random(seed_, name_of(AgentId{i + 1}));
  }
  reseed_network(seed_, std::nullopt);
  tree_.touch_all();
}

}  // namespace reprise
