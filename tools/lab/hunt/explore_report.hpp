#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "tools/lab/hunt/explorer.hpp"

/// What `reprise explore` says. It depends on the scenario, the seed and the events alone.
namespace reprise {

/// A group of failures as it is shown.
struct ReportedFind {
  const FoundGroup* group = nullptr;
  std::string journal;    ///< The kept journal of its first run; empty if there is none.
  std::string reproduce;  ///< The command that does that run again.
};

/// All must outlive it.
struct ExploreReport {
  const ExplorePlan& plan;
  const ExploreProgress& progress;
  std::string scenario;
  std::string end;  ///< "events", "until_fail", "budget", "interrupted"
  std::vector<ReportedFind> groups;
};

/// For a person.
std::vector<std::string> lines_of(const ExploreReport& report);

boost::json::object to_json(const ExploreReport& report);

/// "seed 5, anew at 1.2s and 3s"
std::string in_words(const Story& story);

}  // namespace reprise
