#include "timeline/earlier_causes.hpp"

#include <vector>

namespace reprise {

namespace {

/// Notes what is delivered in a stretch and was sent before it.
struct StretchNotes final : Observer {
  explicit StretchNotes(const Simulation& world) : causes(world) {}

  bool wants_deliveries() const override { return true; }
  bool wants_checkpoints() const override { return false; }

  void on_delivery(const Delivery& delivery) override {
    const EventKey& key = delivery.event.key;
    if (!causes.deliver(delivery) && key.from != world_id) before.push_back({key.from, key.seq});
  }

  Causes causes;
  std::vector<SentMessage> before;
};

}  // namespace

Step EarlierCauses::find(const SentMessage& message) {
  for (;;) {
    const auto found = found_.find(message);
    if (found != found_.end()) {
      const Step step = found->second;
      found_.erase(found);
      return step;
    }
    if (first_ == 0) {
      throw JournalError(journal_.path().string(), "a keyframe has a message that nobody sent");
    }
    try {
      live_from(first_ - 1);
    } catch (const DivergenceError&) {
      live_from(0);  // A keyframe proves nothing: what counts is the history from its start.
    }
  }
}

void EarlierCauses::pass(const SentMessage& message) {
  if (found_.erase(message) == 0 && first_ != 0) passed_.insert(message);
}

/// Lives from the last keyframe at or before `start` to the step from which on all is known.
void EarlierCauses::live_from(Step start) {
  CheckedPlayer player(journal_, catalog_, factory_, start);
  StretchNotes stretch(player.world());
  player.observe(stretch);
  player.run_to(first_, time_max, {});
  player.forget(stretch);
  for (const auto& [message, step] : stretch.causes.pending()) {
    if (passed_.erase(message) == 0) found_.emplace(message, step);
  }
  passed_.insert(stretch.before.begin(), stretch.before.end());
  first_ = player.began();
}

}  // namespace reprise
