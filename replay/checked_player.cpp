#include "replay/checked_player.hpp"

#include <algorithm>
#include <span>
#include <tuple>
#include <utility>

namespace reprise {

namespace {

using What = Divergence::What;

constexpr Step steps_at_once = 4096;

std::string prefix_text(const Digest& prefix) {
  return "prefix digest " + to_string(prefix);
}

std::string text_of(const RecordedFailure& failure) {
  return failure.agent + " fails on " + failure.kind + ": " + failure.reason;
}

[[noreturn]] void differ(What what, Step step, std::string recorded, std::string computed) {
  throw DivergenceError({what, step, std::move(recorded), std::move(computed)});
}

/// Compares each step with the trail that begins after step `begin`, and throws at the first that
/// differs.
class TrailWatch final : public Observer {
 public:
  TrailWatch(const Simulation& world, std::span<const std::uint8_t> trail, Step begin)
      : world_(world), trail_(trail), begin_(begin) {}

  bool wants_deliveries() const override { return true; }
  bool wants_checkpoints() const override { return false; }
  void on_delivery(const Delivery& delivery) override {
    const Digest& prefix = world_.prefix();
    if (delivery.step <= begin_) return;  // what proved it is lost
    const std::uint8_t recorded = trail_[delivery.step - begin_ - 1];
    if (static_cast<std::uint8_t>(prefix.low) == recorded) return;
    differ(What::events, delivery.step, "a trail byte of " + std::to_string(recorded),
           prefix_text(prefix));
  }

 private:
  const Simulation& world_;
  std::span<const std::uint8_t> trail_;
  Step begin_;
};

/// Has `watch` look on as long as it is there.
class Watching {
 public:
  Watching(Player& player, Observer& watch) : player_(player), watch_(watch) {
    player_.observe(watch_);
  }
  ~Watching() { player_.forget(watch_); }
  Watching(const Watching&) = delete;
  Watching& operator=(const Watching&) = delete;

