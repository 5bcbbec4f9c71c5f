#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "replay/journal.hpp"

namespace reprise {

std::vector<std::string_view> split_fields(std::string_view text) {
  std::vector<std::string_view> parts;
  std::size_t depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : ',';
    if (c == '{' || c == '<' || c == '(') ++depth;
    if ((c == '}' || c == '>' || c == ')') && depth != 0) --depth;
    if (c != ',' || (depth != 0 && i < text.size())) continue;
    if (i != begin) parts.push_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  return parts;
}

namespace {

KindSchema schema_of(const AgentType& type) {
  return {KindSchema::Role::agent, type.name, type.version, describe(*type.fields)};
}

KindSchema schema_of(const MessageType& type) {
  return {KindSchema::Role::message, std::string(type.name), type.version, describe(*type.fields)};
}

/// The fields of a record as describe() writes it, by name; nothing if the text is no record.
std::map<std::string_view, std::string_view> fields_in(std::string_view text) {
  std::map<std::string_view, std::string_view> fields;
  if (text.size() < 2 || text.front() != '{' || text.back() != '}') return fields;
  text = text.substr(1, text.size() - 2);
  for (const std::string_view field : split_fields(text)) {
    const std::size_t colon = field.find(':');
    if (colon != std::string_view::npos) fields[field.substr(0, colon)] = field.substr(colon + 1);
  }
  return fields;
}

/// "field reason is absent in the journal and enum8(...) in this program", for each field.
std::string field_differences(std::string_view recorded, std::string_view now) {
  const auto then = fields_in(recorded);
  const auto today = fields_in(now);
  std::set<std::string_view> names;
  for (const auto* fields : {&then, &today}) {
    for (const auto& [name, type] : *fields) names.insert(name);
  }
  std::string text;
  const auto add = [&](std::string_view what, std::string_view in_journal,
                       std::string_view in_program) {
    if (!text.empty()) text += ", ";
    text.append(what).append(" ").append(in_journal).append(" in the journal and ");
    text.append(in_program).append(" in this program");
  };
  const auto type_of_field = [](const auto& fields, std::string_view name) {
    const auto found = fields.find(name);
    return found == fields.end() ? std::string_view("absent") : found->second;
  };
  for (const std::string_view name : names) {
    const std::string_view in_journal = type_of_field(then, name);
    const std::string_view in_program = type_of_field(today, name);
    if (in_journal == in_program) continue;
    add("field " + std::string(name) + " is", in_journal, in_program);
  }
  if (text.empty() && recorded != now) add("the fields are", recorded, now);
  return text;
}

std::string name_of(const KindSchema& kind) {
  return std::string(kind.role == KindSchema::Role::agent ? "agent" : "message") + " kind " +
         kind.kind;
}

std::string difference(const KindSchema& recorded, const KindSchema& now) {
  const std::string fields = field_differences(recorded.fields, now.fields);
  if (recorded.version == now.version) {
    return name_of(now) + ": " + fields + ", both as version " + std::to_string(now.version);
  }
  return name_of(now) + ": version " + std::to_string(recorded.version) + " in the journal, " +
         std::to_string(now.version) + " in this program" + (fields.empty() ? "" : ": " + fields);
}

/// Compares an earlier version of a message kind with the one that upcasters lead on from.
void compare_earlier(const KindSchema& recorded, const MessageType& now, const Catalog& catalog,
                     SchemaComparison& comparison) {
  const std::string versions =
      "v" + std::to_string(recorded.version) + " -> v" + std::to_string(now.version);
  const MessageType* earlier = catalog.message_by_id(now.id, recorded.version);
  if (earlier == nullptr) {
    const std::uint16_t reached = catalog.version_reached(recorded.kind, recorded.version);
    comparison.refused.push_back(difference(recorded, schema_of(now)) +
                                 (reached == recorded.version
                                      ? ""
                                      : "; upcasters lead to version " + std::to_string(reached)));
    return;
  }
  const std::string fields = describe(*earlier->fields);
  if (fields == recorded.fields) {
    comparison.lifted.push_back(recorded.kind + " " + versions);
    return;
  }
  comparison.refused.push_back(
      name_of(recorded) + ": the upcaster " + versions +
      " is for other fields: " + field_differences(recorded.fields, fields));
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
  for (const std::string_view own : {Start::kind, Stop::kind, SetField::kind, Reseed::kind}) {
    messages.emplace(own);
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

SchemaComparison compare_schema(const std::vector<KindSchema>& recorded, const Catalog& catalog) {
  SchemaComparison comparison;
  std::size_t earlier_refused = 0;
  for (const KindSchema& kind : recorded) {
    const AgentType* agent =
        kind.role == KindSchema::Role::agent ? catalog.agent(kind.kind) : nullptr;
    const MessageType* message =
        kind.role == KindSchema::Role::message ? catalog.message(kind.kind) : nullptr;
    if (agent == nullptr && message == nullptr) {
      comparison.refused.push_back(name_of(kind) + ": not in this program");
    } else if (message != nullptr && kind.version < message->version) {
      const std::size_t before = comparison.refused.size();
      compare_earlier(kind, *message, catalog, comparison);
      earlier_refused += comparison.refused.size() - before;
    } else {
      const KindSchema now = agent != nullptr ? schema_of(*agent) : schema_of(*message);
      if (now.version == kind.version && now.fields == kind.fields) continue;
      comparison.refused.push_back(difference(kind, now));
    }
  }
  comparison.upcasters_help =
      !comparison.refused.empty() && earlier_refused == comparison.refused.size();
  return comparison;
}

}  // namespace reprise
