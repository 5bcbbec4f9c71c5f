#include <algorithm>
#include <set>

#include "replay/journal.hpp"

namespace reprise {

namespace {

KindSchema schema_of(const AgentType& type) {
  return {KindSchema::Role::agent, type.name, type.version, describe(*type.fields)};
}

KindSchema schema_of(const MessageType& type) {
  return {KindSchema::Role::message, std::string(type.name), type.version, describe(*type.fields)};
}

std::string difference(const KindSchema& recorded, const KindSchema& now) {
  const std::string what =
      std::string(recorded.role == KindSchema::Role::agent ? "agent" : "message") + " kind " +
      recorded.kind;
  if (recorded.version != now.version) {
    return what + ": version " + std::to_string(recorded.version) + " in the journal, " +
           std::to_string(now.version) + " in this program";
  }
  return what + ": fields " + recorded.fields + " in the journal, " + now.fields +
         " in this program, both as version " + std::to_string(now.version);
}

}  // namespace

JournalError::JournalError(const std::string& file, const std::string& reason,
                           const std::string& remedy)
    : std::runtime_error(file + ": " + reason + (remedy.empty() ? "" : "; " + remedy)) {}

JournalError::JournalError(const JournalPlace& place, const std::string& reason,
                           const std::string& remedy)
    : JournalError(place.file + " at offset " + std::to_string(place.offset), reason, remedy) {
  offset = place.offset;
}

std::vector<KindSchema> schema_of(const Catalog& catalog,
                                  const std::vector<std::string>& agent_kinds) {
  std::set<std::string> agents;
  std::vector<std::string> ahead = agent_kinds;
  while (!ahead.empty()) {
    const std::string name = ahead.back();
    ahead.pop_back();
    if (!agents.insert(name).second) continue;
    const AgentType* type = catalog.agent(name);
    REPRISE_ASSERT(type != nullptr);
    for (const void* key : type->spawns) {
      const AgentType* child = catalog.agent_by_key(key);
      if (child != nullptr) ahead.push_back(child->name);
    }
  }
  std::vector<KindSchema> schema;
  std::set<std::string> messages;
  for (const std::string& own : catalog.message_names()) {
    if (own.starts_with("reprise.")) messages.insert(own);
  }
  for (const std::string& name : agents) {
    const AgentType* type = catalog.agent(name);
    schema.push_back(schema_of(*type));
    for (const auto& handler : type->handlers) messages.emplace(handler.message->name);
  }
  for (const std::string& name : messages) schema.push_back(schema_of(*catalog.message(name)));
  return schema;
}

std::vector<std::string> agent_kinds_in(const Simulation& world) {
  std::set<std::string> kinds;
  for (std::uint32_t id = 1; id <= world.agent_count(); ++id) {
    kinds.insert(world.type_of_agent(AgentId{id}).name);
  }
  return {kinds.begin(), kinds.end()};
}

std::vector<std::string> schema_differences(const std::vector<KindSchema>& recorded,
                                            const Catalog& catalog) {
  std::vector<std::string> differences;
  for (const KindSchema& kind : recorded) {
    std::optional<KindSchema> now;
    if (kind.role == KindSchema::Role::agent) {
      if (const AgentType* type = catalog.agent(kind.kind)) now = schema_of(*type);
    } else if (const MessageType* type = catalog.message(kind.kind)) {
      now = schema_of(*type);
    }
    if (!now) {
      differences.push_back(
          std::string(kind.role == KindSchema::Role::agent ? "agent" : "message") + " kind " +
          kind.kind + ": not in this program");
    } else if (now->version != kind.version || now->fields != kind.fields) {
      differences.push_back(difference(kind, *now));
    }
  }
  return differences;
}

}  // namespace reprise
