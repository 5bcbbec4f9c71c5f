#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "timeline/state_difference.hpp"
#include "tools/lab/perturbed_life.hpp"

namespace reprise {

/// How a run is to be checked.
struct CheckPlan {
  Perturbations wanted;
  std::uint64_t seed = 1;           ///< Of what is random in the perturbations.
  std::filesystem::path workspace;  ///< A folder for journals, absolute.

  /// When no more is begun, and what is under way is given up.
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();

  /// The command of this program that lives as a file says in another process, with --life FILE.
  std::string command = "check";

  /// The recorded run was not made by this program just now: it may compute another one, always.
  bool foreign = false;
};

/// What a run was under a perturbation.
enum class Perturbed : std::uint8_t {
  left_out,     ///< Not wanted.
  not_done,     ///< Wanted, but the run was not deterministic before.
  out_of_time,  ///< Wanted and not done, or not to its end.
  same,
  idle,        ///< Nothing could be done: the run is too short, or this machine cannot.
  differs,     ///< By itself alone.
  not_needed,  ///< Together with others it differs; which of them does not, was not asked.
};

std::string_view in_words(Perturbed perturbed);

/// Where a perturbed run left the recorded one.
struct FoundDifference {
  Perturbations culprits;  ///< One, or those that do it together only.
  Divergence where;

  /// Where the states differ and the events do not: the last step at which the states are known to
  /// be the same.
  Step same = 0;
  std::string perturbed;  ///< The journal of the perturbed run; it may have no end.

  /// What differs there: nothing where that could not be found out.
  std::optional<AgentDifference> agent;
};

struct DeterminismReport {
  std::vector<std::pair<Perturbation, Perturbed>> perturbations;  ///< All there are, in order.
  std::uint64_t compared = 0;  ///< Pairs of checkpoints, those of step 0 not counted.
  std::optional<FoundDifference> difference;

  /// With a difference: this program computes the same again and again, and not what was recorded.
  bool another_history = false;
};

/// Lives the run in `journal`, which stands alone, again: once in this process and once in another,
/// each under all wanted perturbations that can be made there, and compares each with it
/// (compare_proofs()). Where one differs, each perturbation is made alone to tell which does it,
/// and once more to see the state there. Throws what live_perturbed() does, and std::runtime_error
/// if the other process cannot do its part.
DeterminismReport check_determinism(const std::filesystem::path& journal, const CheckPlan& plan,
                                    const Catalog& catalog, const WorldFactory& factory);

/// What the other process does: lives as the file says that check_determinism() wrote.
void live_as_told(const std::filesystem::path& spec, const Catalog& catalog,
                  const WorldFactory& factory);

}  // namespace reprise
