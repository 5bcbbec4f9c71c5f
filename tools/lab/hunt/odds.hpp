#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tools/lab/hunt/failed_run.hpp"
#include "tools/lab/statistics.hpp"

/// How likely a failure was, as seen from positions along its run.
namespace reprise {

struct OddsPlan {
  const FailedRun& run;
  Step first = 0;                     ///< Positions lie from here
  Step last = 0;                      ///< to here.
  std::uint64_t positions = 20;       ///< So many at first, at least 2.
  std::uint64_t refined = 20;         ///< So many more at most, where it changes.
  std::uint64_t forks = 100;          ///< From each.
  std::optional<Duration> horizon{};  ///< A fork is given up after so much virtual time.
  std::uint64_t seed = 1;
  unsigned jobs = 1;
};

/// What the forks from one position came to.
struct PositionOdds {
  Step step = 0;
  Time at{};
  std::uint64_t forks = 0;
  std::uint64_t failed = 0;  ///< With the run's own failure.
  std::uint64_t others = 0;  ///< With another one.
  std::string delivered;     ///< "raft.vote from server[1] to server[2]": as this step.

  double share() const { return static_cast<double>(failed) / static_cast<double>(forks); }

  /// Of 95 % (E. B. Wilson, Probable inference, 1927).
  Interval interval() const;
};

struct Odds {
  std::vector<PositionOdds> positions;  ///< In order.

  /// From this position on at least half of the forks failed, at it and all that follow; as an
  /// index, nothing if not even at the last.
  std::optional<std::size_t> likely() const { return from(0.5); }

  /// From this one on all did.
  std::optional<std::size_t> certain() const { return from(1); }

 private:
  std::optional<std::size_t> from(double share) const;
};

/// The interval of `k` among `n`, of 95 %.
Interval wilson_interval(std::uint64_t k, std::uint64_t n);

/// Measures them: the same whatever the number of jobs. `progress` is told how many forks are done
/// of how many that are known to come. True from `interrupted` ends it: what is measured by then
/// comes back.
Odds odds_of(const OddsPlan& plan,
             const std::function<void(std::uint64_t, std::uint64_t)>& progress,
             const std::function<bool()>& interrupted);

}  // namespace reprise
