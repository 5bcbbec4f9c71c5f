#include <algorithm>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <system_error>

#include "engine/nearest.hpp"
#include "tools/command.hpp"
#include "tools/history_option.hpp"
#include "tools/interrupt.hpp"
#include "tools/journal_path.hpp"
#include "tools/journal_words.hpp"
#include "tools/lab/budget_option.hpp"
#include "tools/lab/hunt/shrink_report.hpp"
#include "tools/lab/kept_run.hpp"
#include "tools/output.hpp"
#include "tools/progress.hpp"
#include "tools/readable.hpp"
#include "tools/run_options.hpp"
#include "tools/scenario_run.hpp"
#include "tools/text_file.hpp"

namespace reprise {

namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds between_saves(1);

struct ScopePart {
  const char* name;
  bool ShrinkScope::*part;
};

constexpr ScopePart scope_parts[] = {{"inputs", &ShrinkScope::inputs},
                                     {"agents", &ShrinkScope::agents},
                                     {"options", &ShrinkScope::options},
                                     {"times", &ShrinkScope::times},
                                     {"seed", &ShrinkScope::seed}};

void declare(po::options_description& options) {
  options.add_options()  //
      ("output,o", po::value<std::string>()->value_name("SMALL"),
       "the journal to write; its scenario goes beside it, as SMALL.toml")  //
      ("budget", po::value<std::string>()->value_name("T")->default_value("60s"),
       "stop after so much time with the best so far; it ends by itself when nothing helps")  //
      ("keep", po::value<std::vector<std::string>>()->value_name("WHAT")->composing(),
       "leave inputs, agents, options, times or seed as they are; may be given several times")  //
      ("jobs", po::value<std::string>()->value_name("N"),
       "run so many worlds at once (default: one for each core)")    //
      ("force", "overwrite SMALL and SMALL.toml if they are there")  //
      ("json", "answer as one JSON object");
  declare_parents(options);
}

ShrinkScope scope_of(const Invocation& call) {
  ShrinkScope scope;
  for (const std::string& kept : call.list("keep")) {
    const auto found = std::ranges::find(scope_parts, kept, &ScopePart::name);
    if (found == std::end(scope_parts)) {
      std::vector<std::string> names;
      for (const ScopePart& each : scope_parts) names.emplace_back(each.name);
      throw UsageError("--keep takes inputs, agents, options, times or seed, not '" + kept + "'" +
                       did_you_mean(kept, names));
    }
    scope.*(found->part) = false;
  }
  return scope;
}

/// The journal and the scenario that become of it.
class SmallFiles {
 public:
  SmallFiles(const Invocation& call, const Journal& journal) : call_(call), from_(journal.path()) {
    const auto output = call.find<std::string>("output");
    if (!output) throw UsageError("-o SMALL is missing: the journal to write");
    journal_ = *output;
    if (journal_.extension() == ".toml") {
      throw UsageError("-o " + *output + ": names the journal; the scenario goes beside it, as " +
                       "its .toml");
    }
    scenario_ = fs::path(journal_).replace_extension(".toml");
    check_journal_path(journal_, files_of(journal));
    for (const fs::path& each : {journal_, scenario_}) {
      std::error_code none;
      if (!fs::exists(each, none) || call.has("force")) continue;
      throw UsageError(each.string() + ": exists; name another journal with -o, or replace it " +
                       "with --force");
    }
  }

  const fs::path& journal() const { return journal_; }
  const fs::path& scenario() const { return scenario_; }

  /// Writes the scenario of the best run if another is there, once a second: what a kill cannot
  /// take away.
  void save(const ShrinkProgress& now) {
    if (!now.best || saved_ == now.improvements || SteadyClock::now() < next_) return;
    write_file(scenario_, text_of(*now.best));
    next_ = SteadyClock::now() + between_saves;
    saved_ = now.improvements;
  }

  /// Writes both. The journal is a run of the scenario's file.
  KeptRun write(const SmallRun& best) {
    write_file(scenario_, text_of(best));
    const Scenario scenario = load_scenario(scenario_, call_.catalog);
    return keep_run(scenario, call_.catalog, {}, limit_of(scenario), false, best.failure, journal_,
                    {});
  }

