#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tools/lab/hunt/hunted_life.hpp"

/// Which of many runs are worth keeping.
namespace reprise {

/// A run to be scored.
struct Contender {
  std::string name;
  std::string identity;  ///< Of its journal; empty: it has none.
  Hunted hunted;         ///< Its run is that under the scenario's seed.
};

struct ScorePlan {
  std::uint64_t forks = 16;  ///< From positions along each run; 0: none.
  std::uint64_t seed = 1;    ///< Of their streams.
  unsigned jobs = 1;

  /// So many contenders, the first, are ranked before all others, in their order.
  std::size_t given = 0;
};

/// What a run is worth. A feature is what FeatureWatch sees (KindFeatures: a state, a pair, a turn,
/// an order), a point of Context::sometimes() or a `sometimes` of [expect] that came true.
struct RunScore {
  std::string name;
  std::string identity;
  std::optional<RunFailure> failure;
  std::uint64_t complexity = 0;      ///< Events up to its end.
  std::uint64_t coverage = 0;        ///< Features that it shows.
  std::uint64_t coverage_value = 0;  ///< Features that none ranked before it shows.
  double rarity = 0;  ///< The mean, over its features, of 1 by how many of the runs show it.
  std::uint64_t fork_potential = 0;  ///< Features that its forks show and it does not.

  /// Whether it is the first in the ranking that fails so.
  bool new_failure = false;

  /// Features that none ranked before it shows, divided by one and a thousandth of its events:
  /// short runs cost something, too.
  double replay_value() const;

  /// Whether those before it do not show all that it does.
  bool worth_keeping() const { return new_failure || coverage_value != 0; }
};

/// The runs, the one most worth keeping first: each kind of failure by its shortest run, then what
/// has the highest replay value of what is left, again and again (V. Chvátal, A greedy heuristic
/// for the set-covering problem, 1979). The same whatever the number of jobs. `progress` is told
/// how many are lived; true from `interrupted` ends it with nothing.
std::vector<RunScore> score(const std::vector<Contender>& contenders, const ScorePlan& plan,
                            const std::function<void(std::uint64_t)>& progress,
                            const std::function<bool()>& interrupted);

}  // namespace reprise
