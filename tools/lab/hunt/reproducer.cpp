#include "tools/lab/hunt/reproducer.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <iterator>
#include <limits>
#include <optional>
#include <span>
#include <utility>

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

  GivenInputs done;

 private:
  AgentId chaos_;
  AgentId network_;
  Time quiet_;
};

/// Without fields that hold nothing, which TOML cannot say; they hold nothing by themselves.
json::value without_nulls(const json::value& value) {
  const json::object* record = value.if_object();
  if (record == nullptr) return value;
  json::object kept;
  for (const auto& [key, each] : *record) {
    if (!each.is_null()) kept[key] = without_nulls(each);
  }
  return kept;
}

/// What a message says where that is not what it says by itself.
json::object said_of(const Payload& payload) {
  const MessageType& type = payload.type();
  const auto view = [&](const Payload& each) {
    return readable(*type.fields, to_json(*type.fields, each.data())).get_object();
  };
  const json::object said = view(payload);
  const json::object usual = view(Payload(type));
  json::object kept;
  for (const auto& [key, value] : said) {
    const bool needed = payload.as<SetField>() != nullptr || value != usual.at(key);
    if (needed && !value.is_null()) kept[key] = without_nulls(value);
  }
  if (const Reseed* reseed = payload.as<Reseed>()) kept["seed"] = std::to_string(reseed->seed);
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

/// A table of a scenario file: an input, or a fault with what ends it.
struct InputTable {
  std::shared_ptr<const GivenInput> input;
  std::shared_ptr<const GivenInput> end;
};

/// The tables as a file has them: faults first.
struct InputTables {
  std::vector<InputTable> faults;
  std::vector<InputTable> inputs;

  /// In the order in which the file's inputs take effect: by time, and at the same time by table.
  GivenInputs in_order() const {
    GivenInputs all;
    for (const auto* tables : {&faults, &inputs}) {
      for (const InputTable& each : *tables) {
        all.push_back(each.input);
        if (each.end) all.push_back(each.end);
      }
    }
    std::ranges::stable_sort(all, {}, [](const auto& each) { return each->at; });
    return all;
  }
};

InputTables tables_of(const GivenInputs& inputs) {
  InputTables tables;
  for (const std::vector<std::size_t>& unit : units_of(inputs)) {
    const GivenInput& input = *inputs[unit.front()];
    const bool is_fault =
        input.to == network_name && input.payload.type().name.starts_with(fault_prefix);
    (is_fault ? tables.faults : tables.inputs)
        .push_back({inputs[unit.front()], unit.size() == 2 ? inputs[unit[1]] : nullptr});
  }
  return tables;
}

/// [[fault]] and [[input]]: a fault that ends says how long it lasts.
void add_inputs(json::object& document, const GivenInputs& given) {
  const InputTables tables = tables_of(given);
  json::array faults;
  for (const InputTable& each : tables.faults) {
    faults.push_back(fault_table(*each.input));
    if (each.end) faults.back().as_object()["lasts"] = readable(each.end->at - each.input->at);
  }
  json::array inputs;
  for (const InputTable& each : tables.inputs) inputs.push_back(input_table(*each.input));
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
  const bool waits = failure.what == "eventually_after_quiet";
  if (waits && expect.contains("quiet")) part["quiet"] = expect.at("quiet");
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

constexpr std::string_view sections[] = {"name", "seed",  "until", "steps", "network", "node",
                                         "link", "agent", "chaos", "fault", "input",   "expect"};
constexpr std::string_view names[] = {"name", "kind", "count", "at", "from", "to"};

}  // namespace

std::vector<std::vector<std::size_t>> units_of(const GivenInputs& inputs) {
  std::vector<std::vector<std::size_t>> units;
  std::vector<bool> taken(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (taken[i]) continue;
    units.push_back({i});
    if (inputs[i]->to != network_name) continue;
    const std::optional<Payload> end = end_of(inputs[i]->payload);
    for (std::size_t k = i + 1; end && k < inputs.size(); ++k) {
      if (taken[k] || !same(inputs[k]->payload, *end)) continue;
      units.back().push_back(k);
      taken[k] = true;
      break;
    }
  }
  return units;
}

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
  json::object& scenario = reproducer.scenario;
  for (const char* key : {"seed", "until", "steps", "fault", "input", "feed"}) scenario.erase(key);
  const auto is_there = [&](const char* key) { return scenario.contains(key); };
  if (run.hunted.scenario.network &&
      std::ranges::none_of(std::array{"network", "node", "link", "chaos"}, is_there)) {
    scenario["network"] = json::object();  // a fault made it
  }
  if (json::value* expect = scenario.if_contains("expect")) {
    for (const char* key : {"steps", "prefix", "state"}) expect->as_object().erase(key);
  }
  ScenarioLife life(run.hunted.scenario, run.hunted.catalog, reproducer.seed, run.hunted.inputs);
  InputList list = run.hunted.inputs;
  GivenInputs& inputs = reproducer.inputs;
  while (std::optional<Input> input = list.next()) {
    // What was applied right after a step comes after all of that instant.
    const Time at = input->after ? input->at + Duration(1) : input->at;
    if (number(input->to) > life.world().agent_count()) {
      throw InputError(
          run.hunted.scenario.file,
          "an input at " + readable(at) +
              " is for an agent that is born in the run, which no scenario file can say",
          "fork the run without that input: `reprise fork --drop-input`");
    }
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
    json::object& table = scenario.at("chaos").as_object();
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
  for (const auto& given : tables_of(reproducer.inputs).in_order()) {
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
  if (reproducer.limit.steps != RunLimit().steps) document["steps"] = reproducer.limit.steps;
  add_inputs(document, reproducer.inputs);
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
