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
                      to_string(journal.last_at()) +
                      (journal.seal() || !journal.gaps().empty()
                           ? ""
                           : ", where it was cut off; `reprise run --continue` goes on with it"));
}

Timeline::Timeline(const Journal& journal, const Catalog& catalog, const WorldFactory& factory)
    : journal_(journal), catalog_(catalog), factory_(factory), keyframes_(journal) {
  begin(0, time_max);
}

void Timeline::seek(const Position& position, const std::function<bool()>& interrupted) {
  expect_position(journal_, position);
  const Step* step = std::get_if<Step>(&position);
  const Time* time = std::get_if<Time>(&position);
  // A clock that was moved on after the last delivery cannot be moved back.
  const bool moved = clock_moved_ && step != nullptr && *step == world().steps();
  const bool behind = moved || (step != nullptr && *step < world().steps()) ||
                      (time != nullptr && *time < world().now());
  clock_moved_ = step == nullptr || *step == journal_.last_step();
  const Step to = step != nullptr ? *step : journal_.last_step();
  const Time until = time != nullptr ? *time : time_max;
  const auto near = keyframes_.find(to, until);
  const bool ahead = near && near->step > world().steps();
  if (behind || ahead) begin(to, until);
  for (bool there = false; !there;) {
    try {
      if (!player_->run_to(to, until, interrupted)) return;
      there = true;
    } catch (const DivergenceError&) {
      const bool from_start = player_->began() == 0;
      begin(0, time_max);
      if (from_start) throw;
      // A keyframe proves nothing: what counts is the history from its start.
    }
  }
  if (step != nullptr && world().steps() < *step) {  // only where kinds are lifted
    throw PositionError(to_string(position) + " is beyond the end of the history as upcasters " +
                        "have it: it has " + std::to_string(world().steps()) + " steps");
  }
  if (!clock_moved_) return;
  const bool stands = player_->stand_at(time != nullptr ? *time : journal_.last_at());
  if (!stands && time != nullptr) {
    throw PositionError(to_string(position) +
                        " is no moment at which this history can stand: " + "after step " +
                        std::to_string(world().steps()) + " it is at " + to_string(world().now()));
  }
}

/// Takes up the history at the last keyframe that is neither after `step` nor later than `until`.
void Timeline::begin(Step step, Time until) {
  player_.emplace(journal_, catalog_, factory_, step, until);
}

}  // namespace reprise
