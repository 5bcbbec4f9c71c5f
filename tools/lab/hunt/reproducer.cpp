#include "tools/lab/hunt/reproducer.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <utility>

#include "engine/exact_json.hpp"
#include "engine/json.hpp"
#include "scenarios/network_reader.hpp"
#include "scenarios/toml_writer.hpp"
#include "tools/readable.hpp"

namespace reprise {

namespace json = boost::json;

namespace {

constexpr std::string_view fault_prefix = "reprise.";

/// Notes what the agent chaos does before it is quiet.
class ChaosWatch final : public Observer {
 public:
  ChaosWatch(const Simulation& world, Time quiet)
      : chaos_(world.find(chaos_name).value_or(world_id)),
        network_(world.network_id()),
        quiet_(quiet) {}

  bool wants_deliveries() const override { return true; }
  bool wants_checkpoints() const override { return false; }

  void on_delivery(const Delivery& delivery) override {
    const Event& event = delivery.event;
    if (event.key.from != chaos_ || event.to != network_ || event.key.at >= quiet_) return;
    if (event.as<Turmoil>() != nullptr) return;  // goes on by itself
    done.push_back(std::make_shared<const GivenInput>(
        GivenInput{event.key.at, std::string(network_name), Payload(*event.kind, event.message)}));
  }

  std::vector<std::shared_ptr<const GivenInput>> done;

