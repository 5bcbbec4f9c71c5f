#pragma once

#include <string_view>

namespace reprise {

inline constexpr std::string_view version = REPRISE_VERSION;

}  // namespace reprise
