#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "engine/time.hpp"

namespace reprise {

/// The last position of a history.
struct EndOfRun {
  friend bool operator==(const EndOfRun&, const EndOfRun&) = default;
};

/// A place in history as a person names it: a step ("12345"), a time with a unit ("300ms"), or
/// "end". At a time, every event due at or before it has been delivered.
using Position = std::variant<Step, Time, EndOfRun>;

/// Nothing if `text` is no position.
std::optional<Position> parse_position(std::string_view text);

std::string to_string(const Position& position);

}  // namespace reprise
