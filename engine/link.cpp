#include "engine/link.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "engine/math.hpp"

namespace reprise {

namespace {

constexpr double nanoseconds_max = 0x1p62;

Duration nearest(double nanoseconds) {
  if (!(nanoseconds > 0)) return Duration::zero();
  return Duration(static_cast<std::int64_t>(std::min(nanoseconds, nanoseconds_max) + 0.5));
}

double count_of(Duration duration) {
  return static_cast<double>(duration.count());
}

/// `a` + `b`, which are 0 or more, or the longest duration there is a use for.
Duration sum(Duration a, Duration b) {
  return a > time_max - Time() - b ? time_max - Time() : a + b;
}

Duration measured(const std::vector<Duration>& table, Random& random) {
  const double place = random.real() * static_cast<double>(table.size() - 1);
  const auto below = std::min(static_cast<std::size_t>(place), table.size() - 1);
  const auto above = std::min(below + 1, table.size() - 1);
  const double part = place - static_cast<double>(below);
  return table[below] + nearest(part * count_of(table[above] - table[below]));
}

void expect(bool holds, const std::string& reason) {
  if (!holds) throw std::invalid_argument(reason);
}

void expect_share(double share, const char* name) {
  expect(share >= 0 && share <= 1, std::string(name) + " is a share, from 0 to 1");
}

}  // namespace

void Latency::validate() const {
  const Duration longest = time_max - Time();
  for (const Duration each : {mean, deviation, median, min, max}) {
    expect(each >= Duration::zero() && each <= longest, "a latency is 0 or more");
  }
  expect((max == Duration::zero() && shape != Shape::uniform) || min <= max,
         "the latency's min is above its max");
  expect(sigma >= 0 && sigma <= 100, "the latency's sigma goes from 0 to 100");
  expect(shape != Shape::exponential || mean > Duration::zero(),
         "an exponential latency has a mean above 0");
  expect(shape != Shape::lognormal || median > Duration::zero(),
         "a lognormal latency has a median above 0");
  expect(shape != Shape::empirical || !table.empty(), "an empirical latency has a table");
  expect(std::ranges::is_sorted(table), "the latency's table of quantiles falls");
  expect(table.empty() || (table.front() >= Duration::zero() && table.back() <= longest),
         "a latency is 0 or more");
}

Duration Latency::draw(Random& random) const {
  Duration drawn = mean;
  switch (shape) {
    case Shape::constant:
      break;
    case Shape::uniform:
      return random.uniform(min, max);
    case Shape::normal:
      drawn = nearest(random.normal(count_of(mean), count_of(deviation)));
      break;
    case Shape::exponential:
      drawn = sum(min, random.exponential(mean));
      break;
    case Shape::lognormal:
      drawn = sum(min, nearest(count_of(median) * math::exp(random.normal(0, sigma))));
      break;
    case Shape::empirical:
      drawn = measured(table, random);
      break;
  }
  drawn = std::max(drawn, min);
  return max == Duration::zero() ? drawn : std::min(drawn, max);
}

void Link::validate() const {
  latency.validate();
  expect(jitter >= Duration::zero(), "a jitter is 0 or more");
  expect_share(loss, "loss");
  expect_share(duplicate, "duplicate");
  expect_share(reorder, "reorder");
}

}  // namespace reprise
