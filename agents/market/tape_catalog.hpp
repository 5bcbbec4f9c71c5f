#pragma once

#include "engine/catalog.hpp"

namespace reprise::market {

/// Adds the agents that live on a recorded market: depth_book and tape_trader.
void add_tape(Catalog& catalog);

}  // namespace reprise::market
