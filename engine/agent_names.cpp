#include "engine/agent_names.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>

#include "engine/codec.hpp"
#include "engine/decimal.hpp"

namespace reprise {

namespace {

bool is_agent_name(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && letter(name.front()) && std::ranges::all_of(name, [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '-';
  });
}

std::optional<std::uint64_t> parse_index(std::string_view text) {
  const bool padded = text.size() > 1 && text.front() == '0';
  return padded ? std::nullopt : parse_number<std::uint64_t>(text);
}

}  // namespace

AgentNames::AgentNames(std::vector<Group> groups, std::vector<Birth> births)
    : groups_(std::move(groups)), births_(std::move(births)) {
  for (std::uint32_t i = 0; i < groups_.size(); ++i) {
    const Group& group = groups_[i];
    if (group.first != declared_ + std::uint64_t{1}) {
      throw DecodeError("the agents' names do not follow each other");
    }
    if (!group.numbered && group.count != 1) {
      throw DecodeError("an agent without a number is not one");
    }
    if (group.count > 0xFFFFFFFF - declared_) throw DecodeError("there are too many agents");
    declared_ += group.count;
    if (!is_agent_name(group.name) || !by_name_.emplace(group.name, i).second) {
      throw DecodeError("an agent's name is malformed or taken");
    }
  }
  if (births_.size() > 0xFFFFFFFF - declared_) throw DecodeError("there are too many agents");
  for (std::size_t i = 0; i < births_.size(); ++i) {
    const std::uint32_t parent = number(births_[i].parent);
    if (parent == 0 || parent > declared_ + i) {
      throw DecodeError("an agent was born before its parent");
    }
  }
}

const AgentNames::Group& AgentNames::declare(std::string_view name,
                                             std::optional<std::uint32_t> count) {
  const std::string quoted = std::string("'").append(name).append("'");
  if (!is_agent_name(name)) {
    throw std::invalid_argument("the agent name " + quoted +
                                " is not made of letters, digits, '_' and '-', a letter first");
  }
  if (by_name_.contains(name)) {
    throw std::invalid_argument("there are two agents named " + quoted);
  }
  if (count.value_or(1) > 0xFFFFFFFF - declared_) {
    throw std::invalid_argument("with " + quoted + " there are more agents than ids");
  }
  by_name_.emplace(name, static_cast<std::uint32_t>(groups_.size()));
  groups_.push_back({std::string(name), declared_ + 1, count.value_or(1), count.has_value()});
  declared_ += groups_.back().count;
  return groups_.back();
}

AgentId AgentNames::give_birth(AgentId parent, std::uint64_t ordinal) {
  births_.push_back({parent, ordinal});
  return AgentId{count()};
}

const AgentNames::Group* AgentNames::group(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &groups_[found->second];
}

std::optional<AgentId> AgentNames::find(std::string_view name) const {
  std::size_t slash = std::min(name.find('/'), name.size());
  std::optional<AgentId> found = find_declared(name.substr(0, slash));
  while (found && slash < name.size()) {
    const std::size_t start = slash + 1;
    slash = std::min(name.find('/', start), name.size());
    found = find_born(*found, name.substr(start, slash - start));
  }
  return found;
}

std::optional<AgentId> AgentNames::find_born(AgentId parent, std::string_view ordinal_text) const {
  const std::optional<std::uint64_t> ordinal = parse_index(ordinal_text);
  for (std::size_t i = 0; ordinal && i < births_.size(); ++i) {
    if (births_[i].parent == parent && births_[i].ordinal == *ordinal) {
      return AgentId{declared_ + static_cast<std::uint32_t>(i) + 1};
    }
  }
  return std::nullopt;
}

std::optional<AgentId> AgentNames::find_declared(std::string_view name) const {
  const std::size_t bracket = name.find('[');
  const Group* found = group(name.substr(0, bracket));
  if (found == nullptr) return std::nullopt;
  if (!found->numbered) {
    return bracket == std::string_view::npos ? std::optional(found->at(0)) : std::nullopt;
  }
  if (bracket == std::string_view::npos || name.back() != ']') return std::nullopt;
  const auto index = parse_index(name.substr(bracket + 1, name.size() - bracket - 2));
  if (!index || *index >= found->count) return std::nullopt;
  return found->at(static_cast<std::uint32_t>(*index));
}

std::string AgentNames::name_of(AgentId id) const {
  REPRISE_ASSERT(id != world_id && number(id) <= count());
  std::vector<std::uint64_t> line;  // the ordinals of the births back to a declared agent
  while (const Birth* birth = birth_of(id)) {
    line.push_back(birth->ordinal);
    id = birth->parent;
  }
  const Group& group = *std::prev(std::ranges::upper_bound(groups_, number(id), {}, &Group::first));
  std::string name = group.name;
  if (group.numbered) name.append("[").append(std::to_string(number(id) - group.first)).append("]");
  for (auto ordinal = line.rbegin(); ordinal != line.rend(); ++ordinal) {
    name.append("/").append(std::to_string(*ordinal));
  }
  return name;
}

}  // namespace reprise
