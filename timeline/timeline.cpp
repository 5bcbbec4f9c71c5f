#include "timeline/timeline.hpp"

namespace reprise {

Timeline::Timeline(const Journal& journal, const Catalog& catalog, const WorldFactory& factory)
    : journal_(journal), catalog_(catalog), factory_(factory) {
  player_.emplace(journal_, catalog_, factory_);
}

void Timeline::seek(const Position& position, const std::function<bool()>& interrupted) {
  const auto beyond = [&] {
    return PositionError(to_string(position) + " is beyond the end: the history has " +
                         std::to_string(journal_.last_step()) + " steps and ends at " +
                         to_string(journal_.last_at()));
  };
  const Step* step = std::get_if<Step>(&position);
  const Time* time = std::get_if<Time>(&position);
  if (step != nullptr && *step > journal_.last_step()) throw beyond();
  if (time != nullptr && *time > journal_.last_at()) throw beyond();
  // A clock that was moved on after the last delivery cannot be moved back.
  const bool moved = clock_moved_ && step != nullptr && *step == world().steps();
  const bool behind = moved || (step != nullptr && *step < world().steps()) ||
                      (time != nullptr && *time < world().now());
  if (behind) player_.emplace(journal_, catalog_, factory_);
  clock_moved_ = step == nullptr || *step == journal_.last_step();
  const Step to = step != nullptr ? *step : journal_.last_step();
  bool there = false;
  try {
    there = player_->run_to(to, time != nullptr ? *time : time_max, interrupted);
  } catch (const AgentFailure&) {
    // A recorded failure lies beyond the last step, so this history is another one.
  }
  if (!there)
    throw PositionError("the history lived again ends at step " + std::to_string(world().steps()) +
                        ", before " + to_string(position) +
                        "; `reprise verify` says where it parts from the recorded one");
  if (time == nullptr && world().steps() == journal_.last_step())
    player_->stand_at(journal_.last_at());
}

}  // namespace reprise
