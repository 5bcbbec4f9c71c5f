#include "tools/lab/exercised.hpp"

#include <algorithm>

#include "engine/network.hpp"
#include "tools/output.hpp"

namespace reprise {

std::vector<Exercised> exercised_in(const ScenarioLife& life) {
  std::vector<Exercised> all;
  for (const Reached& each : life.watch().reached()) {
    all.push_back({.what = each.property, .runs = each.step ? 1U : 0U});
  }
  const std::optional<AgentId> network = life.world().find(network_name);
  if (!network) return all;
  for (const auto& [name, point] : life.world().agent<Network>(*network)->points) {
    all.push_back({.in_code = true, .what = name, .runs = point.came_true != 0 ? 1U : 0U});
  }
  return all;
}

std::string in_words(const Exercised& exercised) {
  const std::string what = (exercised.in_code ? "point " : "sometimes '") +
                           printable(exercised.what) + (exercised.in_code ? "" : "'");
  return exercised.runs == 0 ? "never exercised: " + what
                             : what + ": in " + counted(exercised.runs, "run");
}

void add(std::vector<Exercised>& all, std::uint64_t run, const Exercised& one) {
  auto known = std::ranges::find_if(all, [&](const Exercised& each) {
    return each.in_code == one.in_code && each.what == one.what;
  });
  if (known == all.end()) known = all.insert(all.end(), {one.in_code, one.what});
  known->runs += one.runs;
  if (one.runs != 0 && !known->first_run) known->first_run = run;
}

}  // namespace reprise
