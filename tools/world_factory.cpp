#include "tools/world_factory.hpp"

#include "scenarios/input_error.hpp"
#include "scenarios/scenario.hpp"

namespace reprise {

WorldFactory world_factory(const Catalog& catalog) {
  return [&catalog](const JournalHeader& header) {
    try {
      const Scenario scenario =
          scenario_from_canonical(header.scenario, catalog, header.overrides, header.seed);
      return build_world(scenario, catalog);
    } catch (const InputError& error) {
      throw JournalError("the scenario in the journal", error.what());
    }
  };
}

}  // namespace reprise
