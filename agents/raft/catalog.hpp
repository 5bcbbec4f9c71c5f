#pragma once

#include "engine/catalog.hpp"

namespace reprise::raft {

/// The agents "raft_server", "raft_client" and "raft_operator", and the properties "raft.*".
void add_raft(Catalog& catalog);

}  // namespace reprise::raft
