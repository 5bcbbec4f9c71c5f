#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "tools/lab/exercised.hpp"
#include "tools/lab/hunt/feature_watch.hpp"
#include "tools/lab/hunt/story.hpp"
#include "tools/lab/scenario_life.hpp"

namespace reprise {

/// What all runs of a hunt have in common.
struct Hunted {
  Scenario scenario;  ///< Its seed does not count.
  const Catalog& catalog;
  FeedOptions feeds;
  RunLimit limit;
  InputList inputs;  ///< All of the scenario's and its feeds', see read_inputs().

  /// The scenario as a story has it.
  Scenario scenario_of(const Story& story) const;
};

/// All inputs of a scenario, its feeds read to their ends. Throws InputError.
InputList read_inputs(const Scenario& scenario, const Catalog& catalog, const FeedOptions& feeds);

/// A life that knows its story and what it shows, and that others can leave.
class HuntedLife {
 public:
  /// The run of the scenario under a seed, at its start. `hunted` must outlive it.
  HuntedLife(const Hunted& hunted, std::uint64_t seed);

  /// Stands where `other` does, and has seen nothing yet.
  HuntedLife(const HuntedLife& other);
  HuntedLife& operator=(const HuntedLife&) = delete;

  /// The life of a story from its start to a step, which it has.
  static std::unique_ptr<HuntedLife> at(const Hunted& hunted, const Story& story, Step step);

  /// Whether all streams can begin anew here: nothing else is due at the next instant.
  bool can_reseed() const;

  /// They do.
  void reseed(std::uint64_t seed) { reseed({world().now() + Duration(1), seed}); }

  /// Delivers one event, if one is due up to the limit. False at the end of the run, which is then
  /// known.
  bool step();

  Step steps() const { return life_.world().steps(); }
  const Simulation& world() const { return life_.world(); }
  const Story& story() const { return story_; }
  const FeatureWatch& features() const { return features_; }
  double nearness() const { return life_.watch().nearness(); }
  std::vector<Exercised> exercised() const { return exercised_in(life_); }

  /// Has `observer` look on.
  void observe(Observer& observer) { life_.world().observe(observer); }
  void forget(Observer& observer) { life_.world().forget(observer); }

  /// How it ended. Once step() was false.
  RunEnd end() const { return life_.end(); }

  /// What broke first. Likewise.
  std::optional<RunFailure> failure() { return life_.failure(); }

 private:
  void reseed(const Reseeding& reseeding);

  const Hunted& hunted_;
  Story story_;
  ScenarioLife life_;
  FeatureWatch features_;
};

}  // namespace reprise
