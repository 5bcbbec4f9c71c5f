#include "tools/agent_lines.hpp"

#include <boost/json/object.hpp>
#include <string>

#include "engine/json.hpp"
#include "tools/output.hpp"
#include "tools/readable.hpp"

namespace reprise {

namespace json = boost::json;

void print_agent(const Simulation& world, AgentId id) {
  print(world.name_of(id) + " (" + world.type_of_agent(id).name + ")" +
        (world.retired(id) ? ": retired" : ""));
  const json::value view = readable(*world.type_of_agent(id).fields, world.view(id));
  if (!view.is_object()) return;
  for (const auto& [name, value] : view.get_object()) {
    print("  " + std::string(name) + " = " + json_text(value));
  }
}

}  // namespace reprise
