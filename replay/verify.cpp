#include "replay/verify.hpp"

#include <tuple>

#include "replay/player.hpp"

namespace reprise {

namespace {

constexpr Step steps_between_reports = 1 << 16;

std::string text_of(const std::optional<Digest>& digest) {
  return digest ? to_string(*digest) : "none";
}

std::string text_of(const RecordedFailure& failure) {
  return failure.agent + " fails on " + failure.kind + ": " + failure.reason;
}

/// One life of a journal, compared with what it says.
class Execution {
 public:
  Execution(const Journal& journal, const Catalog& catalog, const WorldFactory& factory,
            const std::function<void(Step)>& progress)
      : journal_(journal),
        player_(journal, catalog, factory),
        checkpoints_(journal),
        progress_(progress) {}

  std::optional<Divergence> run() {
    if (!lifted().empty()) return live_lifted();
    Step last = 0;
    while (const std::optional<RecordedCheckpoint> checkpoint = checkpoints_.next()) {
      if (const auto divergence = live_to(*checkpoint, last)) return divergence;
      last = checkpoint->step;
      last_root_ = checkpoint->root;
    }
    return journal_.seal() ? compare_end(*journal_.seal()) : std::nullopt;
  }

  Step steps() const { return world().steps(); }
  const std::vector<std::string>& lifted() const { return player_.lifted(); }

 private:
  const Simulation& world() const { return player_.world(); }

  Divergence differs(Divergence::What what, Step step, std::string recorded,
                     std::string computed) const {
    return {what, step, std::move(recorded), std::move(computed)};
  }

  std::optional<Divergence> live_lifted() {
    try {
      player_.run_to(journal_.last_step(), journal_.last_at(), [&] {
        if (progress_) progress_(steps());
        return false;
      });
    } catch (const AgentFailure& failure) {
      return differs(Divergence::What::failure, failure.step, "no failure",
                     text_of({failure.step, failure.agent, failure.kind, failure.reason}));
    }
    return std::nullopt;
  }

  std::optional<Divergence> live_to(const RecordedCheckpoint& checkpoint, Step last) {
    using What = Divergence::What;
    if (checkpoint.step - last != checkpoint.trail.size()) {
      throw JournalError(journal_.path().string(), "the trail before step " +
                                                       std::to_string(checkpoint.step) +
                                                       " is not as long as the steps it follows");
    }
    while (world().steps() < checkpoint.step) {
      const Step step = world().steps() + 1;
      try {
        if (!player_.step()) {
          return differs(What::end, step, "goes on to step " + std::to_string(checkpoint.step),
                         "nothing is pending");
        }
      } catch (const AgentFailure& failure) {
        return differs(What::failure, step, "no failure",
                       text_of({failure.step, failure.agent, failure.kind, failure.reason}));
      }
      const auto trail = static_cast<std::uint8_t>(world().prefix().low);
      if (trail != checkpoint.trail[step - last - 1]) {
        return differs(What::events, step,
                       "a trail byte of " + std::to_string(checkpoint.trail[step - last - 1]),
                       "prefix digest " + to_string(world().prefix()));
      }
      if (progress_ && step % steps_between_reports == 0) progress_(step);
    }
    return compare(checkpoint);
  }

  std::optional<Divergence> compare(const RecordedCheckpoint& checkpoint) {
    using What = Divergence::What;
    // Edits right after this step are in the last checkpoint's digest and in no other's.
    if (world().prefix() != checkpoint.prefix) player_.settle();
    if (world().prefix() != checkpoint.prefix) {
      return differs(What::events, checkpoint.step, "prefix digest " + to_string(checkpoint.prefix),
                     "prefix digest " + to_string(world().prefix()));
    }
    if (world().now() != checkpoint.at && !player_.stand_at(checkpoint.at)) {
      return differs(What::end, checkpoint.step, "the clock at " + to_string(checkpoint.at),
                     "the clock at " + to_string(world().now()) + " with more to deliver");
    }
    if (!checkpoint.root) {
      if (checkpoint.trail.size() == trail_max)
        return std::nullopt;  // it only had to be handed over
      const bool failed = journal_.seal() && journal_.seal()->failure;
      if (failed && checkpoint.step == journal_.seal()->step) return std::nullopt;
      throw JournalError(
          journal_.path().string(),
          "the checkpoint of step " + std::to_string(checkpoint.step) + " has no state root");
    }
    const Digest root = world().state_root();
    if (root != *checkpoint.root) {
      return differs(What::state, checkpoint.step, "state root " + text_of(checkpoint.root),
                     "state root " + to_string(root));
    }
    return std::nullopt;
  }

  std::optional<Divergence> compare_end(const Seal& seal) {
    using What = Divergence::What;
    const Step step = world().steps() + 1;
    if (seal.step != world().steps() || seal.prefix != world().prefix() ||
        seal.root != last_root_ || (!seal.failure && seal.at != world().now())) {
      throw JournalError(journal_.path().string(), "the seal and the last checkpoint differ");
    }
    if (seal.failure) return compare_failure(*seal.failure);
    if (!player_.exhausted()) {
      return differs(What::end, step, "every input was delivered", "inputs are left over");
    }
    const std::optional<Time> next = world().next_at();
    const bool more = next.has_value() && !world().stopped();
    if (seal.end == RunEnd::drained && more) {
      return differs(What::end, step, "nothing was pending",
                     "an event is due at " + to_string(*next));
    }
    if (seal.end == RunEnd::stopped && !world().stopped()) {
      return differs(What::end, step, "the run was stopped", "it goes on");
    }
    if (seal.end == RunEnd::until && more && *next <= seal.limit.until) {
      return differs(What::end, step, "nothing was due up to " + to_string(seal.limit.until),
                     "an event is due at " + to_string(*next));
    }
    return std::nullopt;
  }

  std::optional<Divergence> compare_failure(const RecordedFailure& recorded) {
    using What = Divergence::What;
    try {
      player_.step();
    } catch (const AgentFailure& failure) {
      const RecordedFailure computed{failure.step, failure.agent, failure.kind, failure.reason};
      // The words of an exception may be the library's, and differ from one to the next.
      const auto where = [](const RecordedFailure& each) {
        return std::tie(each.step, each.agent, each.kind);
      };
      if (where(computed) == where(recorded)) return std::nullopt;
      return differs(What::failure, recorded.step, text_of(recorded), text_of(computed));
    }
    return differs(What::failure, recorded.step, text_of(recorded), "no failure");
  }

  const Journal& journal_;
  Player player_;
  RecordedCheckpoints checkpoints_;
  std::optional<Digest> last_root_;
  const std::function<void(Step)>& progress_;
};

}  // namespace

Verification verify(const Journal& journal, const Catalog& catalog, const WorldFactory& factory,
                    const std::function<void(Step)>& progress) {
  Execution first(journal, catalog, factory, progress);
  const std::optional<Divergence> divergence = first.run();
  if (!divergence) {
    return {.steps = first.steps(), .divergence = std::nullopt, .lifted = first.lifted()};
  }
  Execution second(journal, catalog, factory, progress);
  const std::optional<Divergence> again = second.run();
  Verification result{.steps = divergence->step == 0 ? 0 : divergence->step - 1,
                      .divergence = divergence,
                      .deterministic = again == divergence,
                      .lifted = first.lifted()};
  if (again && again->step < divergence->step) {
    result.divergence = again;
    result.steps = again->step == 0 ? 0 : again->step - 1;
  }
  return result;
}

}  // namespace reprise
