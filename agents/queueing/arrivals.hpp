#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agents/queueing/messages.hpp"
#include "engine/agent.hpp"
#include "engine/context.hpp"
#include "engine/control.hpp"
#include "engine/fields.hpp"
#include "engine/ids.hpp"
#include "engine/time.hpp"

/// Jobs that come, wait, are served and leave.
namespace reprise::queueing {

/// How a time with a given mean is drawn.
enum class Distribution : std::uint8_t {
  exponential,
  deterministic,  ///< Always the mean.
  uniform,        ///< From 0 to twice the mean.
};

/// Sends jobs to a station, the first one inter-arrival time after the start.
struct Arrivals {
  static constexpr std::string_view about = "sends jobs to a station at times it draws";

  using Handles = Messages<Start, NextJob>;

  struct Options {
    static constexpr About about[] = {
        {"station", "The name of the station that the jobs come to."},
        {"interarrival",
         "How the time from job to job is drawn: exponential, deterministic, uniform."},
        {"mean_interarrival", "The mean time from job to job."},
        {"service", "How the service times are drawn: exponential, deterministic, uniform."},
        {"mean_service", "The mean service time."},
        {"limit", "How many jobs come; 0 for no end."}};

    std::string station = "station";
    Distribution interarrival = Distribution::exponential;
    Duration mean_interarrival = std::chrono::seconds(10);
    Distribution service = Distribution::exponential;
    Duration mean_service = std::chrono::seconds(7);
    std::uint64_t limit = 0;
    REPRISE_FIELDS(station, interarrival, mean_interarrival, service, mean_service, limit)

    void validate() const;
  };

  Options options{};
  AgentId station{};
  std::uint64_t sent = 0;
  REPRISE_FIELDS(options, station, sent)

  void on(const Start&, Context& world);
  void on(const NextJob&, Context& world);

 private:
  void plan(Context& world);
};

}  // namespace reprise::queueing
