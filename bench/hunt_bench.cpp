// What a hunt costs and finds: forks of a standing world, exploring against sweeping over the
// planted bugs of Raft at equal delivered events, what shrinking leaves of their failures, and the
// odds along a failed run.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agents/standard_catalog.hpp"
#include "bench/measure.hpp"
#include "bench/raft_bugs.hpp"
#include "bench/world.hpp"
#include "engine/control.hpp"
#include "replay/lineage.hpp"
#include "scenarios/scenario.hpp"
#include "tools/lab/hunt/explorer.hpp"
#include "tools/lab/hunt/odds.hpp"
#include "tools/lab/hunt/shrinker.hpp"
#include "tools/lab/kept_run.hpp"
#include "tools/lab/sweep.hpp"
#include "tools/scenario_run.hpp"

namespace {

using namespace reprise;
using bench::Options;
using bench::Report;
using bench::Stopwatch;

constexpr unsigned jobs = 2;
constexpr std::uint64_t events_max = 40'000'000;
constexpr double never = std::numeric_limits<double>::infinity();

Hunted hunted_of(const std::string& bug, const Catalog& catalog) {
  Scenario scenario = bench::raft_with(bug, catalog);
  const RunLimit limit{.until = *scenario.until};
  InputList inputs = read_inputs(scenario, catalog, {});
  return {.scenario = std::move(scenario),
          .catalog = catalog,
          .feeds = {},
          .limit = limit,
          .inputs = std::move(inputs)};
}

/// Of a world in the middle of chaos: a copy, all its streams anew, and its next event.
void measure_forks(const Options& options, const Catalog& catalog, Report& report) {
  const Hunted hunted = hunted_of("none", catalog);
  HuntedLife life(hunted, 1);
  while (life.world().now() < Time(std::chrono::seconds(3)) || !life.can_reseed()) life.step();
  const int count = options.small ? 10 : 2000;
  const auto microseconds = [&](const auto& fork) {
    const Stopwatch watch;
    for (int i = 0; i < count; ++i) fork(static_cast<std::uint64_t>(i));
    return watch.seconds() / count * 1e6;
  };
  const double world = microseconds([&](std::uint64_t seed) {
    const std::unique_ptr<Simulation> copy = life.world().copy();
    copy->inject(input_of({copy->now() + Duration(1), seed}, 1));
    copy->step();
    copy->step();
  });
  const double whole = microseconds([&](std::uint64_t seed) {
    HuntedLife copy(life);
    copy.reseed(seed);
    copy.step();
    copy.step();
  });
  report.rows.push_back({{"case", "fork"},
                         {"at_step", life.steps()},
                         {"world_us", world},
                         {"with_properties_us", whole}});
  report.figures.push_back(
      {"fork of a Raft world of 5 servers, running", world, "us", options.small ? 1e9 : 50, true});
}

/// What a search came to in tries that each ended with the first failure, or without one.
struct Tries {
  double events = 0;          ///< Of all tries.
  std::vector<double> found;  ///< Events of each try until it had found; `never` if it did not.

  void add(bool failed, std::uint64_t took) {
    events += static_cast<double>(took);
    found.push_back(failed ? static_cast<double>(took) : never);
  }

  std::size_t finds() const { return found.size() - std::size_t(std::ranges::count(found, never)); }

  /// Events for a find: all events over all finds, so that tries without one count as well (the
  /// expected running time of Hansen, Auger, Finck and Ros 2009). Without finds, what it is at
  /// least.
  double for_a_find() const { return events / double(std::max<std::size_t>(finds(), 1)); }
};

void sweep_for(const Hunted& hunted, std::uint64_t first_seed, std::uint64_t most, Tries& tries) {
  SweepPlan plan{.seeds = {first_seed, first_seed + 1'000'000}};
  plan.points.push_back({{}, hunted.scenario, hunted.limit});
  plan.until_fail = 1;
  plan.jobs = jobs;
  SweepProgress progress;
  sweep(plan, hunted.catalog, progress, {}, [&] { return progress.points[0].steps >= most; });
  tries.add(progress.failed != 0, progress.points[0].steps);
}

void explore_for(const Hunted& hunted, std::uint64_t first_seed, std::uint64_t most, Tries& tries) {
  const ExplorePlan plan{
      .hunted = hunted, .seed = first_seed, .events_max = most, .until_fail = 1, .jobs = jobs};
  ExploreProgress progress;
  Explorer(plan, progress).run({});
  tries.add(progress.failed != 0, progress.events);
}

double events_of_a_run(const Hunted& hunted) {
  HuntedLife life(hunted, 0);  // one that does not fail
  while (life.step()) {
  }
  return static_cast<double>(life.steps());
}

/// In millions, for the table.
std::string millions(double events) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", events / 1e6);
  return text;
}

std::string in_words(const Tries& tries) {
  return tries.finds() == 0 ? "none in " + millions(tries.events)
                            : millions(tries.for_a_find()) + " (" + std::to_string(tries.finds()) +
                                  " of " + std::to_string(tries.found.size()) + ")";
}

