#include "agents/queueing/catalog.hpp"

#include "agents/queueing/arrivals.hpp"
#include "agents/queueing/station.hpp"

namespace reprise::queueing {

void add_queueing(Catalog& catalog) {
  catalog.add<Arrivals>("arrivals").add<Station>("station");
}

}  // namespace reprise::queueing
