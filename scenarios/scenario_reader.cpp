#include "scenarios/scenario_reader.hpp"

#include <algorithm>
#include <charconv>
#include <deque>
#include <limits>
#include <map>
#include <stdexcept>
#include <utility>

#include "engine/control.hpp"
#include "engine/decimal.hpp"
#include "engine/json.hpp"
#include "engine/nearest.hpp"
#include "scenarios/expectations_reader.hpp"
#include "scenarios/network_reader.hpp"
#include "scenarios/set_check.hpp"
#include "scenarios/table.hpp"

namespace reprise {

namespace json = boost::json;

namespace {

using Keys = std::vector<std::string>;

constexpr std::int64_t integer_max = std::numeric_limits<std::int64_t>::max();

class ScenarioReader {
 public:
  ScenarioReader(const ScenarioTree& tree, const Catalog& catalog)
      : tree_(tree), catalog_(catalog) {}

  Scenario read() {
    const Table top(tree_, "", tree_.root(), "a scenario");
    top.only(Keys{"name", "seed", "until", "steps", "agent", "network", "node", "link", "fault",
                  "chaos", "input", "feed", "expect"});
    if (top.has("name")) scenario_.name = top.text("name");
    if (top.has("seed"))
      scenario_.seed = static_cast<std::uint64_t>(top.integer("seed", 0, integer_max));
    if (top.has("until")) scenario_.until = Time(top.duration("until"));
    if (top.has("steps")) scenario_.steps = static_cast<Step>(top.integer("steps", 0, integer_max));
    for (const Table& table : tables(tree_, "agent", "an agent")) read_agent(table);
    if (scenario_.agents.empty()) {
      throw InputError(tree_.place(""), "a scenario without agents",
                       "write an [[agent]] with a name and a kind");
    }
    read_surroundings();
    for (const Table& table : tables(tree_, "input", "an input")) read_input(table);
    for (const Table& table : tables(tree_, "feed", "a feed")) read_feed(table);
    if (top.has("expect")) {
      const Table expect(tree_, "expect", top.at("expect"), "[expect]");
      std::optional<Time> quiet;
      if (scenario_.chaos) quiet = Time(scenario_.chaos->options.quiet);
      scenario_.expect = read_expectations(expect, catalog_, quiet);
    }
    return std::move(scenario_);
  }

 private:
  void read_agent(const Table& table) {
    table.only(Keys{"name", "kind", "count", "options"});
    AgentDeclaration agent{
        .name = table.text("name"), .type = nullptr, .count = {}, .prototype = {}};
    const std::string kind = table.text("kind");
    agent.type = catalog_.agent(kind);
    if (agent.type == nullptr) {
      table.refuse("kind",
                   "unknown agent kind '" + kind + "'" + did_you_mean(kind, catalog_.agent_names()),
                   "`reprise kinds` lists them");
    }
    if (kind == network_name || kind == chaos_name) {
      table.refuse("kind", "'" + kind + "' is no [[agent]]", "write [" + kind + "]");
    }
    if (table.has("count")) {
      agent.count = static_cast<std::uint32_t>(table.integer("count", 1, agents_max));
    }
    agents_ += agent.count.value_or(1);
    if (agents_ > agents_max) {
      table.refuse("count", "with these the scenario has " + std::to_string(agents_) +
                                " agents; at most " + std::to_string(agents_max) + " are possible");
    }
    agent.prototype = prototype(table, *agent.type);
    check_name(table, agent);
    scenario_.agents.push_back(std::move(agent));
    names_.push_back(scenario_.agents.back().name);
  }

  static std::shared_ptr<const void> prototype(const Table& table, const AgentType& type) {
    const std::shared_ptr<void> agent = type.make();
    static const Type no_options{.shape = Shape::record, .name = "record"};
    const Type& options = type.options == nullptr ? no_options : *type.options;
    if (table.has("options")) {
      void* const object = type.options == nullptr ? nullptr : type.options_of(agent.get());
      table.fill("options", table.at("options"), options, object, "option", type.name);
    }
    try {
      if (type.validate != nullptr) type.validate(agent.get());
    } catch (const std::invalid_argument& error) {
      throw InputError(table.tree().places(table.path("options")),
                       "the options of " + type.name + ": " + error.what());
    }
    return agent;
  }

