#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/program_options/options_description.hpp>
#include <iterator>
#include <memory>

#include "engine/json.hpp"
#include "tools/command.hpp"
#include "tools/lab/state_coverage.hpp"
#include "tools/output.hpp"
#include "tools/readable.hpp"
#include "tools/suggestion.hpp"

namespace reprise {

namespace json = boost::json;

namespace {

void declare(boost::program_options::options_description& options) {
  options.add_options()                      //
      ("json", "answer as one JSON object")  //
      ("coverage", "which bytes of an agent's state are in the digest, and which are not");
}

std::string about_option(const AgentType& type, std::string_view name) {
  for (const About& about : type.about_options) {
    if (about.name == name) return std::string(about.text);
  }
  return {};
}

/// The options of an agent kind as they are when nothing is set.
json::object defaults(const AgentType& type) {
  const std::shared_ptr<void> agent = type.make();
  return to_json(*type.options, type.options_of(agent.get())).as_object();
}

json::object describe_agent(const AgentType& type) {
  json::object options;
  if (type.options != nullptr) {
    const json::object values = defaults(type);
    for (const Field& field : type.options->fields) {
      options[field.name] = json::object{{"type", describe(*field.type)},
                                         {"default", values.at(field.name)},
                                         {"about", about_option(type, field.name)}};
    }
  }
  json::array handles;
  for (const auto& handler : type.handlers) handles.push_back(json::value(handler.message->name));
  return {{"version", type.version},
          {"about", type.about},
          {"options", std::move(options)},
          {"handles", std::move(handles)}};
}

json::object describe_message(const MessageType& type) {
  json::object fields;
  for (const Field& field : type.fields->fields) fields[field.name] = describe(*field.type);
  return {{"version", type.version}, {"about", type.about}, {"fields", std::move(fields)}};
}

void print_agent(const AgentType& type) {
  print(type.name + (type.about.empty() ? "" : ": " + std::string(type.about)));
  std::string handles;
  for (const auto& handler : type.handlers) handles += " " + std::string(handler.message->name);
  print("  handles" + handles);
  if (type.options == nullptr) return;
  const json::object values = defaults(type);
  for (const Field& field : type.options->fields) {
    const std::string about = about_option(type, field.name);
    const std::string text = json_text(readable(*field.type, values.at(field.name)));
    print("  " + std::string(field.name) + " = " + text + "  (" + describe(*field.type) + ")" +
          (about.empty() ? "" : "  " + about));
  }
}

void print_message(const MessageType& type) {
  print(std::string(type.name) + (type.about.empty() ? "" : ": " + std::string(type.about)));
  for (const Field& field : type.fields->fields) {
    print("  " + std::string(field.name) + "  (" + describe(*field.type) + ")");
  }
}

void print_property(const PropertyType& type) {
  print(type.name + (type.about.empty() ? "" : ": " + std::string(type.about)));
}

std::vector<std::string> kind_names(const Catalog& catalog) {
  std::vector<std::string> names = catalog.agent_names();
  std::ranges::copy(catalog.message_names(), std::back_inserter(names));
  std::ranges::copy(catalog.property_names(), std::back_inserter(names));
  return names;
}

ExitCode run_one(const Invocation& call, const std::string& name) {
  const AgentType* agent = call.catalog.agent(name);
  const MessageType* message = call.catalog.message(name);
  const PropertyType* property = call.catalog.property(name);
  if (agent == nullptr && message == nullptr && property == nullptr) {
    const std::string meant = suggestion(name, kind_names(call.catalog));
    throw UsageError("unknown kind '" + name + "'" + (meant.empty() ? "; `" : meant + " `") +
                     call.program + " kinds` lists them");
  }
  if (call.has("json")) {
    json::object one = agent != nullptr     ? describe_agent(*agent)
                       : message != nullptr ? describe_message(*message)
                                            : json::object{{"about", property->about}};
    one["name"] = name;
    print_json(one);
  } else if (agent != nullptr) {
    print_agent(*agent);
  } else if (message != nullptr) {
    print_message(*message);
  } else {
    print_property(*property);
  }
  return ExitCode::yes;
}

/// 1 if some bytes of state certainly are in no digest.
ExitCode show_coverage(const Invocation& call) {
  std::vector<const AgentType*> types = call.catalog.agents();
  if (!call.arguments.empty()) {
    const std::string& name = call.arguments.front();
    types = {call.catalog.agent(name)};
    if (types.front() == nullptr) {
      const std::string meant = suggestion(name, call.catalog.agent_names());
      throw UsageError("unknown agent kind '" + name + "'" + meant +
                       (meant.empty() ? "; `" : " `") + call.program +
                       " kinds` lists them; --coverage is of agents");
    }
  }
  bool whole = true;
  json::object all;
  for (const AgentType* type : types) {
    const StateCoverage coverage = coverage_of(*type);
    whole = whole && coverage.whole();
    all[type->name] = to_json(coverage);
    if (call.has("json")) continue;
    const std::vector<std::string> lines = lines_of(coverage);
    print(type->name + ": " + lines.front());
    for (std::size_t i = 1; i < lines.size(); ++i) print("  " + lines[i]);
  }
  if (call.has("json")) print_json(all);
  return whole ? ExitCode::yes : ExitCode::no;
}

ExitCode run(const Invocation& call) {
  if (call.has("coverage")) return show_coverage(call);
  if (!call.arguments.empty()) return run_one(call, call.arguments.front());
  if (call.has("json")) {
    json::object agents;
    json::object messages;
    for (const AgentType* type : call.catalog.agents()) agents[type->name] = describe_agent(*type);
    for (const MessageType* type : call.catalog.messages())
      messages[type->name] = describe_message(*type);
    json::object properties;
    for (const PropertyType* type : call.catalog.properties()) {
      properties[type->name] = json::object{{"about", type->about}};
    }
    print_json(json::object{{"agents", std::move(agents)},
                            {"messages", std::move(messages)},
                            {"properties", std::move(properties)}});
    return ExitCode::yes;
  }
  print("agents, with their options and defaults\n");
  for (const AgentType* type : call.catalog.agents()) print_agent(*type);
  print("\nmessages, with their fields\n");
  for (const MessageType* type : call.catalog.messages()) print_message(*type);
  if (call.catalog.properties().empty()) return ExitCode::yes;
  print("\nproperties, which [expect] switches on\n");
  for (const PropertyType* type : call.catalog.properties()) print_property(*type);
  return ExitCode::yes;
}

}  // namespace

const Command kinds_command{
    .name = "kinds",
    .summary = "the kinds of agents and messages, with their options, and properties",
    .arguments = "[KIND]",
    .arguments_min = 0,
    .arguments_max = 1,
    .details =
        "Example: reprise kinds --coverage\n"
        "--coverage: what REPRISE_FIELDS names is digested, saved and "
        "shown; what an agent keeps beside it is\n"
        "in no digest, and after a restore it is lost. Exit status then: 0 "
        "all is named, 1 some bytes are not.\n",
    .declare = declare,
    .run = run,
    .words = kind_names};

}  // namespace reprise
