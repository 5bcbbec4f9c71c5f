// What sweeping a breaking world costs, and what it finds: Raft under chaos, as it is and with each
// of its planted bugs. Without --json it prints the table of docs/hunting.md as well.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "agents/standard_catalog.hpp"
#include "bench/measure.hpp"
#include "bench/raft_bugs.hpp"
#include "bench/world.hpp"
#include "scenarios/scenario.hpp"
#include "tools/lab/sweep.hpp"

namespace {

using namespace reprise;
using bench::Options;
using bench::Report;
using bench::Stopwatch;

constexpr std::uint64_t seeds_max = 20'000;
constexpr double seconds_max = 600;

SweepPlan plan_of(const std::string& bug, std::uint64_t seeds, const Catalog& catalog) {
  SweepPlan plan{.seeds = {1, seeds}};
  SweepPoint& point = plan.points.emplace_back();
  point.scenario = bench::raft_with(bug, catalog);
  point.limit = {.until = *point.scenario.until};
  return plan;
}

/// One job, and two.
void measure_speed(const Options& options, const Catalog& catalog, Report& report) {
  SweepPlan plan = plan_of("none", options.small ? 4 : 400, catalog);
  const double simulated =
      std::chrono::duration<double>(plan.points.front().limit.until.time_since_epoch()).count() *
      static_cast<double>(plan.runs());
  SweepProgress progress;
  const auto seconds_by = [&](unsigned jobs) {
    plan.jobs = jobs;
    progress = {};
    const Stopwatch watch;
    sweep(plan, catalog, progress, {}, {});
    return watch.seconds();
  };
  std::vector<double> by_one;
  std::vector<double> faster;  // by two, than the run beside it by one
  for (int round = 0; round < options.rounds; ++round) {
    const double two_before = round % 2 == 0 ? 0 : seconds_by(2);
    by_one.push_back(seconds_by(1));
    faster.push_back(by_one.back() / (round % 2 == 0 ? seconds_by(2) : two_before));
  }
  const double one = bench::median(by_one);
  const auto steps = static_cast<double>(progress.points.front().steps);
  const double bound = options.small ? 1e-9 : 1;
  report.rows.push_back({{"case", "raft"},
                         {"runs", plan.runs()},
                         {"events", progress.points.front().steps},
                         {"events_per_second", steps / one},
                         {"failed", progress.failed}});
  report.figures.push_back({"raft: events a virtual second", steps / simulated, "", 1000});
  report.figures.push_back(
      {"raft: virtual seconds a second, one job", simulated / one, "", 300 * bound});
  report.figures.push_back({"raft: two jobs to one", bench::median(faster), "times", 1.8 * bound});
  report.figures.push_back(
      {"raft: runs that fail", static_cast<double>(progress.failed), "", 0, true});
}

void measure_bugs(const Options& options, const Catalog& catalog, Report& report) {
  std::vector<double> needed;
  const bool told = !options.as_json && !options.small;
  if (told) {
    std::puts("| bug | scenario | property | seeds | events | s |\n|---|---|---|---|---|---|");
  }
  for (const std::string& bug : bench::raft_bugs()) {
    if (("bug " + bug).find(options.only) == std::string::npos) continue;
    SweepPlan plan = plan_of(bug, options.small ? 2 : seeds_max, catalog);
    plan.until_fail = 1;
    SweepProgress progress;
    const Stopwatch watch;
    sweep(plan, catalog, progress, {}, [&] { return watch.seconds() > seconds_max; });
    const bool found = !progress.groups.empty();
    const RunFailure failure = found ? progress.groups.front().first : RunFailure();
    const double seeds = found ? static_cast<double>(progress.runs) : 2.0 * seeds_max;
    needed.push_back(seeds);
    report.rows.push_back({{"bug", bug},
                           {"scenario", bench::raft_scenario_of(bug)},
                           {"found", found},
                           {"property", failure.property},
                           {"reason", failure.reason},
                           {"seeds", progress.runs},
                           {"events", failure.step},
                           {"seconds", watch.seconds()}});
    if (!options.small) {
      report.figures.push_back(
          {"bug " + bug + ": seeds until it is seen", seeds, "", seeds_max, true});
    }
    if (told) {
      std::printf("| `%s` | %s | %s | %s | %llu | %.1f |\n", bug.c_str(),
                  bench::raft_scenario_of(bug).c_str(),
                  (failure.property.empty() ? failure.reason : failure.property).c_str(),
                  found ? std::to_string(progress.runs).c_str() : "not found",
                  static_cast<unsigned long long>(failure.step), watch.seconds());
      std::fflush(stdout);
    }
  }
  if (!options.small && !needed.empty()) {
    report.figures.push_back({"bugs: seeds, the median", bench::median(needed), "", 500, true});
  }
}

Report measure(const Options& options) {
  const Catalog catalog = standard_catalog();
  Report report;
  if (std::string_view("raft").find(options.only) != std::string_view::npos) {
    measure_speed(options, catalog, report);
  }
  measure_bugs(options, catalog, report);
  return report;
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run_bench(argc, argv, 5, measure);
}
