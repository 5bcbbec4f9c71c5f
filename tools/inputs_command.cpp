#include <boost/json/object.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <limits>

#include "engine/json.hpp"
#include "tools/command.hpp"
#include "tools/history_option.hpp"
#include "tools/input_words.hpp"
#include "tools/journal_words.hpp"
#include "tools/output.hpp"
#include "tools/readable.hpp"
#include "tools/world_factory.hpp"

namespace reprise {

namespace po = boost::program_options;
namespace json = boost::json;

namespace {

void declare(po::options_description& options) {
  options.add_options()  //
      ("from", po::value<std::string>()->value_name("T"),
       "from this virtual time on: 300ms")                                                     //
      ("to", po::value<std::string>()->value_name("T"), "up to this time, which is included")  //
      ("limit", po::value<std::string>()->value_name("N"), "at most so many inputs")           //
      ("json", "a JSON object a line");
  declare_parents(options);
}

Time time_option(const Invocation& call, const char* option, Time otherwise) {
  const auto text = call.find<std::string>(option);
  if (!text) return otherwise;
  const std::optional<Duration> time = parse_duration(*text);
  if (time && time->count() >= 0) return Time(*time);
  throw UsageError("--" + std::string(option) +
                   " takes a time with its unit, such as 300ms, not '" + *text + "'");
}

std::string text_line(std::uint64_t number, const Input& input, const Simulation& world) {
  const std::string from = input.producer.empty() ? "" : "  (from " + input.producer + ")";
  std::string message;
  if (!input.after) {
    const Type& fields = *input.payload.type().fields;
    message = "  " + json_text(readable(fields, to_json(fields, input.payload.data())));
  }
  return printable(std::to_string(number) + "  " + in_words(input, world) + message + from);
}

std::string json_line(std::uint64_t number, const Input& input, const Simulation& world) {
  json::object line = input_json(number, input, receiver_name(input.to, world));
  line["input"] = number;
  return json_text(line);
}

ExitCode run(const Invocation& call) {
  const Time from = time_option(call, "from", Time{});
  const Time to = time_option(call, "to", time_max);
  if (to < from) {
    throw UsageError("--to " + readable(to) + " lies before --from " + readable(from));
  }
  const std::uint64_t limit =
      call.find_number("limit").value_or(std::numeric_limits<std::uint64_t>::max());
  const Journal journal = open_history(call, call.arguments.front());
  journal.expect_schema(call.catalog);
  if (!journal.seal()) {
    call.complain(printable(journal.path().string()) + ": " + where_cut(journal));
  }
  const auto world = world_factory(call.catalog)(journal.header());
  HistoryInputs inputs(journal, call.catalog);
  OutputLines lines;
  for (std::uint64_t written = 0; written < limit && lines.wanted();) {
    const std::optional<Input> input = inputs.next();
    if (!input || input->at > to) break;
    if (input->at < from) continue;
    lines.add(call.has("json") ? json_line(inputs.number(), *input, *world)
                               : text_line(inputs.number(), *input, *world));
    ++written;
  }
  lines.finish();
  return ExitCode::yes;
}

}  // namespace

const Command inputs_command{
    .name = "inputs",
    .summary = "the recorded inputs of a run, with the numbers that fork takes",
    .arguments = "JOURNAL",
    .arguments_min = 1,
    .arguments_max = 1,
    .details =
        "Example: reprise inputs halted.rpj --from 4min --limit 10\n"
        "Inputs are numbered from 1 in the order in which they took effect, edits of a branch and "
        "those of its\n"
        "ancestors included. Nothing is lived again.\n"
        "--json has the keys number time_ns after to kind payload producer producer_seq key "
        "input (its number again); after is the step that\n"
        "an edit follows, and null for a message.\n"
        "Exit status: 0 done (also for a journal that is cut off); 2 bad input; 4 the journal is "
        "damaged or of\n"
        "another version, its parent is missing, or the file is no journal.\n",
    .declare = declare,
    .run = run};

}  // namespace reprise
