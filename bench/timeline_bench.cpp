// What it costs to move in a recorded run: to seek, to step back, to branch, to compare two runs
// and to verify one in several threads. On PHOLD, and on the market under recorded prices where
// those are at hand ($REPRISE_DATA, or ../shared/data beside the sources).

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "agents/standard_catalog.hpp"
#include "bench/measure.hpp"
#include "bench/program.hpp"
#include "bench/world.hpp"
#include "engine/control.hpp"
#include "engine/random.hpp"
#include "replay/branch.hpp"
#include "replay/lineage.hpp"
#include "replay/verify.hpp"
#include "timeline/difference.hpp"
#include "timeline/timeline.hpp"
#include "tools/world_factory.hpp"

namespace {

using namespace reprise;
using bench::Figure;
using bench::Options;
using bench::Report;
using bench::Stopwatch;

/// A run to move in.
struct Case {
  std::string name;
  std::vector<std::string> run;  // words for `reprise run`
  Step keyframes = 0;            // the distance of its keyframes
  bool long_enough = true;       // for the figures that are promised of 10 M steps
};

std::string shipped(const char* scenario) {
  return std::string(REPRISE_SOURCE_DIR) + "/scenarios/library/" + scenario;
}

std::vector<Case> cases(const Options& options) {
  const std::string steps = options.small ? "20000" : "10000000";
  const std::string agents = options.small ? "100" : "10000";
  const Step keyframes = options.small ? 2000 : 1'000'000;
  std::vector<Case> all{
      {"phold",
       {shipped("phold/phold.toml"), "--steps", steps, "--until", "10000h", "--set",
        "agent.phold.count=" + agents, "--set", "agent.phold.options.agents=" + agents},
       keyframes}};
  const char* chosen = std::getenv("REPRISE_DATA");
  const std::filesystem::path tape =
      std::filesystem::path(chosen != nullptr ? chosen : REPRISE_SOURCE_DIR "/../shared/data") /
      "binance/spot_btcusdt_20240808.gz";
  if (options.small) return all;
  if (std::filesystem::exists(tape)) {
    all.push_back({"market",
                   {shipped("market/btcusdt.toml"), "--feed", "tape=" + tape.string()},
                   50'000,
                   false});
  } else {
    std::fprintf(stderr, "timeline_bench: skipped: the market, for there is no %s\n", tape.c_str());
  }
  return all;
}

struct Percentiles {
  explicit Percentiles(std::vector<double> values) {
    std::ranges::sort(values);
    p50 = values.at(values.size() / 2);
    p99 = values.at(values.size() * 99 / 100);
  }
  double p50 = 0;
  double p99 = 0;
};

/// A recorded run, and what is needed to live it.
class Subject {
 public:
  Subject(const std::filesystem::path& path)
      : journal(open_history(path)), history{journal, catalog_, factory_} {}

  Timeline timeline() const { return Timeline(journal, catalog_, factory_); }
  Step random_step(Random& random) const {
    return static_cast<Step>(random.uniform(1, static_cast<std::int64_t>(journal.last_step()) - 1));
  }
  Verification verified(unsigned jobs) const {
    return verify(journal, catalog_, factory_, {}, jobs);
  }

 private:
  Catalog catalog_ = standard_catalog();
  WorldFactory factory_ = world_factory(catalog_);

 public:
  const Journal journal;
  const RecordedHistory history;
};

/// What is measured of one case.
class Bench {
 public:
  Bench(Case which, const Options& options, Report& report)
      : case_(std::move(which)), options_(options), report_(report) {}

  void run() {
    std::vector<std::string> words = case_.run;
    words.insert(words.begin(), {REPRISE_PROGRAM, "run"});
    const std::string path = scratch_.file("run.rpj").string();
    words.insert(words.end(), {"-o", path, "--keyframes", std::to_string(case_.keyframes)});
    bench::run_program(words);
    const Subject subject(path);
    measure_replay(subject);
    measure_seek(subject);
    measure_back(subject);
    measure_branch(subject);
    measure_difference(subject);
    measure_verify(subject);
  }

 private:
  void row(const char* what, double value, const char* unit) {
    const std::string name = case_.name + ": " + what;
    report_.rows.push_back(boost::json::object{{"name", name}, {"value", value}, {"unit", unit}});
    if (!options_.as_json) std::printf("%-60s %12.3f %s\n", name.c_str(), value, unit);
  }

  void figure(const char* what, double value, const char* unit, double goal, bool at_most = true) {
    const double bound = options_.small ? (at_most ? 1e9 : 0) : goal;
    report_.figures.push_back({case_.name + ": " + what, value, unit, bound, at_most});
  }

  void measure_replay(const Subject& subject) {
    std::vector<double> seconds;
    for (int i = 0; i < 3; ++i) {
      CheckedPlayer player(subject.journal, subject.history.catalog, subject.history.factory);
      const Stopwatch watch;
      player.run_to(subject.journal.last_step(), time_max, {});
      seconds.push_back(watch.seconds());
    }
    replay_ = bench::median(seconds);
    row("steps", static_cast<double>(subject.journal.last_step()), "");
    row("a full replay", replay_ * 1e3, "ms");
  }