boost::json::object in_json(const Tries& tries) {
  return {{"tries", tries.found.size()}, {"finds", tries.finds()}, {"events", tries.events}};
}

void measure_bugs(const Options& options, const Catalog& catalog, Report& report) {
  constexpr double hard_seeds = 200;
  constexpr int more_of_hard = 4;  // tries for each of the first ones
  const std::uint64_t most = options.small ? 50'000 : events_max;
  const bool told = !options.as_json && !options.small;
  bool first = true;
  std::vector<double> sweeps;
  std::vector<double> explorations;
  std::vector<double> hard;  // events of explore to those of sweep
  for (const std::string& bug : bench::raft_bugs()) {
    if (("bug " + bug).find(options.only) == std::string::npos) continue;
    if (options.small && bug != "stale_read" && bug != "vote_twice") continue;
    const Hunted hunted = hunted_of(bug, catalog);
    Tries swept;
    Tries explored;
    std::uint64_t seed = 1;
    const auto try_both = [&](int times) {
      for (; times > 0; --times, seed += 10'000'000) {
        sweep_for(hunted, seed, most, swept);
        explore_for(hunted, seed, most, explored);
      }
    };
    try_both(options.rounds);
    sweeps.insert(sweeps.end(), swept.found.begin(), swept.found.end());
    explorations.insert(explorations.end(), explored.found.begin(), explored.found.end());
    const bool is_hard = swept.for_a_find() > hard_seeds * events_of_a_run(hunted);
    if (is_hard) {  // What said so does not count: a sweep without luck may have said it.
      swept = {};
      explored = {};
      try_both(options.rounds * more_of_hard);
    }
    const double to_sweep =
        explored.finds() == 0 ? never : explored.for_a_find() / swept.for_a_find();
    if (is_hard) hard.push_back(to_sweep);
    report.rows.push_back(
        {{"bug", bug},
         {"scenario", bench::raft_scenario_of(bug)},
         {"sweep", in_json(swept)},
         {"explore", in_json(explored)},
         {"explore_to_sweep", explored.finds() == 0 ? boost::json::value() : to_sweep}});
    if (told) {
      if (std::exchange(first, false)) {
        std::puts(
            "M events for a find (finds of tries)\n"
            "| bug | scenario | sweep | explore | explore to sweep |\n|---|---|---|---|---|");
      }
      std::printf("| `%s` | %s | %s | %s | %.2f |\n", bug.c_str(),
                  bench::raft_scenario_of(bug).c_str(), in_words(swept).c_str(),
                  in_words(explored).c_str(), to_sweep);
      std::fflush(stdout);
    }
  }
  if (options.small || sweeps.empty()) return;
  for (const double budget : {3e4, 1e5, 3e5, 1e6, 3e6, 1e7, 4e7}) {
    const auto within = [&](const std::vector<double>& all) {
      return static_cast<double>(
          std::ranges::count_if(all, [&](double events) { return events <= budget; }));
    };
    report.rows.push_back({{"budget_events", budget},
                           {"found_by_sweep", within(sweeps)},
                           {"found_by_explore", within(explorations)}});
    report.figures.push_back({"bugs within " + millions(budget) + " M events, explore less sweep",
                              within(explorations) - within(sweeps), "finds", 0});
  }
  if (!hard.empty()) {
    report.figures.push_back({"bugs that take sweep more than 200 seeds: events of explore to it",
                              bench::median(hard), "", 0.5, true});
  }
}

/// The journal of a run that failed, while this is there.
class FailedJournal {
 public:
  FailedJournal(const Hunted& hunted, const Scenario& scenario, const RunFailure& failure)
      : file_(std::filesystem::temp_directory_path() /
              ("reprise_hunt_bench." + std::to_string(failure.step) + ".rpj")) {
    if (keep_run(scenario, hunted.catalog, {}, hunted.limit, false, failure, file_, {}) !=
        KeptRun::whole) {
      std::filesystem::remove(file_);
      throw std::runtime_error("the run that failed went another way when it was recorded");
    }
  }
  ~FailedJournal() { std::filesystem::remove(file_); }
  FailedJournal(const FailedJournal&) = delete;
  FailedJournal& operator=(const FailedJournal&) = delete;

  Journal open() const { return open_history(file_, {}); }

 private:
  std::filesystem::path file_;
};

