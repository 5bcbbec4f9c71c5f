#include <boost/json/object.hpp>
#include <boost/program_options/options_description.hpp>
#include <limits>

#include "replay/verify.hpp"
#include "tools/command.hpp"
#include "tools/output.hpp"
#include "tools/progress.hpp"
#include "tools/world_factory.hpp"

namespace reprise {

namespace json = boost::json;

namespace {

void declare(boost::program_options::options_description& options) {
  options.add_options()("json", "answer as one JSON object a journal");
}

const char* in_words(Divergence::What what) {
  switch (what) {
    case Divergence::What::events:
      return "another event was delivered";
    case Divergence::What::state:
      return "the state is another, though the events are the same";
    case Divergence::What::end:
      return "one history goes on where the other has ended";
    case Divergence::What::failure:
      return "an agent failed in one and not, or otherwise, in the other";
  }
  return "";
}

struct Verdict {
  ExitCode code = ExitCode::yes;
  std::string text;
};

Verdict judge(const Journal& journal, const Verification& result) {
  const std::string path = printable(journal.path().string());
  if (result.divergence) {
    const Divergence& divergence = *result.divergence;
    const std::string where = path + ": first differing step " + std::to_string(divergence.step) +
                              ": " + in_words(divergence.what) +
                              " (recorded: " + printable(divergence.recorded) +
                              "; now: " + printable(divergence.computed) + ")";
    if (!result.deterministic) {
      return {ExitCode::not_deterministic,
              where + "\n" + path + ": not deterministic: two executions by this program differ"};
    }
    return {ExitCode::no,
            where + "\n" + path +
                ": this build computes another history than the one recorded; two executions by "
                "it agree with each other"};
  }
  if (!journal.seal()) {
    std::string why = "it ends without a seal";
    if (journal.torn()) {
      why = "torn or damaged at offset " + std::to_string(journal.torn()->offset) + ": " +
            journal.torn()->reason;
    }
    return {ExitCode::journal, path + ": " + why + "; equal up to step " +
                                   std::to_string(result.steps) + ", the last that is proved"};
  }
  return {ExitCode::yes, path + ": equal, " + grouped(result.steps) + " steps"};
}

json::object answer_json(const Journal& journal, const Verification& result, double seconds) {
  json::object answer{{"journal", journal.path().string()},
                      {"equal", !result.divergence.has_value()},
                      {"steps", result.steps},
                      {"first_difference", nullptr},
                      {"deterministic", result.deterministic},
                      {"sealed", journal.seal().has_value()},
                      {"jobs", 1},
                      {"wall_s", seconds}};
  if (result.divergence) {
    answer["first_difference"] = json::object{{"step", result.divergence->step},
                                              {"what", *enumerator_name(result.divergence->what)},
                                              {"recorded", result.divergence->recorded},
                                              {"computed", result.divergence->computed}};
  }
  return answer;
}

ExitCode verify_one(const Invocation& call, const std::string& path) {
  const Journal journal(path);
  Progress progress("verify");
  const double total = static_cast<double>(journal.last_step());
  const Verification result = verify(
      journal, call.catalog, world_factory(call.catalog),
      [&](Step step) { progress.show(total > 0 ? static_cast<double>(step) / total : 1.0, step); });
  const Verdict verdict = judge(journal, result);
  if (call.has("json")) print_json(answer_json(journal, result, progress.seconds()));
  if (verdict.code != ExitCode::yes) {
    complain(verdict.text + "\nreproduce: " + shell_line({call.program, "verify", path}));
  } else if (!call.has("json")) {
    print(verdict.text);
  }
  return verdict.code;
}

ExitCode run(const Invocation& call) {
  ExitCode worst = ExitCode::yes;
  for (const std::string& path : call.arguments) {
    ExitCode code = ExitCode::journal;
    try {
      code = verify_one(call, path);
    } catch (const JournalError& error) {
      complain(error.what());
    } catch (const FileError& error) {
      complain(error.what());
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
        "Exit status, the worst of all journals: 0 equal; 1 this build computes another history;\n"
        "3 not deterministic; 4 damaged, cut off or of another version.\n",
    .declare = declare,
    .run = run};

}  // namespace reprise
