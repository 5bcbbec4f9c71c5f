#include "tools/lab/hunt/reproducer_edits.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <functional>
#include <iterator>
#include <set>
#include <utility>

#include "engine/decimal.hpp"
#include "engine/json.hpp"
#include "tools/readable.hpp"

namespace reprise {

namespace json = boost::json;

namespace {

/// Of more inputs than these none is moved by itself.
constexpr std::size_t singles_max = 200;

/// Agents, or nodes of their own, that are there no more: all of a name, or of a group those from a
/// number on.
struct Gone {
  std::string name;
  std::optional<std::uint64_t> from;

  bool means(std::string_view text) const {
    if (!from) return text == name || (text.starts_with(name) && text[name.size()] == '[');
    if (!text.starts_with(name) || text.size() < name.size() + 3 || text[name.size()] != '[') {
      return false;
    }
    const auto number =
        parse_number<std::uint64_t>(text.substr(name.size() + 1, text.size() - name.size() - 2));
    return number && *number >= *from;
  }
};

/// `value` without elements of lists that name what is gone; nothing if it names it itself.
std::optional<json::value> without(const json::value& value, const Gone& gone) {
  if (value.is_string()) {
    if (gone.means(std::string_view(value.get_string()))) return std::nullopt;
  } else if (value.is_array()) {
    json::array kept;
    for (const json::value& each : value.get_array()) {
      if (std::optional<json::value> left = without(each, gone)) kept.push_back(std::move(*left));
    }
    return kept;
  } else if (value.is_object()) {
    json::object kept;
    for (const auto& [key, each] : value.get_object()) {
      std::optional<json::value> left = without(each, gone);
      if (!left) return std::nullopt;
      kept[key] = std::move(*left);
    }
    return kept;
  }
  return value;
}

void drop_inputs(Reproducer& reproducer, const Gone& gone) {
  GivenInputs kept;
  for (const auto& input : reproducer.inputs) {
    if (gone.means(input->to)) continue;
    const Type& type = *input->payload.type().fields;
    const json::value said = to_json(type, input->payload.data());
    const std::optional<json::value> left = without(said, gone);
    if (!left) continue;
    if (*left == said) {
      kept.push_back(input);
      continue;
    }
    try {
      GivenInput changed = *input;
      from_json(type, changed.payload.data(), *left);
      kept.push_back(std::make_shared<const GivenInput>(std::move(changed)));
    } catch (const FieldError&) {  // it cannot be said without what is gone, and goes with it
    }
  }
  reproducer.inputs = std::move(kept);
}

std::string name_of(const json::value& table) {
  const json::value* name = table.as_object().if_contains("name");
  return name != nullptr && name->is_string() ? std::string(name->get_string()) : "";
}

std::optional<std::uint64_t> count_of(const json::object& table) {
  const json::value* count = table.if_contains("count");
  if (count == nullptr || !count->is_number()) return std::nullopt;
  return count->to_number<std::uint64_t>();
}

json::array* list_at(json::object& document, std::string_view section) {
  json::value* list = document.if_contains(section);
  return list != nullptr && list->is_array() ? &list->get_array() : nullptr;
}

/// The nodes on which agents of `name` live.
std::vector<json::object*> nodes_with(json::object& document, const std::string& name) {
  std::vector<json::object*> nodes;
  json::array* list = list_at(document, "node");
  if (list == nullptr) return nodes;
  for (json::value& node : *list) {
    json::value* agents = node.as_object().if_contains("agents");
    if (agents == nullptr || !agents->is_array()) continue;
    const auto is_it = [&](const json::value& each) {
      return each.is_string() && std::string_view(each.get_string()) == name;
    };
    if (std::ranges::any_of(agents->get_array(), is_it)) nodes.push_back(&node.get_object());
  }
  return nodes;
}

Reproducer without_agent(const Reproducer& reproducer, std::size_t place) {
  Reproducer fewer = reproducer;
  json::array& agents = fewer.scenario.at("agent").as_array();
  const Gone gone{name_of(agents[place]), {}};
  agents.erase(agents.begin() + static_cast<std::ptrdiff_t>(place));
  for (json::object* node : nodes_with(fewer.scenario, gone.name)) {
    node->at("agents") = *without(node->at("agents"), gone);
  }
  if (json::array* nodes = list_at(fewer.scenario, "node")) {
    json::array kept;
    for (json::value& node : *nodes) {
      const json::value* lives = node.as_object().if_contains("agents");
      const bool empty = lives != nullptr && lives->is_array() && lives->get_array().empty();
      if (!empty) kept.push_back(node);
    }
    *nodes = std::move(kept);
    if (nodes->empty()) fewer.scenario.erase("node");
  }
  drop_inputs(fewer, gone);
  return fewer;
}

/// With so many of the group at `place`; and of those that share nodes with it.
Reproducer with_count(const Reproducer& reproducer, std::size_t place, std::uint64_t count) {
  Reproducer fewer = reproducer;
  json::array& agents = fewer.scenario.at("agent").as_array();
  std::set<std::string> names = {name_of(agents[place])};
  for (json::object* node : nodes_with(fewer.scenario, *names.begin())) {
    if (!count_of(*node)) continue;
    (*node)["count"] = count;
    drop_inputs(fewer, {name_of(*node), count});
    for (const json::value& each : node->at("agents").get_array()) {
      if (each.is_string()) names.emplace(each.get_string());
    }
  }
  for (json::value& agent : agents) {
    if (!names.contains(name_of(agent))) continue;
    agent.as_object()["count"] = count;
    drop_inputs(fewer, {name_of(agent), count});
  }
  return fewer;
}

/// Calls `edit` for each value below `value` that may be taken away or changed, the larger before
/// what is in them.
void walk(json::value& value, const std::function<void(json::object&, const std::string&)>& edit) {
  if (value.is_array()) {
    for (json::value& each : value.get_array()) walk(each, edit);
  }
  json::object* table = value.if_object();
  if (table == nullptr) return;
  std::vector<std::string> keys;
  for (const auto& [key, each] : *table) keys.emplace_back(key);
  for (const std::string& key : keys) {
    edit(*table, key);
    if (json::value* below = table->if_contains(key)) walk(*below, edit);
  }
}

/// What says how the world is and may say less.
constexpr std::array<std::string_view, 5> said_in = {"network", "node", "link", "agent", "chaos"};

/// What a table is, or who it is of.
bool is_needed(std::string_view section, const std::string& key) {
  if (section == "agent" || section == "node") {
    return key == "name" || key == "kind" || key == "count" || key == "agents";
  }
  return section == "link" && (key == "from" || key == "to");
}

using Edit = std::function<void(json::object& table, const std::string& key)>;

/// One for each key of each table, to which `edit` is done; none where it changes nothing.
std::vector<Reproducer> with_each_key(const Reproducer& reproducer, const Edit& edit) {
  std::vector<Reproducer> all;
  for (const std::string_view section : said_in) {
    if (!reproducer.scenario.contains(section)) continue;
    std::size_t keys = 0;
    Reproducer counted = reproducer;
    walk(counted.scenario.at(section), [&](json::object&, const std::string&) { ++keys; });
    for (std::size_t chosen = 0; chosen < keys; ++chosen) {
      Reproducer changed = reproducer;
      std::size_t key_number = 0;
      walk(changed.scenario.at(section), [&](json::object& table, const std::string& key) {
        const bool is_top = table.contains("name") || table.contains("from");
        if (key_number++ != chosen || (is_top && is_needed(section, key))) return;
        edit(table, key);
      });
      if (changed.scenario != reproducer.scenario) all.push_back(std::move(changed));
    }
  }
  return all;
}

/// As near as an integer comes.
std::int64_t scaled(std::int64_t number, double factor) {
  constexpr double most = 4e18;
  return static_cast<std::int64_t>(std::clamp(static_cast<double>(number) * factor, -most, most));
}

/// `value` times `factor`, as it was written; itself if it is neither a time nor a whole number.
json::value scaled(const json::value& value, double factor) {
  if (value.is_string()) {
    const std::optional<Duration> time = parse_duration(std::string_view(value.get_string()));
    if (!time) return value;
    return json::value(readable(Duration(scaled(time->count(), factor))));
  }
  if (value.is_int64()) return json::value(scaled(value.get_int64(), factor));
  return value;
}

void set_at(Reproducer& reproducer, std::size_t place, Time at) {
  auto moved = std::make_shared<GivenInput>(*reproducer.inputs[place]);
  moved->at = at;
  reproducer.inputs[place] = std::move(moved);
}

Time scaled(Time at, double factor) {
  return Time(Duration(scaled(at.time_since_epoch().count(), factor)));
}

}  // namespace

Reproducer with_inputs(const Reproducer& reproducer, const std::vector<std::size_t>& kept) {
  Reproducer fewer = reproducer;
  fewer.inputs.clear();
  for (const std::size_t place : kept) fewer.inputs.push_back(reproducer.inputs[place]);
  return fewer;
}

std::vector<Reproducer> with_fewer_agents(const Reproducer& reproducer) {
  std::vector<Reproducer> all;
  const json::array& agents = reproducer.scenario.at("agent").as_array();
  for (std::size_t place = 0; place < agents.size(); ++place) {
    if (agents.size() > 1) all.push_back(without_agent(reproducer, place));
  }
  for (std::size_t place = 0; place < agents.size(); ++place) {
    const std::uint64_t now = count_of(agents[place].as_object()).value_or(1);
    for (const std::uint64_t count : std::set<std::uint64_t>{1, now / 2, now - 1}) {
      if (count > 0 && count < now) all.push_back(with_count(reproducer, place, count));
    }
  }
  return all;
}

std::vector<Reproducer> with_less_said(const Reproducer& reproducer) {
  std::vector<Reproducer> all;
  for (const char* section : {"network", "chaos", "node", "link"}) {
    if (!reproducer.scenario.contains(section)) continue;
    all.push_back(reproducer);
    all.back().scenario.erase(section);
  }
  std::vector<Reproducer> less = with_each_key(
      reproducer, [](json::object& table, const std::string& key) { table.erase(key); });
  std::ranges::move(less, std::back_inserter(all));
  return all;
}

std::vector<Reproducer> with_other_values(const Reproducer& reproducer) {
  std::vector<Reproducer> all;
  for (const double factor : {0.5, 2.0}) {
    std::vector<Reproducer> changed =
        with_each_key(reproducer, [&](json::object& table, const std::string& key) {
          json::value& value = table.at(key);
          value = scaled(value, factor);
        });
    std::ranges::move(changed, std::back_inserter(all));
  }
  return all;
}

std::vector<Reproducer> with_rounder_times(const Reproducer& reproducer) {
  using namespace std::chrono_literals;
  std::vector<Reproducer> all;
  for (const Duration unit : {Duration(100ms), Duration(10ms), Duration(1ms)}) {
    Reproducer rounder = reproducer;
    bool any = false;
    for (std::size_t i = 0; i < rounder.inputs.size(); ++i) {
      const Duration past = rounder.inputs[i]->at.time_since_epoch() % unit;
      if (past == 0s) continue;
      any = true;
      const Duration to_next = unit - past;
      set_at(rounder, i, rounder.inputs[i]->at + (past < to_next ? -past : to_next));
    }
    if (!any) break;
    all.push_back(std::move(rounder));
  }
  return all;
}

std::vector<Reproducer> with_less_time(const Reproducer& reproducer) {
  std::vector<Reproducer> all;
  const auto& inputs = reproducer.inputs;
  for (const double factor : {0.5, 0.75}) {
    Reproducer shorter = reproducer;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      set_at(shorter, i, scaled(inputs[i]->at, factor));
    }
    for (const char* section : {"chaos", "expect"}) {
      json::value* table = shorter.scenario.if_contains(section);
      json::value* quiet = table == nullptr ? nullptr : table->as_object().if_contains("quiet");
      if (quiet != nullptr) *quiet = scaled(*quiet, factor);
    }
    if (shorter.scenario != reproducer.scenario || !inputs.empty()) {
      all.push_back(std::move(shorter));
    }
  }
  for (std::size_t i = 0; i < inputs.size() && inputs.size() <= singles_max; ++i) {
    const Time before = i == 0 ? Time() : inputs[i - 1]->at;
    for (const double factor : {0.0, 0.5}) {
      const Duration gap = inputs[i]->at - before;
      const Duration left(scaled(gap.count(), factor));
      if (left == gap) continue;
      Reproducer shorter = reproducer;
      for (std::size_t k = i; k < inputs.size(); ++k)
        set_at(shorter, k, inputs[k]->at - (gap - left));
      all.push_back(std::move(shorter));
    }
  }
  return all;
}

}  // namespace reprise
