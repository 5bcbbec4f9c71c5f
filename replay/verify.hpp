#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "replay/checked_player.hpp"

namespace reprise {

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

/// Checks `journal` (Journal::check()), lives it again from its scenario, seed and inputs alone and
/// compares every step, every checkpoint and the end. Where they differ it executes once more.
/// `progress` is told from time to time how many steps have been lived. Costs as much as the run
/// did, spread over `jobs` threads as far as there are keyframes to begin at (LifePlan); what comes
/// out is the same for any number. Throws JournalError, and what `factory` throws.
Verification verify(const Journal& journal, const Catalog& catalog, const WorldFactory& factory,
                    const std::function<void(Step)>& progress = {}, unsigned jobs = 1);

}  // namespace reprise
