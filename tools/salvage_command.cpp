#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/value_semantic.hpp>

#include "replay/journal_reader.hpp"
#include "replay/salvage.hpp"
#include "tools/command.hpp"
#include "tools/interrupt.hpp"
#include "tools/journal_path.hpp"
#include "tools/journal_words.hpp"
#include "tools/output.hpp"
#include "tools/readable.hpp"

namespace reprise {

namespace po = boost::program_options;
namespace json = boost::json;

namespace {

void declare(po::options_description& options) {
  options.add_options()                                                                    //
      ("output,o", po::value<std::string>()->value_name("WHOLE"), "the journal to write")  //
      ("force", "overwrite WHOLE if it is there and a journal")                            //
      ("json", "answer as one JSON object");
}

void print_text(const Salvaged& salvaged, const Journal& whole) {
  const std::string path = printable(whole.path().string());
  print(path + ": " + grouped(salvaged.frames) + (salvaged.frames == 1 ? " frame" : " frames") +
        " kept, " + grouped(salvaged.lost_bytes) + " of " + grouped(salvaged.bytes) +
        " bytes lost");
  for (const Gap& gap : salvaged.gaps) print("  lost " + in_words(gap));
  if (salvaged.tail_bytes != 0) {
    print("  lost the last " + grouped(salvaged.tail_bytes) +
          " bytes, behind the last whole frame");
  }
  if (whole.seal()) {
    print("  no input is lost: the history can be lived again to its end, step " +
          grouped(whole.last_step()));
  } else {
    print("  the history can be lived again to step " + grouped(whole.last_step()));
  }
}

json::object answer_json(const std::string& from, const Salvaged& salvaged, const Journal& whole) {
  return {{"journal", from},
          {"output", whole.path().string()},
          {"frames", salvaged.frames},
          {"bytes_before", salvaged.bytes},
          {"bytes", whole.bytes()},
          {"lost_bytes", salvaged.lost_bytes},
          {"tail_bytes", salvaged.tail_bytes},
          {"gaps", gaps_json(salvaged.gaps)},
          {"sealed", whole.seal().has_value()},
          {"steps", whole.last_step()}};
}

ExitCode run(const Invocation& call) {
  const auto output = call.find<std::string>("output");
  if (!output) throw UsageError("-o WHOLE is missing: the journal to write");
  check_journal_path(*output, call.arguments);
  const std::string& from = call.arguments.front();
  const InterruptGuard guard;
  const Salvaged salvaged = salvage(from, *output, call.has("force"), InterruptGuard::expect_none);
  const Journal whole(*output);
  if (call.has("json")) {
    print_json(answer_json(from, salvaged, whole));
  } else {
    print_text(salvaged, whole);
  }
  return ExitCode::yes;
}

}  // namespace

const Command salvage_command{
    .name = "salvage",
    .summary = "keep what is whole of a damaged journal",
    .arguments = "JOURNAL",
    .arguments_min = 1,
    .arguments_max = 1,
    .details =
        "Example: reprise salvage damaged.rpj -o whole.rpj\n"
        "Every frame that holds is kept, and a gap marks where others are lost: `info` names them. "
        "JOURNAL stays as\n"
        "it is. Where no input is lost, all of the history can be lived again and verified; "
        "otherwise it ends before\n"
        "the first that is, though what was recorded after it is kept. Without a whole header "
        "nothing can be kept.\n"
        "Exit status: 0 done, whatever is lost; 2 bad input; 4 the header is damaged, frames were "
        "changed by somebody,\n"
        "the journal is of another version, or the file is no journal; 5 interrupted: there is no "
        "WHOLE.\n",
    .declare = declare,
    .run = run};

}  // namespace reprise
