#include "engine/session.hpp"

#include <algorithm>
#include <stdexcept>

#include "engine/floating_point.hpp"

namespace reprise {

namespace {

constexpr Step steps_between_questions = 128;

/// Of a world that has ended by itself.
RunEnd end_of(const Simulation& world) {
  return world.stopped() ? RunEnd::stopped : RunEnd::violated;
}

}  // namespace

Session::Session(Simulation& world, InputSource& inputs)
    : world_(world), inputs_(inputs), ahead_(inputs.next()) {}

void Session::apply_edits(Time until) {
  while (edit_next()) {
    // One that an event comes before cannot be: the world refuses it.
    const std::optional<Time> next = world_.next_at();
    if (ahead_->at > until && (!next || *next > until)) return;
    world_.edit(*ahead_);
    ahead_ = inputs_.next();
  }
}

std::optional<Time> Session::prepare(Time until) {
  for (apply_edits(until); ahead_ && !ahead_->after; apply_edits(until)) {
    const std::optional<Time> next = world_.next_at();
    if (ahead_->at > until || (next && ahead_->at > *next)) break;
    world_.inject(std::move(*ahead_));
    ahead_ = inputs_.next();
  }
  return edit_next() ? ahead_->at : world_.next_at();
}

std::optional<Time> Session::next_at() const {
  const std::optional<Time> next = world_.next_at();
  if (!ahead_ || (ahead_->after && !edit_next())) return next;
  return next ? std::min(*next, ahead_->at) : ahead_->at;
}

void Session::settle(Time until) {
  const FloatingPointDefaults floating_point;
  apply_edits(until);
}

void Session::deliver(Step last, Time until) {
  if (ahead_ && ahead_->after) last = std::min(last, *ahead_->after);
  if (ahead_ && !ahead_->after) until = std::min(until, ahead_->at - Duration(1));
  world_.run(until, last);
}

bool Session::advance(Step last, Time until) {
  const FloatingPointDefaults floating_point;
  while (world_.steps() < last) {
    if (world_.ended()) return false;
    const std::optional<Time> next = prepare(until);
    if (!next || *next > until || world_.ended()) return false;
    deliver(last, until);
  }
  return true;
}

RunEnd Session::run(const RunLimit& limit, const std::function<bool()>& interrupted) {
  const FloatingPointDefaults floating_point;
  Step next_question = world_.steps();
  while (!world_.ended()) {
    if (world_.steps() >= limit.steps) {
      apply_edits(limit.until);
      return world_.ended() ? end_of(world_) : RunEnd::steps;
    }
    if (interrupted && world_.steps() >= next_question) {
      if (interrupted()) return RunEnd::interrupted;
      next_question = world_.steps() + steps_between_questions;
    }
    const std::optional<Time> next = prepare(limit.until);
    if (world_.ended()) break;
    if (!next || *next > limit.until) {
      if (limit.until != time_max) world_.stand_at(limit.until);
      return next ? RunEnd::until : RunEnd::drained;
    }
    deliver(std::min(limit.steps, world_.steps() + steps_between_questions), limit.until);
  }
  return end_of(world_);
}

}  // namespace reprise
