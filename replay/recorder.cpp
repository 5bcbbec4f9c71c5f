#include "replay/recorder.hpp"

#include <algorithm>
#include <limits>

namespace reprise {

namespace {

constexpr Step never = std::numeric_limits<Step>::max();

/// What an agent or a pending event takes at least, about, in a saved state.
constexpr std::uint64_t item_bytes_min = 40;

/// How many bytes `world` takes when it is saved.
std::uint64_t saved_bytes(const Simulation& world) {
  constexpr std::size_t at_once = std::size_t{1} << 18;
  std::uint64_t size = 0;
  Bytes bytes;
  const auto count = [&] {
    size += bytes.size();
    bytes.clear();
  };
  Encoder out(bytes, at_once, count);
  world.save(out);
  count();
  return size;
}

/// How many steps lie between a keyframe of such a size and the next.
Step distance(const KeyframePolicy& policy, const KeyframeWriter::Size& size) {
  return std::max(policy.steps_min,
                  policy.steps_per_byte * size.state + policy.steps_per_new_byte * size.stored);
}

}  // namespace

Recorder::Recorder(Simulation& world, JournalWriter& journal, const RecordOptions& options,
                   std::span<const Input> edits)
    : world_(world),
      journal_(journal),
      options_(options),
      began_(world.steps()),
      next_keyframe_(options.keyframes.steps_min == 0 ? never
                                                      : began_ + options.keyframes.steps_min) {
  // Of what is already under way nobody would know the cause.
  REPRISE_ASSERT(!options.events || began_ == 0);
  if (!journal.held_keyframes().empty()) next_keyframe_ = journal.held_keyframes().front();
  if (options_.events) causes_.emplace(world_);
  world_.observe(*this);
  try {
    for (const Input& edit : edits) world_.edit(edit);
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
  // Others that look on may not have begun a trail before.
  REPRISE_ASSERT(checkpoint.trail.size() <= checkpoint.step - began_);
  root_ = checkpoint.root;
  journal_.add(checkpoint);
}

void Recorder::on_pause() {
  const Step step = world_.steps();
  if (step < next_keyframe_) return;
  const bool held = journal_.keyframes() < journal_.held_keyframes().size();
  if (!held && journal_.keyframes() == 0) {  // the first also waits until it is worth its bytes
    const std::uint64_t least = item_bytes_min * (world_.agent_count() + world_.pending());
    next_keyframe_ = began_ + distance(options_.keyframes, {.state = least, .stored = least});
    if (step < next_keyframe_) return;
    const std::uint64_t bytes = saved_bytes(world_);
    next_keyframe_ = began_ + distance(options_.keyframes, {.state = bytes, .stored = bytes});
    if (step < next_keyframe_) return;
  }
  add_keyframe();
}

void Recorder::add_keyframe() {
  const Step step = world_.steps();
  const KeyframeMoment moment{
      .step = step, .at = world_.now(), .prefix = world_.prefix(), .root = world_.state_root()};
  const auto size = journal_.add_keyframe(moment, [&](Encoder& out) { world_.save(out); });
  const std::vector<Step>& held = journal_.held_keyframes();
  if (journal_.keyframes() < held.size()) {
    next_keyframe_ = held[journal_.keyframes()];
  } else if (options_.keyframes.steps_min == 0) {
    next_keyframe_ = never;
  } else {
    next_keyframe_ = step + distance(options_.keyframes, size);
  }
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
