#include "scenarios/scenario.hpp"

#include <utility>

#include "engine/floating_point.hpp"
#include "scenarios/scenario_reader.hpp"
#include "scenarios/scenario_tree.hpp"
#include "scenarios/toml_reader.hpp"

namespace reprise {

Scenario load_scenario(const std::filesystem::path& file, const Catalog& catalog,
                       std::span<const std::string> overrides, std::optional<std::uint64_t> seed) {
  return parse_scenario(read_toml_file(file.string()), file.string(), catalog, overrides, seed);
}

Scenario parse_scenario(std::string text, std::string file_name, const Catalog& catalog,
                        std::span<const std::string> overrides, std::optional<std::uint64_t> seed) {
  const FloatingPointDefaults floating_point;
  Scenario scenario =
      read_scenario(ScenarioTree::from_toml(text, file_name), catalog, overrides, seed);
  scenario.file = std::move(file_name);
  scenario.source = std::move(text);
  return scenario;
}

Scenario scenario_from_canonical(std::string_view canonical_json, const Catalog& catalog,
                                 std::span<const std::string> overrides, std::uint64_t seed) {
  const FloatingPointDefaults floating_point;
  return read_scenario(ScenarioTree::from_canonical(canonical_json, "the journal's scenario"),
                       catalog, overrides, seed);
}

std::unique_ptr<Simulation> build_world(const Scenario& scenario, const Catalog& catalog) {
  return build_world(scenario, catalog, scenario.seed);
}

std::unique_ptr<Simulation> build_world(const Scenario& scenario, const Catalog& catalog,
                                        std::uint64_t seed) {
  auto world = std::make_unique<Simulation>(catalog, seed);
  for (const AgentDeclaration& agent : scenario.agents) {
    world->add(agent.name, *agent.type, agent.prototype.get(), agent.count);
  }
  if (scenario.network) world->connect(*scenario.network);
  if (scenario.chaos) world->add(chaos_name, *scenario.chaos);
  return world;
}

}  // namespace reprise
