#include "scenarios/network_reader.hpp"

#include <boost/json/object.hpp>
#include <stdexcept>
#include <utility>

#include "engine/nearest.hpp"
#include "engine/network_plan.hpp"
#include "scenarios/input_error.hpp"

namespace reprise {

namespace json = boost::json;

namespace {

using Keys = std::vector<std::string>;

constexpr std::int64_t nodes_max = 1'000'000;
constexpr std::int64_t drift_max = 999'999;

/// Does what throws std::invalid_argument for what makes no sense in the table.
template <class Do>
auto in_place(const Table& table, const Do& task) {
  try {
    return task();
  } catch (const std::invalid_argument& error) {
    throw InputError(table.place(), error.what());
  }
}

/// The keys of a table that are not `others`, as a link. A latency in one word is constant.
Link read_link(const Table& table, const Keys& others) {
  json::object fields = table.object();
  for (const std::string& key : others) fields.erase(key);
  if (const auto latency = fields.find("latency");
      latency != fields.end() && latency->value().is_string()) {
    latency->value() = json::object{{"mean", latency->value()}};
  }
  Link link;
  table.fill("", fields, type_of<Link>(), &link, "key", "a link");
  return in_place(table, [&] {
    link.validate();
    return link;
  });
}

NetworkPlan::Node read_node(const Table& table) {
  table.only(Keys{"name", "count", "agents", "clock_ahead", "clock_behind", "clock_drift_ppm"});
  NetworkPlan::Node node{.name = table.text("name")};
  if (table.has("count")) {
    node.count = static_cast<std::uint32_t>(table.integer("count", 1, nodes_max));
  }
  if (table.has("agents")) node.agents = table.texts("agents");
  if (table.has("clock_ahead")) node.clock_ahead = table.duration("clock_ahead");
  if (table.has("clock_behind")) node.clock_behind = table.duration("clock_behind");
  if (table.has("clock_drift_ppm")) {
    node.clock_drift_ppm = table.integer("clock_drift_ppm", -drift_max, drift_max);
  }
  return node;
}

/// Refuses names of nodes that there are not, wherever the message names one.
void check_nodes(const Table& table, const Network& network) {
  for (const char* key : {"node", "from", "to"}) {
    if (!table.has(key)) continue;
    try {
      network.nodes_named(table.text(key));
    } catch (const std::invalid_argument& error) {
      table.refuse(key, error.what());
    }
  }
  if (!table.has("sides")) return;
  for (const json::value& side : table.at("sides").get_array()) {
    for (const json::value& node : side.get_array()) {
      try {
        network.nodes_named(std::string_view(node.get_string()));
      } catch (const std::invalid_argument& error) {
        table.refuse("sides", error.what());
      }
    }
  }
}

void validate(const Payload& fault) {
  if (const auto* worse = fault.as<Degrade>()) worse->validate();
  if (const auto* clock = fault.as<SetClock>()) clock->validate();
  if (const auto* rot = fault.as<Rot>()) rot->validate();
}

const MessageType& fault_kind(const Table& table, const Catalog& catalog) {
  const std::string kind = table.text("kind");
  std::vector<std::string> kinds;
  for (const AgentType::Handler& each : catalog.agent(network_name)->handlers) {
    const std::string name(each.message->name);
    if (name == kind || name == "reprise." + kind) return *each.message;
    kinds.push_back(name.substr(std::string_view("reprise.").size()));
  }
  table.refuse("kind", "unknown fault '" + kind + "'" + did_you_mean(kind, kinds),
               "`reprise kinds network` lists them");
}

}  // namespace

std::optional<Payload> end_of(const Payload& fault) {
  if (const auto* crash = fault.as<Crash>()) return Payload(Restart{crash->node});
  if (const auto* pause = fault.as<Pause>()) return Payload(Resume{pause->node});
  if (const auto* clock = fault.as<SetClock>()) return Payload(SetClock{.node = clock->node});
  if (const auto* disk = fault.as<SetDisk>()) return Payload(SetDisk{.node = disk->node});
  if (fault.as<Partition>() != nullptr) return Payload(Partition{});
  if (const auto* cut = fault.as<Cut>()) return Payload(Heal{cut->from, cut->to, cut->both});
  if (const auto* worse = fault.as<Degrade>()) {
    return Payload(Heal{worse->from, worse->to, worse->both});
  }
  if (const auto* turmoil = fault.as<Turmoil>()) return Payload(Turmoil{!turmoil->on});
  return std::nullopt;
}

void check_fault(const Table& table, const Payload& fault, const Network& network) {
  check_nodes(table, network);
  in_place(table, [&] { validate(fault); });
}

std::vector<ScenarioInput> read_faults(const ScenarioTree& tree, const Network& network,
                                       const Catalog& catalog) {
  std::vector<ScenarioInput> inputs;
  for (const Table& table : tables(tree, "fault", "a fault")) {
    const Time at(table.duration("at"));
    const MessageType& type = fault_kind(table, catalog);
    json::object fields = table.object();
    for (const char* key : {"at", "kind", "lasts"}) fields.erase(key);
    Payload fault(type);
    table.fill("", fields, *type.fields, fault.data(), "key", "a " + std::string(type.name));
    check_fault(table, fault, network);
    const std::optional<Payload> end = end_of(fault);
    inputs.push_back({.at = at, .to = std::string(network_name), .payload = std::move(fault)});
    if (!table.has("lasts")) continue;
    if (!end) table.refuse("lasts", "a " + std::string(type.name) + " does not last");
    const Duration lasts = table.duration("lasts");
    if (lasts > time_max - at) table.refuse("lasts", "it ends beyond the clock");
    inputs.push_back({.at = at + lasts, .to = std::string(network_name), .payload = *end});
  }
  return inputs;
}

std::shared_ptr<const Network> read_network(const ScenarioTree& tree, const AgentNames& names) {
  const json::object& top = tree.root().get_object();
  const std::vector<Table> nodes = tables(tree, "node", "a node");
  const std::vector<Table> links = tables(tree, "link", "a link");
  const bool any = top.contains("network") || top.contains("chaos") || !nodes.empty() ||
                   !links.empty() || top.contains("fault");
  if (!any) return nullptr;
  const json::value none = json::object();
  const json::value* const given = top.if_contains("network");
  const Table table(tree, "network", given == nullptr ? none : *given, "[network]");
  NetworkPlan plan(names, read_link(table, {"everywhere"}));
  for (const Table& node : nodes) {
    in_place(node, [&] { plan.add(read_node(node)); });
  }
  if (table.has("everywhere")) {
    for (const std::string& agent : table.texts("everywhere")) {
      in_place(table, [&] { plan.everywhere(agent); });
    }
  }
  for (const Table& link : links) {
    const NetworkPlan::Between between{.from = link.text("from"),
                                       .to = link.text("to"),
                                       .both = !link.has("both") || link.boolean("both"),
                                       .link = read_link(link, {"from", "to", "both"})};
    in_place(link, [&] { plan.link(between); });
  }
  return in_place(table, [&] { return std::make_shared<const Network>(plan.network()); });
}

std::optional<Chaos> read_chaos(const ScenarioTree& tree, const Network& network) {
  const json::value* const given = tree.root().get_object().if_contains("chaos");
  if (given == nullptr) return std::nullopt;
  const Table table(tree, "chaos", *given, "[chaos]");
  Chaos chaos;
  table.fill("", table.object(), type_of<Chaos::Options>(), &chaos.options, "key", "[chaos]");
  in_place(table, [&] {
    chaos.options.validate();
    for (const std::string& node : chaos.options.nodes) network.nodes_named(node);
  });
  return chaos;
}

}  // namespace reprise
