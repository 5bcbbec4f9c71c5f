#pragma once

#include <cstdint>
#include <vector>

#include "engine/fields.hpp"
#include "engine/random.hpp"
#include "engine/time.hpp"

namespace reprise {

/// How long a message is on its way: drawn anew for each.
struct Latency {
  enum class Shape : std::uint8_t {
    constant,     ///< `mean`, always
    uniform,      ///< from `min` to `max`, all alike
    normal,       ///< around `mean` with `deviation`
    exponential,  ///< `min`, and `mean` on average on top of it
    lognormal,  ///< `min`, and on top of it `median` times e to the power of `sigma` times a normal
    empirical   ///< as measured: quantiles at equal distances in `table`, straight lines between
  };

  Shape shape = Shape::constant;
  Duration mean{};
  Duration deviation{};
  Duration median{};
  double sigma = 0;
  Duration min{};                 ///< Nothing is faster.
  Duration max{};                 ///< Nothing is slower; 0 is no bound.
  std::vector<Duration> table{};  ///< It does not fall.
  REPRISE_FIELDS(shape, mean, deviation, median, sigma, min, max, table)

  /// Throws std::invalid_argument for what makes no sense together.
  void validate() const;

  Duration draw(Random& random) const;
};

/// What happens to messages from one node to another.
struct Link {
  Latency latency{};
  Duration jitter{};            ///< On top of the latency, from 0 to this, all alike.
  double loss = 0;              ///< The share of messages that never arrive.
  double duplicate = 0;         ///< The share that arrives twice.
  double reorder = 0;           ///< The share that takes a second latency and lets others pass.
  std::uint64_t bandwidth = 0;  ///< Bytes of payload a second, one message after another; 0: any.
  REPRISE_FIELDS(latency, jitter, loss, duplicate, reorder, bandwidth)

  /// As Latency::validate().
  void validate() const;
};

}  // namespace reprise
