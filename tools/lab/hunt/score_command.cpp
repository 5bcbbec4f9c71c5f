#include <algorithm>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <filesystem>

#include "replay/frame.hpp"
#include "tools/command.hpp"
#include "tools/history_option.hpp"
#include "tools/interrupt.hpp"
#include "tools/lab/hunt/failed_run.hpp"
#include "tools/lab/hunt/score_report.hpp"
#include "tools/output.hpp"
#include "tools/run_options.hpp"

namespace reprise {

namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace {

void declare(po::options_description& options) {
  options.add_options()  //
      ("forks", po::value<std::string>()->value_name("N")->default_value("16"),
       "lived from positions along each run, for its fork potential")  //
      ("seed", po::value<std::string>()->value_name("N")->default_value("1"),
       "of the streams of the forks")  //
      ("jobs", po::value<std::string>()->value_name("N"),
       "run so many worlds at once (default: one for each core)")   //
      ("csv", "answer with the ranking as comma-separated values")  //
      ("json", "answer as one JSON object");
  declare_parents(options);
}

/// The journals that the arguments name; of a folder all that are in it.
std::vector<std::string> journals_named(const Invocation& call) {
  std::vector<std::string> files;
  for (const std::string& argument : call.arguments) {
    if (!fs::is_directory(argument)) {
      files.push_back(argument);
      continue;
    }
    std::vector<std::string> inside;
    for (const fs::directory_entry& each : fs::recursive_directory_iterator(argument)) {
      if (each.is_regular_file() && is_journal(each.path())) {
        inside.push_back(each.path().string());
      }
    }
    if (inside.empty()) throw UsageError(argument + ": there are no journals in this folder");
    std::ranges::sort(inside);
    files.insert(files.end(), inside.begin(), inside.end());
  }
  return files;
}

ExitCode run(const Invocation& call) {
  if (call.has("json") && call.has("csv")) {
    throw UsageError("--json and --csv exclude each other; leave one of them out");
  }
  const ScorePlan plan{.forks = *call.find_number("forks"),
                       .seed = *call.find_number("seed"),
                       .jobs = jobs_of(call)};
  const InterruptGuard guard;
  std::vector<Contender> contenders;
  for (const std::string& file : journals_named(call)) {
    const Journal journal = open_history(call, file);
    contenders.push_back(
        {file, to_string(journal.identity()), recorded_run(journal, call.catalog).hunted});
  }
  const std::vector<RunScore> scores = scored(contenders, plan);
  if (call.has("json")) {
    print_json(boost::json::object{{"forks", plan.forks}, {"runs", to_json(scores)}});
  } else {
    for (const std::string& line : call.has("csv") ? csv_of(scores) : lines_of(scores)) print(line);
  }
  return ExitCode::yes;
}

}  // namespace

const Command score_command{
    .name = "score",
    .summary = "which of many runs are worth keeping, and why",
    .arguments = "JOURNAL|FOLDER...",
    .arguments_min = 1,
    .arguments_max = 100'000,
    .details =
        "Example: reprise score chaos.explore\n"
        "Each run is lived again, with what its scenario expects, and forks from positions along "
        "it:\n"
        "  failure         the short name of what it breaks; a run that is the first to fail so "
        "comes first\n"
        "  complexity      events up to its end\n"
        "  coverage        features that it shows: states, pairs, turns and orders as explore has "
        "them\n"
        "  new             of these, what none ranked before it shows: its coverage value\n"
        "  replay value    that divided by one and a thousandth of its events\n"
        "  rarity          the mean, over its features, of 1 by how many of the runs show it\n"
        "  fork potential  features that its forks show and it does not\n"
        "docs/corpus.md says more. `reprise corpus` keeps those that are worth it.\n"
        "Exit status: 0 ranked, 2 bad input, 4 a damaged journal, 5 interrupted.\n",
    .declare = declare,
    .run = run};

}  // namespace reprise
