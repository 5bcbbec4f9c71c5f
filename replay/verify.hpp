#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "replay/journal_reader.hpp"

namespace reprise {

/// Where a history lived again leaves the recorded one, for the first time.
struct Divergence {
  enum class What : std::uint8_t {
    events,   ///< What was delivered: the prefix digests differ.
    state,    ///< The state after it, though the events are the same.
    end,      ///< One history goes on where the other has ended.
    failure,  ///< A handler threw in one and not, or otherwise, in the other.
  };

  What what = What::events;
  /// The first differing step. For `events` it is at or before this one: the trail misses one in
  /// 256. For `state`, somewhere after the checkpoint before.
  Step step = 0;
  std::string recorded;  ///< What the journal says, in words or as a digest.
  std::string computed;  ///< What this program made of it.

  friend bool operator==(const Divergence&, const Divergence&) = default;
};

struct Verification {
  Step steps = 0;  ///< Lived again and equal.
  std::optional<Divergence> divergence;
  /// With a divergence: two executions by this program agree with each other, so it computes
  /// another history than the one recorded. False: they differ, and the run is not deterministic.
  bool deterministic = true;
  /// Kinds that upcasters lifted: "market.halt v1 -> v2". Where there are any, it was lived up to
  /// the recorded end, by step or time, and no digest was compared; it differs only if it fails.
  std::vector<std::string> lifted{};
};

/// Lives `journal` again from its scenario, seed and inputs alone and compares every step, every
/// checkpoint and the end. Where they differ it executes once more. `progress` is told the step
/// from time to time. Costs as much as the run did. Throws JournalError, and what `factory` throws.
Verification verify(const Journal& journal, const Catalog& catalog, const WorldFactory& factory,
                    const std::function<void(Step)>& progress = {});

}  // namespace reprise
