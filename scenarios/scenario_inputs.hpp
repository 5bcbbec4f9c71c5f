#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/input.hpp"
#include "engine/simulation.hpp"
#include "scenarios/feed.hpp"
#include "scenarios/scenario.hpp"

namespace reprise {

/// How the feeds of a scenario are read.
struct FeedOptions {
  std::map<std::string, std::string>
      files;                 ///< A file in place of the scenario's, by the feed's name.
  bool skip_errors = false;  ///< Count malformed lines, instead of ending at the first.
  std::string live{};        ///< A feed that somebody else reads; empty: none.
};

/// What has the random streams of a world begin anew, as the `number`th of its run, from 1:
/// producer "reseed".
Input input_of(const Reseeding& reseeding, std::uint64_t number);

/// All that comes from outside in a scenario: its reseedings, its [[input]] list (producer
/// "scenario") and its feeds (by their names), merged by time. At the same time they come in that
/// order, the feeds in the order of the file. Feeds are read as they are needed.
class ScenarioInputs : public InputSource {
 public:
  /// Opens every feed and reads its first record. A file that the scenario names is relative to the
  /// scenario's folder, one of `options` to the current directory. Scenario and world must outlive
  /// this. Throws InputError.
  ScenarioInputs(const Scenario& scenario, const Simulation& world,
                 const FeedOptions& options = {});

  /// Throws InputError for a line that cannot be read.
  std::optional<Input> next() override;

  /// How each feed is going, in the order of the scenario.
  const std::vector<FeedReport>& reports() const { return reports_; }

 private:
  struct Source {
    std::unique_ptr<InputSource> inputs;
    std::optional<Input> ahead{};
    bool taken = false;  // what was ahead has been handed over
  };

  static void refill(Source& source);

  std::vector<FeedReport> reports_;  // feeds keep references: it never grows
  std::vector<Source> sources_;      // reseedings, the list, then the feeds
};

std::unique_ptr<ScenarioInputs> scenario_inputs(const Scenario& scenario, const Simulation& world,
                                                const FeedOptions& options = {});

}  // namespace reprise
