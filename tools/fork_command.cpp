#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <filesystem>

#include "engine/decimal.hpp"
#include "engine/json.hpp"
#include "replay/branch.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/sent_input.hpp"
#include "timeline/timeline.hpp"
#include "tools/command.hpp"
#include "tools/history_option.hpp"
#include "tools/input_edits.hpp"
#include "tools/input_words.hpp"
#include "tools/interrupt.hpp"
#include "tools/journal_path.hpp"
#include "tools/journal_words.hpp"
#include "tools/output.hpp"
#include "tools/progress.hpp"
#include "tools/readable.hpp"
#include "tools/suggestion.hpp"
#include "tools/world_factory.hpp"

namespace reprise {

namespace po = boost::program_options;
namespace json = boost::json;

namespace {

using Texts = std::vector<std::string>;

void declare(po::options_description& options) {
  options.add_options()  //
      ("at", po::value<std::string>()->value_name("A"),
       "where it leaves the history: a step (12345), a time (300ms) or end")  //
      ("output,o", po::value<std::string>()->value_name("BRANCH"),
       "the journal to write")  //
      ("set", po::value<Texts>()->value_name("AGENT.PATH=VALUE"),
       "set a field of an agent there (trader[3].cash=0)")  //
      ("send", po::value<Texts>()->value_name("TABLE"),
       "send a message from outside: '{to=\"exchange\", kind=\"market.halt\", lasts=\"30s\"}'; "
       "with at=\"5min\" not at once but then")  //
      ("reseed", po::value<Texts>()->value_name("[AGENT=]N"),
       "begin the random stream of an agent, or of all, anew from seed N");
  declare_input_edits(options);
  options.add_options()                                                    //
      ("no-inputs", "leave out the inputs that were recorded after that")  //
      ("until", po::value<std::string>()->value_name("T"),
       "run to this virtual time (\"10min\"), in place of the end of JOURNAL")  //
      ("force", "overwrite BRANCH if it is there and a journal")                //
      ("json", "answer as one JSON object");
  declare_parents(options);
}

/// What is done otherwise, and how to say it.
struct Edits {
  BranchPlan plan;
  Texts words;
};

/// The two sides of the first "=".
std::pair<std::string, std::string> sides(const std::string& option, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw UsageError("--" + option + " takes AGENT.PATH=VALUE, such as trader[3].cash=0, not '" +
                     text + "'");
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

void expect_agent(const Simulation& world, const std::string& option, const std::string& name) {
  if (world.find(name)) return;
  throw UsageError("--" + option + ": there is no agent '" + name + "' at step " +
                   std::to_string(world.steps()) + suggested_agent(world, name));
}

/// Throws what doing it to the agent would.
void expect_possible(const Simulation& world, const SetField& set) {
  const AgentId id = *world.find(set.agent);
  const AgentType& type = world.type_of_agent(id);
  if (world.retired(id)) throw std::invalid_argument("the agent has retired");
  const std::shared_ptr<void> copy = type.make();
  from_json(*type.fields, copy.get(), world.view(id));
  const FieldPlace place = field_at(*type.fields, copy.get(), set.path);
  from_json(*place.type, place.object, json_or_text(set.value));
  if (type.validate != nullptr) type.validate(copy.get());
}

void add_set(const Simulation& world, const std::string& text, Edits& edits) {
  const auto [where, value] = sides("set", text);
  const std::string option = "set " + shell_word(text);
  if (where.starts_with("agent.") && !world.find("agent")) {
    throw UsageError("--" + option +
                     ": is a path of the scenario, and fork --set changes the state; a path of the "
                     "state is an agent and a field of it: trader[3].cash=0");
  }
  std::size_t dot = where.find('.');
  expect_agent(world, option, where.substr(0, dot));
  if (dot == std::string::npos) {
    throw UsageError("--" + option + ": names no field of " + where +
                     "; `show` lists them: " + where + ".FIELD=VALUE");
  }
  SetField set{where.substr(0, dot), where.substr(dot + 1), value};
  try {
    expect_possible(world, set);
  } catch (const std::exception& error) {
    throw UsageError("--" + option + ": " + error.what());
  }
  edits.plan.edits.emplace_back(std::move(set));
  edits.words.push_back(edit_in_words(edits.plan.edits.back()));
}

void add_reseed(const Simulation& world, const std::string& text, Edits& edits) {
  const std::size_t equals = text.rfind('=');
  const bool one = equals != std::string::npos;
  const std::string agent = one ? text.substr(0, equals) : "";
  const std::string number = one ? text.substr(equals + 1) : text;
  const auto seed = parse_number<std::uint64_t>(number);
  if (!seed) {
    throw UsageError("--reseed takes a number, or AGENT=NUMBER, not '" + text + "'");
  }
  if (one) expect_agent(world, "reseed " + shell_word(text), agent);
  edits.plan.edits.emplace_back(Reseed{agent, *seed});
  edits.words.push_back(edit_in_words(edits.plan.edits.back()));
}

/// The first time at which something new may come in.
Time next_time(const Simulation& world) {
  const bool taken = world.steps() != 0 && world.last_key().at == world.now();
  return taken ? world.now() + Duration(1) : world.now();
}

void add_send(const Simulation& world, const std::string& text, Edits& edits) {
  const std::string place = "--send " + shell_word(text);
  SentInput sent = read_sent(text, world, place);
  Input input;
  input.at = sent.at.value_or(next_time(world));
  input.to = sent.to;
  input.payload = std::move(sent.payload);
  edits.words.push_back("send " + in_words(input, world));
  if (input.at < next_time(world)) {
    throw UsageError(place + ": is for " + readable(input.at) + ", and the branch begins at " +
                     readable(world.now()) + "; give a later time, or leave `at` out");
  }
  if (input.at > edits.plan.limit.until) {
    throw UsageError(place + ": is for " + readable(input.at) + ", and the branch ends at " +
                     readable(edits.plan.limit.until) + "; --until goes further");
  }
  edits.plan.inputs.push_back(std::move(input));
}

RunLimit limit_for(const Invocation& call, const Journal& journal, const Simulation& world) {
  const auto until = call.find<std::string>("until");
  if (!until) return limit_of(journal);
  const std::optional<Duration> time = parse_duration(*until);
  if (!time) {
    throw UsageError("--until takes a time with its unit, such as 90s or 10min, not '" + *until +
                     "'");
  }
  if (Time(*time) < world.now()) {
    throw UsageError("--until " + *until + " lies before " + readable(world.now()) +
                     ", where the branch begins");
  }
  return {.until = Time(*time)};
}

Edits edits_of(const Invocation& call, const Journal& journal, const Simulation& world) {
  Edits edits;
  edits.plan.limit = limit_for(call, journal, world);
  for (const std::string& text : call.list("set")) add_set(world, text, edits);
  for (const std::string& text : call.list("reseed")) add_reseed(world, text, edits);
  for (const std::string& text : call.list("send")) add_send(world, text, edits);
  if (call.has("no-inputs")) {
    edits.plan.recorded_inputs = false;
    edits.words.emplace_back("no recorded inputs");
  }
  add_input_edits(call, journal, world, edits.plan, edits.words);
  return edits;
}

json::object answer_json(const Texts& edits, const std::string& path, Step step,
                         const RecordedBranch& branch, double seconds) {
  json::array words;
  for (const std::string& each : edits) words.push_back(json::value(each));
  json::object answer{{"parent", branch.parent.string()},
                      {"step", step},
                      {"edits", std::move(words)},
                      {"journal", path},
                      {"bytes", branch.bytes},
                      {"steps", branch.seal.step},
                      {"time_ns", branch.seal.at.time_since_epoch().count()},
                      {"end", *enumerator_name(branch.seal.end)},
                      {"inputs", branch.seal.inputs},
                      {"prefix", to_string(branch.seal.prefix)},
                      {"state", nullptr},
                      {"wall_s", seconds}};
  if (branch.seal.root) answer["state"] = to_string(*branch.seal.root);
  return answer;
}

void print_text(const Texts& edits, const std::string& path, Step step,
                const RecordedBranch& branch) {
  const Seal& seal = branch.seal;
  print(printable(path) + ", a branch of " + printable(branch.parent.string()) + " at step " +
        grouped(step));
  for (const std::string& each : edits) print("  edit     " + printable(each));
  print("  steps    " + grouped(seal.step) + ", to " + readable(seal.at) + " (" +
        std::string(*enumerator_name(seal.end)) + ")");
  print("  inputs   " + grouped(seal.inputs));
  print("  prefix   " + to_string(seal.prefix));
  print("  state    " + (seal.root ? to_string(*seal.root) : "none: the run failed"));
  print("  bytes    " + grouped(branch.bytes));
}

/// What the scenario has from outside for the time after the recorded end, which nobody recorded.
void tell_of_unrecorded(const Invocation& call, const Journal& journal, const BranchPlan& plan,
                        const RecordedBranch& branch) {
  const bool drained = journal.seal() && journal.seal()->end == RunEnd::drained;
  const Time end = journal.seal() ? journal.seal()->at : journal.last_at();
  if (!plan.recorded_inputs || drained || branch.seal.at <= end) return;
  const JournalHeader& header = journal.header();
  const Scenario scenario =
      scenario_from_canonical(header.scenario, call.catalog, header.overrides, header.seed);
  const auto later = static_cast<std::uint64_t>(std::ranges::count_if(
      scenario.inputs,
      [&](const ScenarioInput& input) { return input.at > end && input.at <= branch.seal.at; }));
  std::string what;
  if (later != 0) what = counted(later, "input") + " of the scenario";
  for (const FeedDeclaration& feed : scenario.feeds) {
    what += (what.empty() ? "" : " and ") + ("whatever feed " + feed.name + " has for later");
  }
  if (what.empty()) return;
  call.complain("the branch goes on after " + readable(end) + ", where " +
                printable(journal.path().string()) + " ends; not recorded there, and so not in " +
                "the branch: " + printable(what));
}

/// Where an ancestor cannot be found by a reader of the branch.
void tell_of_folders(const Invocation& call, const Journal& journal, const RecordedBranch& branch,
                     const std::string& output) {
  namespace fs = std::filesystem;
  const auto folder_of = [](const fs::path& file) {
    std::error_code unknown;
    return fs::weakly_canonical(fs::absolute(file).parent_path(), unknown);
  };
  const std::vector<std::string> files = files_of(journal);
  const auto parent = std::ranges::find(files, branch.parent.string());
  for (const std::string& file : std::span(parent, files.end())) {
    if (folder_of(file) == folder_of(output)) continue;
    call.complain(printable(output) + ": its ancestor " + printable(file) +
                  " lies in another folder; who reads the branch names that with --parents");
  }
}

ExitCode finish(const Invocation& call, const std::vector<Time>& sent,
                const RecordedBranch& branch) {
  const Seal& seal = branch.seal;
  const auto late = std::ranges::count_if(sent, [&](Time at) { return at > seal.at; });
  if (late != 0) {
    call.complain("the branch ended at " + readable(seal.at) + ", before " + std::to_string(late) +
                  " of the messages that --send or --delay-input has for later");
  }
  if (seal.end == RunEnd::interrupted) {
    call.complain("interrupted at step " + std::to_string(seal.step) +
                  "; the branch is whole up to there");
    return ExitCode::interrupted;
  }
  if (!seal.failure) return ExitCode::yes;
  call.complain(printable("step " + std::to_string(seal.failure->step) + ": " +
                          seal.failure->agent + " failed on " + seal.failure->kind + ": " +
                          seal.failure->reason));
  complain("reproduce: " + shell_line({call.program, "verify", call.get<std::string>("output")}));
  return ExitCode::no;
}

ExitCode run(const Invocation& call) {
  const auto at = call.find<std::string>("at");
  const auto output = call.find<std::string>("output");
  if (!at) throw UsageError("--at A is missing: where the branch leaves the history");
  if (!output) throw UsageError("-o BRANCH is missing: the journal to write");
  const std::optional<Position> position = parse_position(*at);
  if (!position) {
    throw UsageError("--at takes a step (12345), a time with its unit (300ms) or end, not '" + *at +
                     "'");
  }
  const Journal journal = open_history(call, call.arguments.front());
  check_journal_path(*output, files_of(journal));
  const InterruptGuard guard;
  Progress progress("fork");
  const WorldFactory factory = world_factory(call.catalog);
  Timeline timeline(journal, call.catalog, factory);
  const double last = static_cast<double>(journal.last_step());
  const auto going = [&](Step step) {
    progress.show(last > 0 ? std::min(1.0, static_cast<double>(step) / last) : 1.0, step);
    return InterruptGuard::asked();
  };
  try {
    timeline.seek(*position, [&] { return going(timeline.world().steps()); });
  } catch (const DivergenceError& error) {
    return complain_of(call, journal, error);
  }
  if (InterruptGuard::asked()) {
    call.complain("interrupted on the way to " + *at + "; there is no branch");
    return ExitCode::interrupted;
  }
  const Simulation& there = timeline.world();
  const Step step = there.steps();
  Edits edits = edits_of(call, journal, there);
  std::vector<Time> sent;
  for (const Input& input : edits.plan.inputs) sent.push_back(input.at);
  RecordedBranch branch;
  try {
    branch = record_branch(journal, there, edits.plan, *output, call.has("force"), {}, going);
  } catch (const FieldError& error) {
    throw UsageError(std::string("an edit cannot be made: ") + error.what());
  } catch (const std::invalid_argument& error) {
    throw UsageError(std::string("an edit cannot be made: ") + error.what());
  }
  if (call.has("json")) {
    print_json(answer_json(edits.words, *output, step, branch, progress.seconds()));
  } else {
    print_text(edits.words, *output, step, branch);
  }
  tell_of_unrecorded(call, journal, edits.plan, branch);
  tell_of_folders(call, journal, branch, *output);
  return finish(call, sent, branch);
}

}  // namespace

const Command fork_command{
    .name = "fork",
    .summary = "branch a recorded run at a moment, with something changed",
    .arguments = "JOURNAL",
    .arguments_min = 1,
    .arguments_max = 1,
    .details =
        "Example: reprise fork thin_market.rpj --at 5min --set 'trader[3].position=0' \\\n"
        "           --send '{to=\"exchange\", kind=\"market.halt\", lasts=\"30s\"}' -o halted.rpj\n"
        "The branch begins with the state at that moment, after the event of that step and all "
        "events due at\n"
        "that time; the edits are made there, and it is run on to the end of JOURNAL. What came "
        "from outside\n"
        "after that moment still comes, at its time. Without edits it is the same history "
        "again.\n"
        "--drop-input, --change-input and --delay-input take the number of an input of that "
        "future, which\n"
        "`reprise inputs JOURNAL` tells; all options that edit may be given several times. An "
        "input that is\n"
        "delayed comes after the recorded ones of its new time, as one that --send has for then.\n"
        "The branch names its parent and holds only what happens after; keep it in the folder of "
        "its parent, or\n"
        "name that with --parents. `flatten` makes it stand alone. A moment before a branch "
        "begins is one of\n"
        "its ancestor, which then is the parent.\n"
        "--json has the keys parent step edits journal bytes steps prefix state.\n"
        "Exit status: 0 done; 1 an agent failed in the branch, or this build computes another "
        "history before\n"
        "it; 2 bad input, such as a moment beyond the end; 4 the journal is damaged or of another "
        "version, or a\n"
        "parent is missing or altered; 5 interrupted (the branch is sealed where it stopped).\n",
    .declare = declare,
    .run = run};

}  // namespace reprise
