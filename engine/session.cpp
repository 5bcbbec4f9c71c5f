#include "engine/session.hpp"

#include <stdexcept>

namespace reprise {

namespace {

constexpr Step steps_between_questions = 4096;

}  // namespace

Session::Session(Simulation& world, InputSource& inputs)
    : world_(world), inputs_(inputs), ahead_(inputs.next()) {}

bool Session::prepare(Time until) {
  while (ahead_) {
    if (ahead_->after) {
      if (*ahead_->after > world_.steps()) break;
      world_.edit(*ahead_);
    } else {
      const std::optional<Time> next = world_.next_at();
      if (ahead_->at > until || (next && ahead_->at > *next)) break;
      world_.inject(std::move(*ahead_));
    }
    ahead_ = inputs_.next();
  }
  return world_.next_at().has_value();
}

bool Session::step(Time until) {
  if (world_.stopped() || !prepare(until) || *world_.next_at() > until) return false;
  return world_.step();
}

RunEnd Session::run(const RunLimit& limit, const std::function<bool()>& interrupted) {
  for (Step done = 0; !world_.stopped(); ++done) {
    if (world_.steps() >= limit.steps) {
      settle();
      return world_.stopped() ? RunEnd::stopped : RunEnd::steps;
    }
    if (interrupted && done % steps_between_questions == 0 && interrupted())
      return RunEnd::interrupted;
    if (step(limit.until)) continue;
    const bool drained = !world_.next_at();
    if (limit.until != time_max) world_.stand_at(limit.until);
    return drained ? RunEnd::drained : RunEnd::until;
  }
  return RunEnd::stopped;
}

}  // namespace reprise
