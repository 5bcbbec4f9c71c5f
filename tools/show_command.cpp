#include <boost/json/object.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/value_semantic.hpp>

#include "engine/json.hpp"
#include "engine/nearest.hpp"
#include "timeline/timeline.hpp"
#include "tools/command.hpp"
#include "tools/output.hpp"
#include "tools/progress.hpp"
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
    if (!id) throw UsageError("there is no agent '" + name + "'" + did_you_mean(name, known));
    ids.push_back(*id);
  }
  return ids;
}

ExitCode run(const Invocation& call) {
  const std::string at = call.get<std::string>("at");
  const std::optional<Position> position = parse_position(at);
  if (!position) {
    throw UsageError("--at takes a step (12345), a time with its unit (300ms) or end, not '" + at +
                     "'");
  }
  const Journal journal(call.arguments.front());
  const WorldFactory factory = world_factory(call.catalog);
  Timeline timeline(journal, call.catalog, factory);
  {
    Progress progress("show");
    timeline.seek(*position, [&] {
      const double total = static_cast<double>(journal.last_step());
      progress.show(static_cast<double>(timeline.world().steps()) / total,
                    timeline.world().steps());
      return false;
    });
  }
  const Simulation& world = timeline.world();
  json::object agents;
  const std::vector<AgentId> ids = chosen(world, call.list("agent"));
  if (call.has("json")) {
    for (const AgentId id : ids) agents[world.name_of(id)] = world.view(id);
    print_json(json::object{{"step", world.steps()},
                            {"time_ns", world.now().time_since_epoch().count()},
                            {"agents", std::move(agents)}});
    return ExitCode::yes;
  }
  print("step " + grouped(world.steps()) + " at " + to_string(world.now()));
  for (const AgentId id : ids) {
    print(world.name_of(id) + " (" + world.type_of_agent(id).name + ")" +
          (world.retired(id) ? ": retired" : ""));
    const json::value view = world.view(id);
    if (!view.is_object()) continue;
    for (const auto& [name, value] : view.get_object()) {
      print("  " + std::string(name) + " = " + json_text(value));
    }
  }
  return ExitCode::yes;
}

}  // namespace

const Command show_command{
    .name = "show",
    .summary = "the state of a recorded run at a moment",
    .arguments = "JOURNAL",
    .arguments_min = 1,
    .arguments_max = 1,
    .details = "Example: reprise show thin_market.rpj --at 5min --agent exchange\n",
    .declare = declare,
    .run = run};

}  // namespace reprise
