#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <filesystem>
#include <fstream>
#include <optional>

#include "replay/file.hpp"
#include "replay/frame.hpp"
#include "replay/recorder.hpp"
#include "scenarios/scenario_inputs.hpp"
#include "tools/command.hpp"
#include "tools/interrupt.hpp"
#include "tools/lab/determinism_check.hpp"
#include "tools/lab/planted_agents.hpp"
#include "tools/lab/proof_comparison.hpp"
#include "tools/lab/workspace.hpp"
#include "tools/output.hpp"
#include "tools/progress.hpp"
#include "tools/scenario_run.hpp"
#include "tools/suggestion.hpp"
#include "tools/world_factory.hpp"

namespace reprise {

namespace po = boost::program_options;
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

/// The word of this step shows what was seen one step before; see planted_agents.hpp.
constexpr Step shown = 52;

/// A class of nondeterminism, and how it is planted.
struct Planted {
  std::string_view name;
  std::string_view about;
  std::string_view agent;    ///< As a scenario has it.
  Perturbation seen_by;      ///< The one that is to catch it.
  Step step = shown;         ///< Where they part; 0: chance decides.
  bool other_build = false;  ///< It is recorded by what stands for another program.
  std::string_view who = "one";

  /// Any may have caught it before: what memory looks like is never quite the same.
  bool by_any = false;
  bool located = true;  ///< It shows in the field `seen` of `who`; otherwise where, is chance.
};

constexpr std::array planted{
    Planted{"uninitialised-byte", "a byte of memory that nobody set",
            "kind = \"trickster\"\noptions = { trick = \"heap\" }", Perturbation::heap},
    Planted{"pointer-order", "two addresses are compared",
            "kind = \"trickster\"\noptions = { trick = \"addresses\" }", Perturbation::addresses,
            shown, false, "one", true, false},
    Planted{"salted-hash", "the order of a hash table with salted hashes",
            "kind = \"trickster\"\noptions = { trick = \"salted_hash\" }", Perturbation::process},
    Planted{"wall-clock", "the time of day",
            "kind = \"trickster\"\noptions = { trick = \"wall_clock\" }", Perturbation::again},
    Planted{"stale-static", "a static variable that outlives a run",
            "kind = \"trickster\"\noptions = { trick = \"stale\" }", Perturbation::again},
    Planted{"unrecorded-input", "what comes in from outside, past the journal",
            "kind = \"trickster\"\noptions = { trick = \"unrecorded_input\" }", Perturbation::again,
            shown, true},
    Planted{"forgotten-field", "a field that REPRISE_FIELDS does not name", "kind = \"forgetful\"",
            Perturbation::restore, 0},
    Planted{"thread-race", "memory that two worlds share",
            "kind = \"trickster\"\noptions = { trick = \"jobs\", first = 1, last = 300 }",
            Perturbation::jobs, 0, false, "one", false, false},
    Planted{"libm", "exp, sin and pow of the C library",
            "kind = \"trickster\"\noptions = { trick = \"cpu\" }", Perturbation::cpu},
    Planted{"locale", "a number that is written as the locale has it",
            "kind = \"trickster\"\noptions = { trick = \"locale\" }", Perturbation::locale},
    Planted{"time-zone", "a time as the time zone has it",
            "kind = \"trickster\"\noptions = { trick = \"timezone\" }", Perturbation::timezone},
    Planted{"environment", "the variables of the environment",
            "kind = \"trickster\"\noptions = { trick = \"environment\" }",
            Perturbation::environment},
    Planted{"working-directory", "the folder that the program works in",
            "kind = \"trickster\"\noptions = { trick = \"directory\" }", Perturbation::directory},
    Planted{"observation", "whether somebody looks on",
            "kind = \"trickster\"\noptions = { trick = \"threads\" }", Perturbation::recording},
    Planted{"storage-order", "how far from another an agent lies in memory",
            "count = 4\nkind = \"trickster\"\noptions = { trick = \"storage\" }",
            Perturbation::storage, 206, false, "one[1]"},
    Planted{"contraction", "a product and a sum in one rounding, by another compiler",
            "kind = \"trickster\"\noptions = { trick = \"contraction\" }", Perturbation::again,
            shown, true},
    Planted{"draw-order", "draws in an argument list, in the order of another compiler",
            "kind = \"trickster\"\noptions = { trick = \"draw_order\" }", Perturbation::again,
            shown, true},
};

/// What the comparison itself must not miss.
constexpr std::string_view last_state = "last-state";
constexpr std::string_view last_checkpoint = "last-checkpoint";

constexpr std::string_view unseen[] = {
    "another compiler, another C library or another CPU: only a journal that was recorded there, "
    "checked here, shows what they change",
    "what happens less often than once in the steps that are run, or by chance alone",
    "a field that is written and never read: it changes nothing",
    "undefined behaviour that does the same each time: the sanitizers are for that",
};

enum class Verdict : std::uint8_t { seen, missed, skipped };

struct Outcome {
  std::string name;
  std::string about;
  Verdict verdict = Verdict::missed;
  std::string words;  // what was seen, or instead of it, or why it was skipped
};

void declare(po::options_description& options) {
  options.add_options()  //
      ("only", po::value<std::string>()->value_name("A,B..."),
       "plant these classes alone; `reprise selftest` lists them")  //
      ("json", "answer as one JSON object")                         //
      ("life", po::value<std::string>()->value_name("FILE"),
       "what selftest starts in another process: live a journal as FILE says");
}

/// Records a run of `agent` into `path`.
void record(const std::string& agent, const Catalog& catalog, const fs::path& path) {
  const Scenario scenario = parse_scenario(
      "until = \"300ms\"\n[[agent]]\nname = \"one\"\n" + agent + "\n", "planted.toml", catalog);
  const std::unique_ptr<Simulation> world = build_world(scenario, catalog);
  const std::unique_ptr<ScenarioInputs> inputs = scenario_inputs(scenario, *world);
  JournalWriter writer(path, header_of(scenario, *world), source_of(scenario), false,
                       WorkOn::thread);
  Recorder recorder(*world, writer);
  Session session(*world, *inputs);
  const RunLimit limit = limit_of(scenario);
  recorder.finish(session.run(limit), limit, nullptr);
}

std::string place_of(const FoundDifference& found) {
  std::string words = names_of(found.culprits) + ", step " + grouped(found.where.step);
  if (!found.agent) return words;
  words += ", " + found.agent->name;
  if (!found.agent->fields.empty()) words += "." + found.agent->fields.front().path;
  return words;
}

/// Whether it was found where it was planted.
bool is_right(const Planted& plant, const DeterminismReport& report) {
  if (!report.difference) return false;
  const FoundDifference& found = *report.difference;
  const bool by = plant.by_any || found.culprits == Perturbations{plant.seen_by};
  // The trail misses one event in 256.
  const bool there = plant.step == 0 || found.where.step == plant.step ||
                     (plant.located && found.where.step == plant.step + 1);
  if (plant.other_build) return by && there && report.another_history;
  const bool named = found.agent && found.agent->name == plant.who &&
                     !found.agent->fields.empty() && found.agent->fields.front().path == "seen";
  return by && there && (named || !plant.located);
}

class SelfTest {
 public:
  SelfTest() { add_planted_agents(catalog_); }

