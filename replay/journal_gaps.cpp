// What a journal with gaps still says.
#include <algorithm>

#include "replay/journal_reader.hpp"

namespace reprise {

namespace {

bool is_of(const LostFrame& frame, FrameType type) {
  return frame.type == static_cast<std::uint16_t>(type);
}

}  // namespace

/// How many records of `type` are known to be lost.
std::uint64_t Journal::lost(FrameType type) const {
  std::uint64_t records = 0;
  for (const Gap& gap : gaps_) {
    for (const LostFrame& frame : gap.lost) {
      if (is_of(frame, type)) records += frame.records;
    }
  }
  return records;
}

/// Whether there is a frame lost of which not even the type is known.
bool Journal::unknown_lost() const {
  return std::ranges::any_of(gaps_, [](const Gap& gap) {
    return std::ranges::any_of(gap.lost, [](const LostFrame& frame) { return frame.type == 0; });
  });
}

void Journal::heed_gaps() {
  // Where the seal counts more inputs than are known, they were in frames of unknown type.
  const bool unknown_inputs = !seal_ || inputs() + lost(FrameType::inputs) != seal_->inputs;
  auto gap = gaps_.begin();
  for (std::size_t i = 0; i < frames_.size(); ++i) {
    if (frames_[i].type != FrameType::gap) continue;
    for (const LostFrame& frame : gap->lost) {
      const bool inputs_lost =
          is_of(frame, FrameType::inputs) || (frame.type == 0 && unknown_inputs);
      if (!inputs_lost) continue;
      inputs_end_ = i;
      torn_ = {.offset = frames_[i].offset,
               .reason = "a gap: the inputs of the steps " + std::to_string(frame.first_step) +
                         " to " + std::to_string(frame.last_step) + " are lost",
               .next = std::nullopt};
      seal_.reset();
      return end_before(frame.first_step);
    }
    ++gap;
  }
  if (!seal_) return;
  last_step_ = seal_->step;
  last_at_ = seal_->at;
}

/// Lets the history end at the last step before `step` that a trail or a checkpoint proves.
void Journal::end_before(Step step) {
  const Step last = step == 0 ? 0 : step - 1;
  last_step_ = 0;
  last_at_ = {};
  RecordedCheckpoints checkpoints(*this);
  while (const std::optional<RecordedCheckpoint> checkpoint = checkpoints.next()) {
    if (checkpoint->step > last) {
      const bool proved = checkpoint->step - last < checkpoint->trail.size();
      if (proved) last_step_ = last;
      return;
    }
    last_step_ = checkpoint->step;
    last_at_ = checkpoint->at;
  }
}

}  // namespace reprise
