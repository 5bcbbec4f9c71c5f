#include "tools/suggestion.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/nearest.hpp"
#include "engine/simulation.hpp"
#include "tools/output.hpp"

namespace reprise {

namespace {

constexpr std::uint32_t names_max = 10'000;  // enough to find what was meant
constexpr std::size_t groups_max = 10;       // enough to see what it is about

/// "exchange" or "trader[0] to trader[19]".
std::string in_words(const AgentNames::Group& group) {
  if (!group.numbered) return group.name;
  const std::string first = group.name + "[0]";
  return group.count == 1
             ? first
             : first + " to " + group.name + '[' + std::to_string(group.count - 1) + ']';
}

}  // namespace

std::string suggestion(std::string_view word, std::span<const std::string> names) {
  const std::string* begun = nullptr;
  for (const std::string& name : names) {
    if (word.empty() || !name.starts_with(word)) continue;
    if (begun == nullptr || name.size() < begun->size()) begun = &name;
  }
  return begun == nullptr ? did_you_mean(word, names) : "; did you mean '" + *begun + "'?";
}

std::string suggested_agent(const Simulation& world, std::string_view name) {
  const AgentNames::Group* own = world.names().group(name.substr(0, name.find('[')));
  if (own != nullptr && own->numbered && own->count > 0) {
    return "; " + own->name + " is a group of " + grouped(own->count) + ": " + in_words(*own);
  }
  std::vector<std::string> names;
  std::string listed;
  std::size_t groups = 0;
  for (const AgentNames::Group& group : world.names().groups()) {
    if (group.count == 0) continue;
    names.push_back(group.name);
    if (groups++ < groups_max) listed += (listed.empty() ? "; there are " : ", ") + in_words(group);
  }
  const std::uint32_t count = std::min(world.agent_count(), names_max);
  for (std::uint32_t id = 1; id <= count; ++id) names.push_back(world.name_of(AgentId{id}));
  const std::string meant = suggestion(name, names);
  if (!meant.empty()) return meant;
  return groups > groups_max ? listed + " and others" : listed;
}

}  // namespace reprise
