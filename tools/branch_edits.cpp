#include "tools/branch_edits.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <map>
#include <optional>
#include <utility>

#include "engine/json.hpp"
#include "tools/input_words.hpp"
#include "tools/readable.hpp"

namespace reprise {

namespace json = boost::json;

namespace {

struct Numbered {
  std::uint64_t number = 0;
  Input input;
};

/// By the outside's count, which is no two inputs' of a history.
using InputsByCount = std::map<std::uint64_t, Numbered>;

json::value view(const Payload& payload) {
  return to_json(*payload.type().fields, payload.data());
}

bool same_message(const Input& a, const Input& b) {
  return &a.payload.type() == &b.payload.type() && view(a.payload) == view(b.payload);
}

/// Whether a branch has `input` in the place of `recorded`, changed or not.
bool is_in_place_of(const Input& input, const Input& recorded) {
  return input.producer == recorded.producer && input.producer_seq == recorded.producer_seq &&
         input.to == recorded.to && input.after.has_value() == recorded.after.has_value() &&
         &input.payload.type() == &recorded.payload.type();
}

/// Whether the branch would hold it if nothing were done otherwise.
bool was_to_come(const Input& input, const Journal& branch) {
  if (!branch.seal()) return input.at < branch.last_at();
  switch (branch.seal()->end) {
    case RunEnd::drained:
      return true;
    case RunEnd::until:
      return input.at <= branch.seal()->limit.until;
    default:
      return input.at < branch.seal()->at;
  }
}

/// What `parent` recorded after `branch` leaves it.
InputsByCount recorded_after(const Journal& parent, const Journal& branch, std::uint64_t before,
                             const Catalog& catalog) {
  InputsByCount recorded;
  RecordedInputs inputs(parent, catalog);
  while (std::optional<Input> input = inputs.next()) {
    if (inputs.given() <= branch.header().parent->input_count) continue;
    const std::uint64_t count = *input->seq;
    recorded.emplace(count, Numbered{before + inputs.given(), std::move(*input)});
  }
  return recorded;
}

std::string name_of(const Numbered& recorded, const Simulation& world) {
  return "input " + std::to_string(recorded.number) + " (" + in_words(recorded.input, world) + ")";
}

/// "lasts = 3s": the fields that differ.
std::string change_in_words(const Input& before, const Input& now) {
  const Type& type = *now.payload.type().fields;
  const json::value old_view = readable(type, view(before.payload));
  const json::value new_view = readable(type, view(now.payload));
  std::string text;
  for (const auto& [field, value] : new_view.as_object()) {
    const json::value* old_value = old_view.as_object().if_contains(field);
    if (old_value != nullptr && *old_value == value) continue;
    text += (text.empty() ? "" : ", ") + std::string(field) + " = " +
            (value.is_string() ? std::string(value.get_string()) : json_text(value));
  }
  return text;
}

}  // namespace

std::vector<std::string> edits_of_branch(const Journal& branch, const Journal* parent,
                                         std::uint64_t before, const Simulation& world) {
  const Catalog& catalog = world.catalog();
  InputsByCount recorded;
  if (parent != nullptr) recorded = recorded_after(*parent, branch, before, catalog);
  const std::size_t to_come = recorded.size();
  std::vector<std::string> words;
  std::vector<Input> sent;
  RecordedInputs inputs(branch, catalog);
  while (std::optional<Input> input = inputs.next()) {
    const auto same = recorded.find(*input->seq);
    if (same == recorded.end() || !is_in_place_of(*input, same->second.input)) {
      if (input->producer != "branch") continue;
      if (input->after) words.push_back(edit_in_words(input->payload));
      if (!input->after) sent.push_back(std::move(*input));
      continue;
    }
    if (!same_message(*input, same->second.input)) {
      words.push_back("change " + name_of(same->second, world) + ": " +
                      change_in_words(same->second.input, *input));
    }
    recorded.erase(same);
  }
  for (const Input& input : sent) {
    const auto delayed = std::ranges::find_if(recorded, [&](const auto& each) {
      const Input& other = each.second.input;
      return !other.after && other.to == input.to && other.at < input.at &&
             same_message(other, input);
    });
    if (delayed == recorded.end()) {
      words.push_back("send " + in_words(input, world));
      continue;
    }
    words.push_back("delay " + name_of(delayed->second, world) + " by " +
                    readable(input.at - delayed->second.input.at));
    recorded.erase(delayed);
  }
  std::erase_if(recorded,
                [&](const auto& each) { return !was_to_come(each.second.input, branch); });
  if (to_come > 1 && recorded.size() == to_come) {
    words.emplace_back("no recorded inputs");
    return words;
  }
  for (const auto& [count, left_out] : recorded) {
    words.push_back("drop " + name_of(left_out, world));
  }
  return words;
}

}  // namespace reprise
