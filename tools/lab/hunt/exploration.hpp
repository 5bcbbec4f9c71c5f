#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/fields.hpp"
#include "tools/lab/exercised.hpp"
#include "tools/lab/hunt/story.hpp"
#include "tools/lab/run_failure.hpp"

/// What `reprise explore` knows at the end of a round: all that the rounds to come depend on.
namespace reprise {

/// A moment of a run that others may begin at. How interesting it is says interest_of().
struct KeptMoment {
  Story story;  ///< Of the run, up to there.
  Step step = 0;
  Time at{};
  std::vector<std::uint64_t> pairs;  ///< That had just become what they were; see KindFeatures.
  double near = 0;                   ///< How near it was to a violation, from 0 to 1.
  std::uint64_t forks = 0;           ///< Runs that have begun there.
  std::uint64_t found = 0;           ///< Features that no run before had shown and they did.
  REPRISE_FIELDS(story, step, at, pairs, near, forks, found)
};

/// A run, and what it was worth.
struct ExploredRun {
  Story story;
  Step begin = 0;  ///< Where it left another; 0: it began at the start.
  Step end = 0;
  std::uint64_t found = 0;  ///< Features that no run before had shown.
  double rarity = 0;        ///< The largest of its moments.
  double near = 0;          ///< Likewise.
  bool failed = false;
  REPRISE_FIELDS(story, begin, end, found, rarity, near, failed)
};

/// What runs have shown of a kind of agents; see KindFeatures.
struct KindCoverage {
  std::map<std::uint64_t, std::uint32_t> pairs;  ///< In how many runs.
  std::set<std::uint64_t> states;
  std::set<std::uint64_t> turns;
  std::set<std::uint64_t> orders;
  std::map<std::string, std::uint64_t> messages;  ///< In how many runs any got one; all it takes.
  REPRISE_FIELDS(pairs, states, turns, orders, messages)
};

/// Runs that failed for the same reason.
struct FoundGroup {
  std::string fingerprint;
  std::uint64_t count = 0;
  RunFailure first;
  Story story;               ///< Of the first.
  std::uint64_t events = 0;  ///< That all runs had delivered up to its end.
  REPRISE_FIELDS(fingerprint, count, first, story, events)
};

struct ExploreProgress {
  std::uint64_t rounds = 0;
  std::uint64_t roots = 0;   ///< Runs from the start.
  std::uint64_t forks = 0;   ///< Runs from a kept moment.
  std::uint64_t events = 0;  ///< Delivered in all of them.
  std::uint64_t failed = 0;
  std::optional<std::array<std::uint64_t, 4>> stream{};  ///< Of what the explorer draws.
  std::uint64_t moments_max = 0;                         ///< As many as fit; 0: not known yet.
  std::vector<KeptMoment> moments;
  std::vector<ExploredRun> runs;  ///< Those that found the most, the best first.
  std::vector<FoundGroup> groups;
  std::vector<Story> ahead;  ///< Of failures that are counted, of a round that was cut off.
  std::map<std::string, KindCoverage> kinds;  ///< By the name of the kind of agents.
  std::vector<Exercised> exercised;           ///< Their `first_run` counts roots and forks.
  REPRISE_FIELDS(rounds, roots, forks, events, failed, stream, moments_max, moments, runs, groups,
                 ahead, kinds, exercised)
};

/// How seldom the rarest of these pairs was seen: 1 for one that no run has shown, 1/2 after one
/// run, and so on.
double rarity_of(const std::vector<std::uint64_t>& pairs, const ExploreProgress& progress);

}  // namespace reprise
