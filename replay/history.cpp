#include "replay/history.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

namespace reprise {

std::vector<Stretch> stretches_of(const Journal& journal) {
  std::vector<Stretch> stretches;
  Stretch stretch;
  for (const Journal* each = &journal; each != nullptr; each = each->parent()) {
    const std::optional<ParentLink>& link = each->header().parent;
    if (link && each->parent() == nullptr) {
      throw JournalError(each->path().string(), "is a branch, and was opened without its parent");
    }
    stretch.journal = each;
    stretch.first = link ? link->step : 0;
    stretches.push_back(stretch);
    if (link) stretch = {.last = link->step, .inputs = link->input_count};
  }
  std::ranges::reverse(stretches);
  return stretches;
}

namespace {

/// When a branch begins: the time of its first checkpoint.
Time begin_of(const Journal& branch) {
  const auto first = std::ranges::find(branch.frames(), FrameType::checkpoints, &FrameEntry::type);
  return first == branch.frames().end() ? Time{} : first->span.first_at;
}

}  // namespace

HistoryInputs::HistoryInputs(const Journal& journal, const Catalog& catalog)
    : stretches_(stretches_of(journal)), catalog_(catalog) {
  open(0);
}

void HistoryInputs::open(std::size_t place) {
  place_ = place;
  inputs_.emplace(*stretches_[place].journal, catalog_);
}

void HistoryInputs::pass_taken(const Simulation& world, bool settled) {
  // Edits after the step at which a branch begins are the branch's, and those before it.
  const auto begun = [&](const Stretch& stretch) {
    if (stretch.first != world.steps()) return stretch.first < world.steps();
    return settled && begin_of(*stretch.journal) <= world.now();
  };
  std::size_t place = stretches_.size() - 1;
  while (place != 0 && !begun(stretches_[place])) --place;
  open(place);
  inputs_->pass_taken(world, settled);
}

std::optional<Input> HistoryInputs::next() {
  while (given() >= stretch().inputs) open(place_ + 1);
  std::optional<Input> input = inputs_->next();
  if (!input && place_ + 1 != stretches_.size()) {
    throw JournalError(stretch().journal->path().string(),
                       "holds fewer inputs than its branch counts");
  }
  return input;
}

std::uint64_t HistoryInputs::number() const {
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < place_; ++i) before += stretches_[i].inputs;
  return before + given();
}

HistoryCheckpoints::HistoryCheckpoints(const Journal& journal) : stretches_(stretches_of(journal)) {
  gaps_ = std::ranges::any_of(
      stretches_, [](const Stretch& stretch) { return !stretch.journal->gaps().empty(); });
  open(0);
}

void HistoryCheckpoints::open(std::size_t place) {
  place_ = place;
  checkpoints_.emplace(*stretches_[place].journal);
  begins_ = place != 0;
}

void HistoryCheckpoints::refuse(const RecordedCheckpoint& checkpoint, const char* why) const {
  throw JournalError(
      stretches_[place_].journal->path().string(),
      "damaged: the checkpoint of step " + std::to_string(checkpoint.step) + ' ' + why);
}

/// The next one of the journal at hand, with the ancestors' trail if it is a branch's first.
std::optional<RecordedCheckpoint> HistoryCheckpoints::read() {
  std::optional<RecordedCheckpoint> checkpoint = checkpoints_->next();
  if (!checkpoint || !std::exchange(begins_, false)) return checkpoint;
  if (checkpoint->step != stretches_[place_].first || !checkpoint->trail.empty()) {
    refuse(*checkpoint, "is not the one that a branch begins with");
  }
  checkpoint->trail = std::exchange(trail_, {});
  return checkpoint;
}

Step HistoryCheckpoints::seek(Step step) {
  std::size_t place = stretches_.size() - 1;
  while (place != 0 && stretches_[place].first >= step) --place;
  open(place);
  trail_.clear();
  first_.reset();
  begins_ = false;  // what it begins with is before the step
  checkpoints_->seek(step);
  first_ = next();
  return first_ ? first_->step - first_->trail.size() : 0;
}

std::optional<RecordedCheckpoint> HistoryCheckpoints::next() {
  if (first_) return std::exchange(first_, std::nullopt);
  for (;;) {
    std::optional<RecordedCheckpoint> checkpoint = read();
    const Step last = stretches_[place_].last;
    if (place_ + 1 == stretches_.size() || (checkpoint && checkpoint->step < last)) {
      return checkpoint;
    }
    if (!checkpoint && !gaps_) {
      throw JournalError(stretches_[place_].journal->path().string(),
                         "ends before step " + std::to_string(last) + ", where its branch begins");
    }
    // The branch leaves it before, or there: what counts is the trail up to then.
    trail_.clear();
    if (checkpoint) {
      const std::size_t beyond = checkpoint->step - last;
      const std::size_t trail = checkpoint->trail.size();
      if (beyond > trail && !gaps_) refuse(*checkpoint, "has too short a trail");
      checkpoint->trail.resize(trail - std::min(beyond, trail));
      trail_ = std::move(checkpoint->trail);
    }
    open(place_ + 1);
  }
}

HistoryKeyframes::HistoryKeyframes(const Journal& journal) : stretches_(stretches_of(journal)) {
  for (const Stretch& stretch : stretches_) keyframes_.emplace_back(*stretch.journal);
}

std::optional<HistoryKeyframes::Place> HistoryKeyframes::find(Step step, Time until) const {
  for (std::size_t i = stretches_.size(); i-- > 0;) {
    const Stretch& stretch = stretches_[i];
    const auto frame = keyframes_[i].find(std::min(step, stretch.last), until);
    if (!frame) continue;
    const Step found = stretch.journal->frames()[*frame].span.last_step;
    if (found > stretch.first) return Place{i, *frame, found};
  }
  return std::nullopt;
}

bool HistoryKeyframes::restore(const Place& place, Simulation& world) const {
  return keyframes_[place.stretch].restore(place.frame, world);
}

}  // namespace reprise
