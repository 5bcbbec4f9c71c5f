#pragma once

#include <span>
#include <string>
#include <string_view>

namespace reprise {

/// The candidate that `word` was most likely meant to be: the one fewest edits away (a byte
/// inserted, removed or changed, or two neighbours swapped: optimal string alignment), the first of
/// several. Empty if even that takes more than max(2, size of `word` / 3) edits, or as many as
/// writing it anew.
std::string nearest(std::string_view word, std::span<const std::string> candidates);

/// "; did you mean 'limit'?", to end a message with, or nothing.
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

}  // namespace reprise