/// The first run that fails with a bug in it.
FailedJournal failing(const Hunted& hunted) {
  SweepPlan plan{.seeds = {1, 20'000}};
  plan.points.push_back({{}, hunted.scenario, hunted.limit});
  plan.until_fail = 1;
  plan.jobs = jobs;
  SweepProgress progress;
  sweep(plan, hunted.catalog, progress, {}, [] { return false; });
  const FailureGroup& group = progress.groups.at(0);
  return {hunted, hunted.scenario_of({.seed = 1 + group.first_run, .reseedings = {}}), group.first};
}

/// What is left of the first failure of each bug.
void measure_shrinking(const Options& options, const Catalog& catalog, Report& report) {
  const double budget = options.small ? 1 : 58;
  const bool told = !options.as_json && !options.small;
  std::vector<double> inputs;
  std::vector<double> events;
  double longest = 0;
  bool same = true;
  for (const std::string& bug : bench::raft_bugs()) {
    if (("shrink " + bug).find(options.only) == std::string::npos) continue;
    if (options.small && bug != "vote_twice") continue;
    const Hunted hunted = hunted_of(bug, catalog);
    const FailedJournal journal = failing(hunted);
    const Journal opened = journal.open();
    const FailedRun run = failed_run(opened, catalog, {});
    const ShrinkPlan plan{.run = run, .jobs = jobs};
    Shrinker shrinker(plan);
    const Stopwatch watch;
    shrinker.run([&](const ShrinkProgress& now) { return now.best && watch.seconds() >= budget; });
    const double seconds = watch.seconds();
    const SmallRun& best = shrinker.progress().best.value();
    const Scenario small =
        parse_scenario(file_text(best.reproducer, best.failure, {}), "small.toml", catalog);
    ScenarioLife life(small, catalog);
    life.run(limit_of(small));
    const std::optional<RunFailure> failure = life.failure();
    const bool again = failure && fingerprint_of(*failure) == fingerprint_of(run.failure);
    same = same && again;
    const RunSize& before = shrinker.progress().before;
    const RunSize& after = best.size;
    if (before.inputs != 0) {
      inputs.push_back(static_cast<double>(after.inputs) / static_cast<double>(before.inputs));
    }
    events.push_back(static_cast<double>(after.events) / static_cast<double>(before.events));
    longest = std::max(longest, seconds);
    report.rows.push_back({{"shrunk", bug},
                           {"inputs", {before.inputs, after.inputs}},
                           {"agents", {before.agents, after.agents}},
                           {"events", {before.events, after.events}},
                           {"time_ns", {before.time.count(), after.time.count()}},
                           {"runs", shrinker.progress().runs},
                           {"same_failure", again},
                           {"seconds", seconds}});
    if (!told) continue;
    if (events.size() == 1) {
      std::puts(
          "| bug | inputs and faults | agents | events | virtual time | runs | seconds |\n"
          "|---|---|---|---|---|---|---|");
    }
    const auto of = [](auto now, auto then) {
      return std::to_string(now) + " of " + std::to_string(then);
    };
    std::printf("| `%s` | %s | %s | %s | %s of %s | %llu | %.1f |\n", bug.c_str(),
                of(after.inputs, before.inputs).c_str(), of(after.agents, before.agents).c_str(),
                of(after.events, before.events).c_str(), to_string(after.time).c_str(),
                to_string(before.time).c_str(),
                static_cast<unsigned long long>(shrinker.progress().runs), seconds);
    std::fflush(stdout);
  }
  if (events.empty()) return;
  report.figures.push_back(
      {"shrink: each fails with the same fingerprint from its file", same ? 1.0 : 0.0, "bool", 1});
  report.figures.push_back({"shrink: the longest", longest, "s", options.small ? 1e9 : 60, true});
  if (options.small) return;
  report.figures.push_back(
      {"shrink: inputs and faults left, the median", bench::median(inputs), "", 0.10, true});
  report.figures.push_back(
      {"shrink: events left, the median", bench::median(events), "", 0.25, true});
}

void measure_odds(const Options& options, const Catalog& catalog, Report& report) {
  const Hunted hunted = hunted_of("vote_without_log_check", catalog);
  const ExplorePlan search{.hunted = hunted, .until_fail = 1, .jobs = jobs};
  ExploreProgress found;
  Explorer(search, found).run({});
  const FoundGroup& group = found.groups.at(0);
  const FailedJournal file(hunted, hunted.scenario_of(group.story), group.first);
  double seconds = 0;
  std::uint64_t forks = 0;
  {
    const Journal journal = file.open();
    const FailedRun run = failed_run(journal, catalog, {});
    OddsPlan plan{.run = run,
                  .last = run.failure.step - 1,
                  .positions = options.small ? 2U : 20U,
                  .refined = 0,
                  .forks = options.small ? 5U : 200U,
                  .horizon = std::chrono::seconds(3),
                  .jobs = jobs};
    const Stopwatch watch;
    const Odds odds = odds_of(plan, {}, {});
    seconds = watch.seconds();
    for (const PositionOdds& each : odds.positions) forks += each.forks;
  }
  report.rows.push_back({{"case", "odds"}, {"forks", forks}, {"seconds", seconds}});
  report.figures.push_back({"odds: 20 positions, 200 forks each of at most 3 s", seconds, "s",
                            options.small ? 1e9 : 60, true});
}

Report measure(const Options& options) {
  const Catalog catalog = standard_catalog();
  Report report;
  const auto wanted = [&](std::string_view name) {
    return name.find(options.only) != std::string_view::npos;
  };
  if (wanted("fork")) measure_forks(options, catalog, report);
  measure_bugs(options, catalog, report);
  measure_shrinking(options, catalog, report);
  if (wanted("odds")) measure_odds(options, catalog, report);
  return report;
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run_bench(argc, argv, 3, measure);
}
