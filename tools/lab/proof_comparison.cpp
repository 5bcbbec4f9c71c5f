#include "tools/lab/proof_comparison.hpp"

#include <algorithm>
#include <limits>

#include "engine/enums.hpp"
#include "replay/history.hpp"
#include "tools/readable.hpp"

namespace reprise {

namespace {

using What = Divergence::What;

constexpr Step no_step = std::numeric_limits<Step>::max();

std::string text_of(const Digest& digest) {
  return to_string(digest);
}

std::string text_of(const std::optional<Digest>& digest) {
  return digest ? to_string(*digest) : "none";
}

std::string failure_text(const std::optional<RecordedFailure>& failure) {
  if (!failure) return "no failure";
  return failure->agent + " fails on " + failure->kind + ": " + failure->reason;
}

class Comparison {
 public:
  Comparison(const Journal& recorded, const Journal& again, const std::vector<Step>& extra)
      : a_(recorded), b_(again), extra_(extra), ours_(recorded), theirs_(again) {}

  ProofComparison run() {
    while (!result_.difference && pair()) {
    }
    if (!result_.difference) compare_ends();
    return std::move(result_);
  }

 private:
  /// The next checkpoint with digests, or of a failure, that is none of the `extra` ones, with the
  /// trail since the last such. `wanted` is one that counts nevertheless.
  static std::optional<RecordedCheckpoint> next(HistoryCheckpoints& checkpoints,
                                                const Journal& journal,
                                                const std::vector<Step>& extra, Step wanted) {
    std::vector<std::uint8_t> trail;
    for (;;) {
      std::optional<RecordedCheckpoint> next = checkpoints.next();
      if (!next) return next;
      trail.insert(trail.end(), next->trail.begin(), next->trail.end());
      const bool handed_over = !next->root && next->step != journal.last_step();
      const bool passed = std::ranges::find(extra, next->step) != extra.end();
      if (handed_over || (passed && wanted != next->step)) continue;
      next->trail = std::move(trail);
      return next;
    }
  }

  bool pair() {
    const std::optional<RecordedCheckpoint> a = next(ours_, a_, {}, no_step);
    const std::optional<RecordedCheckpoint> b = next(theirs_, b_, extra_, a ? a->step : no_step);
    if (!a && (!b || !a_.seal())) return false;  // of one that was cut off no more is known
    if (!a || !b) {
      const RecordedCheckpoint& more = a ? *a : *b;
      differ(What::end, std::min(a_.last_step(), b_.last_step()) + 1,
             a ? "a checkpoint of step " + std::to_string(more.step) : "no more checkpoints",
             b ? "a checkpoint of step " + std::to_string(more.step) : "no more checkpoints");
      return false;
    }
    compare(*a, *b);
    return true;
  }

  void compare(const RecordedCheckpoint& a, const RecordedCheckpoint& b) {
    const std::size_t size = std::min(a.trail.size(), b.trail.size());
    const auto end = a.trail.begin() + static_cast<std::ptrdiff_t>(size);
    const auto [ours, theirs] = std::mismatch(a.trail.begin(), end, b.trail.begin());
    if (ours != end) {
      const Step step = result_.same + 1 + static_cast<Step>(ours - a.trail.begin());
      return differ(What::events, step, "a trail byte of " + std::to_string(*ours),
                    "a trail byte of " + std::to_string(*theirs));
    }
    if (a.step != b.step) {
      return differ(What::end, std::min(a.step, b.step) + 1,
                    "the next checkpoint at step " + std::to_string(a.step),
                    "the next checkpoint at step " + std::to_string(b.step));
    }
    if (a.step != 0) ++result_.checkpoints;
    if (a.prefix != b.prefix) {
      return differ(What::events, a.step, "prefix digest " + text_of(a.prefix),
                    "prefix digest " + text_of(b.prefix));
    }
    if (a.at != b.at) {
      return differ(What::end, a.step, "the clock at " + readable(a.at),
                    "the clock at " + readable(b.at));
    }
    const bool unproved = !a.root && !a_.seal();  // cut off behind a trail that was handed over
    if (a.root != b.root && !unproved) {
      return differ(What::state, a.step, "state root " + text_of(a.root),
                    "state root " + text_of(b.root));
    }
    result_.same = a.step;
  }

  /// How the runs ended, where both have.
  void compare_ends() {
    if (!a_.seal() || !b_.seal()) return;
    const Seal& a = *a_.seal();
    const Seal& b = *b_.seal();
    if (failure_text(a.failure) != failure_text(b.failure)) {
      return differ(What::failure, std::min(a.step, b.step) + 1, failure_text(a.failure),
                    failure_text(b.failure));
    }
    if (a.step != b.step || a.prefix != b.prefix || a.root != b.root || a.at != b.at ||
        a.inputs != b.inputs) {
      differ(What::end, std::min(a.step, b.step) + 1,
             "the end at step " + std::to_string(a.step) + ", state root " + text_of(a.root) +
                 ", " + std::to_string(a.inputs) + " inputs",
             "the end at step " + std::to_string(b.step) + ", state root " + text_of(b.root) +
                 ", " + std::to_string(b.inputs) + " inputs");
    }
  }

  void differ(What what, Step step, std::string recorded, std::string computed) {
    result_.difference = Divergence{what, step, std::move(recorded), std::move(computed)};
  }

  const Journal& a_;
  const Journal& b_;
  const std::vector<Step>& extra_;
  HistoryCheckpoints ours_;
  HistoryCheckpoints theirs_;
  ProofComparison result_;
};

}  // namespace

ProofComparison compare_proofs(const Journal& recorded, const Journal& again,
                               const std::vector<Step>& extra) {
  return Comparison(recorded, again, extra).run();
}

}  // namespace reprise
