#include <catch2/catch.hpp>
#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>

#include "agents/queueing/arrivals.hpp"
#include "agents/queueing/catalog.hpp"
#include "agents/queueing/station.hpp"
#include "engine/decimal.hpp"
#include "engine/simulation.hpp"
#include "tests/support/data.hpp"

namespace reprise::queueing {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

Catalog queueing_catalog() {
  Catalog catalog;
  add_queueing(catalog);
  return catalog;
}

/// A station that is told which jobs come.
class Queue {
 public:
  explicit Queue(std::uint32_t servers = 1) : catalog_(queueing_catalog()), world_(catalog_, 1) {
    station_ = world_.add("station", Station{.options = {servers}});
  }

  Queue& job(Duration arrival, Duration service) {
    Input input;
    input.at = Time(arrival);
    input.to = station_;
    input.payload = Payload(Arrival{service});
    world_.inject(std::move(input));
    return *this;
  }

  Station at(Duration time) {
    world_.run_until(Time(time));
    return *world_.agent<Station>(station_);
  }
  Station drained() {
    while (world_.step()) {
    }
    return *world_.agent<Station>(station_);
  }

 private:
  Catalog catalog_;
  Simulation world_;
  AgentId station_{};
};

Station drawn(Arrivals::Options options, std::uint32_t servers, Duration until,
              std::uint64_t seed = 1) {
  options.validate();
  const Catalog catalog = queueing_catalog();
  Simulation world(catalog, seed);
  world.add("arrivals", Arrivals{.options = options});
  const AgentId station = world.add("station", Station{.options = {servers}});
  world.run_until(Time(until));
  return *world.agent<Station>(station);
}

TEST_CASE("a station without jobs has no statistics and divides by nothing") {
  const Station station = Queue().at(seconds(10));
  CHECK(station.mean_interarrival == 0);
  CHECK(station.utilisation == 0);
  const Station first = Queue().job(seconds(0), seconds(0)).at(seconds(0));
  CHECK(first.departed == 1);
  CHECK(first.mean_wait == 0);
  CHECK(first.mean_in_node == 0);
}

TEST_CASE("the statistics of three jobs at one server are those computed by hand") {
  // waits: 4, then 3 in the queue and 3 served, then 1 in the queue and 2 served
  Queue queue;
  queue.job(seconds(1), seconds(4)).job(seconds(2), seconds(3)).job(seconds(7), seconds(2));
  const Station station = queue.drained();
  CHECK(station.arrived == 3);
  CHECK(station.departed == 3);
  CHECK(station.mean_interarrival == Approx(7.0 / 3));
  CHECK(station.mean_service == Approx(9.0 / 3));
  CHECK(station.mean_delay == Approx(4.0 / 3));
  CHECK(station.mean_wait == Approx(13.0 / 3));
  CHECK(station.mean_in_queue == Approx(4.0 / 10));
  CHECK(station.mean_in_service == Approx(9.0 / 10));
  CHECK(station.mean_in_node == Approx(13.0 / 10));
  CHECK(station.utilisation == Approx(9.0 / 10));
}

TEST_CASE("two servers take jobs in the order they came and the first to be free goes on") {
  Queue queue(2);
  queue.job(seconds(0), seconds(10)).job(seconds(1), seconds(2));
  queue.job(seconds(2), seconds(5)).job(seconds(2), seconds(1));
  CHECK(queue.at(seconds(2)).in_service == 2);
  CHECK(queue.at(seconds(2)).in_queue == 2);
  CHECK(queue.at(seconds(3)).in_queue == 1);
  CHECK(queue.at(seconds(3)).queue.begin()->second.service == seconds(1));
  CHECK(queue.at(seconds(8)).in_queue == 0);
  CHECK(queue.at(seconds(8)).departed == 2);
  const Station station = queue.drained();
  CHECK(station.mean_delay == Approx((0 + 0 + 1 + 6) / 4.0));
  CHECK(station.mean_in_queue == Approx(7.0 / 10));
  CHECK(station.utilisation == Approx(18.0 / 20));
}

TEST_CASE("a job that comes when another leaves does not wait") {
  Queue queue;
  queue.job(seconds(0), seconds(5)).job(seconds(5), seconds(1));
  CHECK(queue.drained().mean_delay == 0);
}

TEST_CASE("jobs in the node are equal to arrival rate times wait once all have left") {
  Queue queue(3);
  for (int i = 0; i < 200; ++i) {
    queue.job(milliseconds(700 * i + i * i % 97), milliseconds(1500 + i * 37 % 1100));
  }
  const Station station = queue.drained();
  const double end = static_cast<double>(station.last_change.time_since_epoch().count()) / 1e9;
  CHECK(station.mean_in_queue > 0);
  CHECK(station.mean_in_queue * end == Approx(station.mean_delay * 200));
  CHECK(station.mean_in_node * end == Approx(station.mean_wait * 200));
}

TEST_CASE("sums of times beyond 64 bits of nanoseconds stay exact") {
  LongTime sum;
  for (int i = 0; i < 4; ++i) sum.add(Duration::max(), 1'000'000);
  CHECK(sum.seconds == 36'893'488'147'419'103);
  CHECK(sum.nanoseconds == 228'000'000);
  CHECK(sum.real() == Approx(36893488147419103.2));
}

TEST_CASE("drawn jobs at one server wait as the formula of M and M and 1 says") {
  // arrivals 1/10 a second, service 7 s: utilisation 0.7, wait 7 / 0.3
  const Station station = drawn({}, 1, hours(24 * 30));
  CHECK(station.mean_interarrival == Approx(10).epsilon(0.01));
  CHECK(station.mean_service == Approx(7).epsilon(0.01));
  CHECK(station.utilisation == Approx(0.7).epsilon(0.01));
  CHECK(station.mean_wait == Approx(7 / 0.3).epsilon(0.05));
  CHECK(station.mean_in_queue == Approx(0.49 / 0.3).epsilon(0.05));
}

TEST_CASE("drawn jobs at three servers wait as the formula of Erlang says") {
  // offered load 2.4 at 3 servers: a job waits with probability 0.6472, for 20 s on average
  const Station station =
      drawn({.mean_interarrival = seconds(5), .mean_service = seconds(12)}, 3, hours(24 * 30));
  CHECK(station.utilisation == Approx(0.8).epsilon(0.01));
  CHECK(station.mean_delay == Approx(12.94).epsilon(0.05));
  CHECK(station.mean_in_queue == Approx(2.589).epsilon(0.05));
}

TEST_CASE("deterministic arrivals come on the beat and the limit ends them") {
  const Station station = drawn({.interarrival = Distribution::deterministic,
                                 .service = Distribution::deterministic,
                                 .limit = 5},
                                1, hours(1));
  CHECK(station.arrived == 5);
  CHECK(station.last_arrival == Time(seconds(50)));
  CHECK(station.mean_interarrival == 10);
  CHECK(station.mean_service == 7);
  CHECK(station.mean_delay == 0);
}

TEST_CASE("uniform times lie between 0 and twice their mean") {
  // M/G/1: delay = arrival rate * E[service^2] / 2 / (1 - 0.7), with E[service^2] = 4/3 * 49
  const Station station = drawn({.service = Distribution::uniform}, 1, hours(24 * 30));
  CHECK(station.mean_service == Approx(7).epsilon(0.01));
  CHECK(station.mean_delay == Approx(4.0 / 3 * 49 / 20 / 0.3).epsilon(0.05));
}

TEST_CASE("another seed draws other jobs and the same seed the same") {
  const auto wait = [](std::uint64_t seed) { return drawn({}, 1, hours(1), seed).mean_wait; };
  CHECK(wait(1) == wait(1));
  CHECK(wait(1) != wait(2));
}

TEST_CASE("a negative service time ends the run before it counts") {
  Queue queue;
  queue.job(seconds(0), seconds(10)).job(seconds(1), Duration(-1));
  CHECK_THROWS_WITH(queue.at(seconds(1)), Catch::Contains("a service time is 0 or more"));
}

TEST_CASE("options of a queue that make no sense are refused") {
  const auto refused = [](auto change) {
    Arrivals::Options options;
    CHECK_NOTHROW(options.validate());
    change(options);
    CHECK_THROWS_AS(options.validate(), std::invalid_argument);
  };
  refused([](auto& options) { options.station = ""; });
  refused([](auto& options) { options.mean_interarrival = Duration(0); });
  refused([](auto& options) { options.mean_interarrival = Duration::max(); });
  refused([](auto& options) { options.mean_service = Duration(-1); });
  CHECK_THROWS_AS(Station::Options{0}.validate(), std::invalid_argument);
}

TEST_CASE("the published trace of a single server gives its published statistics") {
  const auto file = test::data_file("leemis-park/ssq1.dat");
  if (!file) return;
  std::ifstream in(*file);
  std::string arrival;
  std::string service;
  Queue queue;
  while (in >> arrival >> service) {
    queue.job(Duration(parse_decimal(arrival, 9).value()),
              Duration(parse_decimal(service, 9).value()));
  }
  const Station station = queue.drained();
  CHECK(station.departed == 1000);
  CHECK(station.mean_interarrival == Approx(9.87).margin(0.005));
  CHECK(station.mean_service == Approx(7.12).margin(0.005));
  CHECK(station.mean_delay == Approx(18.59).margin(0.005));
  CHECK(station.mean_wait == Approx(25.72).margin(0.005));
}

}  // namespace
}  // namespace reprise::queueing
