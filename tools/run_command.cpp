#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <filesystem>
#include <limits>

#include "engine/json.hpp"
#include "replay/frame.hpp"
#include "scenarios/input_error.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/scenario_inputs.hpp"
#include "tools/command.hpp"
#include "tools/expectations.hpp"
#include "tools/feed_choice.hpp"
#include "tools/feed_words.hpp"
#include "tools/interrupt.hpp"
#include "tools/journal_path.hpp"
#include "tools/live_feed.hpp"
#include "tools/output.hpp"
#include "tools/progress.hpp"
#include "tools/readable.hpp"
#include "tools/recording.hpp"
#include "tools/run_options.hpp"
#include "tools/scenario_run.hpp"

namespace reprise {

namespace po = boost::program_options;
namespace json = boost::json;

namespace {

using Texts = std::vector<std::string>;

void declare(po::options_description& options) {
  options.add_options()  //
      ("seed", po::value<std::string>()->value_name("N"),
       "random seed, in place of the scenario's")  //
      ("reseed", po::value<Texts>()->value_name("T=N"),
       "begin all random streams anew at this virtual time, from this seed; several are "
       "possible")  //
      ("until", po::value<std::string>()->value_name("T"),
       "run to this virtual time (\"10min\"), in place of the scenario's")               //
      ("steps", po::value<std::string>()->value_name("N"), "end after this many steps")  //
      ("set", po::value<Texts>()->value_name("PATH=VALUE"),
       "change the scenario before it starts (agent.trader.options.size=5)")  //
      ("feed", po::value<Texts>()->value_name("NAME=FILE"),
       "read a feed from another file; NAME=- takes JSON lines from standard input as they "
       "come")  //
      ("acks", po::value<std::string>()->value_name("FILE"),
       "answer each line of NAME=- there, behind what the file holds, once it is durable "
       "(/dev/fd/3 works)")  //
      ("commit", po::value<std::string>()->value_name("MODE")->default_value("interval=5ms"),
       "when inputs are made durable: none, interval=TIME, batch=N or each")  //
      ("continue", po::value<std::string>()->value_name("JOURNAL"),
       "go on with a run that was killed; SCENARIO may be left out where it has no files to "
       "read")  //
      ("feed-errors", po::value<std::string>()->value_name("MODE")->default_value("stop"),
       "at a malformed line of a feed: stop, or skip and count it")  //
      ("output,o", po::value<std::string>()->value_name("JOURNAL"),
       "the journal to write (default: the scenario file's stem and .rpj, numbered if that is "
       "taken)")  //
      ("keyframes", po::value<std::string>()->value_name("N|auto|off")->default_value("auto"),
       "keep the whole state every N steps; auto: as often as costs a few percent")        //
      ("force", "overwrite the journal if it is there; nothing else is ever overwritten")  //
      ("events",
       "record every event too, so that they can be read without living the run again")  //
      ("no-journal", "do not record")                                                    //
      ("json", "answer as one JSON object");
}

KeyframePolicy keyframe_policy(const Invocation& call) {
  const auto text = call.get<std::string>("keyframes");
  if (text == "auto") return {};
  if (text == "off") return KeyframePolicy::none();
  if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos) {
    throw UsageError("--keyframes takes a number of steps above 0, auto or off, not '" + text +
                     "'");
  }
  return KeyframePolicy::every(*call.find_number("keyframes", 1));
}

/// The command line that does the same run again.
std::string reproduce(const Invocation& call) {
  Texts words{call.program, "run"};
  words.insert(words.end(), call.arguments.begin(), call.arguments.end());
  for (const char* option : {"seed", "until", "steps"}) {
    if (const auto value = call.find<std::string>(option)) {
      words.insert(words.end(), {std::string("--") + option, *value});
    }
  }
  for (const char* option : {"set", "reseed", "feed"}) {
    for (const std::string& value : call.list(option)) {
      words.insert(words.end(), {std::string("--") + option, value});
    }
  }
  if (call.get<std::string>("feed-errors") != "stop")
    words.insert(words.end(), {"--feed-errors", "skip"});
  return shell_line(words);
}

double fraction_done(const Simulation& world, const ScenarioInputs& inputs, const RunLimit& limit) {
  double done = -1;
  if (limit.until != time_max && limit.until > Time()) {
    done = static_cast<double>(world.now().time_since_epoch().count()) /
           static_cast<double>(limit.until.time_since_epoch().count());
  }
  if (limit.steps != RunLimit().steps && limit.steps != 0) {
    done = std::max(done, static_cast<double>(world.steps()) / static_cast<double>(limit.steps));
  }
  for (const FeedReport& feed : inputs.reports()) {
    if (feed.bytes_total == 0) continue;
    done = std::max(done, static_cast<double>(feed.bytes) / static_cast<double>(feed.bytes_total));
  }
  return done;
}

/// The files that the run reads, apart from a journal that it goes on with.
Texts files_read(const Scenario& scenario, const ScenarioInputs& inputs) {
  Texts files{scenario.file};
  for (const FeedReport& feed : inputs.reports()) files.push_back(feed.file);
  return files;
}

std::filesystem::path journal_path(const Invocation& call, const Scenario& scenario,
                                   const ScenarioInputs& inputs) {
  const auto given = call.find<std::string>(call.has("continue") ? "continue" : "output");
  const std::filesystem::path path =
      given ? std::filesystem::path(*given) : default_journal(scenario.file, call.has("force"));
  check_journal_path(path, files_read(scenario, inputs));
  return path;
}

/// Throws UsageError if the answers would be added to what is no file of answers.
void expect_acks_apart(const Invocation& call, const Scenario& scenario,
                       const ScenarioInputs& inputs) {
  const std::optional<std::string> acks = call.find<std::string>("acks");
  if (!acks) return;
  Texts files = files_read(scenario, inputs);
  files.push_back(journal_path(call, scenario, inputs).string());
  std::error_code unknown;
  const auto place = [&](const std::string& file) {
    return std::filesystem::weakly_canonical(file, unknown);
  };
  for (const std::string& file : files) {
    if (place(*acks) != place(file)) continue;
    throw UsageError("--acks " + shell_word(*acks) + ": is " + shell_word(file) +
                     ", which the run reads or writes; name another file");
  }
  if (is_journal(*acks)) {
    throw UsageError("--acks " + shell_word(*acks) +
                     ": is a reprise journal, and answers are added to what is there; name another "
                     "file");
  }
}

/// Whether there is a journal to go on with. One without a byte was never begun.
bool continues(const Invocation& call) {
  std::error_code none;
  const auto path = call.find<std::string>("continue");
  return path && std::filesystem::exists(*path, none) && !std::filesystem::is_empty(*path, none);
}

struct Outcome {
  RunEnd end = RunEnd::drained;
  std::optional<AgentFailure> failure;
  std::optional<Digest> root;
  std::uint64_t inputs = 0;
  std::optional<std::filesystem::path> journal;
  std::uint64_t journal_bytes = 0;
  double seconds = 0;
  std::vector<FeedReport> feeds;
};

/// Counts what takes effect, also where nothing is recorded.
struct InputCounter : Observer {
  std::uint64_t count = 0;
  bool wants_checkpoints() const override { return false; }
  void on_input(const Input&, Step) override { ++count; }
};

CommitMode commit_mode(const Invocation& call) {
  const auto text = call.get<std::string>("commit");
  if (const std::optional<CommitMode> mode = parse_commit_mode(text)) return *mode;
  throw UsageError(
      "--commit takes none, interval=TIME such as interval=5ms, batch=N or each, not '" + text +
      "'");
}

/// Begins the journal, or goes on with the one that is to be continued.
std::unique_ptr<Recording> recording(const Invocation& call, const Scenario& scenario,
                                     Simulation& world, const ScenarioInputs& inputs) {
  const CommitMode mode = commit_mode(call);
  const RecordOptions options{.keyframes = keyframe_policy(call), .events = call.has("events")};
  if (continues(call)) {
    return std::make_unique<Recording>(world, call.get<std::string>("continue"), options, mode);
  }
  if (call.has("continue")) std::filesystem::remove(call.get<std::string>("continue"));  // empty
  return std::make_unique<Recording>(
      world,
      std::make_unique<JournalWriter>(journal_path(call, scenario, inputs),
                                      header_of(scenario, world), source_of(scenario),
                                      call.has("force"), WorkOn::thread),
      options, mode);
}

/// Throws UsageError if the run that is continued has been beyond where it is to end.
void expect_ahead(const Invocation& call, Time now, Step steps, const RunLimit& limit) {
  if (now <= limit.until && steps <= limit.steps) return;
  throw UsageError("--continue " + call.get<std::string>("continue") + ": the run has been to " +
                   readable(now) + " (step " + std::to_string(steps) +
                   ") already, beyond where it is to end now; --until and --steps are not in the "
                   "journal of a run that was cut off, so give those that it began with again");
}

Outcome execute(const Invocation& call, const Scenario& scenario, Simulation& world,
                ExpectationWatch& watch, ScenarioInputs& inputs,
                const std::optional<FeedDeclaration>& live_feed, const RunLimit& limit) {
  Outcome outcome;
  outcome.feeds = inputs.reports();
  expect_acks_apart(call, scenario, inputs);
  if (continues(call)) {
    const Journal journal = broken_journal(call.get<std::string>("continue"));
    expect_ahead(call, journal.last_at(), journal.last_step(), limit);
  }
  Acknowledgements answers(call.find<std::string>("acks"));
  InputCounter counter;
  const InterruptGuard guard;
  std::unique_ptr<Recording> record;
  if (call.has("no-journal")) {
    world.observe(counter);
  } else {
    record = recording(call, scenario, world, inputs);
  }
  Progress progress("run");
  // Nobody waits for answers to a run that is not live: it waits for the device only if asked to.
  const bool syncs = record && !live_feed && !call.options["commit"].defaulted();
  const auto interrupted = [&] {
    progress.show(fraction_done(world, inputs, limit), world.steps());
    if (syncs) record->committer().poll_sync();
    return InterruptGuard::asked();
  };
  std::optional<LiveFeed> live;
  try {
    if (record && !record->live_again(inputs, interrupted)) {
      outcome.end = RunEnd::interrupted;
      outcome.journal = record->journal().path();
      return outcome;
    }
    expect_ahead(call, world.now(), world.steps(), limit);
    watch.end_run();
    Session session(world, inputs);
    if (live_feed) {
      live.emplace(*live_feed, scenario, world, session, record ? &record->committer() : nullptr,
                   answers, [&](const std::string& text) { call.complain(printable(text)); });
      outcome.end = live->run(limit, interrupted);
    } else {
      outcome.end = session.run(limit, interrupted);
    }
  } catch (const AgentFailure& failure) {
    outcome.end = RunEnd::failed;
    outcome.failure = failure;
  } catch (const InputError&) {  // a feed that turned out to be wrong: there is no such run
    if (record && !live_feed) record->discard();
    throw;
  }
  outcome.seconds = progress.seconds();
  if (record) {
    const Seal seal =
        record->finish(outcome.end, limit, outcome.failure ? &*outcome.failure : nullptr);
    outcome.root = seal.root;
    outcome.inputs = seal.inputs;
    outcome.journal = record->journal().path();
    outcome.journal_bytes = record->journal().bytes();
    answers.give(seal.inputs);
  } else {
    if (!outcome.failure) outcome.root = world.state_root();
    outcome.inputs = counter.count;
    world.forget(counter);
  }
  outcome.feeds = inputs.reports();
  if (live) outcome.feeds.push_back(live->report());
  return outcome;
}

double rate(const Simulation& world, const Outcome& outcome) {
  return outcome.seconds > 0 ? static_cast<double>(world.steps()) / outcome.seconds : 0;
}

json::object summary_json(const Scenario& scenario, const Simulation& world, const Outcome& outcome,
                          const ExpectationReport& expect) {
  json::object answer{{"scenario", name_of(scenario)},
                      {"seed", scenario.seed},
                      {"steps", world.steps()},
                      {"time_ns", world.now().time_since_epoch().count()},
                      {"end", *enumerator_name(outcome.end)},
                      {"prefix", to_string(world.prefix())},
                      {"state", nullptr},
                      {"inputs", outcome.inputs},
                      {"journal", nullptr},
                      {"bytes", outcome.journal_bytes},
                      {"wall_s", outcome.seconds},
                      {"events_per_s", rate(world, outcome)},
                      {"expect", to_json(expect)}};
  if (outcome.root) answer["state"] = to_string(*outcome.root);
  if (outcome.journal) answer["journal"] = outcome.journal->string();
  if (outcome.failure) {
    answer["failure"] = json::object{{"step", outcome.failure->step},
                                     {"agent", outcome.failure->agent},
                                     {"kind", outcome.failure->kind},
                                     {"reason", outcome.failure->reason}};
  }
  json::array feeds;
  for (const FeedReport& feed : outcome.feeds) feeds.push_back(to_json(feed));
  answer["feeds"] = std::move(feeds);
  return answer;
}

void print_summary(const Scenario& scenario, const Simulation& world, const Outcome& outcome,
                   const ExpectationReport& expect) {
  print(printable(name_of(scenario)) + ", seed " + std::to_string(scenario.seed));
  print("  steps    " + grouped(world.steps()) + ", to " + readable(world.now()) + " (" +
        std::string(*enumerator_name(outcome.end)) + ")");
  print("  inputs   " + grouped(outcome.inputs));
  for (const FeedReport& feed : outcome.feeds) {
    print("  feed     " + in_words(feed));
    for (const std::string& reason : feed.reasons) print("           " + printable(reason));
  }
  print("  prefix   " + to_string(world.prefix()));
  print("  state    " + (outcome.root ? to_string(*outcome.root) : "none: the run failed"));
  print("  speed    " + grouped(static_cast<std::uint64_t>(rate(world, outcome))) + " events/s");
  if (outcome.journal) {
    print("  journal  " + outcome.journal->string() + ", " + grouped(outcome.journal_bytes) +
          " bytes");
  }
  for (const std::string& line : expect.lines) print("  expect   " + line);
}

void expect_sensible(const Invocation& call) {
  const auto apart = [&](const char* one, const char* other, const char* shown) {
    if (!call.has(one) || !call.has(other)) return;
    throw UsageError(std::string("--") + one + " and " + shown +
                     " exclude each other; leave one of them out");
  };
  apart("no-journal", "output", "-o");
  apart("continue", "output", "-o");
  apart("continue", "no-journal", "--no-journal");
  apart("continue", "force", "--force");
  apart("no-journal", "acks", "--acks");
  if (call.arguments.empty() && !call.has("continue")) {
    throw UsageError("an argument is missing: " + call.program + " run SCENARIO");
  }
  apart("no-journal", "events", "--events");
  keyframe_policy(call);
  if (!call.arguments.empty() && is_journal(call.arguments.front())) {
    throw UsageError(call.arguments.front() +
                     ": is a reprise journal; `reprise verify|show|info` read it, `run --continue` "
                     "goes on with one that was cut off");
  }
  commit_mode(call);
}

/// The scenario to run: of the file that is named, or else of the journal to go on with.
Scenario scenario_of(const Invocation& call) {
  const std::optional<std::uint64_t> seed = call.find_number("seed");
  std::optional<Scenario> scenario;
  if (!call.arguments.empty()) {
    scenario = load_scenario(call.arguments.front(), call.catalog, call.list("set"), seed);
  }
  if (!continues(call)) {
    if (scenario) return *scenario;
    throw UsageError("--continue " + call.get<std::string>("continue") +
                     ": there is no such journal; name the SCENARIO, too, to begin one");
  }
  const Journal journal = broken_journal(call.get<std::string>("continue"));
  const JournalHeader& header = journal.header();
  if (!scenario) {
    if (seed || call.has("set")) {
      throw UsageError("--seed and --set are those of the journal that is continued");
    }
    scenario =
        scenario_from_canonical(header.scenario, call.catalog, header.overrides, header.seed);
    scenario->file = journal.source().file;
  }
  if (scenario->canonical != header.scenario || scenario->seed != header.seed ||
      scenario->overrides != header.overrides) {
    throw UsageError("--continue " + journal.path().string() +
                     ": was recorded of another scenario, "
                     "seed or --set than " +
                     scenario->file +
                     "; leave the scenario out, or name the "
                     "one it was recorded of");
  }
  return *scenario;
}

ExitCode run(const Invocation& call) {
  expect_sensible(call);
  Scenario scenario = scenario_of(call);
  scenario.reseedings = reseedings_of(call);
  const FeedChoice feeds = choose_feeds(call, scenario);
  if (call.has("acks") && !feeds.live) {
    throw UsageError("--acks answers a live feed; name one with --feed NAME=-");
  }
  const RunLimit limit = limit_of(call, scenario);
  const std::unique_ptr<Simulation> world = build_world(scenario, call.catalog);
  const std::unique_ptr<ScenarioInputs> inputs = scenario_inputs(scenario, *world, feeds.files);
  // What is recorded has happened, whatever is expected of it now.
  ExpectationWatch watch(scenario.expect, *world, !continues(call));
  const Outcome outcome = execute(call, scenario, *world, watch, *inputs, feeds.live, limit);

  std::string changed;
  for (const char* option : {"seed", "set", "reseed", "feed", "until", "steps"}) {
    if (call.has(option)) changed += (changed.empty() ? "--" : ", --") + std::string(option);
  }
  const bool whole = outcome.end != RunEnd::failed && outcome.end != RunEnd::interrupted &&
                     outcome.end != RunEnd::violated;
  const ExpectationReport expect = compare_expectations(
      scenario.expect, watch, whole, changed, {world->steps(), world->prefix(), outcome.root});
  if (call.has("json")) {
    print_json(summary_json(scenario, *world, outcome, expect));
  } else {
    print_summary(scenario, *world, outcome, expect);
  }
  if (outcome.end == RunEnd::interrupted && !outcome.root) {
    call.complain(
        "interrupted before it was where the journal breaks off; nothing was added to it");
    return ExitCode::interrupted;
  }
  if (outcome.end == RunEnd::interrupted) {
    call.complain("interrupted at step " + std::to_string(world->steps()) +
                  (outcome.journal ? "; the journal is whole up to there" : ""));
    return ExitCode::interrupted;
  }
  if (!outcome.failure && !expect.failed) return ExitCode::yes;
  if (outcome.failure) call.complain(printable(outcome.failure->what()));
  for (const Violation& each : watch.violations()) call.complain(printable(in_words(each)));
  if (expect.failed) call.complain("the run is not what [expect] says");
  complain("reproduce: " + (feeds.live && outcome.journal
                                ? shell_line({call.program, "verify", outcome.journal->string()})
                                : reproduce(call)));
  return ExitCode::no;
}

constexpr std::array words{OptionWords{"feed-errors", "stop skip"},
                           OptionWords{"commit", "none interval=5ms batch=100 each"}};

}  // namespace

const Command run_command{
    .name = "run",
    .summary = "run a scenario and record it",
    .arguments = "SCENARIO",
    .arguments_min = 0,
    .arguments_max = 1,
    .details =
        "Example: reprise run scenarios/library/market/thin_market.toml --seed 7 -o seven.rpj\n"
        "A live feed is a JSON object a line: producer, seq (its own count, from 1), key, to, "
        "kind,\n"
        "the fields of the message, and at if the input has a time of its own.\n"
        "Exit status: 0 done, 1 an agent failed or [expect] does not hold (a property that\n"
        "is violated ends the run at that step), 2 bad input,\n"
        "5 interrupted (the journal is sealed where the run stopped).\n",
    .declare = declare,
    .run = run,
    .option_words = words};

}  // namespace reprise
