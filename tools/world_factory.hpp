#pragma once

#include "engine/catalog.hpp"
#include "replay/journal.hpp"

namespace reprise {

/// Builds the worlds of journals from the scenario inside them. `catalog` must outlive it.
WorldFactory world_factory(const Catalog& catalog);

}  // namespace reprise
