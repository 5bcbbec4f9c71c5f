#pragma once

#include <span>
#include <string>
#include <string_view>

namespace reprise {

/// "; did you mean 'output'?", to end a message with, or nothing: the shortest of `names` that
/// begins with `word`, or else the nearest.
std::string suggestion(std::string_view word, std::span<const std::string> names);

}  // namespace reprise
