#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <charconv>
#include <filesystem>
#include <limits>
#include <map>

#include "engine/json.hpp"
#include "replay/frame.hpp"
#include "replay/recorder.hpp"
#include "scenarios/input_error.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/scenario_inputs.hpp"
#include "tools/command.hpp"
#include "tools/expectations.hpp"
#include "tools/interrupt.hpp"
#include "tools/journal_path.hpp"
#include "tools/output.hpp"
#include "tools/progress.hpp"
#include "tools/readable.hpp"

namespace reprise {

namespace po = boost::program_options;
namespace json = boost::json;

namespace {

using Texts = std::vector<std::string>;

void declare(po::options_description& options) {
  options.add_options()  //
      ("seed", po::value<std::string>()->value_name("N"),
       "random seed, in place of the scenario's")  //
      ("until", po::value<std::string>()->value_name("T"),
       "run to this virtual time (\"10min\"), in place of the scenario's")               //
      ("steps", po::value<std::string>()->value_name("N"), "end after this many steps")  //
      ("set", po::value<Texts>()->value_name("PATH=VALUE"),
       "change the scenario before it starts (agent.trader.options.size=5)")                  //
      ("feed", po::value<Texts>()->value_name("NAME=FILE"), "read a feed from another file")  //
      ("feed-errors", po::value<std::string>()->value_name("MODE")->default_value("stop"),
       "at a malformed line of a feed: stop, or skip and count it")  //
      ("output,o", po::value<std::string>()->value_name("JOURNAL"),
       "the journal to write (default: the scenario file's stem and .rpj, numbered if that is "
       "taken)")                                                                           //
      ("force", "overwrite the journal if it is there; nothing else is ever overwritten")  //
      ("events",
       "record every event too, so that they can be read without living the run again")  //
      ("no-journal", "do not record")                                                    //
      ("json", "answer as one JSON object");
}

std::uint64_t parse_number(const char* option, const std::string& text, std::uint64_t max) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value > max) {
    throw UsageError(std::string("--") + option + " takes a whole number from 0 to " +
                     std::to_string(max) + ", not '" + text + "'");
  }
  return value;
}

std::map<std::string, std::string> feed_files(const Texts& values) {
  std::map<std::string, std::string> files;
  for (const std::string& value : values) {
    const std::size_t equals = value.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == value.size()) {
      throw UsageError("--feed takes NAME=FILE, not '" + value + "'");
    }
    if (!files.emplace(value.substr(0, equals), value.substr(equals + 1)).second) {
      throw UsageError("--feed names '" + value.substr(0, equals) + "' twice");
    }
  }
  return files;
}

bool skips_errors(const std::string& mode) {
  if (mode != "stop" && mode != "skip") {
    throw UsageError("--feed-errors takes stop or skip, not '" + mode + "'");
  }
  return mode == "skip";
}

RunLimit limit_of(const Invocation& call, const Scenario& scenario) {
  RunLimit limit;
  if (scenario.until) limit.until = *scenario.until;
  if (scenario.steps) limit.steps = *scenario.steps;
  if (const auto until = call.find<std::string>("until")) {
    const std::optional<Duration> time = parse_duration(*until);
    if (!time || time->count() < 0) {
      throw UsageError("--until takes a time with its unit, such as 90s or 10min, not '" + *until +
                       "'");
    }
    limit.until = Time(*time);
  }
  if (const auto steps = call.find<std::string>("steps")) {
    limit.steps = parse_number("steps", *steps, std::numeric_limits<std::int64_t>::max());
  }
  return limit;
}

