#include "tools/world_factory.hpp"

#include "scenarios/scenario.hpp"

namespace reprise {

WorldFactory world_factory(const Catalog& catalog) {
  return [&catalog](const JournalHeader& header) {
    const Scenario scenario =
        scenario_from_canonical(header.scenario, catalog, header.overrides, header.seed);
    return build_world(scenario, catalog);
  };
}

}  // namespace reprise
