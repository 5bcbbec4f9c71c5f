#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/json.hpp"
#include "engine/simulation.hpp"

/// What is not the same in the states of two worlds, field by field.
namespace reprise {

/// A value that two objects of one type do not share.
struct FieldDifference {
  std::string path;  ///< As field_at() reads it: "bids[61685990000].orders[0]".
  const Type* type = nullptr;
  std::optional<boost::json::value> a;  ///< Nothing where there is no such element.
  std::optional<boost::json::value> b;

  /// How much more `b` is, of numbers, durations and times; nothing if that does not fit.
  std::optional<boost::json::value> delta() const;
};

/// Those between the JSON views `a` and `b` of objects of `type`, in the order of the fields.
/// Elements of lists are compared by their positions, those of maps by their keys.
std::vector<FieldDifference> field_differences(const Type& type, const boost::json::value& a,
                                               const boost::json::value& b);

/// An agent that is not the same in two worlds.
struct AgentDifference {
  std::string name;
  std::string kind_a;  ///< Empty where there is no such agent,
  std::string kind_b;
  bool retired_a = false;  ///< or it has retired.
  bool retired_b = false;

  /// Of an agent that both have and of one kind, the first of them. Where there are none the
  /// difference is in its random stream, its counters, its id or what is pending for it.
  std::vector<FieldDifference> fields;
  std::uint64_t fields_count = 0;

  bool only_in_one() const { return kind_a.empty() || kind_b.empty(); }
};

struct StateDifference {
  std::vector<AgentDifference> agents;  ///< The most changed first.
  std::uint64_t agents_count = 0;       ///< How many there are,
  std::uint64_t fields_differ = 0;      ///< and how many of them in their fields, kind or life.
  std::uint64_t compared = 0;           ///< How many pairs of digests were looked at.
  bool roots_equal = false;             ///< Nothing that decides the future differs.
};

/// What differs between worlds of one catalog: the agents that changed most, by how many fields do,
/// and of each the first `fields_max`. Agents that only one world has come before all others, and
/// those without a difference in fields last. Agents are the same if they have the same name. For k
/// that differ among n costs about k log n comparisons of digests, and views of the k.
StateDifference state_difference(const Simulation& a, const Simulation& b, std::size_t agents_max,
                                 std::size_t fields_max);

/// The agent that differs first: of those that differ in their fields one of `preferred`, if there
/// is one, or else the first by id; where no fields differ, the same of all that do. Nothing if no
/// agent does. Costs as much as state_difference(), or less.
std::optional<AgentDifference> first_agent_that_differs(const Simulation& a, const Simulation& b,
                                                        std::span<const std::string> preferred,
                                                        std::size_t fields_max);

}  // namespace reprise
