#pragma once

#include "engine/catalog.hpp"

namespace reprise::queueing {

/// Adds arrivals and station.
void add_queueing(Catalog& catalog);

}  // namespace reprise::queueing
