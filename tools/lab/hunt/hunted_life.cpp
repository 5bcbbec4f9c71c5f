#include "tools/lab/hunt/hunted_life.hpp"

#include <memory>
#include <utility>

namespace reprise {

Scenario Hunted::scenario_of(const Story& story) const {
  Scenario told = scenario;
  told.seed = story.seed;
  told.reseedings = story.reseedings;
  return told;
}

InputList read_inputs(const Scenario& scenario, const Catalog& catalog, const FeedOptions& feeds) {
  const std::unique_ptr<Simulation> world = build_world(scenario, catalog);
  const std::unique_ptr<ScenarioInputs> source = scenario_inputs(scenario, *world, feeds);
  std::vector<Input> inputs;
  while (std::optional<Input> input = source->next()) inputs.push_back(std::move(*input));
  return InputList(std::move(inputs));
}

HuntedLife::HuntedLife(const Hunted& hunted, std::uint64_t seed)
    : hunted_(hunted),
      story_{.seed = seed, .reseedings = {}},
      life_(hunted.scenario, hunted.catalog, seed, hunted.inputs),
      features_(life_.world()) {}

HuntedLife::HuntedLife(const HuntedLife& other)
    : hunted_(other.hunted_),
      story_(other.story_),
      life_(other.life_),
      features_(other.features_, life_.world()) {}

std::unique_ptr<HuntedLife> HuntedLife::at(const Hunted& hunted, const Story& story, Step step) {
  auto life = std::make_unique<HuntedLife>(hunted, story.seed);
  for (const Reseeding& each : story.reseedings) {
    while (life->world().now() + Duration(1) < each.at || !life->can_reseed()) {
      if (!life->step()) break;
    }
    life->reseed(each);
  }
  while (life->steps() < step && life->step()) {
  }
  return life;
}

bool HuntedLife::can_reseed() const {
  const std::optional<Time> next = life_.next_at();
  return next && *next > world().now() + Duration(1) && *next <= hunted_.limit.until;
}

void HuntedLife::reseed(const Reseeding& reseeding) {
  story_.reseedings.push_back(reseeding);
  life_.inject(input_of(reseeding, story_.reseedings.size()));
}

bool HuntedLife::step() {
  if (life_.step(hunted_.limit)) return true;
  life_.run(hunted_.limit);
  return false;
}

}  // namespace reprise
