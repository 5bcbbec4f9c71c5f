#pragma once

#include <string_view>

#include "engine/fields.hpp"
#include "engine/time.hpp"

namespace reprise::queueing {

/// A job comes to a station.
struct Arrival {
  static constexpr std::string_view kind = "queueing.arrival";
  static constexpr std::string_view about = "a job comes to a station";
  Duration service{};  ///< How long a server will need for it.
  REPRISE_FIELDS(service)
};

/// A station's own: a server has done with a job.
struct Departure {
  static constexpr std::string_view kind = "queueing.departure";
  static constexpr std::string_view about = "a station's own: a job has been served";
  Time arrived{};
  Duration service{};
  REPRISE_FIELDS(arrived, service)
};

/// An arrivals agent's own: the next job is due.
struct NextJob {
  static constexpr std::string_view kind = "queueing.next_job";
  static constexpr std::string_view about = "an arrivals agent's own: its next job is due";
  REPRISE_FIELDS()
};

}  // namespace reprise::queueing
