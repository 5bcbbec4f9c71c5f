#pragma once

#include "engine/catalog.hpp"

namespace reprise::phold {

/// Adds phold.
void add_phold(Catalog& catalog);

}  // namespace reprise::phold