  const Catalog& catalog() const { return catalog_; }

  Outcome plant(const Planted& plant) {
    Outcome outcome{std::string(plant.name), std::string(plant.about), Verdict::skipped,
                    without_effect(plant.seen_by)};
    if (!outcome.words.empty()) return outcome;
    const Workspace workspace;
    const fs::path journal = workspace.path() / "recorded.rpj";
    {
      std::optional<OtherBuild> other;
      if (plant.other_build) other.emplace();
      record(std::string(plant.agent), catalog_, journal);
    }
    const DeterminismReport report = check(journal, workspace, plant.other_build);
    outcome.verdict = is_right(plant, report) ? Verdict::seen : Verdict::missed;
    outcome.words = report.difference ? place_of(*report.difference) : "nothing was found";
    return outcome;
  }

  /// A run whose last state alone is another.
  Outcome plant_last_state() {
    Outcome outcome{std::string(last_state), "a state that is another after the last event only",
                    Verdict::missed, "nothing was found"};
    const Workspace workspace;
    const fs::path journal = workspace.path() / "recorded.rpj";
    record(
        "kind = \"trickster\"\n"
        "options = { trick = \"timezone\", first = 299, last = 299, silent = true }",
        catalog_, journal);
    const DeterminismReport report = check(journal, workspace, false);
    if (!report.difference) return outcome;
    const FoundDifference& found = *report.difference;
    const bool right = found.culprits == Perturbations{Perturbation::timezone} &&
                       found.where.what == Divergence::What::state && found.where.step == 300;
    outcome.verdict = right ? Verdict::seen : Verdict::missed;
    outcome.words = place_of(found);
    return outcome;
  }

  /// A second recording that breaks off before its last checkpoint.
  Outcome plant_last_checkpoint() {
    Outcome outcome{std::string(last_checkpoint), "a recording without its last checkpoint",
                    Verdict::missed, "nothing was found"};
    const Workspace workspace;
    const fs::path whole = workspace.path() / "recorded.rpj";
    const fs::path cut = workspace.path() / "cut.rpj";
    record("kind = \"trickster\"", catalog_, whole);
    const Journal recorded(whole);
    std::uint64_t end = 0;
    for (const FrameEntry& entry : recorded.frames()) {
      if (entry.type == FrameType::checkpoints) end = entry.offset;
    }
    fs::copy_file(whole, cut);
    fs::resize_file(cut, end);
    const ProofComparison compared = compare_proofs(recorded, Journal(cut));
    if (!compared.difference) return outcome;
    outcome.verdict = Verdict::seen;
    outcome.words = "step " + grouped(compared.difference->step);
    return outcome;
  }

