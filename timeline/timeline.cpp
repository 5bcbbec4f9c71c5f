#include "timeline/timeline.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace reprise {

namespace {

// Keyframes are left at the distances grain, grain * 8, grain * 64, ... before where the way ends,
// and every so many grains. To copy a world costs time in proportion to its items, and so does to
// live a grain of steps again: a small part of the copy, so that more of them would not be felt.
constexpr Step grain_min = 32;
constexpr Step items_per_grain_step = 64;
constexpr Step rung_factor = 8;
constexpr Step grains_between_keyframes = 256;

constexpr Step steps_between_questions = 4096;

/// Notes what is delivered, and whether it can change the answer to a question.
class Watch final : public Observer {
 public:
  explicit Watch(const Question& question) : question_(question) {}

  bool wants_deliveries() const override { return true; }
  bool wants_checkpoints() const override { return false; }

  void on_input(const Input& input, Step) override {
    if (!input.after) return;
    heeded_ = true;
    last_.edited = true;
    if (question_.heeds) question_.heeds(world_id);
  }

  void on_delivery(const Delivery& delivery) override {
    const Event& event = delivery.event;
    last_ = {.step = delivery.step,
             .at = event.key.at,
             .from = event.key.from,
             .to = event.to,
             .kind = event.kind};
    const bool heeded = !question_.heeds || question_.heeds(event.to);
    heeded_ |= heeded || event.to == world_id;
  }

  /// Whether the answer may have changed since this was asked last.
  bool heeded() { return std::exchange(heeded_, false); }

  const Found& last() const { return last_; }

 private:
  const Question& question_;
  bool heeded_ = false;
  Found last_;
};

/// Has a watch look on as long as it lives.
class Watching {
 public:
  Watching(CheckedPlayer& player, Watch& watch) : player_(player), watch_(watch) {
    player_.observe(watch_);
  }
  ~Watching() { player_.forget(watch_); }
  Watching(const Watching&) = delete;
  Watching& operator=(const Watching&) = delete;

 private:
  CheckedPlayer& player_;
  Watch& watch_;
};

/// Keeps the event that a player lives last.
class LastDelivery final : public Observer {
 public:
  explicit LastDelivery(CheckedPlayer& player) : player_(player) { player_.observe(*this); }
  ~LastDelivery() override { player_.forget(*this); }

  bool wants_deliveries() const override { return true; }
  bool wants_checkpoints() const override { return false; }
  void on_delivery(const Delivery& delivery) override {
    event_ = kept(delivered_in(player_.world(), delivery));
  }

  const std::optional<KeptEvent>& event() const { return event_; }

 private:
  CheckedPlayer& player_;
  std::optional<KeptEvent> event_;
};

}  // namespace

void expect_position(const Journal& journal, const Position& position) {
  const Step* step = std::get_if<Step>(&position);
  const Time* time = std::get_if<Time>(&position);
  const bool beyond = (step != nullptr && *step > journal.last_step()) ||
                      (time != nullptr && *time > journal.last_at());
  if (!beyond) return;
  throw PositionError(to_string(position) + " is beyond the end: the history has " +
                      std::to_string(journal.last_step()) + " steps and ends at " +
                      to_string(journal.last_at()) +
                      (journal.seal() || !journal.gaps().empty()
                           ? ""
                           : ", where it was cut off; `reprise run --continue` goes on with it"));
}

/// A stretch of history that is searched for an answer becoming true: it begins after the present
/// step.
struct Timeline::Stretch {
  const Question& question;
  Step last = 0;
  bool until_first = false;      // it ends where the answer becomes true for the first time
  bool was = false;              // the answer where it begins
  std::optional<Found> found{};  // where it becomes true, for the last time so far
};

Timeline::Timeline(const Journal& journal, const Catalog& catalog, const WorldFactory& factory,
                   std::size_t keyframe_bytes_max)
    : journal_(journal),
      catalog_(catalog),
      factory_(factory),
      keyframes_(journal),
      memory_(keyframe_bytes_max) {
  begin(0, time_max);
}

