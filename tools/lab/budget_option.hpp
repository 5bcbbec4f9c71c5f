#pragma once

#include <optional>

#include "engine/time.hpp"
#include "tools/command.hpp"

namespace reprise {

/// What `--budget` allows, if it is given or has a default. Throws UsageError.
std::optional<Duration> find_budget(const Invocation& call);

}  // namespace reprise