  void check_name(const Table& table, const AgentDeclaration& agent) {
    if (agent.name == world_name) {
      table.refuse("name", "'world' is the world itself", "give the agent another name");
    }
    const auto [entry, is_new] = known_.emplace(
        agent.name, Known{.index = scenario_.agents.size(), .place = table.place("name")});
    if (!is_new) {
      table.refuse("name",
                   "there is another agent '" + agent.name + "', at " + entry->second.place);
    }
    try {
      names_checked_.add(agent.name, *agent.type, agent.prototype.get(), 0);
    } catch (const std::invalid_argument& error) {
      table.refuse("name", error.what());
    }
  }

  void read_surroundings() {
    AgentNames names;
    for (const AgentDeclaration& agent : scenario_.agents) names.declare(agent.name, agent.count);
    scenario_.network = read_network(tree_, names);
    if (!scenario_.network) return;
    scenario_.chaos = read_chaos(tree_, *scenario_.network);
    declare_own(network_name, scenario_.network);
    if (scenario_.chaos) declare_own(chaos_name, std::make_shared<const Chaos>(*scenario_.chaos));
    scenario_.inputs = read_faults(tree_, *scenario_.network, catalog_);
  }

  /// An agent of the engine's, which may be sent to as any other and begins like `agent`.
  void declare_own(std::string_view name, std::shared_ptr<const void> agent) {
    const auto taken = known_.find(std::string(name));
    if (taken != known_.end()) {
      throw InputError(
          taken->second.place,
          "'" + taken->first + "' is what the scenario's " + taken->first + " is called",
          "give the agent another name");
    }
    own_.push_back({.name = std::string(name),
                    .type = catalog_.agent(name),
                    .count = {},
                    .prototype = std::move(agent)});
    known_.emplace(name, Known{.own = &own_.back(), .place = {}});
    names_.emplace_back(name);
  }

  void read_input(const Table& table) {
    table.only(Keys{"at", "to", "send"});
    const json::value& send = table.at("send");
    const Table message(tree_, table.path("send"), send, "a message to send");
    const std::string kind = message.text("kind");
    const MessageType& type = message_kind(message, catalog_);
    json::object fields = message.object();
    fields.erase("kind");
    if (&type == &message_type<SetField>()) write_value_as_json(fields);
    if (&type == &message_type<Reseed>()) read_seed_text(fields);
    ScenarioInput input{.at = Time(table.duration("at")), .to = {}, .payload = Payload(type)};
    table.fill("send", fields, *type.fields, input.payload.data(), "field", kind);
    const bool to_world = !table.has("to") && world_obeys(kind);
    input.to = to_world ? std::string(world_name) : table.text("to");
    const AgentType* receiver = receiver_named(table, input.to);
    if (!hears(receiver, type)) {
      const bool changed_to = table.changed("to") && !message.changed("kind");
      (changed_to ? table : message)
          .refuse(changed_to ? "to" : "kind", deaf(input.to, receiver, kind));
    }
    if (receiver != nullptr && input.to == network_name && scenario_.network) {
      check_fault(message, input.payload, *scenario_.network);
    }
    if (const auto* set = input.payload.as<SetField>()) {
      for (const char* key : {"agent", "path", "value"}) message.at(key);
      const AgentDeclaration* agent = declared(message, "agent", set->agent);
      if (agent != nullptr) check_set(message, *set, *agent);
    }
    if (const auto* reseed = input.payload.as<Reseed>(); reseed && !reseed->agent.empty()) {
      declared(message, "agent", reseed->agent);
    }
    scenario_.inputs.push_back(std::move(input));
  }

  /// A seed is any number of 64 bits, of which TOML writes only the lower half: above, it is text.
  static void read_seed_text(json::object& fields) {
    json::value* seed = fields.if_contains("seed");
    if (seed == nullptr || !seed->is_string()) return;
    const auto number = parse_number<std::uint64_t>(std::string_view(seed->get_string()));
    if (number) *seed = *number;
  }