 private:
  Player& player_;
  Observer& watch_;
};

}  // namespace

DivergenceError::DivergenceError(Divergence found)
    : std::runtime_error("first differing step " + std::to_string(found.step) +
                         ": this build computes another history than the one recorded"),
      divergence(std::move(found)) {}

CheckedPlayer::CheckedPlayer(const Journal& journal, const Catalog& catalog,
                             const WorldFactory& factory, Step start, Time until)
    : journal_(journal),
      player_(journal, catalog, factory, start, until),
      began_(world().steps()),
      checkpoints_(journal) {
  if (began_ != 0) trail_begin_ = checkpoints_.seek(began_);
  read_next();
}

bool CheckedPlayer::run_to(Step step, Time until, const std::function<bool()>& interrupted) {
  if (!lifted().empty()) return run_lifted(step, until, interrupted);
  for (;;) {
    const bool stays = world().steps() == step && step != journal_.last_step();
    compare_checkpoints(stays ? world().now() : until);
    if (world().steps() >= step) break;
    if (interrupted && interrupted()) return false;
    if (!live_on(std::min(step, world().steps() + steps_at_once), until)) {
      expect_end(until);
      break;
    }
  }
  if (next_ && next_->step == world().steps() && next_->at <= until) {
    player_.settle(next_->at);
    // Later edits are not in it, so it is compared before them.
    if (player_.edit_due(until)) compare_checkpoints(next_->at);
  }
  player_.settle(until);
  return true;
}

/// The recorded end is as far as it goes, by step or time.
bool CheckedPlayer::run_lifted(Step step, Time until, const std::function<bool()>& interrupted) {
  bool stopped = false;
  const auto ask = [&] { return stopped = interrupted && interrupted(); };
  try {
    player_.run_to(step, std::min(until, journal_.last_at()), ask);
  } catch (const AgentFailure& failure) {
    differ(What::failure, failure.step, "no failure",
           text_of({failure.step, failure.agent, failure.kind, failure.reason}));
  }
  return !stopped;
}

/// Lives on to `last`, or to the next checkpoint if that comes before. Says whether it got there.
bool CheckedPlayer::live_on(Step last, Time until) {
  const Step step = world().steps() + 1;
  try {
    if (next_ && step <= next_->step) {
      TrailWatch watch(world(), next_->trail, trail_begin_);
      const Watching watching(player_, watch);
      return player_.advance(std::min(last, next_->step), until);
    }
    if (!player_.step(until)) return false;
  } catch (const AgentFailure& failure) {
    // A recorded failure lies beyond the last step.
    differ(What::failure, failure.step, "no failure",
           text_of({failure.step, failure.agent, failure.kind, failure.reason}));
  }
  differ(What::end, step,
         next_ ? "nothing was due up to " + to_string(next_->at) : "the history ends",
         prefix_text(world().prefix()));
}

/// Nothing more is due up to `until`: it was so in the recorded history, as far as that is known.
void CheckedPlayer::expect_end(Time until) const {
  if (next_->step == world().steps() || next_->at > until) return;
  differ(What::end, world().steps() + 1, "goes on to step " + std::to_string(next_->step),
         "nothing is pending");
}

/// Compares those of the present step. The clock is moved to theirs, but not beyond `clock_max`.
void CheckedPlayer::compare_checkpoints(Time clock_max) {
  while (next_ && next_->step == world().steps() && next_->at <= clock_max) {
    compare(*next_);
    read_next();
  }
}

void CheckedPlayer::compare(const RecordedCheckpoint& checkpoint) {
  // Edits right after this step are in the last checkpoint's digest and in no other's.
  if (world().prefix() != checkpoint.prefix) player_.settle(checkpoint.at);
  if (world().prefix() != checkpoint.prefix) {
    differ(What::events, checkpoint.step, prefix_text(checkpoint.prefix),
           prefix_text(world().prefix()));
  }
  if (world().now() != checkpoint.at && !player_.stand_at(checkpoint.at)) {
    differ(What::end, checkpoint.step, "the clock at " + to_string(checkpoint.at),
           "the clock at " + to_string(world().now()) + " with more to deliver");
  }
  last_root_ = checkpoint.root;
  if (!checkpoint.root) {
    if (checkpoint.trail.size() == trail_max) return;  // it only had to be handed over
    const std::optional<Seal>& seal = journal_.seal();
    if (seal && seal->failure && checkpoint.step == seal->step) return;
    throw JournalError(
        journal_.path().string(),
        "the checkpoint of step " + std::to_string(checkpoint.step) + " has no state root");
  }
  const Digest root = world().state_root();
  if (root != *checkpoint.root) {
    differ(What::state, checkpoint.step, "state root " + to_string(*checkpoint.root),
           "state root " + to_string(root));
  }
}

void CheckedPlayer::compare_end() {
  if (!journal_.seal()) return;
  const Seal& seal = *journal_.seal();
  const Step step = world().steps() + 1;
  if (seal.step != world().steps() || seal.prefix != world().prefix() || seal.root != last_root_ ||
      (!seal.failure && seal.at != world().now())) {
    throw JournalError(journal_.path().string(), "the seal and the last checkpoint differ");
  }
  if (seal.failure) return compare_failure(*seal.failure);
  if (!player_.exhausted()) {
    differ(What::end, step, "every input was delivered", "inputs are left over");
  }
  const std::optional<Time> next = world().next_at();
  const bool more = next.has_value() && !world().stopped();
  if (seal.end == RunEnd::drained && more) {
    differ(What::end, step, "nothing was pending", "an event is due at " + to_string(*next));
  }
  if (seal.end == RunEnd::stopped && !world().stopped()) {
    differ(What::end, step, "the run was stopped", "it goes on");
  }
  if (seal.end == RunEnd::until && more && *next <= seal.limit.until) {
    differ(What::end, step, "nothing was due up to " + to_string(seal.limit.until),
           "an event is due at " + to_string(*next));
  }
}

void CheckedPlayer::compare_failure(const RecordedFailure& recorded) {
  try {
    player_.step();
  } catch (const AgentFailure& failure) {
    const RecordedFailure computed{failure.step, failure.agent, failure.kind, failure.reason};
    // The words of an exception may be the library's, and differ from one to the next.
    const auto where = [](const RecordedFailure& each) {
      return std::tie(each.step, each.agent, each.kind);
    };
    if (where(computed) == where(recorded)) return;
    differ(What::failure, recorded.step, text_of(recorded), text_of(computed));
  }
  differ(What::failure, recorded.step, text_of(recorded), "no failure");
}

void CheckedPlayer::read_next() {
  if (next_) trail_begin_ = next_->step;
  const std::optional<RecordedCheckpoint> last = std::exchange(next_, checkpoints_.next());
  const bool gaps = checkpoints_.gaps();
  if (gaps && !next_) next_ = sealed_after(last);
  if (!next_ || next_->step - trail_begin_ == next_->trail.size()) return;
  if (gaps && next_->step >= trail_begin_ + next_->trail.size()) {
    trail_begin_ = next_->step - next_->trail.size();
    return;
  }
  throw JournalError(journal_.path().string(), "the trail before step " +
                                                   std::to_string(next_->step) +
                                                   " is not as long as the steps it follows");
}

/// What the seal proves, where the last checkpoint is lost.
std::optional<RecordedCheckpoint> CheckedPlayer::sealed_after(
    const std::optional<RecordedCheckpoint>& last) const {
  const std::optional<Seal>& seal = journal_.seal();
  const bool said = !seal || (last && last->step == seal->step && last->at == seal->at &&
                              last->prefix == seal->prefix && last->root == seal->root);
  if (said) return std::nullopt;
  return RecordedCheckpoint{
      .step = seal->step, .at = seal->at, .prefix = seal->prefix, .root = seal->root, .trail = {}};
}

}  // namespace reprise
