#include "timeline/state_difference.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>
#include <utility>

namespace reprise {

namespace json = boost::json;

namespace {

using Differences = std::vector<FieldDifference>;

void compare(const Type& type, const json::value* a, const json::value* b, const std::string& path,
             Differences& found);

void compare_fields(const Type& type, const json::object& a, const json::object& b,
                    const std::string& path, Differences& found) {
  for (const Field& field : type.fields) {
    const std::string name(field.name);
    compare(*field.type, a.if_contains(field.name), b.if_contains(field.name),
            path.empty() ? name : path + '.' + name, found);
  }
}

void compare_elements(const Type& type, const json::array& a, const json::array& b,
                      const std::string& path, Differences& found) {
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    const Type& element = type.shape == Shape::pair ? *type.fields[i].type : *type.element;
    compare(element, a.if_contains(i), b.if_contains(i), path + '[' + std::to_string(i) + ']',
            found);
  }
}

void compare_entries(const Type& type, const json::object& a, const json::object& b,
                     const std::string& path, Differences& found) {
  const auto visit = [&](const json::string_view key) {
    compare(*type.element, a.if_contains(key), b.if_contains(key),
            path + '[' + std::string(key) + ']', found);
  };
  for (const auto& entry : a) visit(entry.key());
  for (const auto& entry : b) {
    if (!a.contains(entry.key())) visit(entry.key());
  }
}

/// Compares what may be absent on one side.
void compare(const Type& type, const json::value* a, const json::value* b, const std::string& path,
             Differences& found) {
  if (a != nullptr && b != nullptr) {
    if (*a == *b) return;
    if (type.shape == Shape::optional && !a->is_null() && !b->is_null()) {
      return compare(*type.element, a, b, path, found);
    }
    if (a->is_array() && b->is_array() && type.shape != Shape::set) {
      return compare_elements(type, a->get_array(), b->get_array(), path, found);
    }
    if (a->is_object() && b->is_object()) {
      const auto& compare_objects = type.shape == Shape::map ? compare_entries : compare_fields;
      return compare_objects(type, a->get_object(), b->get_object(), path, found);
    }
  }
  FieldDifference& difference = found.emplace_back();
  difference.path = path;
  difference.type = &type;
  if (a != nullptr) difference.a = *a;
  if (b != nullptr) difference.b = *b;
}

/// Whether two objects are the same by the bytes of what they hold. False says nothing.
bool same_bytes(const Type& type, const void* a, const void* b) {
  switch (type.shape) {
    case Shape::text:
      return *static_cast<const std::string*>(a) == *static_cast<const std::string*>(b);
    case Shape::record:
    case Shape::pair:
      return std::ranges::all_of(type.fields, [&](const Field& field) {
        return same_bytes(*field.type, field.address(const_cast<void*>(a)),
                          field.address(const_cast<void*>(b)));
      });
    case Shape::optional:
    case Shape::list:
    case Shape::set:
    case Shape::map:
      return false;
    default:
      return std::memcmp(a, b, type.memory) == 0;
  }
}

/// What field_differences() finds in the JSON of two records, of which JSON is only made where it
/// may differ: of two runs that have parted nearly every agent does, in a few of its fields.
Differences record_differences(const Type& type, const void* a, const void* b) {
  Differences found;
  for (const Field& field : type.fields) {
    const void* const ours = field.address(const_cast<void*>(a));  // which only looks
    const void* const theirs = field.address(const_cast<void*>(b));
    if (same_bytes(*field.type, ours, theirs)) continue;
    const json::value in_a = to_json(*field.type, ours);
    const json::value in_b = to_json(*field.type, theirs);
    compare(*field.type, &in_a, &in_b, std::string(field.name), found);
  }
  return found;
}

/// How the agent of this name differs, its fields as they are: not yet cut to a few.
AgentDifference compared(const Simulation& a, const Simulation& b, const std::string& name) {
  AgentDifference difference{.name = name};
  const std::optional<AgentId> in_a = a.find(name);
  const std::optional<AgentId> in_b = b.find(name);
  if (in_a) {
    difference.kind_a = a.type_of_agent(*in_a).name;
    difference.retired_a = a.retired(*in_a);
  }
  if (in_b) {
    difference.kind_b = b.type_of_agent(*in_b).name;
    difference.retired_b = b.retired(*in_b);
  }
  const bool comparable = in_a && in_b && difference.kind_a == difference.kind_b &&
                          !difference.retired_a && !difference.retired_b;
  if (comparable) {
    const Type& type = *a.type_of_agent(*in_a).fields;
    const bool same_type = &type == b.type_of_agent(*in_b).fields;
    difference.fields = same_type ? record_differences(type, a.fields_of(*in_a), b.fields_of(*in_b))
                                  : field_differences(type, a.view(*in_a), b.view(*in_b));
    difference.fields_count = difference.fields.size();
  }
  return difference;
}

/// The agents that differ in any way, each once and in the order of ids.
struct Names {
  std::vector<std::string> names;
  std::uint64_t compared = 0;
};

Names names_that_differ(const Simulation& a, const Simulation& b) {
  const Simulation::Difference ids = Simulation::difference(a, b);
  Names found{.compared = ids.compared};
  std::set<std::string> known;
  for (const AgentId id : ids.agents) {
    for (const Simulation* world : {&a, &b}) {
      if (number(id) > world->agent_count()) continue;
      std::string name = world->name_of(id);
      if (known.insert(name).second) found.names.push_back(std::move(name));
    }
  }
  return found;
}

bool in_fields(const AgentDifference& difference) {
  return difference.kind_a != difference.kind_b || difference.retired_a != difference.retired_b ||
         difference.fields_count != 0;
}

/// The more, the earlier it is told.
std::uint64_t weight(const AgentDifference& difference) {
  const bool whole = difference.kind_a != difference.kind_b;
  return whole ? std::numeric_limits<std::uint64_t>::max()
               : 2 * difference.fields_count + (in_fields(difference) ? 1 : 0);
}

/// b - a, if that is an int64; of two integers.
std::optional<json::value> integer_delta(const json::value& a, const json::value& b) {
  const auto bits = [](const json::value& value) {
    return value.is_uint64() ? value.get_uint64() : static_cast<std::uint64_t>(value.get_int64());
  };
  const auto is_less = [&](const json::value& x, const json::value& y) {
    const bool x_negative = x.is_int64() && x.get_int64() < 0;
    const bool y_negative = y.is_int64() && y.get_int64() < 0;
    return x_negative == y_negative ? bits(x) < bits(y) : x_negative;
  };
  const bool negative = is_less(b, a);
  const std::uint64_t distance = negative ? bits(a) - bits(b) : bits(b) - bits(a);
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  if (distance > most) return std::nullopt;
  const auto delta = static_cast<std::int64_t>(distance);
  return negative ? -delta : delta;
}

}  // namespace

