#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/digest.hpp"
#include "scenarios/scenario.hpp"

namespace reprise {

/// What became of a scenario's [expect].
struct ExpectationReport {
  bool failed = false;
  std::string verdict;  ///< "held", "failed", "skipped", or "none" where there is no [expect].
  std::vector<std::string> lines;  ///< For a person: what differs, what was skipped and why.
};

/// Compares a run's end with `expect`. Digests are skipped, and said to be, where the run is not
/// `whole` or was `changed` by options ("--seed, --until").
ExpectationReport compare_expectations(const Expectations& expect, bool whole,
                                       const std::string& changed, Step steps, const Digest& prefix,
                                       const std::optional<Digest>& root);

boost::json::object to_json(const ExpectationReport& report);

}  // namespace reprise