/// The command line that does the same run again.
std::string reproduce(const Invocation& call) {
  Texts words{call.program, "run", call.arguments.front()};
  for (const char* option : {"seed", "until", "steps"}) {
    if (const auto value = call.find<std::string>(option)) {
      words.insert(words.end(), {std::string("--") + option, *value});
    }
  }
  for (const char* option : {"set", "feed"}) {
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

json::object describe_feed(const FeedReport& feed) {
  json::object ignored;
  for (const auto& [type, count] : feed.ignored) ignored[type] = count;
  json::array reasons;
  for (const std::string& reason : feed.reasons) reasons.push_back(json::value(reason));
  return {{"name", feed.name},
          {"file", feed.file},
          {"lines", feed.lines},
          {"inputs", feed.inputs},
          {"skipped", feed.skipped},
          {"reasons", std::move(reasons)},
          {"ignored", std::move(ignored)}};
}

std::filesystem::path journal_path(const Invocation& call, const Scenario& scenario,
                                   const ScenarioInputs& inputs) {
  Texts read{scenario.file};
  for (const FeedReport& feed : inputs.reports()) read.push_back(feed.file);
  const auto given = call.find<std::string>("output");
  const std::filesystem::path path =
      given ? std::filesystem::path(*given) : default_journal(scenario.file, call.has("force"));
  check_journal_path(path, read);
  return path;
}

/// An unnamed scenario goes by its file.
std::string name_of(const Scenario& scenario) {
  if (!scenario.name.empty()) return scenario.name;
  return std::filesystem::path(scenario.file).stem().string();
}

struct Outcome {
  RunEnd end = RunEnd::drained;
  std::optional<AgentFailure> failure;
  std::optional<Digest> root;
  std::uint64_t inputs = 0;
  std::optional<std::filesystem::path> journal;
  std::uint64_t journal_bytes = 0;
  double seconds = 0;
};

/// Counts what takes effect, also where nothing is recorded.
struct InputCounter : Observer {
  std::uint64_t count = 0;
  void on_input(const Input&, Step) override { ++count; }
};

Outcome execute(const Invocation& call, const Scenario& scenario, Simulation& world,
                ScenarioInputs& inputs, const RunLimit& limit) {
  Outcome outcome;
  Session session(world, inputs);
  std::optional<JournalWriter> journal;
  std::optional<Recorder> recorder;
  InputCounter counter;
  const InterruptGuard guard;
  if (call.has("no-journal")) {
    world.observe(counter);
  } else {
    const JournalHeader header{.schema = schema_of(call.catalog, agent_kinds_in(world)),
                               .scenario = scenario.canonical,
                               .seed = scenario.seed,
                               .overrides = scenario.overrides,
                               .parent = std::nullopt};
    const ScenarioSource source{std::filesystem::path(scenario.file).filename().string(),
                                scenario.source};
    journal.emplace(journal_path(call, scenario, inputs), header, source, call.has("force"),
                    WorkOn::thread);
    recorder.emplace(world, *journal, call.has("events"));
  }
  Progress progress("run");
  const auto interrupted = [&] {
    progress.show(fraction_done(world, inputs, limit), world.steps());
    return InterruptGuard::asked();
  };
  try {
    outcome.end = session.run(limit, interrupted);
  } catch (const AgentFailure& failure) {
    outcome.end = RunEnd::failed;
    outcome.failure = failure;
  } catch (const InputError&) {  // a feed that turned out to be wrong: there is no such run
    if (journal) journal->discard();
    throw;
  }
  outcome.seconds = progress.seconds();
  if (recorder) {
    const Seal seal =
        recorder->finish(outcome.end, limit, outcome.failure ? &*outcome.failure : nullptr);
    outcome.root = seal.root;
    outcome.inputs = seal.inputs;
    outcome.journal = journal->path();
    outcome.journal_bytes = journal->bytes();
  } else {
    if (!outcome.failure) outcome.root = world.state_root();
    outcome.inputs = counter.count;
    world.forget(counter);
  }
  return outcome;
}

double rate(const Simulation& world, const Outcome& outcome) {
  return outcome.seconds > 0 ? static_cast<double>(world.steps()) / outcome.seconds : 0;
}

json::object summary_json(const Scenario& scenario, const Simulation& world, const Outcome& outcome,
                          const ExpectationReport& expect, const ScenarioInputs& inputs) {
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
  for (const FeedReport& feed : inputs.reports()) feeds.push_back(describe_feed(feed));
  answer["feeds"] = std::move(feeds);
  return answer;
}

void print_summary(const Scenario& scenario, const Simulation& world, const Outcome& outcome,
                   const ExpectationReport& expect, const ScenarioInputs& inputs) {
  print(printable(name_of(scenario)) + ", seed " + std::to_string(scenario.seed));
  print("  steps    " + grouped(world.steps()) + ", to " + readable(world.now()) + " (" +
        std::string(*enumerator_name(outcome.end)) + ")");
  print("  inputs   " + grouped(outcome.inputs));
  for (const FeedReport& feed : inputs.reports()) {
    std::string line = "  feed     " + feed.name + ": " + grouped(feed.lines) + " lines, " +
                       grouped(feed.inputs) + " inputs";
    if (feed.skipped != 0) line += ", " + grouped(feed.skipped) + " skipped";
    for (const auto& [type, count] : feed.ignored) {
      line += ", " + grouped(count) + " of unknown type " + printable(type) + " ignored";
    }
    print(line);
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
  if (call.has("no-journal") && call.has("output")) {
    throw UsageError("--no-journal and -o exclude each other; leave one of them out");
  }
  if (call.has("no-journal") && call.has("events")) {
    throw UsageError("--no-journal and --events exclude each other; leave one of them out");
  }
  if (is_journal(call.arguments.front())) {
    throw UsageError(call.arguments.front() +
                     ": is a reprise journal; `reprise verify|show|info` read it");
  }
}

ExitCode run(const Invocation& call) {
  expect_sensible(call);
  std::optional<std::uint64_t> seed;
  if (const auto text = call.find<std::string>("seed")) {
    seed = parse_number("seed", *text, std::numeric_limits<std::int64_t>::max());
  }
  const FeedOptions feeds{.files = feed_files(call.list("feed")),
                          .skip_errors = skips_errors(call.get<std::string>("feed-errors"))};
  const Scenario scenario =
      load_scenario(call.arguments.front(), call.catalog, call.list("set"), seed);
  const RunLimit limit = limit_of(call, scenario);
  const std::unique_ptr<Simulation> world = build_world(scenario, call.catalog);
  const std::unique_ptr<ScenarioInputs> inputs = scenario_inputs(scenario, *world, feeds);
  const Outcome outcome = execute(call, scenario, *world, *inputs, limit);

  std::string changed;
  for (const char* option : {"seed", "set", "feed", "until", "steps"}) {
    if (call.has(option)) changed += (changed.empty() ? "--" : ", --") + std::string(option);
  }
  const bool whole = outcome.end != RunEnd::failed && outcome.end != RunEnd::interrupted;
  const ExpectationReport expect = compare_expectations(
      scenario.expect, whole, changed, world->steps(), world->prefix(), outcome.root);
  if (call.has("json")) {
    print_json(summary_json(scenario, *world, outcome, expect, *inputs));
  } else {
    print_summary(scenario, *world, outcome, expect, *inputs);
  }
  if (outcome.end == RunEnd::interrupted) {
    call.complain("interrupted at step " + std::to_string(world->steps()) +
                  (outcome.journal ? "; the journal is whole up to there" : ""));
    return ExitCode::interrupted;
  }
  if (!outcome.failure && !expect.failed) return ExitCode::yes;
  if (outcome.failure) call.complain(printable(outcome.failure->what()));
  if (expect.failed) call.complain("the run is not what [expect] says");
  complain("reproduce: " + reproduce(call));
  return ExitCode::no;
}

constexpr std::array words{OptionWords{"feed-errors", "stop skip"}};

}  // namespace

const Command run_command{
    .name = "run",
    .summary = "run a scenario and record it",
    .arguments = "SCENARIO",
    .arguments_min = 1,
    .arguments_max = 1,
    .details =
        "Example: reprise run scenarios/library/market/thin_market.toml --seed 7 -o seven.rpj\n"
        "Exit status: 0 done, 1 an agent failed or [expect] does not hold, 2 bad input,\n"
        "5 interrupted (the journal is sealed where the run stopped).\n",
    .declare = declare,
    .run = run,
    .option_words = words};

}  // namespace reprise
