#include "engine/session.hpp"

#include <algorithm>
#include <stdexcept>

namespace reprise {

namespace {

constexpr Step steps_between_questions = 128;

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
  if (world_.stopped() || !prepare(until) || world_.stopped()) return false;
  if (*world_.next_at() > until) return false;
  return world_.step();
}

RunEnd Session::run(const RunLimit& limit, const std::function<bool()>& interrupted) {
  Step next_question = world_.steps();
  while (!world_.stopped()) {
    if (world_.steps() >= limit.steps) {
      settle();
      return world_.stopped() ? RunEnd::stopped : RunEnd::steps;
    }
    if (interrupted && world_.steps() >= next_question) {
      if (interrupted()) return RunEnd::interrupted;
      next_question = world_.steps() + steps_between_questions;
    }
    const bool more = prepare(limit.until);
    if (world_.stopped()) break;
    if (!more || *world_.next_at() > limit.until) {
      if (limit.until != time_max) world_.stand_at(limit.until);
      return more ? RunEnd::until : RunEnd::drained;
    }
    // As far as the world may go by itself.
    Time until = limit.until;
    Step last = std::min(limit.steps, world_.steps() + steps_between_questions);
    if (ahead_ && ahead_->after) last = std::min(last, *ahead_->after);
    if (ahead_ && !ahead_->after) until = std::min(until, ahead_->at - Duration(1));
    world_.run(until, last);
  }
  return RunEnd::stopped;
}

}  // namespace reprise
