#include "agents/phold/catalog.hpp"

#include "agents/phold/phold.hpp"

namespace reprise::phold {

void add_phold(Catalog& catalog) {
  catalog.add<Phold>("phold");
}

}  // namespace reprise::phold
