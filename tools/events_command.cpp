#include <boost/program_options/options_description.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <limits>

#include "timeline/history_events.hpp"
#include "tools/command.hpp"
#include "tools/event_filter.hpp"
#include "tools/event_lines.hpp"
#include "tools/history_option.hpp"
#include "tools/journal_words.hpp"
#include "tools/output.hpp"
#include "tools/position_option.hpp"
#include "tools/progress.hpp"
#include "tools/readable.hpp"
#include "tools/world_factory.hpp"

namespace reprise {

namespace po = boost::program_options;

namespace {

using Strings = std::vector<std::string>;

void declare(po::options_description& options) {
  options.add_options()  //
      ("from", po::value<std::string>()->value_name("A"),
       "from this step (12345) or time (300ms) on, or only the end")  //
      ("to", po::value<std::string>()->value_name("A"),
       "up to this step or time, or the end; what happens there is included")  //
      ("agent", po::value<Strings>()->value_name("NAME"),
       "only to or from this agent or group; may be given several times")  //
      ("kind", po::value<Strings>()->value_name("K"),
       "only messages of this kind; may be given several times")  //
      ("where", po::value<std::string>()->value_name("EXPR"),
       "only where this holds: 'kind == \"market.order\" and payload.side == \"buy\"'")  //
      ("limit", po::value<std::string>()->value_name("N"), "at most so many events")     //
      ("json", "a JSON object a line")                                                   //
      ("csv", "comma-separated values under a heading");
  declare_parents(options);
}

EventRange range_of(const Invocation& call, const Journal& journal) {
  const EventRange range =
      events_between(journal, find_position(call, "from"), find_position(call, "to"));
  const bool reversed = range.first > range.last || range.begin > range.end;
  if (reversed && call.has("from") && call.has("to")) {
    throw UsageError("--to " + call.get<std::string>("to") + " lies before --from " +
                     call.get<std::string>("from"));
  }
  return range;
}

std::vector<const MessageType*> kinds_of(const Journal& journal, const Catalog& catalog) {
  std::vector<const MessageType*> kinds;
  for (const KindSchema& schema : journal.header().schema) {
    if (schema.role == KindSchema::Role::message) kinds.push_back(catalog.message(schema.kind));
  }
  return kinds;
}

/// Goes to the first event, which may take a while.
void begin(HistoryEvents& events, const EventSelection& selection, Step last_step) {
  Progress progress("events");
  events.begin(selection, [&](Step step) {
    progress.show(static_cast<double>(step) / static_cast<double>(last_step), step);
  });
}

/// Writes the events that `filter` takes; stops where nobody reads any more.
void write(const Invocation& call, EventSource& events, const EventFilter& filter,
           const EventColumns& columns) {
  const std::uint64_t limit =
      call.find_number("limit").value_or(std::numeric_limits<std::uint64_t>::max());
  OutputLines lines;
  if (call.has("csv")) lines.add(csv_heading());
  const bool table = !call.has("csv") && !call.has("json");
  if (table) lines.add(table_heading(columns));
  for (std::uint64_t written = 0; written < limit && lines.wanted();) {
    const std::optional<DeliveredEvent> event = events.next();
    if (!event) break;
    if (!filter.takes(*event)) continue;
    lines.add(table              ? table_line(*event, columns)
              : call.has("json") ? json_line(*event)
                                 : csv_line(*event));
    ++written;
  }
  lines.finish();
}

ExitCode run(const Invocation& call) {
  if (call.has("json") && call.has("csv")) throw UsageError("--json and --csv exclude each other");
  const Journal journal = open_history(call, call.arguments.front());
  tell_of_cut(call, journal);
  const EventRange range = range_of(call, journal);
  const WorldFactory factory = world_factory(call.catalog);
  HistoryEvents events(journal, call.catalog, factory, range);
  const EventFilter filter({.agents = call.list("agent"),
                            .kinds = call.list("kind"),
                            .where = call.find<std::string>("where")},
                           kinds_of(journal, call.catalog), events.start());
  try {
    begin(events, filter.selection(events.start()), journal.last_step());
    write(call, events, filter, {journal, events.start()});
  } catch (const DivergenceError& error) {
    return complain_of(call, journal, error);
  }
  return ExitCode::yes;
}

}  // namespace

const Command events_command{
    .name = "events",
    .summary = "the events of a recorded run, one a line",
    .arguments = "JOURNAL",
    .arguments_min = 1,
    .arguments_max = 1,
    .details =
        "Example: reprise events thin_market.rpj --from 5min --to 6min --agent exchange \\\n"
        "           --where 'kind == \"market.order\" and payload.side == \"buy\"' --limit 10\n"
        "--from and --to are included: a step is the number of an event, and at a time are all "
        "events that\n"
        "are due then. --agent trader means all of trader[0], trader[1], ...; what comes from "
        "outside is from\n"
        "'world'. EXPR may name time step hop cause dropped from to kind and the fields of the "
        "message as\n"
        "payload.NAME or NAME; it has == != < <= > >= and or not in matches + - * / ( ), numbers, "
        "text in\n"
        "quotes, and durations such as 12.5s. What is absent is unknown, and only what is true is "
        "shown:\n"
        "docs/expressions.md.\n"
        "--json has the keys step time_ns hop from to kind cause payload dropped; the cause is "
        "the step in\n"
        "which the message was sent, null for what came from outside.\n"
        "Events that `run --events` recorded are read. All others are lived again from the last "
        "keyframe\n"
        "before them, and compared on the way with what the journal proves.\n"
        "Exit status: 0 done (also for a journal that is cut off); 1 this build computes another "
        "history,\n"
        "after the events before the difference; 2 bad input; 4 the journal is damaged or of "
        "another version,\n"
        "or the file is no journal.\n",
    .declare = declare,
    .run = run};

}  // namespace reprise
