#include <algorithm>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <chrono>
#include <filesystem>
#include <system_error>

#include "engine/codec.hpp"
#include "engine/enums.hpp"
#include "replay/file.hpp"
#include "replay/frame.hpp"
#include "tools/command.hpp"
#include "tools/feed_choice.hpp"
#include "tools/interrupt.hpp"
#include "tools/lab/artifacts.hpp"
#include "tools/lab/budget_option.hpp"
#include "tools/lab/hunt/explore_report.hpp"
#include "tools/lab/kept_failures.hpp"
#include "tools/lab/state_file.hpp"
#include "tools/output.hpp"
#include "tools/progress.hpp"
#include "tools/run_options.hpp"
#include "tools/scenario_run.hpp"

namespace reprise {

namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace {

using Clock = std::chrono::steady_clock;
using Texts = std::vector<std::string>;

constexpr std::chrono::seconds between_saves(2);

void declare(po::options_description& options) {
  options.add_options()  //
      ("budget", po::value<std::string>()->value_name("T"),
       "end after so much real time (\"60s\") and one round of runs at least; the default is 60s "
       "without --events")  //
      ("events", po::value<std::string>()->value_name("N"),
       "end with the round in which so many events have been delivered")  //
      ("seed", po::value<std::string>()->value_name("N")->default_value("1"),
       "of the first run from the start; the next has the next, and so on")                  //
      ("until-fail", po::value<std::string>()->value_name("K"), "end with the Kth failure")  //
      ("jobs", po::value<std::string>()->value_name("N"),
       "run so many worlds at once (default: one for each core)")  //
      ("archive", po::value<std::string>()->value_name("DIR"),
       "keep failing journals and the state for --resume there (default: the scenario file's stem "
       "and .explore)")                                                                         //
      ("resume", "go on where this exploration ended, with a larger --events or new --budget")  //
      ("moments", po::value<std::string>()->value_name("N")->default_value("1024"),
       "keep so many moments to go on from, if they fit 512 MiB")  //
      ("set", po::value<Texts>()->value_name("PATH=VALUE"),
       "change the scenario before it starts, as `run --set` does")                           //
      ("feed", po::value<Texts>()->value_name("NAME=FILE"), "read a feed from another file")  //
      ("feed-errors", po::value<std::string>()->value_name("MODE")->default_value("stop"),
       "at a malformed line of a feed: stop, or skip and count it")  //
      ("until", po::value<std::string>()->value_name("T"),
       "run to this virtual time, in place of the scenario's")                                 //
      ("steps", po::value<std::string>()->value_name("N"), "end a run after this many steps")  //
      ("json", "answer as one JSON object");
}

/// The scenario as it is to be run, with all its inputs.
Hunted hunted_of(const Invocation& call) {
  const std::string& file = call.arguments.front();
  if (is_journal(file)) {
    throw UsageError(file + ": is a reprise journal; explore takes the scenario that it is of");
  }
  for (const std::string& each : call.list("set")) {
    if (each.starts_with("seed=")) throw UsageError("--set " + each + ": give it by --seed");
  }
  for (const std::string& each : call.list("feed")) {
    if (!each.ends_with("=-")) continue;
    throw UsageError("--feed " + each + ": explore reads a feed before it begins; name a file");
  }
  Scenario scenario = load_scenario(file, call.catalog, call.list("set"));
  const RunLimit limit = limit_of(call, scenario);
  if (limit.until == time_max && limit.steps == RunLimit().steps) {
    throw UsageError(file + ": does not say where a run ends; give --until or --steps");
  }
  const FeedOptions feeds = choose_feeds(call, scenario).files;
  InputList inputs = read_inputs(scenario, call.catalog, feeds);
  return {.scenario = std::move(scenario),
          .catalog = call.catalog,
          .feeds = feeds,
          .limit = limit,
          .inputs = std::move(inputs)};
}

/// An exploration on its way, with all that it leaves behind.
class Exploration {
 public:
  explicit Exploration(const Invocation& call)
      : call_(call),
        hunted_(hunted_of(call)),
        plan_{.hunted = hunted_,
              .seed = *call.find_number("seed"),
              .until_fail = call.find_number("until-fail", 1),
              .moments_max = *call.find_number("moments", 1),
              .jobs = jobs_of(call)},
        budget_(find_budget(call)),
        kept_(call, call.find<std::string>("archive").value_or(
                        fs::path(call.arguments.front()).stem().string() + ".explore")) {
    expect_folder(kept_.folder(), "--archive");
    plan_.events_max = call.find_number("events", 1);
    if (!plan_.events_max && !budget_) budget_ = std::chrono::seconds(60);
    Digester digester;
    add_identity(digester, hunted_.scenario, hunted_.limit, call.catalog);
    add_identity(digester, hunted_.feeds);
    digester(plan_.seed, plan_.moments_max);
    identity_ = digester.digest();
  }

  ExitCode run() {
    begin();
    bar_.emplace("explore", "events");
    Explorer explorer(plan_, progress_);
    const ExploreEnd end =
        explorer.run({.found =
                          [&](const FoundGroup& group) {
                            if (progress_.groups.size() <= KeptFailures::journals_max) {
                              keep(group);
                            }
                          },
                      .round = [&] { end_round(); },
                      .interrupted = [&] { return over(); }});
    bar_.reset();
    const bool interrupted = InterruptGuard::asked() || kept_.cut();
    save();
    ExploreReport report{.plan = plan_,
                         .progress = progress_,
                         .scenario = name_of(hunted_.scenario),
                         .end = std::string(*enumerator_name(end)),
                         .groups = {}};
    if (end == ExploreEnd::interrupted && !interrupted) report.end = "budget";
    tell(report);
    if (kept_.differs()) return ExitCode::not_deterministic;
    if (!interrupted) return progress_.failed == 0 ? ExitCode::yes : ExitCode::no;
    call_.complain("interrupted after " + counted(progress_.events, "event") +
                   "; the same command with --resume goes on (" + state_file().string() + ")");
    return ExitCode::interrupted;
  }

 private:
  fs::path state_file() const { return kept_.folder() / "explore.state"; }

  void begin() {
    std::error_code unknown;
    if (!call_.has("resume")) {
      if (fs::exists(state_file(), unknown)) {
        call_.complain(state_file().string() +
                       ": is of an earlier exploration; it is replaced, as --resume was not given");
      }
      return;
    }
    const std::optional<Bytes> kept = load_state(state_file(), "explore", identity_, "--archive");
    if (!kept) {
      call_.complain(state_file().string() +
                     ": is not there, so the exploration begins at its beginning");
      return;
    }
    try {
      Decoder in(*kept);
      in(progress_);
      in.expect_end();
    } catch (const DecodeError& error) {
      throw FileError(state_file().string() + ": is damaged (" + error.what() +
                      "); remove it, and begin again without --resume");
    }
    begun_at_ = progress_.events;
    call_.complain("goes on after " + counted(begun_at_, "event"));
    for (std::size_t i = 0; i < std::min(progress_.groups.size(), KeptFailures::journals_max);
         ++i) {
      keep(progress_.groups[i]);
    }
  }

  void save() {
    Bytes bytes;
    Encoder out(bytes);
    out(progress_);
    save_state(state_file(), "explore", identity_, bytes);
  }

  void end_round() {
    whole_round_ = true;
    if (progress_.events == 0) {
      throw InputError(call_.arguments.front(), "its runs deliver no event, so none can be left",
                       "give it agents that do something, or inputs");
    }
    save_now_and_then();
  }

  /// Against a program that is killed.
  void save_now_and_then() {
    if (Clock::now() < next_save_) return;
    const auto begun = Clock::now();
    save();
    next_save_ = Clock::now() + between_saves + 20 * (Clock::now() - begun);
  }

  void keep(const FoundGroup& group) {
    kept_.keep(group.fingerprint, [&](const fs::path& journal) {
      return keep_run(hunted_.scenario_of(group.story), call_.catalog, hunted_.feeds, hunted_.limit,
                      false, group.first, journal, [] { return InterruptGuard::asked(); });
    });
  }

  /// Whether the time is over, and a round was had in it, or somebody wants an end.
  bool over() {
    const double seconds = std::chrono::duration<double>(Clock::now() - begun_).count();
    double part = 0;
    if (budget_) part = seconds / std::chrono::duration<double>(*budget_).count();
    if (plan_.events_max) {
      part = std::max(
          part, static_cast<double>(progress_.events) / static_cast<double>(*plan_.events_max));
    }
    bar_->show(std::min(part, 1.0), progress_.events - begun_at_);
    if (InterruptGuard::asked()) return true;
    return whole_round_ && budget_ && Clock::now() - begun_ >= *budget_;
  }

  std::string reproduce(const FoundGroup& group) const {
    Texts words{call_.program, "run", call_.arguments.front(), "--seed",
                std::to_string(group.story.seed)};
    for (const Reseeding& each : group.story.reseedings) {
      words.insert(words.end(), {"--reseed", to_string(each.at) + '=' + std::to_string(each.seed)});
    }
    for (const char* option : {"set", "feed"}) {
      for (const std::string& value : call_.list(option)) {
        words.insert(words.end(), {"--" + std::string(option), value});
      }
    }
    for (const char* option : {"until", "steps"}) {
      if (const auto value = call_.find<std::string>(option)) {
        words.insert(words.end(), {"--" + std::string(option), *value});
      }
    }
    if (hunted_.feeds.skip_errors) words.insert(words.end(), {"--feed-errors", "skip"});
    words.insert(words.end(), {"-o", short_name(group.fingerprint) + ".rpj"});
    return shell_line(words);
  }

  void tell(ExploreReport& report) const {
    std::error_code none;
    for (const FoundGroup& each : progress_.groups) {
      report.groups.push_back({&each, {}, reproduce(each)});
      const fs::path journal = kept_.journal_of(each.fingerprint);
      if (fs::exists(journal, none)) report.groups.back().journal = journal;
    }
    std::ranges::stable_sort(report.groups, std::ranges::greater(),
                             [](const ReportedFind& each) { return each.group->count; });
    if (call_.has("json")) return print_json(to_json(report));
    for (const std::string& line : lines_of(report)) print(line);
  }

  const Invocation& call_;
  Hunted hunted_;
  ExplorePlan plan_;
  std::optional<Duration> budget_;
  KeptFailures kept_;
  Digest identity_;
  ExploreProgress progress_;
  std::uint64_t begun_at_ = 0;
  bool whole_round_ = false;  // since this program began
  Clock::time_point begun_ = Clock::now();
  Clock::time_point next_save_ = Clock::now();
  std::optional<Progress> bar_;
};

ExitCode run(const Invocation& call) {
  const InterruptGuard guard;
  return Exploration(call).run();
}

constexpr std::array words{OptionWords{"feed-errors", "stop skip"}};

}  // namespace

const Command explore_command{
    .name = "explore",
    .summary = "search for failures from the rarest moments of earlier runs",
    .arguments = "SCENARIO",
    .arguments_min = 1,
    .arguments_max = 1,
    .details =
        "Example: reprise explore scenarios/library/raft/chaos.toml --budget 60s --until-fail 1 "
        "\\\n"
        "    --set agent.server.options.bug=stale_read\n"
        "Where `sweep` begins each run at the start, most runs of `explore` leave an earlier one "
        "at "
        "a moment\n"
        "that is interesting, and all random streams begin anew there. docs/explore.md says what "
        "is interesting.\n"
        "What is found after so many --events is the same whatever --jobs is, and after --resume; "
        "how far a\n"
        "--budget comes depends on the machine.\n"
        "Exit status: 0 none failed, 1 some did, 2 bad input, 3 a failing run went another way "
        "when "
        "it was lived again,\n"
        "5 interrupted (--resume goes on).\n",
    .declare = declare,
    .run = run,
    .option_words = words};

}  // namespace reprise
