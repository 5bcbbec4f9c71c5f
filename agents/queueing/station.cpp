#include "agents/queueing/station.hpp"

#include <stdexcept>

namespace reprise::queueing {

namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::uint64_t jobs_max = 1'000'000'000;

double ratio(double part, double whole) {
  return whole > 0 ? part / whole : 0;
}

}  // namespace

void LongTime::add(Duration time, std::uint64_t count) {
  const auto times = static_cast<std::int64_t>(count);
  nanoseconds += time.count() % second * times;
  seconds += time.count() / second * times + nanoseconds / second;
  nanoseconds %= second;
}

double LongTime::real() const {
  return static_cast<double>(seconds) + static_cast<double>(nanoseconds) / second;
}

void Station::Options::validate() const {
  if (servers == 0 || servers > jobs_max) {
    throw std::invalid_argument("servers must lie between 1 and 1000000000");
  }
}

void Station::on(const Arrival& arrival, Context& world) {
  world.check(arrival.service >= Duration::zero(), "a service time is 0 or more");
  world.check(in_queue < jobs_max, "a station holds fewer than 1000000000 jobs");
  pass(world.now());
  last_arrival = world.now();
  const Job job{world.now(), arrival.service};
  if (in_service < options.servers) {
    begin(job, world);
  } else {
    queue.emplace(arrived, job);
    ++in_queue;
  }
  ++arrived;
  measure();
}

void Station::on(const Departure& departure, Context& world) {
  pass(world.now());
  --in_service;
  ++departed;
  service.add(departure.service);
  delay.add(world.now() - departure.arrived - departure.service);
  if (in_queue != 0) {
    const auto next = queue.begin();
    begin(next->second, world);
    queue.erase(next);
    --in_queue;
  }
  measure();
}

void Station::pass(Time now) {
  queueing.add(now - last_change, in_queue);
  serving.add(now - last_change, in_service);
  last_change = now;
}

void Station::begin(const Job& job, Context& world) {
  ++in_service;
  world.wake(job.service, Departure{job.arrived, job.service});
}

void Station::measure() {
  const auto jobs = static_cast<double>(departed);
  LongTime until_arrival;
  until_arrival.add(last_arrival.time_since_epoch());
  LongTime until_change;
  until_change.add(last_change.time_since_epoch());

  mean_interarrival = ratio(until_arrival.real(), static_cast<double>(arrived));
  mean_service = ratio(service.real(), jobs);
  mean_delay = ratio(delay.real(), jobs);
  mean_wait = mean_delay + mean_service;
  mean_in_queue = ratio(queueing.real(), until_change.real());
  mean_in_service = ratio(serving.real(), until_change.real());
  mean_in_node = mean_in_queue + mean_in_service;
  utilisation = mean_in_service / options.servers;
}

}  // namespace reprise::queueing