  /// Each from a timeline that has just been opened, and then in one that has been to the end.
  void measure_seek(const Subject& subject) {
    Random random(1, "seeks");
    std::vector<double> cold;
    for (int i = 0; i < options_.rounds * 20; ++i) {
      Timeline timeline = subject.timeline();
      const Step step = subject.random_step(random);
      const Stopwatch watch;
      timeline.seek(step);
      cold.push_back(watch.seconds() * 1e3);
    }
    Timeline timeline = subject.timeline();
    timeline.seek(EndOfRun());
    std::vector<double> warm;
    for (int i = 0; i < options_.rounds * 40; ++i) {
      const Step step = subject.random_step(random);
      const Stopwatch watch;
      timeline.seek(step);
      warm.push_back(watch.seconds() * 1e3);
    }
    const Percentiles first(cold);
    const Percentiles later(warm);
    figure("seek to a random step, first move, p50", first.p50, "ms", 60);
    figure("seek to a random step, first move, p99", first.p99, "ms", 150);
    row("the same, to a full replay, p99", first.p99 / (replay_ * 1e3), "times");
    row("seek to a random step, later moves, p50", later.p50, "ms");
    row("seek to a random step, later moves, p99", later.p99, "ms");
    seek_ = first.p50;
  }

  void measure_back(const Subject& subject) {
    Random random(1, "back");
    Timeline timeline = subject.timeline();
    std::vector<double> millis;
    for (int i = 0; i < options_.rounds; ++i) {
      timeline.seek(subject.random_step(random));
      const Step far = std::min<Step>(200, timeline.world().steps());
      for (Step back = 0; back < far; ++back) {
        const Stopwatch watch;
        timeline.back(1);
        millis.push_back(watch.seconds() * 1e3);
      }
    }
    const Percentiles back(std::move(millis));
    figure("back(1), p50", back.p50, "ms", 1);
    row("back(1), p99", back.p99, "ms");
  }

  RecordedBranch branch(const Subject& subject, const Simulation& there, const RunLimit& limit,
                        const std::string& path, const KeyframePolicy& keyframes = {}) {
    BranchPlan plan;
    plan.edits.emplace_back(Reseed{there.name_of(AgentId{1}), 7});
    plan.limit = limit;
    return record_branch(subject.journal, there, std::move(plan), path, true, keyframes);
  }

  void measure_branch(const Subject& subject) {
    Random random(1, "branches");
    std::vector<double> millis;
    std::uint64_t bytes_most = 0;
    const std::string path = scratch_.file("branch.rpj").string();
    for (int i = 0; i < options_.rounds; ++i) {
      Timeline timeline = subject.timeline();
      const Step step = subject.random_step(random);
      const Stopwatch watch;
      timeline.seek(step);
      const RecordedBranch made = branch(subject, timeline.world(), {.steps = step + 1000}, path);
      millis.push_back(watch.seconds() * 1e3);
      bytes_most = std::max(bytes_most, made.bytes);
    }
    row("a seek, a fork and 1,000 steps on, to a seek, p50",
        Percentiles(std::move(millis)).p50 / seek_, "times");
    figure("bytes of a branch of 1,000 steps, most", static_cast<double>(bytes_most) / 1024, "KiB",
           64);
  }

  void measure_difference(const Subject& subject) {
    Random random(1, "differences");
    std::vector<double> ratios;
    std::uint64_t digests = 0;
    const std::string path = scratch_.file("other.rpj").string();
    for (int i = 0; i < options_.rounds; ++i) {
      const Step step = subject.random_step(random);
      double seeks = 0;
      {
        Timeline timeline = subject.timeline();
        timeline.seek(step);
        branch(subject, timeline.world(), limit_of(subject.journal), path,
               KeyframePolicy::every(case_.keyframes));
      }
      const Subject other(path);
      for (const Subject* each : {&subject, &other}) {
        Timeline timeline = each->timeline();
        const Stopwatch watch;
        timeline.seek(step);
        seeks += watch.seconds();
      }
      const Stopwatch watch;
      const Difference found = difference(subject.history, other.history);
      ratios.push_back(watch.seconds() / seeks);
      if (found.equal) throw std::runtime_error("a branch with an edit is as its parent");
      digests = std::max(digests, found.digests_compared);
    }
    const char* what = "diff, to a seek to where they part in each";
    const double ratio = bench::median(std::move(ratios));
    if (case_.long_enough) {
      figure(what, ratio, "times", 2);
    } else {
      row(what, ratio, "times");
    }
    figure("diff: prefix digests compared, most", static_cast<double>(digests), "", 64);
  }

  void measure_verify(const Subject& subject) {
    std::vector<double> ratios;
    for (int i = 0; i < options_.rounds; ++i) {
      const Stopwatch one;
      if (subject.verified(1).divergence) throw std::runtime_error("it does not verify");
      const double alone = one.seconds();
      const Stopwatch two;
      if (subject.verified(2).divergence) throw std::runtime_error("it does not verify by two");
      ratios.push_back(alone / two.seconds());
    }
    const double ratio = bench::median(std::move(ratios));
    if (case_.long_enough) {
      figure("verify, one job to two", ratio, "times", 1.8, false);
    } else {
      row("verify, one job to two", ratio, "times");
    }
  }

  Case case_;
  const Options& options_;
  Report& report_;
  bench::ScratchFolder scratch_;
  double replay_ = 0;  // seconds
  double seek_ = 0;    // milliseconds
};

Report measure(const Options& options) {
  Report report;
  for (Case& each : cases(options)) {
    if (each.name.find(options.only) == std::string::npos) continue;
    Bench(std::move(each), options, report).run();
  }
  return report;
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run_bench(argc, argv, 5, measure);
}
