#pragma once

#include <cstdint>
#include <map>
#include <string_view>

#include "agents/queueing/messages.hpp"
#include "engine/agent.hpp"
#include "engine/context.hpp"
#include "engine/fields.hpp"
#include "engine/time.hpp"

namespace reprise::queueing {

/// A sum of durations, or of durations times a number of jobs, that outgrows a Duration: exact to
/// the nanosecond, `nanoseconds` below a second.
struct LongTime {
  std::int64_t seconds = 0;
  std::int64_t nanoseconds = 0;
  REPRISE_FIELDS(seconds, nanoseconds)

  /// Adds `time`, which is not below 0, `count` times; `count` is below 10^9.
  void add(Duration time, std::uint64_t count = 1);

  /// In seconds.
  double real() const;
};

/// A job in the queue.
struct Job {
  Time arrived{};
  Duration service{};
  REPRISE_FIELDS(arrived, service)
};

/// Serves jobs in the order they came, as many at once as it has servers.
///
/// Its statistics are those of Leemis and Park, Discrete-Event Simulation: a job's delay is its
/// time in the queue and its wait its time in the node, delay and service. Means over jobs are over
/// those that have left; the mean inter-arrival time is over those that have come, the first one
/// counted from time 0. The numbers in queue, in service and in node are averages over the time
/// from 0 to the last arrival or departure. All are in seconds.
struct Station {
  static constexpr std::string_view about =
      "serves jobs in the order they came, with one or more servers, and keeps statistics";

  using Handles = Messages<Arrival, Departure>;

  struct Options {
    static constexpr About about[] = {{"servers", "How many jobs are served at once."}};

    std::uint32_t servers = 1;
    REPRISE_FIELDS(servers)

    void validate() const;
  };

  Options options{};
  std::map<std::uint64_t, Job> queue{};  ///< By number of arrival.
  std::uint64_t in_queue = 0;
  std::uint64_t in_service = 0;
  std::uint64_t arrived = 0;
  std::uint64_t departed = 0;
  Time last_arrival{};
  Time last_change{};
  LongTime delay{};     ///< Of the jobs that have left, summed.
  LongTime service{};   ///< The same.
  LongTime queueing{};  ///< Jobs in the queue times how long, up to last_change.
  LongTime serving{};   ///< Jobs in service times how long.

  double mean_interarrival = 0;
  double mean_service = 0;
  double mean_delay = 0;
  double mean_wait = 0;
  double mean_in_queue = 0;
  double mean_in_service = 0;
  double mean_in_node = 0;
  double utilisation = 0;  ///< The part of the servers' time spent serving, 0 to 1.
  REPRISE_FIELDS(options, queue, in_queue, in_service, arrived, departed, last_arrival, last_change,
                 delay, service, queueing, serving, mean_interarrival, mean_service, mean_delay,
                 mean_wait, mean_in_queue, mean_in_service, mean_in_node, utilisation)

  void on(const Arrival& arrival, Context& world);
  void on(const Departure& departure, Context& world);

 private:
  void pass(Time now);
  void begin(const Job& job, Context& world);
  void measure();
};

}  // namespace reprise::queueing
