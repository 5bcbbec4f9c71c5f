#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/value_semantic.hpp>

#include "engine/json.hpp"
#include "timeline/difference.hpp"
#include "tools/command.hpp"
#include "tools/difference_words.hpp"
#include "tools/history_option.hpp"
#include "tools/interrupt.hpp"
#include "tools/journal_words.hpp"
#include "tools/output.hpp"
#include "tools/position_option.hpp"
#include "tools/progress.hpp"
#include "tools/readable.hpp"
#include "tools/world_factory.hpp"

namespace reprise {

namespace po = boost::program_options;

namespace {

void declare(po::options_description& options) {
  options.add_options()                                                              //
      ("at", po::value<std::string>()->value_name("A")->default_value("end"),        //
       "compare the states at this step (12345), time (300ms), or the end of each")  //
      ("limit", po::value<std::string>()->value_name("N")->default_value("20"),      //
       "at most so many agents, fields of each and inputs")                          //
      ("json", "answer as one JSON object");
  declare_parents(options);
}

ExitCode run(const Invocation& call) {
  const Position at = *find_position(call, "at");
  const std::size_t limit = *call.find_number("limit", 1);
  const Journal a = open_history(call, call.arguments.front());
  const Journal b = open_history(call, call.arguments.back());
  tell_of_cut(call, a, "compared");
  tell_of_cut(call, b, "compared");
  const WorldFactory factory = world_factory(call.catalog);
  Difference result;
  {
    const InterruptGuard guard;
    Progress progress("diff");
    const auto on_the_way = [&](Step step) {
      progress.show(-1, step);
      InterruptGuard::expect_none();
    };
    result = difference({a, call.catalog, factory}, {b, call.catalog, factory}, at,
                        {.agents = limit, .fields = limit, .inputs = limit}, on_the_way);
  }
  const DifferenceWords words(a, b, call.catalog, factory, result);
  if (call.has("json")) {
    print_json(words.json());
  } else {
    OutputLines lines;
    for (const std::string& line : words.lines(call.get<std::string>("at"))) lines.add(line);
    lines.finish();
  }
  return result.equal ? ExitCode::yes : ExitCode::no;
}

}  // namespace

const Command diff_command{
    .name = "diff",
    .summary = "where two recorded runs part, what differs there, and what came of it",
    .arguments = "A B",
    .arguments_min = 2,
    .arguments_max = 2,
    .details =
        "Example: reprise diff thin_market.rpj halted.rpj --at 5min\n"
        "Two runs part at the first step whose event differs, or before which one was edited and "
        "the other not\n"
        "in the same way. It is found by bisection over the digests that the journals hold, and "
        "then by living\n"
        "that stretch of both. Both begin at step 0 with nothing delivered: of runs with other "
        "seeds or\n"
        "scenarios the states may differ from the start, which is said, and their events later.\n"
        "Shown are what each delivered there and what that came from (as far as it lies near), "
        "\n"
        "the first agent whose fields differ, then the agents that differ at --at, most changed "
        "first, with the\n"
        "values in A and in B, and the inputs that differ. Agents are matched by name, inputs by "
        "their\n"
        "producer's number or key.\n"
        "Runs whose worlds this program cannot build, or computes otherwise, are compared by "
        "their digests alone.\n"
        "--json has the keys a b equal first_difference{step exact same what time_ns a b agent "
        "fields later}\n"
        "digests_compared agents[{agent fields[{path a b delta}]}] inputs.\n"
        "Exit status: 0 equal; 1 different; 2 bad input, such as a moment that one of them does "
        "not have; 4 a\n"
        "journal is damaged or of another version, or a file is no journal.\n",
    .declare = declare,
    .run = run};

}  // namespace reprise