 private:
  AgentId chaos_;
  AgentId network_;
  Time quiet_;
};

/// What a message says where that is not what it says by itself.
json::object said_of(const Payload& payload) {
  const MessageType& type = payload.type();
  const auto view = [&](const Payload& each) {
    return readable(*type.fields, to_json(*type.fields, each.data())).get_object();
  };
  json::object said = view(payload);
  const json::object usual = view(Payload(type));
  if (payload.as<SetField>() != nullptr) {
    json::value& value = said.at("value");
    value = json_or_text(std::string_view(value.get_string()));
    return said;
  }
  json::object kept;
  for (const auto& [key, value] : said) {
    if (value != usual.at(key)) kept[key] = value;
  }
  return kept;
}

json::object input_table(const GivenInput& input) {
  json::object send = {{"kind", std::string_view(input.payload.type().name)}};
  for (const auto& [key, value] : said_of(input.payload)) send[key] = value;
  return {{"at", readable(input.at)}, {"to", input.to}, {"send", std::move(send)}};
}

json::object fault_table(const GivenInput& fault) {
  std::string_view kind = fault.payload.type().name;
  kind.remove_prefix(fault_prefix.size());
  json::object table = {{"at", readable(fault.at)}, {"kind", kind}};
  for (const auto& [key, value] : said_of(fault.payload)) table[key] = value;
  return table;
}

bool same(const Payload& a, const Payload& b) {
  return &a.type() == &b.type() &&
         to_json(*a.type().fields, a.data()) == to_json(*b.type().fields, b.data());
}

/// [[fault]] and [[input]], each with what belongs to it: a fault that ends says how long it lasts.
void add_inputs(json::object& document, const Reproducer& reproducer) {
  json::array faults;
  json::array inputs;
  std::vector<bool> told(reproducer.inputs.size());
  for (std::size_t i = 0; i < told.size(); ++i) {
    if (told[i]) continue;
    const GivenInput& input = *reproducer.inputs[i];
    const bool is_fault =
        input.to == network_name && input.payload.type().name.starts_with(fault_prefix);
    if (!is_fault) {
      inputs.push_back(input_table(input));
      continue;
    }
    json::object table = fault_table(input);
    const std::optional<Payload> end = end_of(input.payload);
    for (std::size_t k = i + 1; end && k < told.size(); ++k) {
      if (told[k] || !same(reproducer.inputs[k]->payload, *end)) continue;
      table["lasts"] = readable(reproducer.inputs[k]->at - input.at);
      told[k] = true;
      break;
    }
    faults.push_back(std::move(table));
  }
  if (!faults.empty()) document["fault"] = std::move(faults);
  if (!inputs.empty()) document["input"] = std::move(inputs);
}

/// Of [expect] what this failure breaks.
json::object broken_part(const json::object& expect, const RunFailure& failure) {
  json::object part;
  const json::value* rules = expect.if_contains(failure.what);
  if (rules == nullptr || !rules->is_array()) return part;
  json::array broken;
  for (const json::value& rule : rules->get_array()) {
    const json::object* table = rule.if_object();
    const bool is_it =
        table == nullptr
            ? rule.is_string() && rule.get_string() == failure.property
            : failure.property.starts_with(std::string(table->at("from").as_string()) + " -> " +
                                           std::string(table->at("to").as_string()) + " within ");
    if (is_it) broken.push_back(rule);
  }
  if (expect.contains("quiet")) part["quiet"] = expect.at("quiet");
  part[failure.what] = std::move(broken);
  return part;
}

/// The keys of `table` in this order, and then the others.
json::object ordered(const json::object& table, std::span<const std::string_view> first) {
  json::object result;
  for (const std::string_view key : first) {
    if (const json::value* value = table.if_contains(key)) result[key] = *value;
  }
  for (const auto& [key, value] : table) result.insert({{key, value}});
  return result;
}

constexpr std::string_view sections[] = {"name",  "seed",  "until", "network", "node",  "link",
                                         "agent", "chaos", "fault", "input",   "expect"};
constexpr std::string_view names[] = {"name", "kind", "count", "at", "from", "to"};

}  // namespace

Digest Reproducer::identity() const {
  Digester digester;
  digester(json_text(scenario));
  for (const auto& input : inputs) {
    digester(input->at.time_since_epoch().count(), input->to, input->payload.type().id);
    input->payload.type().digest(input->payload.data(), digester);
  }
  return digester.digest();
}

std::uint64_t Reproducer::agents() const {
  std::uint64_t all = 0;
  for (const json::value& agent : scenario.at("agent").as_array()) {
    const json::value* count = agent.as_object().if_contains("count");
    all += count == nullptr ? 1 : count->to_number<std::uint64_t>();
  }
  return all;
}

Reproducer reproducer_of(const RecordedRun& run, bool chaos_as_faults) {
  Reproducer reproducer{.scenario = run.document,
                        .inputs = {},
                        .seed = run.hunted.scenario.seed,
                        .limit = run.hunted.limit};
  if (reproducer.seed > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
    throw InputError(
        run.hunted.scenario.file,
        "its seed " + std::to_string(reproducer.seed) + " is larger than a scenario file can say",
        "find the failure again under a seed below 2^63");
  }
  for (const char* key : {"seed", "until", "steps", "fault", "input", "feed"}) {
    reproducer.scenario.erase(key);
  }
  if (json::value* expect = reproducer.scenario.if_contains("expect")) {
    for (const char* key : {"steps", "prefix", "state"}) expect->as_object().erase(key);
  }
  ScenarioLife life(run.hunted.scenario, run.hunted.catalog, reproducer.seed, run.hunted.inputs);
  InputList list = run.hunted.inputs;
  std::vector<std::shared_ptr<const GivenInput>>& inputs = reproducer.inputs;
  while (std::optional<Input> input = list.next()) {
    // What was applied right after a step comes before whatever is next.
    const Time at = input->after ? input->at + Duration(1) : input->at;
    const std::string to =
        input->to == world_id ? std::string(world_name) : life.world().name_of(input->to);
    inputs.push_back(std::make_shared<const GivenInput>(GivenInput{at, to, input->payload}));
  }
  const std::optional<Chaos>& chaos = run.hunted.scenario.chaos;
  if (chaos && chaos_as_faults) {
    ChaosWatch watch(life.world(), Time(chaos->options.quiet));
    life.world().observe(watch);
    life.run(reproducer.limit);
    life.world().forget(watch);
    std::ranges::copy(watch.done, std::back_inserter(inputs));
    json::object& table = reproducer.scenario.at("chaos").as_object();
    json::object kept;
    for (const char* key : {"start", "quiet"}) {
      if (table.contains(key)) kept[key] = table.at(key);
    }
    table = std::move(kept);
  }
  std::ranges::stable_sort(inputs, {}, [](const auto& each) { return each->at; });
  return reproducer;
}

Scenario scenario_of(const Reproducer& reproducer, const Catalog& catalog) {
  return scenario_from_canonical(json_text(reproducer.scenario), catalog, {}, 0);
}

InputList inputs_of(const Reproducer& reproducer, const Simulation& world) {
  std::vector<Input> inputs;
  for (const auto& given : reproducer.inputs) {
    const std::optional<AgentId> to =
        given->to == world_name ? std::optional(world_id) : world.find(given->to);
    if (!to) throw InputError("an input", "is for '" + given->to + "', which there is not");
    inputs.push_back({.at = given->at,
                      .after = {},
                      .seq = {},
                      .to = *to,
                      .payload = given->payload,
                      .producer = "scenario",
                      .producer_seq = inputs.size() + 1});
  }
  return InputList(std::move(inputs));
}

std::string file_text(const Reproducer& reproducer, const std::optional<RunFailure>& failure,
                      const std::vector<std::string>& comment) {
  json::object document = reproducer.scenario;
  document["seed"] = reproducer.seed;
  if (reproducer.limit.until != time_max) document["until"] = readable(reproducer.limit.until);
  add_inputs(document, reproducer);
  if (json::value* expect = failure ? document.if_contains("expect") : nullptr) {
    json::object part = broken_part(expect->as_object(), *failure);
    if (part.empty()) {
      document.erase("expect");
    } else {
      *expect = std::move(part);
    }
  }
  for (auto& [key, value] : document) {
    if (!value.is_array()) continue;
    for (json::value& each : value.get_array()) {
      if (each.is_object()) each = ordered(each.get_object(), names);
    }
  }
  std::string text;
  for (const std::string& line : comment) text += "# " + line + '\n';
  return text + toml_text(ordered(document, sections));
}

}  // namespace reprise
