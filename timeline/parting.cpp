#include "timeline/parting.hpp"

#include <algorithm>
#include <vector>

namespace reprise {

namespace {

// So many bytes of two trails that differ before them are the same in one of 2^128 cases.
constexpr std::ptrdiff_t window_max = 16;

/// The bytes of the trails of a history, one after another.
class Trail {
 public:
  Trail(const Journal& journal, Step after) : checkpoints_(journal) {
    checkpoints_.seek(after + 1);
    take();
  }

  /// The byte of `step`, which never is below one asked for before; nothing if it is lost or beyond
  /// the end.
  std::optional<std::uint8_t> at(Step step) {
    while (checkpoint_ && checkpoint_->step < step) take();
    if (!checkpoint_) return std::nullopt;
    const Step back = checkpoint_->step - step;
    const std::vector<std::uint8_t>& trail = checkpoint_->trail;
    if (back >= trail.size()) return std::nullopt;
    return trail[trail.size() - 1 - back];
  }

 private:
  void take() { checkpoint_ = checkpoints_.next(); }

  HistoryCheckpoints checkpoints_;
  std::optional<RecordedCheckpoint> checkpoint_;
};

/// What is known of a history at a step.
struct Proof {
  std::optional<Digest> prefix;      ///< Of a checkpoint there.
  std::vector<std::uint8_t> window;  ///< The last bytes of the trail up to there.
};

class Search {
 public:
  Search(const Journal& a, const Journal& b)
      : a_(a), b_(b), last_(std::min(a.last_step(), b.last_step())) {}

  Parting run() {
    bisect();
    walk();
    return found_;
  }

 private:
  /// The first checkpoint of `journal` at `step` or later.
  static std::optional<RecordedCheckpoint> checkpoint_from(const Journal& journal, Step step) {
    HistoryCheckpoints checkpoints(journal);
    checkpoints.seek(step);
    return checkpoints.next();
  }

  /// What `checkpoint`, the first at or after `step`, says of that.
  static Proof proof(const std::optional<RecordedCheckpoint>& checkpoint, Step step) {
    Proof proof;
    if (!checkpoint || checkpoint->step < step) return proof;
    if (checkpoint->step == step) proof.prefix = checkpoint->prefix;
    const std::vector<std::uint8_t>& trail = checkpoint->trail;
    const Step beyond = checkpoint->step - step;
    if (beyond < trail.size()) {
      const auto end = trail.end() - static_cast<std::ptrdiff_t>(beyond);
      const auto size = std::min(end - trail.begin(), window_max);
      proof.window.assign(end - size, end);
    }
    return proof;
  }

  /// Whether the histories differ at `step`. That they do not is proved only by digests.
  bool differ(Step step, const Proof& a, const Proof& b) {
    if (a.prefix && b.prefix) {
      ++found_.digests_compared;
      if (*a.prefix == *b.prefix) {
        found_.same = step;
        return false;
      }
    }
    // One may have edits in its digest that the other has not yet taken in.
    const std::size_t size = std::min(a.window.size(), b.window.size());
    found_.trail_compared += size;
    const auto bytes = static_cast<std::ptrdiff_t>(size);
    return !std::equal(a.window.end() - bytes, a.window.end(), b.window.end() - bytes);
  }

  /// Narrows the steps down to those between two checkpoints.
  void bisect() {
    Step low = 0;
    Step high = last_ + 1;  // from here on they differ, or nobody knows
    while (low + 1 < high) {
      const Step middle = low + (high - low) / 2;
      const std::optional<RecordedCheckpoint> ours = checkpoint_from(a_, middle);
      if (!ours || ours->step >= high) {
        high = middle;
        continue;
      }
      const Step step = ours->step;
      if (differ(step, proof(ours, step), proof(checkpoint_from(b_, step), step))) {
        high = middle;
        found_.differs = step;
      } else {
        low = step;
      }
    }
  }

  /// Finds the first byte that differs after the last step that is proved the same.
  void walk() {
    Trail ours(a_, found_.same);
    Trail theirs(b_, found_.same);
    const Step end = std::min(last_, found_.differs.value_or(last_));
    for (Step step = found_.same + 1; step <= end; ++step) {
      const auto a = ours.at(step);
      const auto b = theirs.at(step);
      if (!a || !b) continue;
      ++found_.trail_compared;
      if (*a == *b) continue;
      found_.differs = step;
      return;
    }
    if (found_.differs) return;
    const bool ends_same = a_.last_step() == b_.last_step() && end_prefix(a_) == end_prefix(b_);
    if (a_.last_step() == b_.last_step()) ++found_.digests_compared;
    if (!ends_same) found_.differs = last_ + 1;
  }

  /// The prefix digest at the end, edits there included.
  static std::optional<Digest> end_prefix(const Journal& journal) {
    if (journal.seal()) return journal.seal()->prefix;
    HistoryCheckpoints checkpoints(journal);
    checkpoints.seek(journal.last_step());
    std::optional<Digest> prefix;
    while (const auto checkpoint = checkpoints.next()) {
      if (checkpoint->step > journal.last_step()) break;
      prefix = checkpoint->prefix;
    }
    return prefix;
  }

  const Journal& a_;
  const Journal& b_;
  Step last_;
  Parting found_;
};

}  // namespace

Parting parting(const Journal& a, const Journal& b) {
  return Search(a, b).run();
}

}  // namespace reprise
