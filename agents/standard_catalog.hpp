#pragma once

#include "engine/catalog.hpp"

namespace reprise {

/// Every agent kind that comes with reprise. Add your own to it.
Catalog standard_catalog();

}  // namespace reprise
