#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/session.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/scenario_inputs.hpp"
#include "tools/lab/exercised.hpp"
#include "tools/lab/kept_run.hpp"
#include "tools/lab/measurement.hpp"
#include "tools/lab/run_failure.hpp"
#include "tools/lab/sweep_space.hpp"

/// One scenario under many seeds, at many points of a grid.
namespace reprise {

/// A scenario as one point of the grid has it.
struct SweepPoint {
  std::vector<std::string> overrides;  ///< "PATH=VALUE": those of the grid.
  Scenario scenario;                   ///< With them. Its seed is the one of its file.
  RunLimit limit;
};

/// What is to be run. The runs are numbered point by point and, in a point, seed by seed.
struct SweepPlan {
  std::vector<SweepPoint> points;
  SeedRange seeds;
  FeedOptions feeds;
  MeasurePlan measures;
  bool digests = false;  ///< Steps and digests of [expect] hold for the scenario's own seed.
  std::optional<std::uint64_t> until_fail{};  ///< End with so many failures.
  unsigned jobs = 1;

  std::uint64_t runs() const { return points.size() * seeds.count(); }
  std::size_t point_of(std::uint64_t run) const {
    return static_cast<std::size_t>(run / seeds.count());
  }
  std::uint64_t seed_of(std::uint64_t run) const { return seeds.first + run % seeds.count(); }
};

/// What is known of one point of the grid.
struct PointProgress {
  std::uint64_t runs = 0;
  std::uint64_t failed = 0;
  std::uint64_t steps = 0;  ///< Of all its runs together.
  std::vector<MeasuredValues> measures;
  REPRISE_FIELDS(runs, failed, steps, measures)
};

/// Runs that failed for the same reason.
struct FailureGroup {
  std::string fingerprint;
  std::uint64_t count = 0;
  std::uint64_t first_run = 0;  ///< By number.
  RunFailure first;             ///< Of that run.

  /// How many in each point that has some, in order of the points.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> points;
  REPRISE_FIELDS(fingerprint, count, first_run, first, points)
};

/// How far a sweep has come: the same after so many runs, however many threads there were.
struct SweepProgress {
  std::uint64_t runs = 0;  ///< That count: all with a lower number.
  std::uint64_t failed = 0;
  std::vector<PointProgress> points;
  std::vector<FailureGroup> groups;  ///< In order of their first runs.
  std::vector<Exercised> exercised;  ///< Those of [expect] first; the others as they were met.
  REPRISE_FIELDS(runs, failed, points, groups, exercised)
};

/// Why a sweep ended.
enum class SweepEnd : std::uint8_t {
  done,
  until_fail,  ///< So many failures as were asked for.
  interrupted
};

/// Called after each run that counts, in order; `group` is the one that this run is the first of.
using SweepWatch = std::function<void(const SweepProgress& progress, const FailureGroup* group)>;

/// Goes on from `progress`, empty at first, with worlds that each live in one thread. `interrupted`
/// is asked in this thread, now and then. Throws what a run throws apart from agents that fail:
/// InputError, UsageError.
SweepEnd sweep(const SweepPlan& plan, const Catalog& catalog, SweepProgress& progress,
               const SweepWatch& watch, const std::function<bool()>& interrupted);

/// Lives one run of the plan again, which failed with `expected`, and keeps its journal, in place
/// of what is at `path`. Throws FileError.
KeptRun keep_run(const SweepPlan& plan, const Catalog& catalog, std::uint64_t run,
                 const RunFailure& expected, const std::filesystem::path& path,
                 const std::function<bool()>& interrupted);

}  // namespace reprise
