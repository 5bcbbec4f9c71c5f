#include <boost/json/object.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/value_semantic.hpp>

#include "replay/compaction.hpp"
#include "tools/command.hpp"
#include "tools/interrupt.hpp"
#include "tools/journal_path.hpp"
#include "tools/output.hpp"
#include "tools/progress.hpp"
#include "tools/readable.hpp"

namespace reprise {

namespace po = boost::program_options;

namespace {

void declare(po::options_description& options) {
  options.add_options()                                                                      //
      ("output,o", po::value<std::string>()->value_name("SMALLER"), "the journal to write")  //
      ("force", "overwrite SMALLER if it is there and a journal")                            //
      ("json", "answer as one JSON object");
}

ExitCode run(const Invocation& call) {
  const auto output = call.find<std::string>("output");
  if (!output) throw UsageError("-o SMALLER is missing: the journal to write");
  check_journal_path(*output, call.arguments);
  const Journal journal(call.arguments.front());
  const InterruptGuard guard;
  Progress progress("compact");
  compact(journal, *output, call.has("force"), [&](double done) {
    progress.show(done, static_cast<Step>(done * static_cast<double>(journal.last_step())));
    InterruptGuard::expect_none();
  });
  const Journal smaller(*output);
  if (call.has("json")) {
    print_json({{"journal", journal.path().string()},
                {"output", *output},
                {"identity", to_string(smaller.identity())},
                {"bytes_before", journal.bytes()},
                {"bytes", smaller.bytes()},
                {"wall_s", progress.seconds()}});
  } else {
    print(printable(*output) + ": " + grouped(smaller.bytes()) + " bytes instead of " +
          grouped(journal.bytes()) + ", the same identity and digests");
  }
  return ExitCode::yes;
}

}  // namespace

const Command compact_command{
    .name = "compact",
    .summary = "write a journal again, smaller",
    .arguments = "JOURNAL",
    .arguments_min = 1,
    .arguments_max = 1,
    .details =
        "Example: reprise compact thin_market.rpj -o small.rpj\n"
        "The same records in larger frames, compressed harder: for keeping. It is checked as a "
        "whole before, and\n"
        "keeps identity, digests, keyframes and recorded events; only the chain of its frames is "
        "another one.\n"
        "Exit status: 0 done; 2 bad input; 4 the journal is damaged, cut off or of another "
        "version, or the file\n"
        "is no journal; 5 interrupted: there is no SMALLER.\n",
    .declare = declare,
    .run = run};

}  // namespace reprise
