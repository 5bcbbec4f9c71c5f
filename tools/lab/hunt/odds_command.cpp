#include <algorithm>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "timeline/position.hpp"
#include "tools/command.hpp"
#include "tools/history_option.hpp"
#include "tools/interrupt.hpp"
#include "tools/lab/hunt/odds_report.hpp"
#include "tools/output.hpp"
#include "tools/progress.hpp"
#include "tools/readable.hpp"
#include "tools/run_options.hpp"
#include "tools/text_file.hpp"

namespace reprise {

namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace {

void declare(po::options_description& options) {
  options.add_options()  //
      ("forks", po::value<std::string>()->value_name("N")->default_value("100"),
       "lived from each position, each with other random streams")  //
      ("at", po::value<std::string>()->value_name("A..B"),
       "look between these steps or times (default: from the start to the failure)")  //
      ("positions", po::value<std::string>()->value_name("N")->default_value("20"),
       "so many at equal distances; up to as many more where the odds change")  //
      ("horizon", po::value<std::string>()->value_name("T"),
       "give a fork up after so much virtual time (default: it goes to the end of the run)")  //
      ("seed", po::value<std::string>()->value_name("N")->default_value("1"),
       "of the streams of the forks")  //
      ("jobs", po::value<std::string>()->value_name("N"),
       "run so many worlds at once (default: one for each core)")                        //
      ("plot", po::value<std::string>()->value_name("FILE"), "draw them: an SVG image")  //
      ("csv", "answer with the positions as comma-separated values")                     //
      ("json", "answer as one JSON object");
  declare_parents(options);
}

/// The last step of the run at or before `position`.
Step step_at(const FailedRun& run, const Position& position) {
  if (const Step* step = std::get_if<Step>(&position)) return *step;
  if (std::holds_alternative<EndOfRun>(position)) return run.steps;
  const Time time = std::get<Time>(position);
  HuntedLife life(run.hunted, run.hunted.scenario.seed);
  Step step = 0;
  while (life.step() && life.world().now() <= time) step = life.steps();
  return step;
}

/// Says what is in "A..B".
void read_range(const Invocation& call, OddsPlan& plan) {
  const auto text = call.find<std::string>("at");
  if (!text) return;
  const std::size_t dots = text->find("..");
  const auto first = parse_position(text->substr(0, dots));
  const auto last =
      dots == std::string::npos ? std::nullopt : parse_position(text->substr(dots + 2));
  if (!first || !last) {
    throw UsageError("--at takes two positions, such as 100..2000, 1s..3500ms or 0..end, not '" +
                     *text + "'");
  }
  plan.first = step_at(plan.run, *first);
  plan.last = std::min(step_at(plan.run, *last), plan.last);
  if (plan.first <= plan.last) return;
  throw UsageError("--at " + *text +
                   ": there is no step in it before the failure, which is at step " +
                   std::to_string(plan.run.failure.step));
}

/// Whether a file is an image of an earlier plot, or of another program: those may be replaced.
bool is_svg(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string head(4, '\0');
  in.read(head.data(), static_cast<std::streamsize>(head.size()));
  return head == "<svg" || head == "<?xm";
}

void expect_sensible(const Invocation& call) {
  if (call.has("json") && call.has("csv")) {
    throw UsageError("--json and --csv exclude each other; leave one of them out");
  }
  const auto plot = call.find<std::string>("plot");
  std::error_code none;
  if (plot && fs::exists(*plot, none) && !is_svg(*plot)) {
    throw UsageError("--plot " + *plot + ": exists and is no SVG image; name another file");
  }
}

ExitCode run(const Invocation& call) {
  expect_sensible(call);
  const InterruptGuard guard;
  const auto interrupted = [] { return InterruptGuard::asked(); };
  const Journal journal = open_history(call, call.arguments.front());
  const FailedRun failed = failed_run(journal, call.catalog, interrupted);
  OddsPlan plan{.run = failed,
                .last = failed.failure.step == 0 ? 0 : failed.failure.step - 1,
                .positions = *call.find_number("positions", 2),
                .forks = *call.find_number("forks", 1),
                .horizon = find_duration(call, "horizon", "3s"),
                .seed = *call.find_number("seed"),
                .jobs = jobs_of(call)};
  plan.refined = plan.positions;
  if (plan.horizon && *plan.horizon <= Duration()) throw UsageError("--horizon must be above 0");
  read_range(call, plan);
  Odds odds;
  {
    Progress progress("odds", "forks");
    odds = odds_of(
        plan,
        [&](std::uint64_t done, std::uint64_t of) {
          progress.show(static_cast<double>(done) / static_cast<double>(of), done);
        },
        interrupted);
  }
  if (odds.positions.empty() && !interrupted()) {
    throw InputError(
        journal.path().string(),
        "there is no moment in that range at which the random streams could begin anew",
        "give a wider --at");
  }
  if (!odds.positions.empty()) {
    if (const auto plot = call.find<std::string>("plot")) write_file(*plot, svg_of(plan, odds));
    if (call.has("json")) {
      print_json(to_json(plan, odds));
    } else {
      for (const std::string& line : call.has("csv") ? csv_of(odds) : lines_of(plan, odds)) {
        print(line);
      }
    }
  }
  if (!interrupted()) return ExitCode::yes;
  call.complain("interrupted after " + counted(odds.positions.size(), "position"));
  return ExitCode::interrupted;
}

}  // namespace

const Command odds_command{
    .name = "odds",
    .summary = "how likely a failure was, along its run",
    .arguments = "JOURNAL",
    .arguments_min = 1,
    .arguments_max = 1,
    .details =
        "Example: reprise odds chaos.explore/5ff1c094.rpj --forks 200 --horizon 3s --plot "
        "odds.svg\n"
        "From each position many forks are lived, in which all random streams begin anew; what is "
        "told is how\n"
        "many of them fail as the run did (the same fingerprint), with Wilson's interval, and "
        "where "
        "that became\n"
        "likely (half of them) and certain (all). Where two neighbours differ beyond chance, "
        "positions between\n"
        "them are looked at, too. The run is judged by the [expect] of the scenario in the "
        "journal.\n"
        "What is printed is the same whatever --jobs is.\n"
        "Exit status: 0 measured, 2 bad input, also a run that does not fail, 4 a damaged journal, "
        "5 interrupted.\n",
    .declare = declare,
    .run = run};

}  // namespace reprise
