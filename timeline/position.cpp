#include "timeline/position.hpp"

#include "engine/decimal.hpp"

namespace reprise {

std::optional<Position> parse_position(std::string_view text) {
  if (text == "end") return EndOfRun();
  if (const std::optional<Step> step = parse_number<Step>(text)) return *step;
  const std::optional<Duration> time = parse_duration(text);
  if (!time || time->count() < 0) return std::nullopt;
  return Time(*time);
}

std::string to_string(const Position& position) {
  if (const Step* step = std::get_if<Step>(&position)) return std::to_string(*step);
  if (const Time* time = std::get_if<Time>(&position)) return to_string(*time);
  return "end";
}

}  // namespace reprise
