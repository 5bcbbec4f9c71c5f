#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <optional>
#include <variant>

#include "engine/json.hpp"
#include "timeline/timeline.hpp"
#include "tools/agent_lines.hpp"
#include "tools/command.hpp"
#include "tools/field_table.hpp"
#include "tools/history_option.hpp"
#include "tools/journal_words.hpp"
#include "tools/output.hpp"
#include "tools/position_option.hpp"
#include "tools/progress.hpp"
#include "tools/readable.hpp"
#include "tools/suggestion.hpp"
#include "tools/world_factory.hpp"

namespace reprise {

namespace po = boost::program_options;
namespace json = boost::json;

namespace {

void declare(po::options_description& options) {
  options.add_options()  //
      ("at", po::value<std::string>()->value_name("A")->default_value("end"),
       "a step (12345), a time (300ms) or end")  //
      ("agent", po::value<std::vector<std::string>>()->value_name("NAME"),
       "only this agent; may be given several times")  //
      ("field", po::value<std::vector<std::string>>()->value_name("PATH"),
       "only this field (trader[3].cash), or what is calculated from fields (exchange.ask - "
       "exchange.bid, sum(trader.position)); may be given several times")  //
      ("every", po::value<std::string>()->value_name("D"),
       "with --field: a table over time, a row every so much time (10s) or so many steps (1000)")  //
      ("from", po::value<std::string>()->value_name("A"), "with --every: the first row")    //
      ("to", po::value<std::string>()->value_name("A"), "with --every: no row after this")  //
      ("json", "answer as one JSON object; with --every as one a line")                     //
      ("csv", "with --every: comma-separated values under a heading");
  declare_parents(options);
}

std::vector<AgentId> chosen(const Simulation& world, const std::vector<std::string>& names) {
  std::vector<AgentId> ids;
  if (names.empty()) {
    for (std::uint32_t id = 1; id <= world.agent_count(); ++id) ids.push_back(AgentId{id});
  }
  for (const std::string& name : names) {
    const std::optional<AgentId> id = world.find(name);
    if (!id) throw UsageError("there is no agent '" + name + "'" + suggested_agent(world, name));
    ids.push_back(*id);
  }
  return ids;
}

json::object answer_json(const Simulation& world, const std::vector<AgentId>& ids) {
  json::object agents;
  for (const AgentId id : ids) agents[world.name_of(id)] = world.view(id);
  return {{"step", world.steps()},
          {"time_ns", world.now().time_since_epoch().count()},
          {"agents", std::move(agents)}};
}

void print_text(const Simulation& world, const std::vector<AgentId>& ids) {
  print("step " + grouped(world.steps()) + " at " + readable(world.now()));
  for (const AgentId id : ids) print_agent(world, id);
}

void seek(Timeline& timeline, const Position& position, Step last_step) {
  Progress progress("show");
  timeline.seek(position, [&] {
    const Step steps = timeline.world().steps();
    progress.show(static_cast<double>(steps) / static_cast<double>(last_step), steps);
    return false;
  });
}

/// Refuses options that mean nothing together.
void expect_sense(const Invocation& call) {
  const auto refuse_both = [&](const char* one, const char* other) {
    if (call.has(one) && call.has(other)) {
      throw UsageError("--" + std::string(one) + " and --" + other + " exclude each other");
    }
  };
  refuse_both("json", "csv");
  refuse_both("agent", "field");
  if (!call.has("every")) {
    for (const char* option : {"from", "to", "csv"}) {
      if (!call.has(option)) continue;
      throw UsageError("--" + std::string(option) +
                       " goes with --every, as in --field trader[3].cash --every 10s");
    }
    return;
  }
  if (!call.has("field")) {
    throw UsageError("--every goes with --field, which says what to show: --field trader[3].cash");
  }
  if (!call.options["at"].defaulted()) {
    throw UsageError("--at and --every exclude each other; a table goes --from A --to A");
  }
}

/// How far apart the rows of a table are, in nanoseconds or in steps.
struct Stride {
  std::uint64_t length = 0;
  bool in_time = false;
};

Stride stride_of(const Invocation& call) {
  const std::string text = call.get<std::string>("every");
  const std::optional<Position> stride = parse_position(text);
  if (stride && *stride != Position(Step{0}) && *stride != Position(Time{})) {
    if (const Step* steps = std::get_if<Step>(&*stride)) return {*steps, false};
    if (const Time* time = std::get_if<Time>(&*stride)) {
      return {static_cast<std::uint64_t>(time->time_since_epoch().count()), true};
    }
  }
  throw UsageError("--every takes a time with its unit (10s) or a number of steps (1000), not '" +
                   text + "'");
}

/// `position` in the measure of the stride.
std::uint64_t row_at(Timeline& timeline, const Journal& journal, const Position& position,
                     const Stride& stride) {
  expect_position(journal, position);
  const bool is_time = std::holds_alternative<Time>(position);
  const bool is_end = std::holds_alternative<EndOfRun>(position);
  if (!is_end && is_time != stride.in_time) seek(timeline, position, journal.last_step());
  if (!stride.in_time) {
    if (is_end) return journal.last_step();
    return is_time ? timeline.world().steps() : std::get<Step>(position);
  }
  const Time time = is_end    ? journal.last_at()
                    : is_time ? std::get<Time>(position)
                              : timeline.world().now();
  return static_cast<std::uint64_t>(time.time_since_epoch().count());
}

Position position_of(std::uint64_t row, const Stride& stride) {
  if (!stride.in_time) return row;
  return Time(Duration(static_cast<std::int64_t>(row)));
}

/// Writes a row for each moment; stops where nobody reads any more.
void write_table(const Invocation& call, const Journal& journal, Timeline& timeline,
                 const FieldColumns& columns) {
  const Stride stride = stride_of(call);
  std::uint64_t row =
      row_at(timeline, journal, find_position(call, "from").value_or(Step{0}), stride);
  const std::uint64_t last =
      row_at(timeline, journal, find_position(call, "to").value_or(EndOfRun()), stride);
  if (row > last) {
    throw UsageError("--to " + call.find<std::string>("to").value_or("end") +
                     " lies before --from " + call.get<std::string>("from"));
  }
  OutputLines lines;
  const bool csv = call.has("csv");
  const bool as_json = call.has("json");
  if (csv) lines.add(columns.csv_heading());
  if (!csv && !as_json) lines.add(columns.heading(journal.last_step(), journal.last_at()));
  while (lines.wanted()) {
    seek(timeline, position_of(row, stride), journal.last_step());
    const Simulation& world = timeline.world();
    lines.add(csv       ? columns.csv_row(world)
              : as_json ? json_text(columns.json(world))
                        : columns.row(world, journal.last_step(), journal.last_at()));
    if (last - row < stride.length) break;
    row += stride.length;
  }
  lines.finish();
}

void write_moment(const Invocation& call, const Simulation& world, const FieldColumns* columns) {
  if (columns != nullptr) {
    if (call.has("json")) return print_json(columns->json(world));
    print("step " + grouped(world.steps()) + " at " + readable(world.now()));
    for (const std::string& line : columns->lines(world)) print(printable(line));
    return;
  }
  const std::vector<AgentId> ids = chosen(world, call.list("agent"));
  if (call.has("json")) {
    print_json(answer_json(world, ids));
  } else {
    print_text(world, ids);
  }
}

ExitCode run(const Invocation& call) {
  expect_sense(call);
  const Position at = find_position(call, "at").value();
  const Journal journal = open_history(call, call.arguments.front());
  const std::string path = printable(journal.path().string());
  tell_of_cut(call, journal, "whole");
  const WorldFactory factory = world_factory(call.catalog);
  Timeline timeline(journal, call.catalog, factory);
  std::optional<FieldColumns> columns;
  if (call.has("field")) columns.emplace(call.list("field"), timeline.world());
  try {
    if (call.has("every")) {
      write_table(call, journal, timeline, *columns);
    } else {
      seek(timeline, at, journal.last_step());
    }
  } catch (const DivergenceError& error) {
    return complain_of(call, journal, error);
  }
  if (!timeline.lifted().empty()) {
    call.complain(path + ": " + in_words_lifted(timeline.lifted()) + ", so nothing was compared");
  }
  if (!call.has("every")) write_moment(call, timeline.world(), columns ? &*columns : nullptr);
  return ExitCode::yes;
}

}  // namespace

const Command show_command{.name = "show",
                           .summary = "the state of a recorded run at a moment",
                           .arguments = "JOURNAL",
                           .arguments_min = 1,
                           .arguments_max = 1,
                           .details =
                               "Example: reprise show thin_market.rpj --at 5min --agent exchange\n"
                               "         reprise show thin_market.rpj --field 'trader[3].cash' "
                               "--every 30s --csv\n"
                               "The history is lived again up to that moment, and compared on the "
                               "way with what the\n"
                               "journal proves, unless upcasters lift kinds of an earlier "
                               "version. A journal that is cut off is shown up to the cut, "
                               "which is said on\n"
                               "standard error.\n"
                               "Durations and times are text with a unit, with --json "
                               "and --field integers in\n"
                               "nanoseconds. --field takes what an expression may name and "
                               "calculate: docs/expressions.md.\n"
                               "A table begins at --from (the start) and goes on to --to (the "
                               "end); at the time of a row\n"
                               "everything due then has been delivered. What is unknown is '-', "
                               "null, or in CSV empty.\n"
                               "Exit status: 0 done (also for a journal that is cut off); 1 this "
                               "build computes another\n"
                               "history; 2 bad input, such as a moment beyond the end; 4 the "
                               "journal is damaged or of\n"
                               "another version, or the file is no journal.\n",
                           .declare = declare,
                           .run = run};

}  // namespace reprise
