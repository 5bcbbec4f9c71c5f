#include "scenarios/network_reader.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <map>
#include <set>
#include <stdexcept>
#include <utility>

#include "engine/enums.hpp"
#include "engine/json.hpp"
#include "engine/nearest.hpp"
#include "engine/network_plan.hpp"
#include "scenarios/fault_check.hpp"
#include "scenarios/input_error.hpp"

namespace reprise {

namespace json = boost::json;

namespace {

using Keys = std::vector<std::string>;

constexpr std::int64_t nodes_max = 1'000'000;
constexpr std::int64_t drift_max = 999'999;

/// Does what throws std::invalid_argument for what makes no sense at `key`, or in the whole table.
template <class Do>
auto in_place(const Table& table, std::string_view key, const Do& task) {
  try {
    return task();
  } catch (const std::invalid_argument& error) {
    throw InputError(key.empty() ? table.place() : table.place(key), error.what());
  }
}

/// Reads the keys `fields` of a table into `record`. Returns what `validate` throws
/// std::invalid_argument for.
template <class Record, class Validate>
std::optional<std::string> complaint_of(const Table& table, const json::object& fields,
                                        const std::string& owner, const Validate& validate,
                                        Record& record) {
  table.fill("", fields, type_of<Record>(), &record, "key", owner);
  try {
    validate(record);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return std::nullopt;
}

/// The keys `fields` of a table as a record. What `validate` throws std::invalid_argument for is
/// refused at the first key without which it would not.
template <class Record, class Validate>
Record read_record(const Table& table, const json::object& fields, const std::string& owner,
                   const Validate& validate) {
  Record record;
  const std::optional<std::string> reason = complaint_of(table, fields, owner, validate, record);
  if (!reason) return record;
  for (const auto& entry : fields) {
    json::object others = fields;
    others.erase(entry.key());
    Record without;
    if (!complaint_of(table, others, owner, validate, without)) table.refuse(entry.key(), *reason);
  }
  throw InputError(table.place(), *reason);
}

/// A latency that is one text is constant.
void write_latency_as_table(const Table& table, json::value& latency) {
  if (latency.is_object()) return;
  const bool time =
      latency.is_string() && parse_duration(std::string_view(latency.get_string())).has_value();
  if (!time) {
    table.refuse("latency", "'latency' is " + json_text(latency) +
                                ", and neither a time with its unit, such as \"5ms\", nor a table "
                                "such as { shape = \"exponential\", mean = \"5ms\" }");
  }
  latency = json::object{{"mean", latency}};
}

/// Refuses what would change nothing in a latency of its shape.
void check_shape(const Table& table, const json::object& latency, Latency::Shape shape) {
  using Shape = Latency::Shape;
  static const std::map<Shape, Keys> takes = {{Shape::constant, {"mean", "min", "max"}},
                                              {Shape::uniform, {"min", "max"}},
                                              {Shape::normal, {"mean", "deviation", "min", "max"}},
                                              {Shape::exponential, {"mean", "min", "max"}},
                                              {Shape::lognormal, {"median", "sigma", "min", "max"}},
                                              {Shape::empirical, {"table", "min", "max"}}};
  const std::string name(enumerator_name(shape).value());
  for (const auto& entry : latency) {
    const std::string key(entry.key());
    if (key == "shape" || std::ranges::find(takes.at(shape), key) != takes.at(shape).end())
      continue;
    std::string reason = "a latency of shape " + name + " takes no '" + key + "'; it takes";
    for (const std::string& each : takes.at(shape)) reason += ' ' + each;
    if (!latency.contains("shape")) reason += ", and without 'shape' it is constant";
    table.refuse("latency." + key, reason);
  }
}

/// The keys of a table that are not `others`, as a link.
Link read_link(const Table& table, const Keys& others) {
  Keys known = others;
  for (const Field& field : type_of<Link>().fields) known.emplace_back(field.name);
  table.only(known);
  json::object fields = table.object();
  for (const std::string& key : others) fields.erase(key);
  json::value* const latency = fields.if_contains("latency");
  if (latency != nullptr) write_latency_as_table(table, *latency);
  const Link link =
      read_record<Link>(table, fields, "a link", [](const Link& each) { each.validate(); });
  if (latency != nullptr && !table.tree().is_of_journal()) {
    check_shape(table, latency->get_object(), link.latency.shape);
  }
  return link;
}

NetworkPlan::Node read_node(const Table& table) {
  table.only(Keys{"name", "count", "agents", "clock_ahead", "clock_behind", "clock_drift_ppm"});
  NetworkPlan::Node node{.name = table.text("name")};
  if (table.has("count")) {
    node.count = static_cast<std::uint32_t>(table.integer("count", 1, nodes_max));
  }
  if (table.has("agents")) node.agents = table.texts("agents");
  if (table.has("clock_ahead")) node.clock_ahead = table.duration("clock_ahead");
  if (table.has("clock_behind")) {
    node.clock_behind = table.duration("clock_behind");
    if (table.has("clock_ahead") && !table.tree().is_of_journal()) {
      table.refuse("clock_behind", "a clock is ahead or behind, not both");
    }
  }
  if (table.has("clock_drift_ppm")) {
    node.clock_drift_ppm = table.integer("clock_drift_ppm", -drift_max, drift_max);
  }
  return node;
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

/// Refuses the node `name`, or the group that it is of, which has an agent's name.
[[noreturn]] void refuse_clash(const std::vector<Table>& nodes, const std::string& name) {
  const auto has_name = [&](const Table& node) {
    const std::string its = node.text("name");
    return its == name || (node.has("count") && its == name.substr(0, name.rfind('[')));
  };
  std::ranges::find_if(nodes, has_name)
      ->refuse("name",
               "the agent '" + name + "' is not on the node '" + name +
                   "' and would have a node of that name, too",
               "name it in the node's agents, or call the node otherwise");
}

/// Refuses a node whose name a group of nodes goes by as well.
void check_names(const std::vector<Table>& nodes, const Network& network) {
  std::set<std::string_view> groups;
  for (const Network::Node& node : network.nodes) {
    const std::string_view name = node.name;
    if (const std::size_t bracket = name.find('['); bracket != std::string_view::npos) {
      groups.insert(name.substr(0, bracket));
    }
  }
  for (const Table& node : nodes) {
    const std::string name = node.text("name");
    if (node.has("count") || !groups.contains(name)) continue;
    node.refuse("name", "'" + name + "' means the nodes '" + name + "[0]' and so on, too",
                "call this one otherwise");
  }
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
  if (table.tree().is_of_journal()) return;
  std::optional<FaultFlaw> flaw = flaw_of(fault, network);
  if (!flaw) flaw = contradiction_in(fault, network);
  if (!flaw) return;
  table.refuse(table.has(flaw->field) ? flaw->field : "kind", flaw->reason);
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
  for (const Table& each : nodes) {
    const NetworkPlan::Node node = read_node(each);
    const std::uint32_t first = in_place(each, "name", [&] { return plan.open(node); });
    in_place(each, each.has("agents") ? "agents" : "", [&] { plan.house(node, first); });
  }
  if (table.has("everywhere")) {
    for (const std::string& agent : table.texts("everywhere")) {
      in_place(table, "everywhere", [&] { plan.everywhere(agent); });
    }
  }
  if (const std::optional<std::string> name = plan.clash()) refuse_clash(nodes, *name);
  plan.settle();
  for (const Table& each : links) {
    const Link link = read_link(each, {"from", "to", "both"});
    const NetworkPlan::Between between{.from = each.text("from"),
                                       .to = each.text("to"),
                                       .both = !each.has("both") || each.boolean("both"),
                                       .link = link};
    const std::size_t from = in_place(each, "from", [&] { return plan.count(between.from); });
    const std::size_t to = in_place(each, "to", [&] { return plan.count(between.to); });
    if (from > links_at_once_max / to && !tree.is_of_journal()) {
      each.refuse("from", too_many_links(between.from, between.to),
                  "what holds for all links stands in [network]");
    }
    in_place(each, "", [&] { plan.link(between); });
  }
  const auto network =
      in_place(table, "", [&] { return std::make_shared<const Network>(plan.network()); });
  if (!tree.is_of_journal()) check_names(nodes, *network);
  return network;
}

std::optional<Chaos> read_chaos(const ScenarioTree& tree, const Network& network) {
  const json::value* const given = tree.root().get_object().if_contains("chaos");
  if (given == nullptr) return std::nullopt;
  const Table table(tree, "chaos", *given, "[chaos]");
  Chaos chaos;
  chaos.options = read_record<Chaos::Options>(table, table.object(), "[chaos]",
                                              [](const Chaos::Options& each) { each.validate(); });
  for (const std::string& node : chaos.options.nodes) {
    in_place(table, "nodes", [&] { network.nodes_named(node); });
    if (node.empty() && !tree.is_of_journal()) {
      table.refuse("nodes", "'' is no node", "without 'nodes' it breaks them all");
    }
  }
  if (network.nodes.empty() && !tree.is_of_journal()) {
    throw InputError(table.place(), "there are no nodes that it could break");
  }
  return chaos;
}

}  // namespace reprise
