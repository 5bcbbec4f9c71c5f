#include "engine/catalog.hpp"

#include <algorithm>
#include <stdexcept>

#include "engine/control.hpp"

namespace reprise {

namespace {

bool is_kind_name(std::string_view name) {
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  return !name.empty() && lower(name.front()) && std::ranges::all_of(name, [&](char c) {
    return lower(c) || (c >= '0' && c <= '9') || c == '_';
  });
}

template <class Value>
std::vector<std::string> keys(const std::map<std::string, Value, std::less<>>& by_name) {
  std::vector<std::string> names;
  for (const auto& entry : by_name) names.push_back(entry.first);
  return names;
}

}  // namespace

Catalog::Catalog() {
  add(message_type<Start>());
  add(message_type<Stop>());
  add(message_type<SetField>());
  add(message_type<Reseed>());
}

void Catalog::add(std::shared_ptr<const AgentType> type) {
  if (!is_kind_name(type->name)) {
    throw std::invalid_argument("the agent kind '" + type->name +
                                "' is not made of lower-case letters, digits and underscores");
  }
  for (const auto& [name, known] : agents_) {
    if (name == type->name || known->id == type->id) {
      throw std::invalid_argument("the agent kind '" + type->name + "' is already taken by '" +
                                  name + "'");
    }
    if (known->key == type->key) {
      throw std::invalid_argument("the agent kind '" + type->name + "' is the C++ type of '" +
                                  name + "'; give each type one name");
    }
  }
  for (const AgentType::Handler& handler : type->handlers) {
    if (handler.message->name.starts_with("reprise.") &&
        message(handler.message->name) == nullptr) {
      throw std::invalid_argument(
          "the message kind '" + std::string(handler.message->name) +
          "' is reserved: kinds that begin with 'reprise.' are the world's");
    }
    add(*handler.message);
  }
  agents_.emplace(type->name, type);
}

void Catalog::add(const MessageType& type) {
  for (const auto& [name, known] : messages_) {
    if (known == &type) return;
    if (name == type.name || known->id == type.id) {
      throw std::invalid_argument("the message kind '" + std::string(type.name) +
                                  "' is already taken by another C++ type, as '" + name + "'");
    }
  }
  messages_.emplace(type.name, &type);
}

const AgentType* Catalog::agent(std::string_view name) const {
  const auto found = agents_.find(name);
  return found == agents_.end() ? nullptr : found->second.get();
}

const AgentType* Catalog::agent_by_id(std::uint64_t id) const {
  for (const auto& [name, type] : agents_) {
    if (type->id == id) return type.get();
  }
  return nullptr;
}

const AgentType* Catalog::agent_by_key(const void* key) const {
  for (const auto& [name, type] : agents_) {
    if (type->key == key) return type.get();
  }
  return nullptr;
}

const MessageType* Catalog::message(std::string_view name) const {
  const auto found = messages_.find(name);
  return found == messages_.end() ? nullptr : found->second;
}

const MessageType* Catalog::message_by_id(std::uint64_t id) const {
  for (const auto& [name, type] : messages_) {
    if (type->id == id) return type;
  }
  return nullptr;
}

std::vector<const AgentType*> Catalog::agents() const {
  std::vector<const AgentType*> all;
  for (const auto& [name, type] : agents_) all.push_back(type.get());
  return all;
}

std::vector<const MessageType*> Catalog::messages() const {
  std::vector<const MessageType*> all;
  for (const auto& [name, type] : messages_) all.push_back(type);
  return all;
}

std::vector<std::string> Catalog::agent_names() const {
  return keys(agents_);
}

std::vector<std::string> Catalog::message_names() const {
  return keys(messages_);
}

}  // namespace reprise
