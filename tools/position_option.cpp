#include "tools/position_option.hpp"

namespace reprise {

std::optional<Position> find_position(const Invocation& call, const char* option) {
  const std::optional<std::string> text = call.find<std::string>(option);
  if (!text) return std::nullopt;
  const std::optional<Position> position = parse_position(*text);
  if (position) return position;
  throw UsageError("--" + std::string(option) +
                   " takes a step (12345), a time with its unit (300ms) or end, not '" + *text +
                   "'");
}

}  // namespace reprise
