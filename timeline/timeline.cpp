#include "timeline/timeline.hpp"

namespace reprise {

void expect_position(const Journal& journal, const Position& position) {
  const Step* step = std::get_if<Step>(&position);
  const Time* time = std::get_if<Time>(&position);
  const bool beyond = (step != nullptr && *step > journal.last_step()) ||
                      (time != nullptr && *time > journal.last_at());
  if (!beyond) return;
  throw PositionError(to_string(position) + " is beyond the end: the history has " +
                      std::to_string(journal.last_step()) + " steps and ends at " +
                      to_string(journal.last_at()));
}

Timeline::Timeline(const Journal& journal, const Catalog& catalog, const WorldFactory& factory)
    : journal_(journal), catalog_(catalog), factory_(factory) {
  player_.emplace(journal_, catalog_, factory_);
}

void Timeline::seek(const Position& position, const std::function<bool()>& interrupted) {
  expect_position(journal_, position);
  const Step* step = std::get_if<Step>(&position);
  const Time* time = std::get_if<Time>(&position);
  // A clock that was moved on after the last delivery cannot be moved back.
  const bool moved = clock_moved_ && step != nullptr && *step == world().steps();
  const bool behind = moved || (step != nullptr && *step < world().steps()) ||
                      (time != nullptr && *time < world().now());
  if (behind) begin();
  clock_moved_ = step == nullptr || *step == journal_.last_step();
  const Step to = step != nullptr ? *step : journal_.last_step();
  try {
    if (!player_->run_to(to, time != nullptr ? *time : time_max, interrupted)) return;
  } catch (const DivergenceError&) {
    begin();
    throw;
  }
  if (clock_moved_) player_->stand_at(time != nullptr ? *time : journal_.last_at());
}

void Timeline::begin() {
  player_.emplace(journal_, catalog_, factory_);
  clock_moved_ = false;
}

}  // namespace reprise
