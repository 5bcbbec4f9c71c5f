#pragma once

#include <optional>

#include "timeline/position.hpp"
#include "tools/command.hpp"

namespace reprise {

/// The position that an option is given; nothing without the option. Throws UsageError.
std::optional<Position> find_position(const Invocation& call, const char* option);

}  // namespace reprise
