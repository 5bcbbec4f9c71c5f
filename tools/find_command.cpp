#include <boost/json/object.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <limits>

#include "engine/json.hpp"
#include "timeline/timeline.hpp"
#include "tools/command.hpp"
#include "tools/expression_text.hpp"
#include "tools/history_option.hpp"
#include "tools/journal_words.hpp"
#include "tools/output.hpp"
#include "tools/position_option.hpp"
#include "tools/progress.hpp"
#include "tools/readable.hpp"
#include "tools/world_factory.hpp"

namespace reprise {

namespace po = boost::program_options;
namespace json = boost::json;

namespace {

void declare(po::options_description& options) {
  options.add_options()                                                   //
      ("first", "the first step at which it becomes true (the default)")  //
      ("last", "the last one")                                            //
      ("all", "all of them, one a line")                                  //
      ("from", po::value<std::string>()->value_name("A"),
       "from this step (12345) or time (300ms) on")  //
      ("to", po::value<std::string>()->value_name("A"),
       "up to this step or time, or the end; what becomes true there is included")         //
      ("limit", po::value<std::string>()->value_name("N"), "with --all: at most so many")  //
      ("json", "a JSON object a line");
  declare_parents(options);
}

/// Which steps may be found, both included.
struct Range {
  Step first = 0;
  Step last = 0;
};

/// The first step at or after `position`.
Step step_from(Timeline& timeline, const Journal& journal, const Position& position) {
  expect_position(journal, position);
  if (const Step* step = std::get_if<Step>(&position)) return *step;
  const Time* time = std::get_if<Time>(&position);
  if (time == nullptr) return journal.last_step();
  if (*time == Time{}) return 0;
  timeline.seek(Position(*time - Duration(1)));
  return timeline.world().steps() + 1;
}

/// The last step at or before `position`.
Step step_up_to(Timeline& timeline, const Journal& journal, const Position& position) {
  expect_position(journal, position);
  if (const Step* step = std::get_if<Step>(&position)) return *step;
  if (std::holds_alternative<EndOfRun>(position)) return journal.last_step();
  timeline.seek(position);
  return timeline.world().steps();
}

/// Looks for the steps in a range at which an expression becomes true.
class Search {
 public:
  Search(const Invocation& call, const Journal& journal, Timeline& timeline)
      : journal_(journal),
        timeline_(timeline),
        expression_(read_world_expression("the expression", call.arguments[1], timeline.world())) {
    range_.first = step_from(timeline, journal, find_position(call, "from").value_or(Step{0}));
    range_.last = step_up_to(timeline, journal, find_position(call, "to").value_or(EndOfRun()));
    if (range_.first > range_.last && call.has("from") && call.has("to")) {
      throw UsageError("between --from " + call.get<std::string>("from") + " and --to " +
                       call.get<std::string>("to") + " there is no step");
    }
  }

  const Range& range() const { return range_; }

  /// Whether it was true before the first step of the range, where next() was asked.
  bool was_true() const { return was_true_; }

  /// The next one after those that were found, if there is one.
  std::optional<Found> next() {
    if (range_.first > range_.last) return std::nullopt;
    if (!begun_) {
      begun_ = true;
      seek(range_.first == 0 ? 0 : range_.first - 1);
      was_true_ = holds(timeline_.world());
      if (range_.first == 0 && was_true_) return Found{.at = timeline_.world().now()};
    }
    std::optional<Found> found = timeline_.find(Direction::forward, question(), [&] {
      show();
      return timeline_.world().steps() > range_.last;
    });
    return found && found->step <= range_.last ? found : std::nullopt;
  }

  std::optional<Found> last() {
    if (range_.first > range_.last) return std::nullopt;
    if (range_.last == journal_.last_step()) {
      // The step itself, which a search backwards from it leaves out.
      if (range_.last == 0) return next();
      seek(range_.last - 1);
      if (const auto found = timeline_.find(Direction::forward, question())) return found;
      seek(range_.last);
    } else {
      seek(range_.last + 1);
    }
    const auto show_only = [&] {
      show();
      return false;
    };
    return timeline_.find(Direction::back, question(), show_only, range_.first);
  }

 private:
  bool holds(const Simulation& world) { return expression_.holds(world) == Truth::yes; }

  Question question() {
    return {.holds = [this](const Simulation& world) { return holds(world); },
            .heeds = [this](AgentId to) { return expression_.heeds(to); }};
  }

  void seek(Step step) {
    timeline_.seek(Position(step), [&] {
      show();
      return false;
    });
  }