std::optional<json::value> FieldDifference::delta() const {
  const bool is_number = type->shape == Shape::integer || type->shape == Shape::real ||
                         type->shape == Shape::duration || type->shape == Shape::time;
  if (!is_number || !a || !b) return std::nullopt;
  const auto is_integer = [](const json::value& value) {
    return value.is_int64() || value.is_uint64();
  };
  if (is_integer(*a) && is_integer(*b)) return integer_delta(*a, *b);
  if (!a->is_double() || !b->is_double()) return std::nullopt;  // "nan", "inf"
  const double delta = b->get_double() - a->get_double();
  if (!std::isfinite(delta)) return std::nullopt;
  return delta;
}

std::vector<FieldDifference> field_differences(const Type& type, const json::value& a,
                                               const json::value& b) {
  Differences found;
  compare(type, &a, &b, "", found);
  return found;
}

StateDifference state_difference(const Simulation& a, const Simulation& b, std::size_t agents_max,
                                 std::size_t fields_max) {
  const Names differing = names_that_differ(a, b);
  const std::vector<std::string>& names = differing.names;
  StateDifference difference{.agents_count = names.size(),
                             .compared = differing.compared,
                             .roots_equal = a.state_root() == b.state_root()};
  const auto cut = [&](AgentDifference agent) {
    if (agent.fields.size() > fields_max) agent.fields.resize(fields_max);
    return agent;
  };
  std::vector<AgentDifference>& most = difference.agents;
  const auto more = [](const AgentDifference& x, const AgentDifference& y) {
    return weight(x) > weight(y);
  };
  for (const std::string& name : names) {
    AgentDifference agent = compared(a, b, name);
    difference.fields_differ += in_fields(agent) ? 1 : 0;
    const auto place = std::ranges::upper_bound(most, agent, more);
    if (most.size() == agents_max && place == most.end()) continue;
    most.insert(place, cut(std::move(agent)));
    if (most.size() > agents_max) most.pop_back();
  }
  return difference;
}

std::optional<AgentDifference> first_agent_that_differs(const Simulation& a, const Simulation& b,
                                                        std::span<const std::string> preferred,
                                                        std::size_t fields_max) {
  std::vector<std::string> names = names_that_differ(a, b).names;
  const auto is_preferred = [&](const std::string& name) {
    return std::ranges::find(preferred, name) != preferred.end();
  };
  std::ranges::stable_partition(names, is_preferred);
  std::optional<AgentDifference> without_fields;
  for (const std::string& name : names) {
    AgentDifference agent = compared(a, b, name);
    if (agent.fields.size() > fields_max) agent.fields.resize(fields_max);
    if (in_fields(agent)) return agent;
    if (!without_fields) without_fields = std::move(agent);
  }
  return without_fields;
}

}  // namespace reprise