 private:
  DeterminismReport check(const fs::path& journal, const Workspace& workspace, bool foreign) {
    CheckPlan plan{.wanted = {}, .workspace = workspace.path()};
    for (const PerturbationFacts& each : perturbations) plan.wanted.push_back(each.what);
    plan.command = "selftest";
    plan.foreign = foreign;
    return check_determinism(journal, plan, catalog_, world_factory(catalog_));
  }

  Catalog catalog_;
};

std::vector<std::string> all_names() {
  std::vector<std::string> names;
  for (const Planted& each : planted) names.emplace_back(each.name);
  names.emplace_back(last_state);
  names.emplace_back(last_checkpoint);
  return names;
}

/// What --only names, or all.
std::vector<std::string> wanted(const Invocation& call) {
  const std::vector<std::string> all = all_names();
  const auto only = call.find<std::string>("only");
  if (!only) return all;
  std::vector<std::string> names;
  for (std::size_t begin = 0; begin <= only->size();) {
    const std::size_t end = std::min(only->find(',', begin), only->size());
    names.push_back(only->substr(begin, end - begin));
    begin = end + 1;
    if (std::ranges::find(all, names.back()) != all.end()) continue;
    throw UsageError("--only: no class '" + names.back() + "' is planted" +
                     suggestion(names.back(), all));
  }
  return names;
}

const char* in_words(Verdict verdict) {
  switch (verdict) {
    case Verdict::seen:
      return "seen";
    case Verdict::missed:
      return "missed";
    case Verdict::skipped:
      return "skipped";
  }
  return "";
}

void print_text(const std::vector<Outcome>& outcomes) {
  std::size_t width = 0;
  for (const Outcome& each : outcomes) width = std::max(width, each.name.size());
  OutputLines lines;
  for (const Outcome& each : outcomes) {
    std::string line = in_words(each.verdict);
    line.resize(9, ' ');
    line += each.name;
    line.resize(9 + width + 2, ' ');
    lines.add(line + each.about + ": " + each.words);
  }
  lines.add("not to be seen by a check:");
  for (const std::string_view each : unseen) lines.add("  " + std::string(each));
  lines.finish();
}

json::object answer_json(const std::vector<Outcome>& outcomes, bool held) {
  json::array classes;
  for (const Outcome& each : outcomes) {
    classes.push_back(json::object{{"name", each.name},
                                   {"about", each.about},
                                   {"verdict", in_words(each.verdict)},
                                   {"found", each.words}});
  }
  json::array limits;
  for (const std::string_view each : unseen) limits.push_back(json::value(each));
  return {{"verdict", held ? "ok" : "failed"},
          {"classes", std::move(classes)},
          {"not_seen", std::move(limits)}};
}

ExitCode run(const Invocation& call) {
  const InterruptGuard guard;
  SelfTest test;
  if (const auto spec = call.find<std::string>("life")) {
    live_as_told(*spec, test.catalog(), world_factory(test.catalog()));
    return ExitCode::yes;
  }
  const std::vector<std::string> names = wanted(call);
  std::vector<Outcome> outcomes;
  {
    Progress progress("selftest");
    for (const std::string& name : names) {
      InterruptGuard::expect_none();
      progress.show(static_cast<double>(outcomes.size()) / static_cast<double>(names.size()),
                    outcomes.size());
      const auto found = std::ranges::find(planted, name, &Planted::name);
      outcomes.push_back(found != planted.end() ? test.plant(*found)
                         : name == last_state   ? test.plant_last_state()
                                                : test.plant_last_checkpoint());
    }
  }
  const bool held = std::ranges::none_of(
      outcomes, [](const Outcome& each) { return each.verdict == Verdict::missed; });
  if (call.has("json")) {
    print_json(answer_json(outcomes, held));
  } else {
    print_text(outcomes);
  }
  return held ? ExitCode::yes : ExitCode::no;
}

}  // namespace

const Command selftest_command{
    .name = "selftest",
    .summary = "whether check sees what it is there to see",
    .arguments = "",
    .arguments_min = 0,
    .arguments_max = 0,
    .details =
        "Plants one class of nondeterminism after another in a small world and checks that: each "
        "must be seen,\n"
        "by the perturbation that is meant for it, at the step, agent and field where it was "
        "planted. What other\n"
        "compilers do is played: one run stands for theirs. The last lines say what no check can "
        "see. A class\n"
        "that cannot be planted here is said to be skipped.\n"
        "--json has the keys verdict classes[{name about verdict found}] not_seen.\n"
        "Exit status: 0 all were seen or skipped; 1 one was not; 2 bad input; 5 interrupted.\n",
    .declare = declare,
    .run = run};

}  // namespace reprise
