#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "replay/checked_player.hpp"
#include "replay/journal_reader.hpp"

namespace reprise {

/// What came of comparing all that two journals prove.
struct ProofComparison {
  /// Pairs of them, each with its digests; those of step 0 are compared and not counted.
  std::uint64_t checkpoints = 0;

  /// The first that is not the same: `recorded` is of the first journal, `computed` of the second.
  std::optional<Divergence> difference;

  /// Where the states differ: the last step at which they are known not to.
  Step same = 0;
};

/// Compares two recordings of one run: each checkpoint of one with that of the other, each byte of
/// the trails, and the ends, as far as both are sealed. Where the first was cut off, the rest of
/// the second is not compared. The second may have checkpoints at the steps of `extra`, too. Reads
/// both from start to end. Throws JournalError.
ProofComparison compare_proofs(const Journal& recorded, const Journal& again,
                               const std::vector<Step>& extra = {});

}  // namespace reprise
