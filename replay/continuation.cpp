#include "replay/continuation.hpp"

#include <algorithm>

#include "engine/json.hpp"

namespace reprise {

Continuation::Continuation(const Journal& journal, Simulation& world)
    : journal_(journal), world_(world), checkpoints_(journal), next_(checkpoints_.next()) {
  REPRISE_ASSERT(world.steps() == 0 && world.prefix() == Digest());
  journal.expect_schema(world.catalog());
  world_.observe(*this);
}

Continuation::~Continuation() {
  world_.forget(*this);
}

void Continuation::refuse(const std::string& reason) const {
  throw JournalError(journal_.path().string(), "cannot be continued: " + reason,
                     "use the program that recorded it");
}

void Continuation::on_checkpoint(const Checkpoint& checkpoint) {
  if (!next_) return;
  const bool same = checkpoint.step == next_->step && checkpoint.at == next_->at &&
                    checkpoint.prefix == next_->prefix && checkpoint.root == next_->root &&
                    std::ranges::equal(checkpoint.trail, next_->trail);
  if (!same) {
    refuse("this program computes another history up to step " + std::to_string(next_->step) +
           " than the recorded one");
  }
  next_ = checkpoints_.next();
}

bool Continuation::live_again(const std::function<bool()>& interrupted) {
  try {
    return live_to_last(interrupted);
  } catch (const std::invalid_argument& error) {
    refuse(std::string("an input does not fit its world: ") + error.what());
  } catch (const FieldError& error) {
    refuse(std::string("an input does not fit its world: ") + error.what());
  }
}

bool Continuation::live_to_last(const std::function<bool()>& interrupted) {
  RecordedInputs inputs(journal_, world_.catalog());
  Session session(world_, inputs);
  while (next_) {
    const Step step = next_->step;
    if (session.run({.steps = step}, interrupted) == RunEnd::interrupted) return false;
    if (!next_ || next_->step != step) continue;
    // One out of turn: the run came to its end there, but not to its seal.
    if (world_.steps() != step || !world_.stand_at(next_->at)) {
      refuse("this program's history does not come to step " + std::to_string(step));
    }
    world_.checkpoint();
  }
  while (!session.exhausted() && session.step()) continue;
  if (!session.exhausted()) refuse("it holds inputs that are never delivered");
  return true;
}

}  // namespace reprise