void Timeline::seek(const Position& position, const std::function<bool()>& interrupted) {
  expect_position(journal_, position);
  const Step* step = std::get_if<Step>(&position);
  const Time* time = std::get_if<Time>(&position);
  // A clock that was moved on after the last delivery cannot be moved back.
  const bool moved = clock_moved_ && step != nullptr && *step == world().steps();
  const bool behind = moved || (step != nullptr && *step < world().steps()) ||
                      (time != nullptr && *time < world().now());
  clock_moved_ = step == nullptr || *step == journal_.last_step();
  const Step to = step != nullptr ? *step : journal_.last_step();
  const Time until = time != nullptr ? *time : time_max;
  if (behind || last_keyframe(to, until) > world().steps()) take_up(to, until);
  for (bool there = false; !there;) {
    try {
      if (!live(to, until, interrupted)) return;
      there = true;
    } catch (const DivergenceError&) {
      if (!recover()) throw;
    }
  }
  if (step != nullptr && world().steps() < *step) {  // only where kinds are lifted
    throw PositionError(to_string(position) + " is beyond the end of the history as upcasters " +
                        "have it: it has " + std::to_string(world().steps()) + " steps");
  }
  if (!clock_moved_) return;
  const bool stands = player_->stand_at(time != nullptr ? *time : journal_.last_at());
  if (!stands && time != nullptr) {
    throw PositionError(to_string(position) +
                        " is no moment at which this history can stand: " + "after step " +
                        std::to_string(world().steps()) + " it is at " + to_string(world().now()));
  }
}

void Timeline::forward(Step steps, const std::function<bool()>& interrupted) {
  const Step left = journal_.last_step() - std::min(journal_.last_step(), world().steps());
  if (steps > left) {
    throw PositionError("after step " + std::to_string(world().steps()) + " there are " +
                        std::to_string(left) + " more, not " + std::to_string(steps));
  }
  seek(Position(world().steps() + steps), interrupted);
}

void Timeline::back(Step steps, const std::function<bool()>& interrupted) {
  if (steps > world().steps()) {
    throw PositionError("before step " + std::to_string(world().steps()) + " there are no " +
                        std::to_string(steps));
  }
  seek(Position(world().steps() - steps), interrupted);
}

std::optional<Found> Timeline::find(Direction direction, const Question& question,
                                    const std::function<bool()>& interrupted, Step first) {
  auto here = std::make_unique<CheckedPlayer>(*player_);
  const bool moved = clock_moved_;
  std::optional<Found> found;
  for (bool done = false; !done;) {
    try {
      const bool whole = direction == Direction::forward
                             ? find_next(question, found, interrupted)
                             : find_previous(question, first, found, interrupted);
      if (!whole) return std::nullopt;
      done = true;
    } catch (const DivergenceError&) {
      if (!recover()) throw;
      seek(Position(here->world().steps()), interrupted);
      here = std::make_unique<CheckedPlayer>(*player_);
    }
  }
  if (!found) {
    player_ = std::move(here);
    clock_moved_ = moved;
  }
  return found;
}

std::optional<KeptEvent> Timeline::delivered() {
  const Step step = world().steps();
  const Time at = world().now();
  if (step == 0) return std::nullopt;
  auto here = std::make_unique<CheckedPlayer>(*player_);
  const bool moved = clock_moved_;
  std::optional<KeptEvent> event;
  for (bool done = false; !done;) {
    try {
      seek(Position(step - 1));
      const LastDelivery last(*player_);
      player_->run_to(step, time_max, {});
      event = last.event();
      done = true;
    } catch (const DivergenceError&) {
      if (!recover()) throw;
      here.reset();  // it came from where the history was another
    }
  }
  if (here) player_ = std::move(here);
  clock_moved_ = moved;
  if (moved) player_->stand_at(at);
  return event;
}

bool Timeline::find_next(const Question& question, std::optional<Found>& found,
                         const std::function<bool()>& interrupted) {
  Stretch stretch{.question = question,
                  .last = journal_.last_step(),
                  .until_first = true,
                  .was = question.holds(world())};
  const bool whole = search(stretch, interrupted);
  found = stretch.found;
  return whole;
}

