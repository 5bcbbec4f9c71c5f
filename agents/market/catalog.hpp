#pragma once

#include "engine/catalog.hpp"

namespace reprise::market {

/// Makes the agents of a market known: an exchange and those who trade there, and what lives on a
/// recorded tape.
void add_market(Catalog& catalog);

}  // namespace reprise::market
