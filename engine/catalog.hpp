#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/agent.hpp"

namespace reprise {

/// The agent kinds, and through them the message kinds, that worlds can be made of.
class Catalog {
 public:
  /// Knows the world's own messages and no agents.
  Catalog();

  /// Makes agents of type A known as `name`: lower-case letters, digits and underscores, a letter
  /// first. Throws std::invalid_argument for a name or message kind that is taken, malformed or
  /// reserved.
  template <Agent A>
  Catalog& add(std::string name) {
    add(std::make_shared<AgentType>(detail::make_agent_type<A>(std::move(name))));
    return *this;
  }

  /// What is known by that name, id or C++ type; nullptr if nothing is.
  const AgentType* agent(std::string_view name) const;
  const AgentType* agent_by_id(std::uint64_t id) const;
  const AgentType* agent_by_key(const void* key) const;
  const MessageType* message(std::string_view name) const;
  const MessageType* message_by_id(std::uint64_t id) const;

  /// Everything known, by name.
  std::vector<const AgentType*> agents() const;
  std::vector<const MessageType*> messages() const;
  std::vector<std::string> agent_names() const;
  std::vector<std::string> message_names() const;

 private:
  void add(std::shared_ptr<const AgentType> type);
  void add(const MessageType& type);

  std::map<std::string, std::shared_ptr<const AgentType>, std::less<>> agents_;
  std::map<std::string, const MessageType*, std::less<>> messages_;
};

}  // namespace reprise
