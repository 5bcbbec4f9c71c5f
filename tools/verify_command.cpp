#include <boost/json/object.hpp>
#include <boost/json/value_from.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <limits>

#include "replay/verify.hpp"
#include "tools/command.hpp"
#include "tools/history_option.hpp"
#include "tools/journal_words.hpp"
#include "tools/output.hpp"
#include "tools/progress.hpp"
#include "tools/run_options.hpp"
#include "tools/world_factory.hpp"

namespace reprise {

namespace po = boost::program_options;
namespace json = boost::json;

namespace {

void declare(po::options_description& options) {
  options.add_options()  //
      ("jobs", po::value<std::string>()->value_name("N"),
       "live it in N threads, from keyframe to keyframe (1)")  //
      ("json", "answer as one JSON object a journal");
  declare_parents(options);
}

struct Verdict {
  ExitCode code = ExitCode::yes;
  std::vector<std::string> lines;
};

Verdict judge(const Journal& journal, const Verification& result) {
  const std::string path = printable(journal.path().string()) + ": ";
  if (!result.lifted.empty() && !result.divergence) {
    const std::string cut = journal.seal() ? "" : "; " + where_cut(journal);
    return {ExitCode::journal,
            {path + in_words_lifted(result.lifted) + ", so there is no verdict; " +
             grouped(result.steps) + " steps without a failure" + cut}};
  }
  if (result.divergence) {
    const std::string where = path + in_words(*result.divergence);
    if (!result.deterministic) {
      return {ExitCode::not_deterministic,
              {where, path + "not deterministic: two executions by this program differ"}};
    }
    return {ExitCode::no,
            {where, path + "this build computes another history than the one recorded; two "
                           "executions by it agree with each other"}};
  }
  if (!journal.seal()) {
    return {ExitCode::journal,
            {path + where_cut(journal) + "; equal up to step " + std::to_string(result.steps) +
             ", the last that is proved"}};
  }
  const std::string gaps =
      journal.gaps().empty() ? "" : "; the proof has gaps, which `reprise info` names";
  return {ExitCode::yes, {path + "equal, " + grouped(result.steps) + " steps" + gaps}};
}

json::object answer_json(const Journal& journal, const Verification& result, unsigned jobs,
                         double seconds) {
  json::object answer{{"journal", journal.path().string()},
                      {"equal", nullptr},
                      {"steps", result.steps},
                      {"first_difference", nullptr},
                      {"deterministic", result.deterministic},
                      {"lifted", json::value_from(result.lifted)},
                      {"sealed", journal.seal().has_value()},
                      {"jobs", jobs},
                      {"wall_s", seconds}};
  if (result.divergence || result.lifted.empty()) answer["equal"] = !result.divergence;
  if (result.divergence) {
    answer["first_difference"] = json::object{{"step", result.divergence->step},
                                              {"what", *enumerator_name(result.divergence->what)},
                                              {"recorded", result.divergence->recorded},
                                              {"computed", result.divergence->computed}};
  }
  return answer;
}

ExitCode verify_one(const Invocation& call, const std::string& path, unsigned jobs) {
  const Journal journal = open_history(call, path);
  Progress progress("verify");
  const double total = static_cast<double>(journal.last_step());
  const Verification result = verify(
      journal, call.catalog, world_factory(call.catalog),
      [&](Step step) { progress.show(total > 0 ? static_cast<double>(step) / total : 1.0, step); },
      jobs);
  const Verdict verdict = judge(journal, result);
  if (call.has("json")) print_json(answer_json(journal, result, jobs, progress.seconds()));
  if (verdict.code != ExitCode::yes) {
    for (const std::string& line : verdict.lines) call.complain(line);
    complain("reproduce: " + shell_line({call.program, "verify", path}));
  } else if (!call.has("json")) {
    for (const std::string& line : verdict.lines) print(line);
  }
  return verdict.code;
}

/// Says why there is no verdict on `path`.
void refuse(const Invocation& call, const std::string& path, const std::exception& error,
            std::optional<std::uint64_t> offset) {
  if (call.has("json")) {
    json::object answer{{"journal", path}, {"error", error.what()}, {"offset", nullptr}};
    if (offset) answer["offset"] = *offset;
    print_json(answer);
  }
  call.complain(error.what());
}

ExitCode run(const Invocation& call) {
  const unsigned jobs = jobs_of(call, 1);
  ExitCode worst = ExitCode::yes;
  for (const std::string& path : call.arguments) {
    ExitCode code = ExitCode::journal;
    try {
      code = verify_one(call, path, jobs);
    } catch (const JournalError& error) {
      refuse(call, path, error, error.offset);
    } catch (const FileError& error) {
      refuse(call, path, error, std::nullopt);
      code = ExitCode::usage;
    }
    worst = std::max(worst, code);
  }
  return worst;
}

}  // namespace

const Command verify_command{
    .name = "verify",
    .summary = "live a journal again and compare every step",
    .arguments = "JOURNAL...",
    .arguments_min = 1,
    .arguments_max = std::numeric_limits<std::size_t>::max(),
    .details =
        "The world is built from the scenario, seed and overrides inside the journal and driven by "
        "the inputs\n"
        "inside it; no other file is read. Where the histories part, it is executed once more.\n"
        "--jobs N lives what is between keyframes in N threads, each with a world of its own. No "
        "keyframe is\n"
        "believed that the history before it has not led to, so the answer is the same as with "
        "one.\n"
        "--json answers with an object a journal; one that cannot be read has the keys journal, "
        "error and\n"
        "offset (null where it is not known).\n"
        "A journal of an earlier version of message kinds is lived again through upcasters where "
        "there are\n"
        "some; digests are then not comparable, so there is no verdict: equal is null, lifted "
        "names the kinds,\n"
        "and the exit status is 4.\n"
        "Exit status, the worst of all journals: 0 equal; 1 this build computes another history;\n"
        "2 a file cannot be read; 3 not deterministic; 4 damaged, cut off or of another version "
        "(lifted or not),\n"
        "or no journal.\n",
    .declare = declare,
    .run = run};

}  // namespace reprise
