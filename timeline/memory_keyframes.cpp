#include "timeline/memory_keyframes.hpp"

#include <algorithm>
#include <iterator>

namespace reprise {

namespace {

constexpr std::size_t bytes_per_item_min = 96;                // a head and an event in the queue
constexpr std::size_t bytes_beside = std::size_t{256} << 10;  // a trail, and what was read ahead
constexpr std::size_t bytes_per_canonical = 4;

// To measure costs time in proportion to the state: it is done the less often the longer the size
// has stayed about the same.
constexpr Step steps_between_measures_min = Step{1} << 16;
constexpr Step steps_between_measures_max = Step{1} << 20;
constexpr Step steps_between_measures_factor = 4;

}  // namespace

std::size_t copy_bytes_of(const Simulation& world) {
  Bytes bytes;
  Encoder out(bytes);
  world.save(out);
  return bytes_beside + bytes_per_canonical * bytes.size();
}

std::size_t MemoryKeyframes::bytes_of(const Simulation& world) {
  const std::size_t items = items_of(world);
  const Step steps = world.steps();
  const Step apart = std::max(steps, measured_at_) - std::min(steps, measured_at_);
  const auto more = [](std::size_t now, std::size_t before) { return now > before + before / 8; };
  if (measured_ == 0 || more(items, measured_items_) || apart >= steps_between_measures_) {
    const std::size_t bytes = copy_bytes_of(world);
    const bool steady = measured_ != 0 && !more(bytes, measured_);
    steps_between_measures_ =
        steady ? std::min(steps_between_measures_factor * steps_between_measures_,
                          steps_between_measures_max)
               : steps_between_measures_min;
    measured_ = bytes;
    measured_at_ = steps;
    measured_items_ = items;
  }
  return measured_;
}

void MemoryKeyframes::add(const CheckedPlayer& player) {
  const Simulation& world = player.world();
  if (keyframes_.contains(world.steps())) return;
  if (items_of(world) > bytes_max_ / bytes_per_item_min) return;
  const std::size_t bytes = bytes_of(world);
  if (bytes > bytes_max_) return;
  while (bytes_ + bytes > bytes_max_) give_up_one(world.steps());
  keyframes_.emplace(world.steps(), Keyframe{std::make_unique<const CheckedPlayer>(player), bytes});
  bytes_ += bytes;
}

/// The one between whose neighbours the gap is the smallest in proportion to its distance.
void MemoryKeyframes::give_up_one(Step present) {
  auto least = keyframes_.begin();
  double least_gap = -1;
  for (auto each = keyframes_.begin(); each != keyframes_.end(); ++each) {
    const Step before = each == keyframes_.begin() ? 0 : std::prev(each)->first;
    const Step after = std::next(each) == keyframes_.end() ? std::max(present, each->first)
                                                           : std::next(each)->first;
    const Step apart = std::max(present, each->first) - std::min(present, each->first);
    const double gap = static_cast<double>(after - before) / static_cast<double>(apart + 1);
    if (least_gap >= 0 && gap >= least_gap) continue;
    least = each;
    least_gap = gap;
  }
  bytes_ -= least->second.bytes;
  keyframes_.erase(least);
}

const CheckedPlayer* MemoryKeyframes::find(Step step, Time until) const {
  auto place = keyframes_.upper_bound(step);
  while (place != keyframes_.begin()) {
    --place;
    if (place->second.player->world().now() <= until) return place->second.player.get();
  }
  return nullptr;
}

void MemoryKeyframes::clear() {
  keyframes_.clear();
  bytes_ = 0;
}

}  // namespace reprise
