#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "replay/checked_player.hpp"

namespace reprise {

/// What came of living a whole history again and comparing it, up to the first difference.
struct Life {
  Step steps = 0;  ///< At which the world stood in the end; with a divergence it says nothing.
  std::optional<Divergence> divergence;
  std::vector<std::string> lifted;  ///< As Player::lifted().
};

/// How it is lived.
struct LifePlan {
  /// So many threads, the caller's included; each has a world of its own. More than one live
  /// segments between keyframes side by side. A keyframe is believed only when the segment before
  /// has led to it: to the same bytes of state. Where one has not, or does not hold, all is lived
  /// again by one thread, so what comes out is the same for any number.
  unsigned jobs = 1;

  /// Done before anything is believed, if not before anything is lived: what it throws comes first.
  std::function<void()> first{};

  /// Told now and then on the caller's thread how many steps have been lived.
  std::function<void(Step)> progress{};
};

/// Lives all of `journal` again and compares every step, every checkpoint and the end. The catalog
/// and what `factory` does must stand several threads. Throws what CheckedPlayer does.
Life live(const Journal& journal, const Catalog& catalog, const WorldFactory& factory,
          const LifePlan& plan);

}  // namespace reprise
