#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "engine/random.hpp"
#include "tools/lab/hunt/exploration.hpp"
#include "tools/lab/hunt/hunted_life.hpp"

namespace reprise {

struct ExplorePlan {
  const Hunted& hunted;
  std::uint64_t seed = 1;  ///< Of the first run; the next one from the start has the next.
  std::optional<std::uint64_t>
      events_max{};  ///< It ends with the round that has delivered so many.
  std::optional<std::uint64_t> until_fail{};  ///< Or with so many failures.
  std::uint64_t moments_max = 1024;           ///< So many are kept, if they fit 512 MiB.
  unsigned jobs = 1;
};

/// Who follows an exploration; all of it may be empty.
struct ExploreWatch {
  /// Called for the first failure of each group.
  std::function<void(const FoundGroup& group)> found{};

  /// Called after each round.
  std::function<void()> round{};

  /// Asked now and then; true ends it.
  std::function<bool()> interrupted{};
};

/// Why an exploration ended.
enum class ExploreEnd : std::uint8_t {
  events,      ///< As many as were asked for.
  until_fail,  ///< So many failures as were asked for.
  interrupted
};

/// How interesting a moment is to begin at: rarity, times what its forks found, times how near it
/// was to a violation.
double interest_of(const KeptMoment& moment, const ExploreProgress& progress);

/// Searches the runs of a scenario for failures. Runs begin at the start or leave an earlier one at
/// a moment that it kept, where all random streams begin anew: the rarer what could be seen there
/// (KindFeatures::pairs), the likelier. That is Go-Explore's archive (Ecoffet et al. 2021) with the
/// rarity of fuzzers (Böhme et al. 2016, AFLFast) in place of a score.
///
/// It goes by rounds of a fixed number of runs, which know what was seen in earlier rounds alone:
/// so it is the same whatever the number of threads.
class Explorer {
 public:
  /// Goes on from `progress`, empty at first. All must outlive it.
  Explorer(const ExplorePlan& plan, ExploreProgress& progress);
  ~Explorer();
  Explorer(const Explorer&) = delete;
  Explorer& operator=(const Explorer&) = delete;

  /// A round that is interrupted counts for nothing but the failures that it has found, and is
  /// begun again by whoever goes on from `progress`.
  ExploreEnd run(const ExploreWatch& watch);

 private:
  struct Task;
  struct Result;
  using Life = std::shared_ptr<HuntedLife>;

  Task next_task();
  Result live(const Task& task, const std::atomic<bool>& stop) const;
  Life begin(const Task& task) const;
  double rarity(const std::vector<std::uint64_t>& pairs) const;
  bool enough() const;
  const FoundGroup* take(const Task& task, Result& result);
  const FoundGroup* take_failure(const Result& result);
  void take_back(const std::vector<Task>& tasks, const std::vector<Result>& results,
                 const ExploreWatch& watch);
  std::uint64_t count_features(const Result& result);
  void give_up_the_dull();

  const ExplorePlan& plan_;
  ExploreProgress& progress_;
  Random random_;
  std::unordered_map<std::uint64_t, std::uint32_t> pairs_;  // as progress_ has them, by kind
  std::vector<Life> lives_;                                 // by moment; null: to be lived again
  mutable std::array<std::mutex, 64> locks_;                // of moment i: i % size
};

}  // namespace reprise
