#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/fields.hpp"
#include "engine/session.hpp"
#include "engine/world_expression.hpp"
#include "tools/lab/statistics.hpp"

namespace reprise {

/// What numbers are taken from a run, and when.
struct MeasurePlan {
  std::vector<std::string> texts;  ///< Expressions over the agents that come to a number.

  /// They are taken whenever so much virtual time has passed, from time 0 on; nothing: once, at the
  /// end.
  std::optional<Duration> every{};
  Duration warmup{};        ///< Up to this time, included, nothing is taken.
  std::size_t batches = 0;  ///< 0: a run gives the mean of all it took; otherwise so many means.
};

/// The values of one measure, of one run or of many.
struct MeasuredValues {
  std::vector<double> values;
  std::uint64_t unknown = 0;  ///< How often there was nothing to be taken: it was unknown.
  REPRISE_FIELDS(values, unknown)
};

/// Takes the numbers of one run.
class Measurement {
 public:
  /// How many a series of one run may hold where its batches are asked for.
  static constexpr std::size_t series_max = std::size_t{1} << 24;

  /// Reads the expressions for `world`, which outlives this. Throws UsageError.
  Measurement(const MeasurePlan& plan, const Simulation& world);

  /// Runs to the limit as Session::run() does, on the same history, and takes what is to be taken
  /// over time. Throws UsageError for a series that is too long.
  RunEnd run(Session& session, Simulation& world, const RunLimit& limit,
             const std::function<bool()>& interrupted);

  /// What the run gave, for each measure: where everything was unknown, no value.
  std::vector<MeasuredValues> values();

 private:
  struct Measure {
    WorldExpression expression;
    RunningMoments moments{};      // where the mean is asked for
    std::vector<double> series{};  // where batches are
    std::uint64_t unknown = 0;
  };

  void take();

  const MeasurePlan& plan_;
  const Simulation& world_;
  std::vector<Measure> measures_;
};

}  // namespace reprise
