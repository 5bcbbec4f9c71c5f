#include "tools/scenario_run.hpp"

#include <filesystem>

namespace reprise {

JournalHeader header_of(const Scenario& scenario, const Simulation& world) {
  return {.schema = schema_of(world.catalog(), agent_kinds_in(world)),
          .scenario = scenario.canonical,
          .seed = scenario.seed,
          .overrides = scenario.overrides,
          .parent = std::nullopt};
}

ScenarioSource source_of(const Scenario& scenario) {
  return {std::filesystem::path(scenario.file).filename().string(), scenario.source};
}

std::string name_of(const Scenario& scenario) {
  if (!scenario.name.empty()) return scenario.name;
  return std::filesystem::path(scenario.file).stem().string();
}

RunLimit limit_of(const Scenario& scenario) {
  RunLimit limit;
  if (scenario.until) limit.until = *scenario.until;
  if (scenario.steps) limit.steps = *scenario.steps;
  return limit;
}

}  // namespace reprise