 private:
  std::string text_of(const SmallRun& best) const {
    return file_text(best.reproducer, best.failure,
                     {"What `reprise shrink` has left of " + printable(from_.filename().string()) +
                          ". It fails at step " + std::to_string(best.failure.step) + ", " +
                          readable(best.failure.at) + ":",
                      printable(fingerprint_of(best.failure))});
  }

  const Invocation& call_;
  fs::path from_;
  fs::path journal_;
  fs::path scenario_;
  SteadyClock::time_point next_ = SteadyClock::now() + between_saves;
  std::uint64_t saved_ = 0;  // after so many improvements
};

ExitCode run(const Invocation& call) {
  const ShrinkScope scope = scope_of(call);
  const double whole = std::chrono::duration<double>(*find_budget(call)).count();
  const unsigned jobs = jobs_of(call);
  const InterruptGuard guard;
  const Journal journal = open_history(call, call.arguments.front());
  SmallFiles files(call, journal);
  const FailedRun failed =
      failed_run(journal, call.catalog, [] { return InterruptGuard::asked(); });
  const ShrinkPlan plan{.run = failed, .scope = scope, .jobs = jobs};
  Shrinker shrinker(plan);
  const auto begun = SteadyClock::now();
  const auto seconds = [&] {
    return std::chrono::duration<double>(SteadyClock::now() - begun).count();
  };
  ShrinkEnd end{};
  {
    Progress progress("shrink", "runs");
    try {
      end = shrinker.run([&](const ShrinkProgress& now) {
        files.save(now);
        progress.show(std::min(seconds() / whole, 1.0), now.runs);
        return InterruptGuard::asked() || (now.best && seconds() >= whole);
      });
    } catch (...) {
      if (shrinker.progress().best) files.write(*shrinker.progress().best);
      throw;
    }
  }
  const std::string name = printable(journal.path().string());
  if (end == ShrinkEnd::not_reproduced) {
    throw InputError(
        name,
        "its failure does not come again where the run stands in a scenario file, under "
        "no seed that was tried",
        "`reprise odds` says what it hangs on");
  }
  if (!shrinker.progress().best) {
    call.complain("interrupted before the first run had failed");
    return ExitCode::interrupted;
  }
  const SmallRun& best = *shrinker.progress().best;
  const KeptRun kept = files.write(best);
  const ShrinkReport report{
      .progress = shrinker.progress(),
      .end = end,
      .seconds = seconds(),
      .journal = files.journal(),
      .scenario = files.scenario(),
      .reproduce = shell_line({call.program, "run", files.scenario().string()})};
  if (call.has("json")) {
    print_json(to_json(report));
  } else {
    for (const std::string& line : lines_of(report)) print(line);
  }
  if (kept != KeptRun::whole) {
    call.complain(
        report.scenario.string() +
        ": went another way when it was run from its file; `reprise check` says whether it "
        "is deterministic");
    return ExitCode::not_deterministic;
  }
  if (!InterruptGuard::asked()) return ExitCode::yes;
  call.complain("interrupted after " + counted(report.progress.runs, "run"));
  return ExitCode::interrupted;
}

}  // namespace

const Command shrink_command{
    .name = "shrink",
    .summary = "the same failure from less: a small journal and its scenario",
    .arguments = "JOURNAL",
    .arguments_min = 1,
    .arguments_max = 1,
    .details =
        "Example: reprise shrink chaos.sweep/5ff1c094.rpj -o small.rpj\n"
        "Leaves out inputs and faults, agents, options and time as long as the run fails with the "
        "same\n"
        "fingerprint, and tries other seeds. What [chaos] did stands in SMALL.toml as [[fault]]s, "
        "and its\n"
        "[expect] says what is broken: `reprise run SMALL.toml` exits with 1 until the bug is "
        "gone.\n"
        "What is found is the same whatever --jobs is, unless --budget or a signal ends it; then "
        "the best so\n"
        "far is written. docs/shrink.md says how it goes about it.\n"
        "Exit status: 0 done, 2 bad input, also a run that does not fail, 3 not deterministic, 4 a "
        "damaged\n"
        "journal, 5 interrupted.\n",
    .declare = declare,
    .run = run};

}  // namespace reprise