  void read_feed(const Table& table) {
    FeedDeclaration feed = read_feed_declaration(table, catalog_);
    const auto [other, is_new] = feed_places_.emplace(feed.name, feed.place);
    if (!is_new) {
      table.refuse("name", "there is another feed '" + feed.name + "', at " + other->second);
    }
    if (!feed.to.empty()) {
      const AgentType* receiver = receiver_named(table, feed.to);
      for (const MessageType* kind : kinds_of(feed)) {
        if (hears(receiver, *kind)) continue;
        const bool changed_kind = table.changed("kind") && !table.changed("to");
        table.refuse(changed_kind ? "kind" : "to",
                     deaf(feed.to, receiver, std::string(kind->name)));
      }
    }
    scenario_.feeds.push_back(std::move(feed));
  }

  /// The kind of the agent that the text at `to` names; nullptr for the world.
  const AgentType* receiver_named(const Table& table, const std::string& to) const {
    return to == world_name ? nullptr : one_declared(table, "to", to)->type;
  }

  /// The agent, or group whose member, the text at `key` names; nullptr for one that will only be
  /// born: "sheep/0".
  const AgentDeclaration* declared(const Table& table, std::string_view key,
                                   const std::string& name) const {
    const std::size_t slash = name.find('/');
    const AgentDeclaration* agent = one_declared(table, key, name.substr(0, slash));
    return slash == std::string::npos ? agent : nullptr;
  }

  const AgentDeclaration* one_declared(const Table& table, std::string_view key,
                                       const std::string& to) const {
    const std::size_t bracket = to.find('[');
    const std::string name = to.substr(0, bracket);
    const auto known = known_.find(name);
    if (known == known_.end()) {
      table.refuse(key, "there is no agent '" + to + "'" + did_you_mean(name, names_));
    }
    const AgentDeclaration* const agent =
        known->second.own != nullptr ? known->second.own : &scenario_.agents[known->second.index];
    if (!agent->count && bracket == std::string::npos) return agent;
    const std::string example = "'" + name + (agent->count ? "[0]'" : "'");
    if (!agent->count)
      table.refuse(key, "'" + name + "' is one agent, not a group", "write " + example);
    const std::string group = "a group of " + std::to_string(*agent->count);
    if (bracket == std::string::npos) {
      table.refuse(key, "'" + to + "' is " + group, "name one of them, such as " + example);
    }
    std::uint32_t index = 0;
    std::from_chars(to.data() + bracket + 1, to.data() + to.size(), index);
    if (to != name + '[' + std::to_string(index) + ']' || index >= *agent->count) {
      table.refuse(
          key, "there is no agent '" + to + "'; '" + name + "' is " + group + ", from " + example);
    }
    return agent;
  }

  static bool hears(const AgentType* receiver, const MessageType& message) {
    if (receiver == nullptr) return world_obeys(message.name);
    return receiver->handler(message) != nullptr;
  }

  static std::string deaf(const std::string& to, const AgentType* receiver,
                          const std::string& kind) {
    if (receiver == nullptr) return "the world does not listen to " + kind;
    std::string reason =
        "'" + to + "' does not listen to " + kind + "; " + receiver->name + " handles";
    for (const AgentType::Handler& each : receiver->handlers) {
      if (each.message != &message_type<Start>()) reason += " " + std::string(each.message->name);
    }
    return receiver->handlers.empty() ? reason + " nothing" : reason;
  }

  struct Known {
    std::size_t index = 0;                  // in scenario_.agents
    const AgentDeclaration* own = nullptr;  // or one of the engine's
    std::string place;                      // of its name
  };

  const ScenarioTree& tree_;
  const Catalog& catalog_;
  Scenario scenario_;
  std::int64_t agents_ = 0;
  std::vector<std::string> names_;
  std::deque<AgentDeclaration> own_;                // of the engine
  std::map<std::string, Known> known_;              // agents, by name
  std::map<std::string, std::string> feed_places_;  // by name
  Simulation names_checked_{catalog_, 0};  // holds groups of no agents: it knows what a name may be
};

}  // namespace

Scenario read_scenario(ScenarioTree tree, const Catalog& catalog,
                       std::span<const std::string> overrides, std::optional<std::uint64_t> seed) {
  const std::string canonical = tree.canonical();
  std::vector<std::string> kept;
  for (const std::string& each : overrides) {
    if (tree.apply(each) != "seed") kept.push_back(each);
  }
  Scenario scenario = ScenarioReader(tree, catalog).read();
  scenario.canonical = canonical;
  scenario.overrides = std::move(kept);
  if (seed) scenario.seed = *seed;
  return scenario;
}

}  // namespace reprise
