#include "engine/catalog.hpp"

#include <algorithm>
#include <stdexcept>

#include "engine/chaos.hpp"
#include "engine/control.hpp"
#include "engine/nearest.hpp"
#include "engine/network.hpp"

namespace reprise {

namespace {

bool is_kind_name(std::string_view name) {
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  return !name.empty() && lower(name.front()) && std::ranges::all_of(name, [&](char c) {
    return lower(c) || (c >= '0' && c <= '9') || c == '_';
  });
}

/// Words as is_kind_name() has them, with dots between.
bool is_property_name(std::string_view name) {
  for (std::size_t dot = 0; (dot = name.find('.')) != std::string_view::npos;) {
    if (!is_kind_name(name.substr(0, dot))) return false;
    name.remove_prefix(dot + 1);
  }
  return is_kind_name(name);
}

/// "market.halt version 1"
std::string in_words(const MessageType& type) {
  return std::string(type.name) + " version " + std::to_string(type.version);
}

template <class Value>
std::vector<std::string> keys(const std::map<std::string, Value, std::less<>>& by_name) {
  std::vector<std::string> names;
  for (const auto& entry : by_name) names.push_back(entry.first);
  return names;
}

/// Throws where a line is about an option that there is not.
void expect_options(const AgentType& type) {
  for (const About& about : type.about_options) {
    std::vector<std::string> names;
    for (const Field& field : type.options->fields) names.emplace_back(field.name);
    if (std::ranges::find(names, about.name) != names.end()) continue;
    throw std::invalid_argument("the agent kind '" + type.name + "' says what '" +
                                std::string(about.name) + "' is, which is no option of it" +
                                did_you_mean(about.name, names));
  }
}

}  // namespace

Catalog::Catalog() {
  add(message_type<Start>());
  add(message_type<Stop>());
  add(message_type<SetField>());
  add(message_type<Reseed>());
  const auto add_own = [this](const AgentType& type) {
    for (const AgentType::Handler& handler : type.handlers) add(*handler.message);
    agents_.emplace(type.name, std::make_shared<AgentType>(type));
  };
  add_own(detail::make_agent_type<Network>(std::string(network_name)));
  add_own(detail::make_agent_type<Chaos>(std::string(chaos_name)));
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
  expect_options(*type);
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

void Catalog::add(Upcaster upcaster) {
  const MessageType& from = *upcaster.from;
  const MessageType& to = *upcaster.to;
  const std::string what = "the upcaster of " + in_words(from) + " to " + in_words(to);
  if (from.name != to.name) {
    throw std::invalid_argument(what + " is between two kinds; it lifts a kind to a later version");
  }
  if (to.version <= from.version) {
    throw std::invalid_argument(what + " does not lead to a later version");
  }
  if (upcaster_from(from.name, from.version) != nullptr) {
    throw std::invalid_argument(what + " is the second from version " +
                                std::to_string(from.version) + "; there is one from each");
  }
  const auto expect_one = [&](const MessageType& known, const MessageType& type) {
    if (known.version != type.version || &known == &type) return;
    throw std::invalid_argument(what + " knows version " + std::to_string(type.version) +
                                " by another C++ type than the upcaster beside it");
  };
  for (const auto& [key, beside] : upcasters_) {
    if (key.first != from.name) continue;
    expect_one(*beside.from, to);
    expect_one(*beside.to, from);
    expect_one(*beside.to, to);
  }
  upcasters_.emplace(std::pair(from.name, from.version), std::move(upcaster));
}

void Catalog::add(PropertyType type) {
  if (!is_property_name(type.name)) {
    throw std::invalid_argument("the property '" + type.name +
                                "' is not made of words of lower-case letters, digits and "
                                "underscores with dots between them");
  }
  if (property(type.name) != nullptr) {
    throw std::invalid_argument("the property '" + type.name + "' is already taken");
  }
  std::string name = type.name;
  properties_.emplace(std::move(name), std::move(type));
}

const Upcaster* Catalog::upcaster_from(std::string_view kind, std::uint16_t version) const {
  const auto found = upcasters_.find(std::pair(kind, version));
  return found == upcasters_.end() ? nullptr : &found->second;
}

/// What upcasters make of `type` in the end; itself where there is none.
const MessageType* Catalog::reached_from(const MessageType& type) const {
  const MessageType* reached = &type;
  while (const Upcaster* next = upcaster_from(type.name, reached->version)) reached = next->to;
  return reached;
}

std::uint16_t Catalog::version_reached(std::string_view kind, std::uint16_t version) const {
  const Upcaster* first = upcaster_from(kind, version);
  return first == nullptr ? version : reached_from(*first->from)->version;
}

void Catalog::check_upcasters() const {
  for (const auto& [key, upcaster] : upcasters_) {
    const MessageType* now = message(key.first);
    if (now == nullptr) {
      throw std::invalid_argument("the upcaster of " + in_words(*upcaster.from) +
                                  " lifts a kind that no agent takes");
    }
    const MessageType* reached = reached_from(*upcaster.from);
    if (reached == now) continue;
    throw std::invalid_argument(
        "the upcasters of " + in_words(*upcaster.from) + " lead to version " +
        std::to_string(reached->version) +
        (reached->version == now->version
             ? ", but to another C++ type than the one that agents take"
             : " and no further; agents take version " + std::to_string(now->version)));
  }
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

const MessageType* Catalog::message_by_id(std::uint64_t id, std::uint16_t version) const {
  const MessageType* now = message_by_id(id);
  if (now == nullptr || now->version == version) return now;
  const Upcaster* first = upcaster_from(now->name, version);
  if (first == nullptr || reached_from(*first->from) != now) return nullptr;
  return first->from;
}

Payload Catalog::lifted(Payload message) const {
  for (;;) {
    const Upcaster* upcaster = upcaster_from(message.type().name, message.type().version);
    if (upcaster == nullptr) return message;
    try {
      message = upcaster->lift(message.data());
    } catch (const std::exception& error) {
      throw DecodeError(in_words(*upcaster->from) + " cannot be lifted to version " +
                        std::to_string(upcaster->to->version) + ": " + error.what());
    }
  }
}

const PropertyType* Catalog::property(std::string_view name) const {
  const auto found = properties_.find(name);
  return found == properties_.end() ? nullptr : &found->second;
}

std::vector<const PropertyType*> Catalog::properties() const {
  std::vector<const PropertyType*> all;
  for (const auto& [name, type] : properties_) all.push_back(&type);
  return all;
}

std::vector<std::string> Catalog::property_names() const {
  return keys(properties_);
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
