#pragma once

#include <span>

#include "tools/lint/rule.hpp"

namespace reprise::lint {

/// What no code that runs inside a world may do, because a run would then depend on something other
/// than its scenario, seed and inputs.
std::span<const Rule> determinism_rules();

}  // namespace reprise::lint
