#pragma once

#include <cstdint>
#include <optional>

#include "replay/history.hpp"

namespace reprise {

/// Where two recorded histories part, by their digests alone: nothing is lived for it.
struct Parting {
  /// The last step up to which a prefix digest proves them the same, edits after it aside; 0 if
  /// none does.
  Step same = 0;

  /// They differ as this step or an earlier one beyond `same`: mostly as this one, since a byte of
  /// the trail misses one in 256. The step after the last of both where all that both have is the
  /// same, and one goes on or has other edits at its end. Nothing: they are the same.
  std::optional<Step> differs;

  std::uint64_t digests_compared = 0;  ///< Pairs of prefix digests.
  std::uint64_t trail_compared = 0;    ///< Pairs of bytes of the trails.
};

/// Searches the checkpoints for the first prefix digest that differs, by bisection, since histories
/// that differ once differ from then on; then the trails for the first byte. Where one journal has
/// no checkpoint at a step of the other's, the last bytes of both trails decide. Reads about two
/// frames for each of log2(steps) places. Throws JournalError.
Parting parting(const Journal& a, const Journal& b);

}  // namespace reprise
