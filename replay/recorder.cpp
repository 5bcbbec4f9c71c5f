#include "replay/recorder.hpp"

namespace reprise {

Recorder::Recorder(Simulation& world, JournalWriter& journal, bool events)
    : world_(world), journal_(journal), events_(events) {
  REPRISE_ASSERT(world.steps() == 0 && world.prefix() == Digest());
  journal_.add_keyframe(world_.steps(), world_.now(), [&](Encoder& out) { world_.save(out); });
  world_.observe(*this);
  try {
    world_.checkpoint();
  } catch (...) {
    world_.forget(*this);
    throw;
  }
}

Recorder::~Recorder() {
  world_.forget(*this);
}

void Recorder::on_checkpoint(const Checkpoint& checkpoint) {
  root_ = checkpoint.root;
  journal_.add(checkpoint);
}

Seal Recorder::finish(RunEnd end, const RunLimit& limit, const AgentFailure* failure) {
  world_.checkpoint();
  Seal seal{.end = end,
            .limit = limit,
            .step = world_.steps(),
            .at = world_.now(),
            .prefix = world_.prefix(),
            .root = root_,
            .failure = std::nullopt,
            .inputs_beyond = world_.waiting_inputs()};
  if (failure != nullptr) {
    seal.failure = {failure->step, failure->agent, failure->kind, failure->reason};
  }
  return journal_.seal(std::move(seal));
}

}  // namespace reprise
