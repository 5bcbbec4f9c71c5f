#include "bench/raft_bugs.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "agents/raft/server.hpp"
#include "engine/enums.hpp"

namespace reprise::bench {

std::vector<std::string> raft_bugs() {
  std::vector<std::string> names;
  for (std::size_t i = 1; i < enumerator_count<raft::Bug>; ++i) {
    names.emplace_back(*enumerator_name(static_cast<raft::Bug>(i)));
  }
  return names;
}

std::string raft_scenario_of(const std::string& bug) {
  constexpr std::string_view elects[] = {"vote_not_kept", "commit_by_counting",
                                         "two_changes_at_once", "change_before_commit"};
  return std::ranges::find(elects, bug) != std::end(elects) ? "elections" : "chaos";
}

Scenario raft_with(const std::string& bug, const Catalog& catalog) {
  std::vector<std::string> changes;
  if (bug != "none") changes.push_back("agent.server.options.bug=" + bug);
  return load_scenario(
      REPRISE_SOURCE_DIR "/scenarios/library/raft/" + raft_scenario_of(bug) + ".toml", catalog,
      changes);
}

}  // namespace reprise::bench
