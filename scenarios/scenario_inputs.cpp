#include "scenarios/scenario_inputs.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "engine/control.hpp"
#include "engine/nearest.hpp"

namespace reprise {

namespace {

AgentId receiver(const Simulation& world, const std::string& name) {
  if (name == world_name) return world_id;
  const std::optional<AgentId> id = world.find(name);
  // Reading the scenario made sure of it, so this is another scenario's world.
  REPRISE_ASSERT(id.has_value());
  return *id;
}

InputList reseeding_inputs(const Scenario& scenario) {
  std::vector<Input> inputs;
  for (const Reseeding& each : scenario.reseedings) {
    inputs.push_back(input_of(each, inputs.size() + 1));
  }
  return InputList(std::move(inputs));
}

/// The [[input]] list, by time.
InputList listed_inputs(const Scenario& scenario, const Simulation& world) {
  std::vector<Input> inputs;
  for (const ScenarioInput& each : scenario.inputs) {
    inputs.push_back({.at = each.at,
                      .after = {},
                      .seq = {},
                      .to = receiver(world, each.to),
                      .payload = each.payload,
                      .producer = "scenario"});
  }
  std::ranges::stable_sort(inputs, {}, &Input::at);
  for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i].producer_seq = i + 1;
  return InputList(std::move(inputs));
}

std::vector<std::string> names_of(const Scenario& scenario) {
  std::vector<std::string> names;
  for (const AgentDeclaration& agent : scenario.agents) names.push_back(agent.name);
  return names;
}

std::unique_ptr<FeedFormat> format_of(const FeedDeclaration& feed, const Scenario& scenario,
                                      const Simulation& world) {
  if (feed.format == "jsonl") return jsonl_format(feed, world, names_of(scenario));
  const AgentId to = receiver(world, feed.to);
  return feed.format == "csv" ? csv_format(feed, world, to) : binance_format(to);
}

std::string file_of(const FeedDeclaration& feed, const Scenario& scenario,
                    const FeedOptions& options) {
  if (const auto chosen = options.files.find(feed.name); chosen != options.files.end()) {
    return chosen->second;
  }
  if (feed.file.empty()) {
    throw InputError(feed.place, "feed '" + feed.name + "' names no file",
                     "give one with --feed " + feed.name + "=FILE");
  }
  return (std::filesystem::path(scenario.file).parent_path() / feed.file).string();
}

/// Opens the feed that `report` is to tell of. A file that cannot be opened is refused at the place
/// that names it.
std::unique_ptr<Feed> open_feed(const FeedDeclaration& feed, const Scenario& scenario,
                                const Simulation& world, const FeedOptions& options,
                                FeedReport& report) {
  report.name = feed.name;
  report.file = file_of(feed, scenario, options);
  try {
    return std::make_unique<Feed>(feed, format_of(feed, scenario, world), options.skip_errors,
                                  report);
  } catch (const InputError& error) {
    if (options.files.contains(feed.name)) {
      throw InputError("--feed " + feed.name + '=' + report.file, error.reason(), error.remedy());
    }
    throw InputError(feed.place, "feed '" + feed.name + "': " + report.file + ": " + error.reason(),
                     error.remedy() + ", or name another file with --feed " + feed.name + "=FILE");
  }
}

void check_names(const Scenario& scenario, const FeedOptions& options) {
  std::vector<std::string> names;
  for (const FeedDeclaration& feed : scenario.feeds) names.push_back(feed.name);
  for (const auto& [name, file] : options.files) {
    if (std::ranges::find(names, name) != names.end()) continue;
    throw InputError("--feed " + name + '=' + file,
                     names.empty()
                         ? "the scenario has no feeds"
                         : "the scenario has no feed '" + name + "'" + did_you_mean(name, names));
  }
}

}  // namespace

Input input_of(const Reseeding& reseeding, std::uint64_t number) {
  return {.at = reseeding.at,
          .after = {},
          .seq = {},
          .to = world_id,
          .payload = Payload(Reseed{.agent = {}, .seed = reseeding.seed}),
          .producer = "reseed",
          .producer_seq = number};
}

ScenarioInputs::ScenarioInputs(const Scenario& scenario, const Simulation& world,
                               const FeedOptions& options) {
  check_names(scenario, options);
  sources_.push_back({std::make_unique<InputList>(reseeding_inputs(scenario))});
  sources_.push_back({std::make_unique<InputList>(listed_inputs(scenario, world))});
  reports_.reserve(scenario.feeds.size());
  for (const FeedDeclaration& feed : scenario.feeds) {
    if (feed.name == options.live) continue;
    FeedReport& report = reports_.emplace_back();
    sources_.push_back({open_feed(feed, scenario, world, options, report)});
  }
  for (Source& source : sources_) refill(source);
}

std::optional<Input> ScenarioInputs::next() {
  Source* first = nullptr;
  for (Source& source : sources_) {
    if (source.taken) refill(source);
    if (source.ahead && (first == nullptr || source.ahead->at < first->ahead->at)) first = &source;
  }
  if (first == nullptr) return std::nullopt;
  first->taken = true;  // what follows may be refused, and this may not get lost with it
  return std::exchange(first->ahead, std::nullopt);
}

void ScenarioInputs::refill(Source& source) {
  source.taken = false;
  source.ahead = source.inputs->next();
}

std::unique_ptr<ScenarioInputs> scenario_inputs(const Scenario& scenario, const Simulation& world,
                                                const FeedOptions& options) {
  return std::make_unique<ScenarioInputs>(scenario, world, options);
}

}  // namespace reprise
