#pragma once

#include <cstdint>
#include <vector>

#include "engine/fields.hpp"
#include "scenarios/scenario.hpp"

namespace reprise {

/// Which of all runs of a scenario one is.
struct Story {
  std::uint64_t seed = 0;
  std::vector<Reseeding> reseedings;  ///< By time.
  REPRISE_FIELDS(seed, reseedings)

  friend bool operator==(const Story&, const Story&) = default;
};

}  // namespace reprise
