#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/digest.hpp"
#include "scenarios/scenario.hpp"
#include "tools/expectation_watch.hpp"

namespace reprise {

/// What became of a scenario's [expect].
struct ExpectationReport {
  bool failed = false;
  std::string verdict;  ///< "held", "failed", "skipped", or "none" where there is no [expect].
  std::vector<std::string> lines;  ///< For a person: what differs, what was skipped and why.

  std::vector<Violation> violations;  ///< All of [expect] that does not hold, but its digests.
  std::vector<Reached> sometimes;     ///< One for each `sometimes`.

  /// How many of the steps, digests and expressions were compared.
  std::size_t compared = 0;
};

/// How a run has ended.
struct RunFigures {
  Step steps = 0;
  Digest prefix;
  std::optional<Digest> root;
};

/// Compares a run's end with `expect`, whose expressions `watch` has followed. Digests are skipped,
/// and said to be, where the run is not `whole` or was `changed` by options ("--seed, --until").
ExpectationReport compare_expectations(const Expectations& expect, ExpectationWatch& watch,
                                       bool whole, const std::string& changed,
                                       const RunFigures& run);

boost::json::object to_json(const ExpectationReport& report);

}  // namespace reprise