  void show() {
    const Step step = timeline_.world().steps();
    progress_.show(static_cast<double>(step) / static_cast<double>(journal_.last_step()), step);
  }

  const Journal& journal_;
  Timeline& timeline_;
  FollowedExpression expression_;
  Range range_;
  bool begun_ = false;
  bool was_true_ = false;
  Progress progress_{"find"};
};

std::string name_in(const Simulation& world, AgentId id) {
  return id == world_id ? "world" : world.name_of(id);
}

std::string line_of(const Simulation& world, const Found& found, bool as_json) {
  if (as_json) {
    json::object line{{"step", found.step}, {"time_ns", found.at.time_since_epoch().count()}};
    if (found.kind != nullptr) {
      line["from"] = name_in(world, found.from);
      line["to"] = name_in(world, found.to);
      line["kind"] = found.kind->name;
      line["edited"] = found.edited;
    }
    return json_text(line);
  }
  std::string line = "step " + std::to_string(found.step) + " at " + readable(found.at);
  if (found.kind == nullptr) return line + ": from the start";
  return line + ": " + std::string(found.kind->name) + " from " + name_in(world, found.from) +
         " to " + name_in(world, found.to) +
         (found.edited ? ", and an edit of the world right after it" : "");
}

/// How many were found.
std::uint64_t write(const Invocation& call, Search& search, const Timeline& timeline) {
  const bool all = call.has("all");
  const std::uint64_t limit =
      all ? call.find_number("limit", 1).value_or(std::numeric_limits<std::uint64_t>::max()) : 1;
  OutputLines lines;
  std::uint64_t written = 0;
  while (written < limit && lines.wanted()) {
    const std::optional<Found> found = call.has("last") ? search.last() : search.next();
    if (!found) break;
    lines.add(line_of(timeline.world(), *found, call.has("json")));
    ++written;
  }
  lines.finish();
  return written;
}

ExitCode run(const Invocation& call) {
  if (call.has("first") + call.has("last") + call.has("all") > 1) {
    throw UsageError("--first, --last and --all exclude each other");
  }
  if (call.has("limit") && !call.has("all")) throw UsageError("--limit goes with --all");
  const Journal journal = open_history(call, call.arguments.front());
  const std::string path = printable(journal.path().string());
  tell_of_cut(call, journal, "whole");
  const WorldFactory factory = world_factory(call.catalog);
  Timeline timeline(journal, call.catalog, factory);
  if (!timeline.lifted().empty()) {
    call.complain(path + ": " + in_words_lifted(timeline.lifted()) + ", so nothing is compared");
  }
  try {
    Search search(call, journal, timeline);
    if (write(call, search, timeline) != 0) return ExitCode::yes;
    const std::string range = "from step " + std::to_string(search.range().first) + " to step " +
                              std::to_string(search.range().last);
    call.complain("it never becomes true " + range +
                  (search.was_true() ? "; it was true before that" : ""));
    return ExitCode::no;
  } catch (const DivergenceError& error) {
    return complain_of(call, journal, error);
  }
}

}  // namespace

const Command find_command{
    .name = "find",
    .summary = "the steps at which something becomes true of a recorded run",
    .arguments = "JOURNAL EXPR",
    .arguments_min = 2,
    .arguments_max = 2,
    .details =
        "Example: reprise find thin_market.rpj 'trader[3].cash < 0' --last\n"
        "         reprise find thin_market.rpj 'count(trader.position > 0) > 10' --all --limit 5\n"
        "EXPR is about the agents' fields, as `reprise show` lists them: trader[3].cash, "
        "exchange.bid, and\n"
        "time and step. In count sum min max any all a group stands for each of its agents: "
        "sum(trader.cash).\n"
        "An agent born on the way stands in backquotes: `trader[3]/0`.age. What is absent is "
        "unknown:\n"
        "docs/expressions.md.\n"
        "A step is found where EXPR is true after it, its edits included, and was not true after "
        "the one before;\n"
        "step 0 is where it is true from the start. With each comes the event delivered there.\n"
        "--json has the keys step time_ns from to kind, the last three not at step 0.\n"
        "The history is lived again, and compared on the way with what the journal proves; --last "
        "searches\n"
        "backwards from keyframe to keyframe.\n"
        "Exit status: 0 found; 1 it never becomes true, or this build computes another history; 2 "
        "bad input;\n"
        "4 the journal is damaged or of another version, or the file is no journal.\n",
    .declare = declare,
    .run = run};

}  // namespace reprise
