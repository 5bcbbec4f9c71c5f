#include <algorithm>
#include <array>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <chrono>
#include <limits>
#include <system_error>

#include "engine/decimal.hpp"
#include "replay/frame.hpp"
#include "tools/command.hpp"
#include "tools/feed_choice.hpp"
#include "tools/interrupt.hpp"
#include "tools/lab/artifacts.hpp"
#include "tools/lab/junit.hpp"
#include "tools/lab/kept_failures.hpp"
#include "tools/lab/sweep_report.hpp"
#include "tools/lab/sweep_state.hpp"
#include "tools/output.hpp"
#include "tools/progress.hpp"
#include "tools/run_options.hpp"
#include "tools/scenario_run.hpp"
#include "tools/text_file.hpp"

namespace reprise {

namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace {

using Clock = std::chrono::steady_clock;
using Texts = std::vector<std::string>;

constexpr std::chrono::milliseconds until_first_save(200);
constexpr std::chrono::seconds between_saves(2);

void declare(po::options_description& options) {
  options.add_options()                                                                         //
      ("seeds", po::value<std::string>()->value_name("A..B"), "the seeds, both ends included")  //
      ("set", po::value<Texts>()->value_name("PATH=VALUE"),
       "change the scenario before it starts, as `run --set` does")  //
      ("grid", po::value<Texts>()->value_name("PATH=VALUES"),
       "run all seeds for each of a,b,c or lo:hi:step; several: for each combination")        //
      ("feed", po::value<Texts>()->value_name("NAME=FILE"), "read a feed from another file")  //
      ("feed-errors", po::value<std::string>()->value_name("MODE")->default_value("stop"),
       "at a malformed line of a feed: stop, or skip and count it")  //
      ("until", po::value<std::string>()->value_name("T"),
       "run to this virtual time, in place of the scenario's")                                 //
      ("steps", po::value<std::string>()->value_name("N"), "end a run after this many steps")  //
      ("jobs", po::value<std::string>()->value_name("N"),
       "run so many worlds at once (default: one for each core)")                            //
      ("until-fail", po::value<std::string>()->value_name("K"), "end with the Kth failure")  //
      ("artifacts", po::value<std::string>()->value_name("DIR"),
       "keep failing journals and the state for --resume there (default: the scenario file's stem "
       "and .sweep)")                                                               //
      ("resume", "go on where this sweep was interrupted")                          //
      ("measure", po::value<Texts>()->value_name("EXPR"), "report on this number")  //
      ("every", po::value<std::string>()->value_name("T"),
       "take it at every T of virtual time and average, in place of once at the end")             //
      ("warmup", po::value<std::string>()->value_name("T"), "leave out what is up to this time")  //
      ("batches", po::value<std::string>()->value_name("N"),
       "with one seed, so many batch means (default: 20)")  //
      ("confidence", po::value<std::string>()->value_name("P")->default_value("0.99"),
       "of the interval for the mean")                                                      //
      ("junit", po::value<std::string>()->value_name("FILE"), "write a JUnit report, too")  //
      ("csv", "answer with the measures as comma-separated values")                         //
      ("json", "answer as one JSON object");
}

double confidence_of(const Invocation& call) {
  const auto text = call.get<std::string>("confidence");
  const std::optional<double> confidence = parse_number<double>(text);
  if (confidence && *confidence > 0 && (1 + *confidence) / 2 < 1) return *confidence;
  throw UsageError("--confidence takes a number between 0 and 1, such as 0.95, not '" + text + "'");
}

MeasurePlan measures_of(const Invocation& call, const SeedRange& seeds) {
  MeasurePlan plan{.texts = call.list("measure"), .every = find_duration(call, "every", "1s")};
  for (const char* option : {"every", "csv"}) {
    if (!call.has(option) || !plan.texts.empty()) continue;
    throw UsageError(std::string("--") + option + " is about what --measure names; give one");
  }
  for (const char* option : {"warmup", "batches"}) {
    if (!call.has(option) || plan.every) continue;
    throw UsageError(std::string("--") + option +
                     " is for what is taken over time; give --every, too");
  }
  if (plan.every && *plan.every == Duration()) throw UsageError("--every must be above 0");
  plan.warmup = find_duration(call, "warmup", "1000s").value_or(Duration());
  const auto batches = call.find_number("batches", 2);
  if (batches && seeds.count() != 1) {
    throw UsageError("--batches is for one long run; with several seeds each gives one value");
  }
  if (plan.every && seeds.count() == 1) plan.batches = batches.value_or(20);
  return plan;
}

void expect_sensible(const Invocation& call) {
  if (call.has("json") && call.has("csv")) {
    throw UsageError("--json and --csv exclude each other; leave one of them out");
  }
  if (!call.has("seeds")) throw UsageError("--seeds is missing; give a range such as 1..1000");
  if (is_journal(call.arguments.front())) {
    throw UsageError(call.arguments.front() +
                     ": is a reprise journal; a sweep takes a scenario, and `reprise check` a "
                     "journal");
  }
  for (const char* option : {"set", "grid"}) {
    for (const std::string& each : call.list(option)) {
      if (!each.starts_with("seed=")) continue;
      throw UsageError("--" + std::string(option) + ' ' + each + ": seeds are given by --seeds");
    }
  }
  for (const char* option : {"until", "steps"}) {
    for (const std::string& each : call.list("grid")) {
      if (!call.has(option) || each.substr(0, each.find('=')) != option) continue;
      throw UsageError("--grid " + each + ": --" + option +
                       " goes before it; leave one of them out");
    }
  }
}

SweepPlan plan_of(const Invocation& call, const std::vector<GridAxis>& axes) {
  SweepPlan plan{.seeds = parse_seeds(call.get<std::string>("seeds"))};
  plan.measures = measures_of(call, plan.seeds);
  plan.jobs = jobs_of(call);
  plan.until_fail = call.find_number("until-fail", 1);
  const std::array changes{"set", "grid", "feed", "until", "steps"};
  plan.digests = std::ranges::none_of(changes, [&](const char* each) { return call.has(each); });
  for (std::vector<std::string>& overrides : grid_points(axes)) {
    Texts all = call.list("set");
    all.insert(all.end(), overrides.begin(), overrides.end());
    SweepPoint& point = plan.points.emplace_back();
    point.overrides = std::move(overrides);
    point.scenario = load_scenario(call.arguments.front(), call.catalog, all);
    point.limit = limit_of(call, point.scenario);
    if (plan.measures.warmup > Duration() && Time(plan.measures.warmup) >= point.limit.until) {
      throw UsageError("--warmup " + call.get<std::string>("warmup") +
                       ": is not before the end of the run; nothing would be left to measure");
    }
  }
  if (plan.seeds.count() > std::numeric_limits<std::int64_t>::max() / plan.points.size()) {
    throw UsageError("--seeds: more runs than can be counted; take fewer seeds");
  }
  for (const std::string& each : call.list("feed")) {
    if (!each.ends_with("=-")) continue;
    throw UsageError("--feed " + each + ": a sweep reads a feed once for each run; name a file");
  }
  plan.feeds = choose_feeds(call, plan.points.front().scenario).files;
  for (const SweepPoint& point : plan.points) {
    const std::unique_ptr<Simulation> world = build_world(point.scenario, call.catalog);
    const Measurement readable(plan.measures, *world);
  }
  return plan;
}

/// A sweep on its way, with all that it leaves behind.
class SweepRun {
 public:
  explicit SweepRun(const Invocation& call)
      : call_(call),
        axes_(axes_of(call)),
        plan_(plan_of(call, axes_)),
        confidence_(confidence_of(call)),
        kept_(call, call.find<std::string>("artifacts")
                        .value_or(fs::path(call.arguments.front()).stem().string() + ".sweep")),
        identity_(identity_of(plan_, call.catalog, call.list("set"))) {
    expect_folder(kept_.folder());
    if (const auto file = call.find<std::string>("junit")) {
      std::error_code none;
      if (fs::equivalent(*file, call.arguments.front(), none)) {
        throw UsageError("--junit " + *file + ": is the scenario; name another file");
      }
      write_file(*file, unfinished_junit("sweep"));
    }
  }

  ExitCode run() {
    begin();
    progress_bar_.emplace("sweep", "seeds");
    SweepEnd end = sweep(
        plan_, call_.catalog, progress_,
        [&](const SweepProgress&, const FailureGroup* group) { note(group); },
        [&] { return interrupted(); });
    progress_bar_.reset();  // before the answer, as both may go to one terminal
    if (kept_.cut()) end = SweepEnd::interrupted;  // while the last journal was being kept
    if (end == SweepEnd::interrupted) {
      save();
    } else {
      forget();
    }
    const SweepReport report = reported(end);
    tell(report);
    if (end != SweepEnd::interrupted) warn_of_batches();
    if (kept_.differs()) return ExitCode::not_deterministic;
    if (end != SweepEnd::interrupted) return progress_.failed == 0 ? ExitCode::yes : ExitCode::no;
    call_.complain("interrupted after " + grouped(progress_.runs) + " of " +
                   counted(plan_.runs(), "run") + "; the same command with --resume goes on (" +
                   state_file().string() + ")");
    return ExitCode::interrupted;
  }

 private:
  static std::vector<GridAxis> axes_of(const Invocation& call) {
    std::vector<GridAxis> axes;
    for (const std::string& text : call.list("grid")) axes.push_back(parse_grid_axis(text));
    return axes;
  }

  fs::path state_file() const { return kept_.folder() / "sweep.state"; }

  void begin() {
    std::error_code unknown;
    if (!call_.has("resume")) {
      if (fs::exists(state_file(), unknown)) {
        call_.complain(state_file().string() +
                       ": is of a sweep that was interrupted; it is replaced, as --resume was not "
                       "given");
      }
      return;
    }
    std::optional<SweepProgress> kept = load_progress(state_file(), identity_);
    if (!kept) {
      call_.complain(state_file().string() +
                     ": is not there, so the sweep begins at its beginning");
      return;
    }
    progress_ = std::move(*kept);
    begun_at_ = progress_.runs;
    call_.complain("goes on after " + counted(begun_at_, "run"));
    // The one that was being written when the program ended may be torn.
    for (std::size_t i = 0; i < std::min(progress_.groups.size(), KeptFailures::journals_max);
         ++i) {
      keep(progress_.groups[i]);
    }
  }

  void note(const FailureGroup* group) {
    if (group != nullptr && progress_.groups.size() <= KeptFailures::journals_max) keep(*group);
    if (Clock::now() < next_save_) return;
    const auto begun = Clock::now();
    save();
    next_save_ = Clock::now() + between_saves + 20 * (Clock::now() - begun);
  }

  void save() { save_progress(state_file(), identity_, progress_); }

  /// A sweep that has come to its end leaves no state, and no empty folder.
  void forget() {
    std::error_code none;
    fs::remove(state_file(), none);
    if (fs::is_empty(kept_.folder(), none) && !none) fs::remove(kept_.folder(), none);
  }

  void keep(const FailureGroup& group) {
    kept_.keep(group.fingerprint, [&](const fs::path& journal) {
      return keep_run(plan_, call_.catalog, group.first_run, group.first, journal,
                      [] { return InterruptGuard::asked(); });
    });
  }

  bool interrupted() {
    const auto part = static_cast<double>(progress_.runs) / static_cast<double>(plan_.runs());
    progress_bar_->show(part, progress_.runs - begun_at_);
    return InterruptGuard::asked();
  }

  void warn_of_batches() const {
    if (plan_.measures.batches == 0) return;
    for (const MeasuredValues& each : progress_.points.front().measures) {
      if (!each.values.empty() || progress_.failed != 0) continue;
      call_.complain("there are too few values for " + std::to_string(plan_.measures.batches) +
                     " batches; take them more often, or give --batches");
      return;
    }
  }

  std::string reproduce(const FailureGroup& group) const {
    Texts words{call_.program, "run", call_.arguments.front()};
    if (group.first.what != "expect") {  // that is of the scenario's own seed, without --seed
      words.insert(words.end(), {"--seed", std::to_string(plan_.seed_of(group.first_run))});
    }
    const auto add = [&](const char* option, const Texts& values) {
      for (const std::string& value : values) {
        words.insert(words.end(), {"--" + std::string(option), value});
      }
    };
    add("set", call_.list("set"));
    add("set", plan_.points[plan_.point_of(group.first_run)].overrides);
    add("feed", call_.list("feed"));
    for (const char* option : {"until", "steps"}) {
      if (const auto value = call_.find<std::string>(option)) add(option, {*value});
    }
    if (plan_.feeds.skip_errors) add("feed-errors", {"skip"});
    words.insert(words.end(), {"-o", short_name(group.fingerprint) + ".rpj"});
    return shell_line(words);
  }

  SweepReport reported(SweepEnd end) const {
    SweepReport report{.plan = plan_,
                       .progress = progress_,
                       .end = end,
                       .scenario = name_of(plan_.points.front().scenario),
                       .groups = groups_by_size(progress_),
                       .confidence = confidence_};
    for (const GridAxis& axis : axes_) report.axes.push_back(axis.path);
    std::error_code none;
    for (ReportedGroup& each : report.groups) {
      each.reproduce = reproduce(*each.group);
      const fs::path journal = kept_.journal_of(each.group->fingerprint);
      const bool kept =
          each.group - progress_.groups.data() < std::ptrdiff_t{KeptFailures::journals_max};
      if (kept && fs::exists(journal, none)) each.journal = journal.string();
    }
    return report;
  }

  void tell(const SweepReport& report) const {
    if (const auto file = call_.find<std::string>("junit")) write_file(*file, junit_of(report));
    if (call_.has("json")) return print_json(to_json(report));
    for (const std::string& line : call_.has("csv") ? csv_of(report) : lines_of(report)) {
      print(line);
    }
    if (!call_.has("csv") || report.groups.empty()) return;
    call_.complain(grouped(progress_.failed) + " of " + counted(progress_.runs, "run") +
                   " failed; without --csv they are listed");
    complain("reproduce: " + report.groups.front().reproduce);
  }

  const Invocation& call_;
  std::vector<GridAxis> axes_;
  SweepPlan plan_;
  double confidence_;
  KeptFailures kept_;
  Digest identity_;
  SweepProgress progress_;
  std::uint64_t begun_at_ = 0;
  Clock::time_point next_save_ = Clock::now() + until_first_save;
  std::optional<Progress> progress_bar_;
};

ExitCode run(const Invocation& call) {
  expect_sensible(call);
  const InterruptGuard guard;
  return SweepRun(call).run();
}

constexpr std::array words{OptionWords{"feed-errors", "stop skip"},
                           OptionWords{"confidence", "0.9 0.95 0.99 0.999"}};

}  // namespace

const Command sweep_command{
    .name = "sweep",
    .summary = "run many seeds: which fail, and statistics",
    .arguments = "SCENARIO",
    .arguments_min = 1,
    .arguments_max = 1,
    .details =
        "Examples:\n"
        "  reprise sweep raft.toml --seeds 1..10000 --until-fail 3 --junit sweep.xml\n"
        "  reprise sweep scenarios/library/queueing/mm3.toml --seeds 1..50 --measure "
        "station.mean_delay \\\n"
        "    --grid agent.arrivals.options.mean_interarrival=4.5s:6s:0.5s\n"
        "A run fails when an agent does, or an expression in [expect] does not hold; steps and "
        "digests count for\n"
        "the scenario's own seed where no other option changes it. Failures are grouped by what "
        "they have in common:\n"
        "the property, or the group of the agent, the kind of message and the reason without its "
        "numbers. The first\n"
        "journal of each group is kept (of the first 100 groups).\n"
        "What is printed and kept is the same whatever --jobs is, and after --resume.\n"
        "A measure is an expression that comes to a number (docs/expressions.md). A run gives one "
        "value: at its end,\n"
        "or with --every the mean over time; the interval is Student's t over seeds. One seed with "
        "--every gives batch\n"
        "means.\n"
        "What `sometimes` in [expect] asks for, and each point of Context::sometimes(), is "
        "reported "
        "with the runs in which\n"
        "it came true, or as never exercised.\n"
        "--json has the keys scenario seeds{first last} end runs runs_planned failed "
        "exercised[{in_code what runs\nfirst_seed}] groups[{fingerprint count first\n"
        "journal reproduce}] points[{set runs failed steps measures[{measure count unknown method "
        "confidence mean low\n"
        "high deviation min p05 p50 p95 max}]}].\n"
        "Exit status: 0 none failed, 1 some did, 2 bad input, 3 a failing run went another way "
        "when "
        "it was lived again,\n"
        "5 interrupted (--resume goes on).\n",
    .declare = declare,
    .run = run,
    .option_words = words};

}  // namespace reprise
