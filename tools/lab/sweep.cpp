#include "tools/lab/sweep.hpp"

#include <algorithm>

#include "tools/lab/ordered_work.hpp"
#include "tools/lab/scenario_life.hpp"

namespace reprise {

namespace {

/// What a run leaves behind.
struct RunResult {
  Step steps = 0;
  bool whole = false;  // it came to its end
  std::optional<RunFailure> failure{};
  std::vector<MeasuredValues> measures{};
  std::vector<Exercised> exercised{};
};

Scenario scenario_of(const SweepPlan& plan, std::uint64_t run) {
  Scenario scenario = plan.points[plan.point_of(run)].scenario;
  scenario.seed = plan.seed_of(run);
  return scenario;
}

RunResult live(const SweepPlan& plan, const Catalog& catalog, std::uint64_t run,
               const std::function<bool()>& interrupted) {
  const SweepPoint& point = plan.points[plan.point_of(run)];
  const Scenario scenario = scenario_of(plan, run);
  ScenarioLife life(scenario, catalog, plan.feeds);
  Measurement measurement(plan.measures, life.world());
  const RunEnd end = life.run(point.limit, [&](Session& session) {
    return measurement.run(session, life.world(), point.limit, interrupted);
  });
  const bool own = plan.digests && scenario.seed == point.scenario.seed;
  RunResult result{.steps = life.world().steps(),
                   .whole = end != RunEnd::failed && end != RunEnd::violated,
                   .failure = own ? life.failure_with_digests() : life.failure(),
                   .exercised = exercised_in(life)};
  if (result.whole) result.measures = measurement.values();
  return result;
}

/// Adds the failure to its group. Returns the group if it is a new one.
const FailureGroup* add(SweepProgress& progress, std::uint64_t run, std::uint64_t point,
                        const RunFailure& failure) {
  const std::string fingerprint = fingerprint_of(failure);
  auto group = std::ranges::find(progress.groups, fingerprint, &FailureGroup::fingerprint);
  const bool is_new = group == progress.groups.end();
  if (is_new) {
    progress.groups.push_back({fingerprint, 0, run, failure, {}});
    group = std::prev(progress.groups.end());
  }
  ++group->count;
  if (group->points.empty() || group->points.back().first != point) {
    group->points.emplace_back(point, 0);
  }
  ++group->points.back().second;
  return is_new ? &*group : nullptr;
}

/// Counts a run. Returns the group that it is the first of.
const FailureGroup* add(SweepProgress& progress, std::uint64_t run, std::size_t point_number,
                        const RunResult& result) {
  PointProgress& point = progress.points[point_number];
  ++progress.runs;
  ++point.runs;
  point.steps += result.steps;
  for (const Exercised& each : result.exercised) add(progress.exercised, run, each);
  for (std::size_t i = 0; i < result.measures.size(); ++i) {
    const MeasuredValues& from = result.measures[i];
    MeasuredValues& to = point.measures[i];
    to.values.insert(to.values.end(), from.values.begin(), from.values.end());
    to.unknown += from.unknown;
  }
  if (!result.failure) return nullptr;
  ++progress.failed;
  ++point.failed;
  return add(progress, run, point_number, *result.failure);
}

}  // namespace

SweepEnd sweep(const SweepPlan& plan, const Catalog& catalog, SweepProgress& progress,
               const SweepWatch& watch, const std::function<bool()>& interrupted) {
  progress.points.resize(plan.points.size());
  for (PointProgress& point : progress.points) point.measures.resize(plan.measures.texts.size());
  const auto enough = [&] { return plan.until_fail && progress.failed >= *plan.until_fail; };
  OrderedWork<RunResult> work{.first = progress.runs, .end = plan.runs(), .jobs = plan.jobs};
  work.work = [&](std::uint64_t run, const std::atomic<bool>& stop) {
    return live(plan, catalog, run, [&] { return stop.load(); });
  };
  work.take = [&](std::uint64_t run, const RunResult& result) {
    const FailureGroup* group = add(progress, run, plan.point_of(run), result);
    if (watch) watch(progress, group);
    return !enough();
  };
  work.interrupted = interrupted;
  if (enough()) return SweepEnd::until_fail;
  if (work.run()) return SweepEnd::done;
  return enough() ? SweepEnd::until_fail : SweepEnd::interrupted;
}

KeptRun keep_run(const SweepPlan& plan, const Catalog& catalog, std::uint64_t run,
                 const RunFailure& expected, const std::filesystem::path& path,
                 const std::function<bool()>& interrupted) {
  const SweepPoint& point = plan.points[plan.point_of(run)];
  const Scenario scenario = scenario_of(plan, run);
  const bool own = plan.digests && scenario.seed == point.scenario.seed;
  return keep_run(scenario, catalog, plan.feeds, point.limit, own, expected, path, interrupted);
}

}  // namespace reprise
