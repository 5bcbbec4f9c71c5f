#include <algorithm>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <chrono>
#include <filesystem>
#include <limits>

#include "engine/json.hpp"
#include "replay/flattening.hpp"
#include "replay/frame.hpp"
#include "replay/recorder.hpp"
#include "scenarios/scenario_inputs.hpp"
#include "tools/command.hpp"
#include "tools/history_option.hpp"
#include "tools/interrupt.hpp"
#include "tools/journal_words.hpp"
#include "tools/lab/artifacts.hpp"
#include "tools/lab/budget_option.hpp"
#include "tools/lab/check_report.hpp"
#include "tools/lab/expect_update.hpp"
#include "tools/lab/junit.hpp"
#include "tools/lab/scenario_life.hpp"
#include "tools/lab/state_coverage.hpp"
#include "tools/lab/workspace.hpp"
#include "tools/output.hpp"
#include "tools/progress.hpp"
#include "tools/scenario_run.hpp"
#include "tools/text_file.hpp"
#include "tools/world_factory.hpp"

namespace reprise {

namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace {

using Clock = std::chrono::steady_clock;

void declare(po::options_description& options) {
  options.add_options()  //
      ("only", po::value<std::string>()->value_name("A,B..."),
       "perturb in these ways alone; they are named below")                       //
      ("except", po::value<std::string>()->value_name("A,B..."), "not in these")  //
      ("budget", po::value<std::string>()->value_name("T")->default_value("10min"),
       "begin nothing more after this time, for each target")  //
      ("seed", po::value<std::string>()->value_name("N")->default_value("1"),
       "of what is random in the perturbations")                                            //
      ("update", "write the steps and digests of the run into [expect]")                    //
      ("json", "answer as one JSON object a target")                                        //
      ("junit", po::value<std::string>()->value_name("FILE"), "write a JUnit report, too")  //
      ("artifacts", po::value<std::string>()->value_name("DIR"),
       "of what is not ok: keep both journals, the report and the reproducing command there")  //
      ("life", po::value<std::string>()->value_name("FILE"),
       "what check starts in another process: live a journal as FILE says");
  declare_parents(options);
}

Perturbations wanted(const Invocation& call) {
  Perturbations all;
  for (const PerturbationFacts& each : perturbations) all.push_back(each.what);
  if (const auto only = call.find<std::string>("only")) {
    const Perturbations named = perturbations_named(*only);
    std::erase_if(all, [&](Perturbation each) { return !has(named, each); });
  }
  if (const auto except = call.find<std::string>("except")) {
    const Perturbations named = perturbations_named(*except);
    std::erase_if(all, [&](Perturbation each) { return has(named, each); });
  }
  return all;
}

/// One target: what is done with it, one thing after another.
class TargetCheck {
 public:
  TargetCheck(const Invocation& call, const std::string& target, const Workspace& workspace)
      : call_(call),
        begun_(Clock::now()),
        plan_{.wanted = wanted(call),
              .seed = *call.find_number("seed"),
              .workspace = workspace.path()} {
    checked_.target = target;
    plan_.deadline = begun_ + std::chrono::duration_cast<Clock::duration>(*find_budget(call));
    for (const PerturbationFacts& each : perturbations) {
      checked_.determinism.perturbations.emplace_back(each.what, Perturbed::left_out);
    }
  }

  CheckedTarget run() {
    try {
      if (is_journal(checked_.target) || fs::path(checked_.target).extension() == ".rpj") {
        check_journal();
      } else {
        check_scenario();
      }
    } catch (const JournalError& error) {
      refuse(ExitCode::journal, error);
    } catch (const FileError& error) {
      refuse(ExitCode::usage, error);
    } catch (const InputError& error) {
      refuse(ExitCode::usage, error);
    } catch (const UsageError& error) {
      refuse(ExitCode::usage, error);
    } catch (const Interrupted&) {
      throw;
    } catch (const std::exception& error) {  // the other targets are checked nevertheless
      refuse(ExitCode::fault, error);
    }
    checked_.seconds = std::chrono::duration<double>(Clock::now() - begun_).count();
    return std::move(checked_);
  }

  /// The journal that the others were compared with; empty where there is none.
  const fs::path& recorded() const { return recorded_; }

 private:
  void refuse(ExitCode code, const std::exception& error) {
    checked_.code = code;
    checked_.refusal = error.what();
    if (code == ExitCode::fault)
      checked_.refusal = checked_.target + ": a fault of ours: " + checked_.refusal;
  }

  bool late() const { return Clock::now() >= plan_.deadline; }

  void fail(ExitCode code, const std::string& note, const std::vector<std::string>& again) {
    checked_.code = std::max(checked_.code, code);
    if (!note.empty()) checked_.notes.push_back(note);
    checked_.reproduce = shell_line(again);
  }

  std::vector<std::string> check_words(const std::string& only) const {
    std::vector<std::string> words{call_.program, "check", checked_.target, "--seed",
                                   std::to_string(plan_.seed)};
    if (!only.empty()) words.insert(words.end(), {"--only", only});
    for (const char* option : {"only", "except", "budget"}) {
      const bool given = only.empty() && call_.has(option) && !call_.options[option].defaulted();
      if (given)
        words.insert(words.end(), {"--" + std::string(option), call_.get<std::string>(option)});
    }
    for (const std::string& place : call_.list("parents")) {
      words.insert(words.end(), {"--parents", place});
    }
    return words;
  }

  void check_scenario() {
    const Scenario scenario = load_scenario(checked_.target, call_.catalog);
    recorded_ = plan_.workspace / "recorded.rpj";
    fs::remove(recorded_);
    const RunFigures figures = record(scenario);
    if (checked_.code == ExitCode::interrupted) return;
    if (checked_.code == ExitCode::yes || !call_.has("update")) check_determinism_of(recorded_);
    if (!call_.has("update")) return;
    if (checked_.code == ExitCode::yes) return update(scenario, figures);
    checked_.notes.push_back("[expect] was not rewritten");
  }

  RunFigures record(const Scenario& scenario) {
    ScenarioLife life(scenario, call_.catalog);
    life.record(recorded_, WorkOn::thread);
    const RunEnd end =
        life.run(limit_of(scenario), [&] { return InterruptGuard::asked() || late(); });
    const std::optional<AgentFailure>& failure = life.agent_failure();
    const Seal& seal = life.seal();
    if (InterruptGuard::asked()) throw Interrupted();
    checked_.steps = seal.step;
    if (end == RunEnd::interrupted) {
      fail(ExitCode::interrupted,
           "out of time: the run itself was not at its end; give more --budget", check_words(""));
      return {};
    }
    if (call_.has("json") || call_.has("artifacts")) {
      for (const KindUse& use : kinds_in(life.world())) checked_.kinds.push_back(to_json(use));
    }
    const RunFigures figures{seal.step, seal.prefix, seal.root};
    const std::vector<std::string> again{call_.program, "run", checked_.target, "--no-journal"};
    if (failure) fail(ExitCode::no, failure->what(), again);
    const bool whole = !failure && end != RunEnd::violated;
    Expectations expected = scenario.expect;
    if (call_.has("update")) {  // but for what it is going to write
      expected.steps.reset();
      expected.prefix.reset();
      expected.state.reset();
    }
    checked_.expect = compare_expectations(expected, life.watch(), whole, "", figures);
    if (checked_.expect->failed) fail(ExitCode::no, "", again);
    return figures;
  }

  void update(const Scenario& scenario, const RunFigures& figures) {
    const std::string text = with_expectations(scenario, figures, call_.catalog);
    if (text == scenario.source) return checked_.notes.push_back("[expect] was as the run is");
    write_file(scenario.file, text);
    checked_.notes.push_back("[expect] was rewritten: " + grouped(figures.steps) + " steps");
  }

  void check_journal() {
    if (call_.has("update")) {
      throw InputError(checked_.target, "--update is for scenarios: a journal expects nothing");
    }
    recorded_ = checked_.target;
    const Journal journal = open_history(call_, checked_.target);
    journal.check();
    checked_.steps = journal.last_step();
    const std::vector<std::string> lifted = journal.expect_schema(call_.catalog);
    if (!lifted.empty()) {
      throw JournalError(checked_.target,
                         in_words_lifted(lifted) + ", so nothing could be compared",
                         "check it with the program that recorded it");
    }
    if (!journal.gaps().empty()) {
      throw JournalError(checked_.target, "has gaps, so not every step could be compared",
                         "`reprise verify` compares what is left");
    }
    plan_.foreign = true;
    if (journal.parent() == nullptr) {
      check_determinism_of(recorded_);
    } else {
      check_branch(journal);
    }
    if (journal.seal() && journal.seal()->failure) {
      const RecordedFailure& failure = *journal.seal()->failure;
      fail(ExitCode::no,
           "as recorded, " + failure.agent + " fails on " + failure.kind + " at step " +
               std::to_string(failure.step) + ": " + failure.reason,
           check_words(""));
    }
    if (!journal.seal() && !checked_.determinism.difference) {
      fail(ExitCode::journal,
           where_cut(journal) +
               "; checked up to the last step that is proved; "
               "`reprise salvage` keeps what is whole",
           check_words(""));
    }
  }

  void check_branch(const Journal& branch) {
    recorded_ = plan_.workspace / "recorded.rpj";
    try {
      flatten(branch, call_.catalog, world_factory(call_.catalog), recorded_, true,
              [](Step) { InterruptGuard::expect_none(); });
    } catch (const DivergenceError& error) {
      return fail(ExitCode::no,
                  in_words(error.divergence) + "; this build computes another history",
                  {call_.program, "verify", checked_.target});
    }
    check_determinism_of(recorded_);
  }

  void check_determinism_of(const fs::path& journal) {
    checked_.determinism =
        check_determinism(journal, plan_, call_.catalog, world_factory(call_.catalog));
    const DeterminismReport& found = checked_.determinism;
    if (found.difference && found.another_history) {
      return fail(ExitCode::no,
                  "this build computes another history than the one recorded, each time the same",
                  check_words(names_of(found.difference->culprits)));
    }
    if (found.difference) {
      return fail(ExitCode::not_deterministic, "",
                  check_words(names_of(found.difference->culprits)));
    }
    if (found.compared != 0) return;
    if (late()) {
      return fail(ExitCode::interrupted, "out of time: nothing was compared; give more --budget",
                  check_words(""));
    }
    fail(ExitCode::no, "nothing was compared: no step was lived a second time", check_words(""));
  }

  const Invocation& call_;
  Clock::time_point begun_;
  CheckPlan plan_;
  fs::path recorded_;
  CheckedTarget checked_;
};

/// Keeps what shows the failure, in a folder of its own.
void keep(const fs::path& folder, std::size_t number, const CheckedTarget& checked,
          const fs::path& recorded) {
  const fs::path place =
      folder / (std::to_string(number) + "-" + fs::path(checked.target).stem().string());
  make_folder(place);
  const auto copy = [&](const fs::path& from, const char* name) {
    std::error_code none;
    if (from.empty() || !fs::exists(from, none)) return;
    fs::copy_file(from, place / name, fs::copy_options::overwrite_existing);
  };
  copy(recorded, "recorded.rpj");
  if (checked.determinism.difference) {
    copy(checked.determinism.difference->perturbed, "perturbed.rpj");
  }
  write_file(place / "report.json", json_text(to_json(checked)) + "\n");
  if (checked.reproduce.empty()) return;
  write_file(place / "reproduce.sh", "#!/bin/sh\n# to be run in " + fs::current_path().string() +
                                         "\n" + checked.reproduce + "\n");
}

/// What is going to be written can be, as far as that is known before.
void expect_places(const Invocation& call) {
  if (const auto folder = call.find<std::string>("artifacts")) expect_folder(*folder);
  if (const auto file = call.find<std::string>("junit"))
    write_file(*file, unfinished_junit("check"));
}

void tell(const Invocation& call, const CheckedTarget& checked) {
  if (call.has("json")) print_json(to_json(checked));
  const std::vector<std::string> lines = lines_of(checked);
  if (checked.code == ExitCode::yes) {
    if (call.has("json")) return;
    for (const std::string& line : lines) print(line);
    return;
  }
  call.complain(lines.front());
  for (std::size_t i = 1; i < lines.size(); ++i) complain(lines[i]);
  if (!checked.reproduce.empty()) complain("reproduce: " + checked.reproduce);
}

ExitCode run(const Invocation& call) {
  const InterruptGuard guard;
  if (const auto spec = call.find<std::string>("life")) {
    live_as_told(*spec, call.catalog, world_factory(call.catalog));
    return ExitCode::yes;
  }
  if (call.arguments.empty()) {
    throw UsageError("an argument is missing: " + call.program + " check SCENARIO|JOURNAL...");
  }
  expect_places(call);
  std::vector<CheckedTarget> all;
  const auto report = [&] {
    if (const auto file = call.find<std::string>("junit")) write_file(*file, junit_of(all));
  };
  for (const std::string& target : call.arguments) {
    const Workspace workspace;
    TargetCheck check(call, target, workspace);
    try {
      all.push_back(check.run());
    } catch (const Interrupted&) {
      report();
      call.complain("interrupted at " + target);
      return ExitCode::interrupted;
    }
    tell(call, all.back());
    if (call.has("artifacts") && all.back().code != ExitCode::yes) {
      keep(call.get<std::string>("artifacts"), all.size(), all.back(), check.recorded());
    }
  }
  report();
  ExitCode worst = ExitCode::yes;
  for (const CheckedTarget& each : all) worst = std::max(worst, each.code);
  return worst;
}

}  // namespace

const Command check_command{
    .name = "check",
    .summary = "whether a run is what is expected and deterministic under perturbation",
    .arguments = "SCENARIO|JOURNAL...",
    .arguments_min = 0,
    .arguments_max = std::numeric_limits<std::size_t>::max(),
    .details =
        "Example: reprise check scenarios/library/*/*.toml --junit check.xml --artifacts failed\n"
        "A scenario is run and recorded, and its [expect] compared; a journal is taken as it is. "
        "Then the run is\n"
        "lived again twice, and every checkpoint, every byte of the trail and the end compared:\n"
        "  in this process: again restore recording rounding addresses queue storage\n"
        "  in another one:  process keyframes jobs heap addresses locale timezone directory "
        "environment cpu\n"
        "each under all of these at once. Where one differs, each is made alone, to name the one "
        "that does it.\n"
        "heap, addresses and cpu work where the C library is glibc. See docs/determinism.md.\n"
        "--json has the keys target verdict compared perturbations[{name verdict}] difference "
        "expect reproduce,\n"
        "and of a scenario kinds[{kind agents bytes digested not_digested draws}].\n"
        "Exit status, the worst of all targets: 0 ok; 1 failed: an agent, [expect], or nothing was "
        "compared, or\n"
        "this build computes another history than the journal's; 2 bad input; 3 not deterministic; "
        "4 a journal is\n"
        "damaged, cut off or of another version; 5 interrupted.\n",
    .declare = declare,
    .run = run};

}  // namespace reprise
