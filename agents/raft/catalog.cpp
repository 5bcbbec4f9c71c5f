#include "agents/raft/catalog.hpp"

#include "agents/raft/client.hpp"
#include "agents/raft/properties.hpp"
#include "agents/raft/server.hpp"

namespace reprise::raft {

void add_raft(Catalog& catalog) {
  catalog.add<Server>("raft_server").add<Client>("raft_client").add<Operator>("raft_operator");
  catalog.add_property<ElectionSafety>("raft.election_safety")
      .add_property<LeaderAppendOnly>("raft.leader_append_only")
      .add_property<LogMatching>("raft.log_matching")
      .add_property<LeaderCompleteness>("raft.leader_completeness")
      .add_property<StateMachineSafety>("raft.state_machine_safety")
      .add_property<Linearizable>("raft.linearizable")
      .add_property<Calm>("raft.calm");
}

}  // namespace reprise::raft
