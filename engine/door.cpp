// Simulation::inject(): what comes in, and that it comes in once.

#include <algorithm>

#include "engine/floating_point.hpp"
#include "engine/simulation.hpp"

namespace reprise {

namespace {

/// What must be the same where an input comes again.
Digest content_of(const Input& input) {
  const FloatingPointDefaults floating_point;
  Digester digester;
  digester(input.to, input.payload.type().id);
  input.payload.type().digest(input.payload.data(), digester);
  return digester.digest();
}

std::string name_of_input(const Input& input) {
  const std::string number = "number " + std::to_string(input.producer_seq);
  const std::string key = "the key '" + input.key + "'";
  std::string name = input.producer_seq != 0 ? number : "";
  if (!input.key.empty()) name += (name.empty() ? "" : " and ") + key;
  return name + " of producer '" + input.producer + "'";
}

[[noreturn]] void refuse_other_content(const Input& input) {
  throw std::invalid_argument(
      "an input with " + name_of_input(input) +
      " came before with other content; a new input takes a new number and key");
}

/// For one that never took effect: to call it a repeat would lose it.
[[noreturn]] void refuse_late(const Input& input, std::uint64_t higher) {
  throw std::invalid_argument("an input with " + name_of_input(input) + " comes after number " +
                              std::to_string(higher) +
                              " and was never taken; it has to take a higher number");
}

}  // namespace

Admission Simulation::inject(Input input) {
  const auto refuse = [&](const std::string& why) {
    throw std::invalid_argument("an input of kind " + std::string(input.payload.type().name) + why);
  };
  if (input.after) refuse(" is an edit, and those are applied to the standing world");
  if (number(input.to) > agent_count()) refuse(" is for nobody");
  const bool heard = input.to == world_id
                         ? world_obeys(input.payload.type().name)
                         : type_of(head_of(input.to)).handler(input.payload.type()) != nullptr;
  if (!heard) refuse(" is for " + receivers_name(input.to) + ", which does not listen to it");
  if (const std::optional<Admission> repeat = repeat_of(input)) return *repeat;
  if (!input.seq) input.seq = outside_given_;
  const EventKey key{.at = input.at, .seq = *input.seq};
  if (input.at < now_ || (step_ != 0 && key <= last_)) {
    refuse(" is for " + to_string(input.at) + ", but the world already stands at " +
           to_string(now_));
  }
  if (door_.contains(key)) refuse(" has the number of another");
  note_given(input, key);
  outside_given_ = std::max(outside_given_, *input.seq + 1);
  const Time at = input.at;
  door_.emplace(key, std::move(input));
  return {.at = at};
}

/// The answer to an input that came before, if it did.
std::optional<Admission> Simulation::repeat_of(const Input& input) const {
  const std::uint64_t seq = input.producer_seq;
  const auto seen = seen_.find(input.producer);
  const bool passed = seq != 0 && seen != seen_.end() && seq <= seen->second;
  const InputMemory::Entry* entry = passed ? memory_.find(input.producer, seq) : nullptr;
  const bool same_key = entry == nullptr || entry->key == input.key;
  if (entry == nullptr && !input.key.empty()) entry = memory_.find(input.producer, input.key);
  if (entry != nullptr) {
    if (!same_key || entry->content != content_of(input)) refuse_other_content(input);
    return Admission{.repeat = true, .at = entry->at, .step = entry->step};
  }
  if (passed) {
    if (input.resendable && memory_.covers(input.producer, seq)) refuse_late(input, seen->second);
    return Admission{.repeat = true};
  }
  const auto given = given_.find(input.producer);
  const bool overtaken = seq != 0 && given != given_.end() && seq <= given->second.seq;
  if (input.key.empty() && !overtaken) return std::nullopt;
  if (const Input* waiting = at_door(input)) {
    if (content_of(*waiting) != content_of(input)) refuse_other_content(input);
    return Admission{.repeat = true, .at = waiting->at};
  }
  if (overtaken) refuse_late(input, given->second.seq);
  return std::nullopt;
}

/// The input that waits under the same number or key of the same producer.
const Input* Simulation::at_door(const Input& like) const {
  const auto by_key = door_keys_.find({like.producer, like.key});
  if (by_key != door_keys_.end()) return &door_.at(by_key->second);
  if (like.producer_seq == 0) return nullptr;
  const auto found = std::ranges::find_if(door_, [&](const auto& each) {
    return each.second.producer_seq == like.producer_seq && each.second.producer == like.producer;
  });
  return found == door_.end() ? nullptr : &found->second;
}

void Simulation::note_given(const Input& input, const EventKey& key) {
  if (input.producer_seq != 0) {
    Given& given = given_[input.producer];
    if (input.at < given.at) {
      throw std::invalid_argument("an input with " + name_of_input(input) + " is for " +
                                  to_string(input.at) + ", before number " +
                                  std::to_string(given.seq) + " at " + to_string(given.at));
    }
    given = {input.producer_seq, input.at};
  }
  if (!input.key.empty()) door_keys_.emplace(std::pair(input.producer, input.key), key);
}

void Simulation::note_taken(const Input& input, Step step) {
  outside_sent_ = std::max(outside_sent_, *input.seq + 1);
  std::uint64_t& seen = seen_[input.producer];
  seen = std::max(seen, input.producer_seq);
  if (!input.key.empty()) door_keys_.erase({input.producer, input.key});
  const bool named = input.producer_seq != 0 || !input.key.empty();
  if (!named || !(input.resendable || !input.key.empty())) return;
  memory_.add(input.producer, {input.producer_seq, input.key, content_of(input), input.at, step});
}

}  // namespace reprise
