#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "replay/checked_player.hpp"
#include "tools/lab/perturbation.hpp"

namespace reprise {

/// How a recorded run is to be lived again.
struct LifeSpec {
  std::string journal;          ///< The run; it stands alone.
  std::string keyframes_of;     ///< A recording of the same run that may hold keyframes, or empty.
  std::string into;             ///< The journal to record it into: a new file.
  Perturbations perturbations;  ///< Those that a process does to itself.
  std::uint64_t seed = 0;       ///< Of what is random in them.
  Step keyframes = 0;           ///< The recording has one each so many steps; 0: none.
  Step last = 0;                ///< Where it ends before its end; 0: nowhere.
};

boost::json::object to_json(const LifeSpec& spec);

/// Throws FileError for what to_json() has not written.
LifeSpec life_spec(const boost::json::value& value);

/// What came of it, apart from the recording.
struct PerturbedLife {
  /// Where the checkpoints are that only the perturbations made.
  std::vector<Step> extra;

  /// Perturbations for which the run was too short, or had no place.
  Perturbations idle;

  /// Of the world beside it in another thread, or of a state that could not be taken up.
  std::optional<Divergence> divergence;
};

boost::json::object to_json(const PerturbedLife& life);
PerturbedLife perturbed_life(const boost::json::value& value);

/// Lives it again under the perturbations and records it. `interrupted` is asked now and then; true
/// ends it by throwing Interrupted. Throws what Player and JournalWriter do.
PerturbedLife live_perturbed(const LifeSpec& spec, const Catalog& catalog,
                             const WorldFactory& factory, const std::function<bool()>& interrupted);

}  // namespace reprise
