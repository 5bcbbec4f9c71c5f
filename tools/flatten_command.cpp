#include <boost/json/object.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/value_semantic.hpp>

#include "replay/checked_player.hpp"
#include "replay/flattening.hpp"
#include "tools/command.hpp"
#include "tools/history_option.hpp"
#include "tools/interrupt.hpp"
#include "tools/journal_path.hpp"
#include "tools/journal_words.hpp"
#include "tools/output.hpp"
#include "tools/progress.hpp"
#include "tools/world_factory.hpp"

namespace reprise {

namespace po = boost::program_options;

namespace {

void declare(po::options_description& options) {
  options.add_options()                                                                      //
      ("output,o", po::value<std::string>()->value_name("JOURNAL"), "the journal to write")  //
      ("force", "overwrite JOURNAL if it is there and a journal")                            //
      ("json", "answer as one JSON object");
  declare_parents(options);
}

ExitCode run(const Invocation& call) {
  const auto output = call.find<std::string>("output");
  if (!output) throw UsageError("-o JOURNAL is missing: the journal to write");
  const Journal branch = open_history(call, call.arguments.front());
  if (branch.parent() == nullptr) {
    throw UsageError(printable(branch.path().string()) +
                     ": is no branch: it stands alone already; copy it, or `" + call.program +
                     " compact` writes it again, smaller");
  }
  check_journal_path(*output, files_of(branch));
  const InterruptGuard guard;
  Progress progress("flatten");
  const double total = static_cast<double>(branch.last_step());
  try {
    flatten(branch, call.catalog, world_factory(call.catalog), *output, call.has("force"),
            [&](Step step) {
              progress.show(total > 0 ? static_cast<double>(step) / total : 1.0, step);
              InterruptGuard::expect_none();
            });
  } catch (const DivergenceError& error) {
    return complain_of(call, branch, error);
  }
  const Journal alone(*output);
  const Seal& seal = *alone.seal();
  if (call.has("json")) {
    boost::json::object answer{{"branch", branch.path().string()},
                               {"journal", *output},
                               {"identity", to_string(seal.identity)},
                               {"steps", seal.step},
                               {"inputs", seal.inputs},
                               {"prefix", to_string(seal.prefix)},
                               {"state", nullptr},
                               {"bytes", alone.bytes()},
                               {"wall_s", progress.seconds()}};
    if (seal.root) answer["state"] = to_string(*seal.root);
    print_json(answer);
  } else {
    print(printable(*output) + ": " + grouped(seal.step) + " steps, " + grouped(seal.inputs) +
          (seal.inputs == 1 ? " input, " : " inputs, ") + grouped(alone.bytes()) +
          " bytes; it stands alone and ends as the branch");
  }
  return ExitCode::yes;
}

}  // namespace

const Command flatten_command{
    .name = "flatten",
    .summary = "write a branch as a journal that stands alone",
    .arguments = "BRANCH",
    .arguments_min = 1,
    .arguments_max = 1,
    .details =
        "Example: reprise flatten halted.rpj -o whole.rpj\n"
        "The whole history, from step 0 on, is lived again and recorded: the journal needs no "
        "parent any more,\n"
        "and ends with the digests of the branch. The branch stays as it is.\n"
        "Exit status: 0 done; 1 this build computes another history; 2 bad input, or a journal "
        "that is no\n"
        "branch; 4 a journal is damaged, cut off, missing or of another version; 5 interrupted: "
        "there "
        "is no JOURNAL.\n",
    .declare = declare,
    .run = run};

}  // namespace reprise
