#include "agents/standard_catalog.hpp"

#include "agents/market/catalog.hpp"
#include "agents/phold/catalog.hpp"
#include "agents/queueing/catalog.hpp"
#include "agents/raft/catalog.hpp"

namespace reprise {

Catalog standard_catalog() {
  Catalog catalog;
  market::add_market(catalog);
  queueing::add_queueing(catalog);
  phold::add_phold(catalog);
  raft::add_raft(catalog);
  return catalog;
}

}  // namespace reprise