bool Timeline::find_previous(const Question& question, Step first, std::optional<Found>& found,
                             const std::function<bool()>& interrupted) {
  if (world().steps() == 0) return true;
  Step start = 0;
  for (Step last = world().steps() - 1; last != 0 && last >= first; last = start) {
    take_up(last - 1, time_max);
    player_->run_to(world().steps(), time_max, {});  // edits right after it are part of it
    clock_moved_ = false;
    start = world().steps();
    Stretch stretch{.question = question, .last = last, .was = question.holds(world())};
    if (!search(stretch, interrupted)) return false;
    if (!stretch.found) continue;
    if (stretch.found->step < first) return true;
    found = stretch.found;
    seek(Position(found->step), interrupted);
    return world().steps() == found->step;
  }
  if (first != 0) return true;
  seek(Position(Step{0}));
  if (question.holds(world())) found = Found{.at = world().now()};
  return true;
}

/// Lives to the end of `stretch`, or to where the answer becomes true. False if it was interrupted.
bool Timeline::search(Stretch& stretch, const std::function<bool()>& interrupted) {
  Watch watch(stretch.question);
  const Watching watching(*player_, watch);
  Step keyframe = next_keyframe(stretch.last);
  Step next_question = world().steps();
  while (world().steps() < stretch.last) {
    if (interrupted && world().steps() >= next_question) {
      if (interrupted()) return false;
      next_question = world().steps() + steps_between_questions;
    }
    const Step step = world().steps() + 1;
    player_->run_to(step, time_max, {});
    if (world().steps() < step) return true;  // only where kinds are lifted
    clock_moved_ = step == journal_.last_step();
    if (step == keyframe && step != stretch.last) {
      memory_.add(*player_);
      keyframe = next_keyframe(stretch.last);
    }
    if (!watch.heeded()) continue;
    const bool is = stretch.question.holds(world());
    if (is && !stretch.was) stretch.found = watch.last();
    stretch.was = is;
    if (stretch.found && stretch.until_first) return true;
  }
  return true;
}

/// Lives on to `to` or `until`, whatever comes first, and leaves keyframes on the way. False if it
/// was interrupted.
bool Timeline::live(Step to, Time until, const std::function<bool()>& interrupted) {
  for (;;) {
    const Step stop = world().steps() < to ? next_keyframe(to) : to;
    if (!player_->run_to(stop, until, interrupted)) return false;
    if (stop == to || world().steps() < stop) return true;
    memory_.add(*player_);
  }
}

/// The step, after the present one and up to `to`, at which to leave a keyframe next.
Step Timeline::next_keyframe(Step to) const {
  const Step at = world().steps();
  const Step left = to - at;
  const Step grain = std::max<Step>(grain_min, items_of(world()) / items_per_grain_step);
  Step rung = grain;
  while (left / rung_factor > rung) rung *= rung_factor;
  const CheckedPlayer* last = memory_.find(at);
  const Step regular =
      (last == nullptr ? 0 : last->world().steps()) + grains_between_keyframes * grain;
  return std::min(left > rung ? to - rung : to, std::max(regular, at + grain));
}

/// After another history was met: stands at step 0. False if it was lived from there, and nothing
/// is left to try: a keyframe proves nothing, and what counts is the history from its start.
bool Timeline::recover() {
  const bool from_start = player_->began() == 0;
  recorded_hold_ = false;
  memory_.clear();
  begin(0, time_max);
  return !from_start;
}

/// The step of the last keyframe that is neither after `step` nor later than `until`; 0 if there is
/// none.
Step Timeline::last_keyframe(Step step, Time until) const {
  const CheckedPlayer* copy = memory_.find(step, until);
  const bool usable = recorded_hold_ && lifted().empty();
  const auto recorded = usable ? keyframes_.find(step, until) : std::nullopt;
  return std::max(copy == nullptr ? 0 : copy->world().steps(), recorded ? recorded->step : 0);
}

/// Stands at that keyframe.
void Timeline::take_up(Step step, Time until) {
  const CheckedPlayer* copy = memory_.find(step, until);
  if (copy != nullptr && copy->world().steps() == last_keyframe(step, until)) {
    player_ = std::make_unique<CheckedPlayer>(*copy);
  } else {
    begin(step, until);
    memory_.add(*player_);
  }
}

/// Takes up the history at the last recorded keyframe that is neither after `step` nor later than
/// `until`.
void Timeline::begin(Step step, Time until) {
  player_ = std::make_unique<CheckedPlayer>(journal_, catalog_, factory_, recorded_hold_ ? step : 0,
                                            until);
}

}  // namespace reprise
