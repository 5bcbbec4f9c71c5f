#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <ranges>

#include "engine/json.hpp"
#include "timeline/timeline.hpp"
#include "tools/command.hpp"
#include "tools/history_option.hpp"
#include "tools/journal_words.hpp"
#include "tools/output.hpp"
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
      ("json", "answer as one JSON object");
  declare_parents(options);
}

void expect_no_group(const Simulation& world, const std::string& name) {
  const auto member = [&](std::uint32_t index) { return name + '[' + std::to_string(index) + ']'; };
  if (!world.find(member(0))) return;
  const auto is_there = [&](std::uint32_t index) { return world.find(member(index)).has_value(); };
  const auto indices = std::views::iota(std::uint32_t{0}, world.agent_count());
  const std::uint32_t count =
      static_cast<std::uint32_t>(std::ranges::partition_point(indices, is_there) - indices.begin());
  throw UsageError("'" + name + "' is a group of " + grouped(count) + ", from " + member(0) +
                   " to " + member(count - 1) + "; name one of them");
}

std::vector<AgentId> chosen(const Simulation& world, const std::vector<std::string>& names) {
  std::vector<AgentId> ids;
  std::vector<std::string> known;
  for (std::uint32_t id = 1; id <= world.agent_count(); ++id) {
    if (names.empty()) {
      ids.push_back(AgentId{id});
    } else if (known.size() < 10'000) {  // enough to find what was meant
      known.push_back(world.name_of(AgentId{id}));
    }
  }
  for (const std::string& name : names) {
    const std::optional<AgentId> id = world.find(name);
    if (!id) {
      expect_no_group(world, name);
      throw UsageError("there is no agent '" + name + "'" + suggestion(name, known));
    }
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
  for (const AgentId id : ids) {
    print(world.name_of(id) + " (" + world.type_of_agent(id).name + ")" +
          (world.retired(id) ? ": retired" : ""));
    const json::value view = readable(*world.type_of_agent(id).fields, world.view(id));
    if (!view.is_object()) continue;
    for (const auto& [name, value] : view.get_object()) {
      print("  " + std::string(name) + " = " + json_text(value));
    }
  }
}

void seek(Timeline& timeline, const Position& position, Step last_step) {
  Progress progress("show");
  timeline.seek(position, [&] {
    const Step steps = timeline.world().steps();
    progress.show(static_cast<double>(steps) / static_cast<double>(last_step), steps);
    return false;
  });
}

ExitCode run(const Invocation& call) {
  const std::string at = call.get<std::string>("at");
  const std::optional<Position> position = parse_position(at);
  if (!position) {
    throw UsageError("--at takes a step (12345), a time with its unit (300ms) or end, not '" + at +
                     "'");
  }
  const Journal journal = open_history(call, call.arguments.front());
  const std::string path = printable(journal.path().string());
  if (!journal.seal()) {
    call.complain(path + ": " + where_cut(journal) + "; it is whole up to step " +
                  std::to_string(journal.last_step()) + " at " + readable(journal.last_at()));
  }
  const WorldFactory factory = world_factory(call.catalog);
  Timeline timeline(journal, call.catalog, factory);
  try {
    seek(timeline, *position, journal.last_step());
  } catch (const DivergenceError& error) {
    return complain_of(call, journal, error);
  }
  if (!timeline.lifted().empty()) {
    call.complain(path + ": " + in_words_lifted(timeline.lifted()) + ", so nothing was compared");
  }
  const Simulation& world = timeline.world();
  const std::vector<AgentId> ids = chosen(world, call.list("agent"));
  if (call.has("json")) {
    print_json(answer_json(world, ids));
  } else {
    print_text(world, ids);
  }
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
                               "The history is lived again up to that moment, and compared on the "
                               "way with what the\n"
                               "journal proves, unless upcasters lift kinds of an earlier "
                               "version. A journal that is cut off is shown up to the cut, "
                               "which is said on\n"
                               "standard error.\n"
                               "Durations and times are text with a unit, with --json "
                               "integers in nanoseconds.\n"
                               "Exit status: 0 done (also for a journal that is cut off); 1 this "
                               "build computes another\n"
                               "history; 2 bad input, such as a moment beyond the end; 4 the "
                               "journal is damaged or of\n"
                               "another version, or the file is no journal.\n",
                           .declare = declare,
                           .run = run};

}  // namespace reprise
