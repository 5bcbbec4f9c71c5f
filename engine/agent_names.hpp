#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/fields.hpp"
#include "engine/ids.hpp"

namespace reprise {

/// The names of a world's agents: `exchange`, `trader[3]` for one of those declared together,
/// `trader[3]/0` for its first child. Ids are given out in order.
class AgentNames {
 public:
  struct Group {  ///< Agents declared under one name.
    std::string name;
    std::uint32_t first = 0;
    std::uint32_t count = 0;
    bool numbered = false;
    REPRISE_FIELDS(name, first, count, numbered)

    AgentId at(std::uint32_t index) const { return AgentId{first + index}; }
  };

  struct Birth {  ///< Of an agent that was not declared.
    AgentId parent{};
    std::uint64_t ordinal = 0;  ///< Among the parent's children.
    REPRISE_FIELDS(parent, ordinal)
  };

  AgentNames() = default;

  /// Throws DecodeError if these are not the names of a world's agents.
  AgentNames(std::vector<Group> groups, std::vector<Birth> births);

  /// Names one agent, or with `count` that many. Throws std::invalid_argument for a name that is
  /// taken or malformed. Only before the first birth.
  const Group& declare(std::string_view name, std::optional<std::uint32_t> count);

  AgentId give_birth(AgentId parent, std::uint64_t ordinal);

  std::uint32_t count() const { return declared_ + static_cast<std::uint32_t>(births_.size()); }
  const std::vector<Group>& groups() const { return groups_; }
  const std::vector<Birth>& births() const { return births_; }

  /// How it was born; nullptr if it was declared.
  const Birth* birth_of(AgentId id) const {
    return number(id) > declared_ ? &births_[number(id) - declared_ - 1] : nullptr;
  }

  const Group* group(std::string_view name) const;
  std::optional<AgentId> find(std::string_view name) const;
  std::string name_of(AgentId id) const;

 private:
  std::optional<AgentId> find_declared(std::string_view name) const;
  std::optional<AgentId> find_born(AgentId parent, std::string_view ordinal_text) const;

  std::uint32_t declared_ = 0;
  std::vector<Group> groups_;  // by first id
  std::map<std::string, std::uint32_t, std::less<>> by_name_;
  std::vector<Birth> births_;  // by id, after the last declared
};

}  // namespace reprise
