#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "tools/lab/sweep.hpp"

/// What `reprise sweep` says. It depends on the sweep alone: not on the clock, and not on how many
/// threads there were.
namespace reprise {

/// A group of failures as it is shown.
struct ReportedGroup {
  const FailureGroup* group = nullptr;
  std::string journal;    ///< The kept journal of its first run; empty if there is none.
  std::string reproduce;  ///< The command that does that run again.
};

/// Plan and progress must outlive it.
struct SweepReport {
  const SweepPlan& plan;
  const SweepProgress& progress;
  SweepEnd end = SweepEnd::done;
  std::string scenario;               ///< Its name.
  std::vector<std::string> axes;      ///< The paths of the grid.
  std::vector<ReportedGroup> groups;  ///< The largest first; of two as large, the earlier one.
  double confidence = 0.99;
};

/// The groups of `progress` in the order in which they are shown, without journals and commands.
std::vector<ReportedGroup> groups_by_size(const SweepProgress& progress);

/// For a person.
std::vector<std::string> lines_of(const SweepReport& report);

boost::json::object to_json(const SweepReport& report);

/// The measures, a line for each at each point of the grid, under a heading.
std::vector<std::string> csv_of(const SweepReport& report);

/// A test case for each point of the grid. It has no times, and no host but "localhost".
std::string junit_of(const SweepReport& report);

}  // namespace reprise
