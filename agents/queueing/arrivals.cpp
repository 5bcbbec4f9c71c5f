#include "agents/queueing/arrivals.hpp"

#include <stdexcept>

namespace reprise::queueing {

namespace {

constexpr Duration mean_max = std::chrono::hours(24 * 366);

Duration draw(Distribution distribution, Duration mean, Random& random) {
  switch (distribution) {
    case Distribution::exponential:
      return random.exponential(mean);
    case Distribution::uniform:
      return random.uniform(Duration::zero(), 2 * mean);
    case Distribution::deterministic:
      break;
  }
  return mean;
}

}  // namespace

void Arrivals::Options::validate() const {
  const auto demand = [](bool holds, const char* what) {
    if (!holds) throw std::invalid_argument(what);
  };
  demand(!station.empty(), "station must name a station");
  demand(mean_interarrival > Duration::zero() && mean_interarrival <= mean_max,
         "mean_interarrival must be above 0 and at most a year");
  demand(mean_service > Duration::zero() && mean_service <= mean_max,
         "mean_service must be above 0 and at most a year");
}

void Arrivals::on(const Start&, Context& world) {
  station = world.find(options.station);
  plan(world);
}

void Arrivals::on(const NextJob&, Context& world) {
  ++sent;
  world.send(station, Arrival{draw(options.service, options.mean_service, world.random())});
  if (sent != options.limit) plan(world);
}

void Arrivals::plan(Context& world) {
  world.wake(draw(options.interarrival, options.mean_interarrival, world.random()), NextJob{});
}

}  // namespace reprise::queueing
