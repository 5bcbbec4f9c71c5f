#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reprise {

/// A span of virtual time in nanoseconds, about ±292 years.
using Duration = std::chrono::nanoseconds;

/// The virtual clock's type. Runs start at time 0. There is no `now()`: the present is what the
/// world says it is (`Context::now()`), so wall-clock time cannot leak into a run.
struct Clock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<Clock, duration>;
  static constexpr bool is_steady = true;
};

/// A moment of virtual time: nanoseconds since the start of the run.
using Time = Clock::time_point;

/// A position in history: the number of events delivered. 0 is the world before its first event.
using Step = std::uint64_t;

inline constexpr Time time_max = Time::max();

/// `text` as a duration: a decimal number and one of the units ns us ms s min h d ("300ms",
/// "12.5s", "5min"). Nothing if it is not one, has no unit, is finer than a nanosecond or does not
/// fit.
std::optional<Duration> parse_duration(std::string_view text);

/// `duration` in the largest unit that writes it without loss, readable by parse_duration():
/// "1.5s", "10min".
std::string to_string(Duration duration);
std::string to_string(Time time);

}  // namespace reprise
