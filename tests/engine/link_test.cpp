#include "engine/link.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

namespace reprise {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Shape = Latency::Shape;

std::vector<double> draws(const Latency& latency, std::size_t count = 20'000) {
  latency.validate();
  Random random(5, "link");
  std::vector<double> all(count);
  for (double& each : all) each = static_cast<double>(latency.draw(random).count()) / 1e6;
  std::ranges::sort(all);
  return all;
}

double mean_of(const std::vector<double>& all) {
  double sum = 0;
  for (const double each : all) sum += each;
  return sum / static_cast<double>(all.size());
}

double quantile(const std::vector<double>& sorted, double part) {
  return sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))];
}

TEST_CASE("a constant latency is always the same") {
  const std::vector<double> all = draws({.mean = 3ms});
  CHECK(all.front() == 3);
  CHECK(all.back() == 3);
}

TEST_CASE("a uniform latency lies between its bounds") {
  const std::vector<double> all = draws({.shape = Shape::uniform, .min = 2ms, .max = 6ms});
  CHECK(all.front() >= 2);
  CHECK(all.back() <= 6);
  CHECK(mean_of(all) == Approx(4).margin(0.05));
  CHECK(quantile(all, 0.25) == Approx(3).margin(0.1));
}

TEST_CASE("a normal latency lies around its mean and not below its bound") {
  const std::vector<double> all =
      draws({.shape = Shape::normal, .mean = 10ms, .deviation = 2ms, .min = 6ms, .max = 15ms});
  CHECK(quantile(all, 0.5) == Approx(10).margin(0.1));
  CHECK(quantile(all, 0.8413) == Approx(12).margin(0.15));
  CHECK(all.front() == 6);
  CHECK(all.back() == 15);
}

TEST_CASE("an exponential latency has its mean above its bound") {
  const std::vector<double> all = draws({.shape = Shape::exponential, .mean = 4ms, .min = 1ms});
  CHECK(all.front() >= 1);
  CHECK(mean_of(all) == Approx(5).margin(0.15));
  CHECK(quantile(all, 0.5) == Approx(1 + 4 * std::log(2.0)).margin(0.15));
}

TEST_CASE("a lognormal latency has its median above its bound") {
  const std::vector<double> all =
      draws({.shape = Shape::lognormal, .median = 4ms, .sigma = 0.5, .min = 1ms});
  CHECK(all.front() > 1);
  CHECK(quantile(all, 0.5) == Approx(5).margin(0.1));
  CHECK(quantile(all, 0.8413) == Approx(1 + 4 * std::exp(0.5)).margin(0.2));
}

TEST_CASE("a measured latency has the quantiles of its table") {
  const std::vector<double> all =
      draws({.shape = Shape::empirical, .table = {1ms, 2ms, 10ms, 100ms, 200ms}});
  CHECK(all.front() >= 1);
  CHECK(all.back() <= 200);
  CHECK(quantile(all, 0.25) == Approx(2).margin(0.1));
  CHECK(quantile(all, 0.375) == Approx(6).margin(0.3));
  CHECK(quantile(all, 0.75) == Approx(100).margin(4));
  const std::vector<double> one = draws({.shape = Shape::empirical, .table = {7ms}});
  CHECK(one.front() == 7);
  CHECK(one.back() == 7);
}

TEST_CASE("a latency that makes no sense is refused") {
  const auto refused = [](const Latency& latency, const char* reason) {
    CHECK_THROWS_WITH(latency.validate(), Contains(reason));
  };
  refused({.mean = -1ns}, "0 or more");
  refused({.shape = Shape::uniform, .min = 3ms}, "min is above its max");
  refused({.min = 3ms, .max = 2ms}, "min is above its max");
  refused({.shape = Shape::exponential}, "a mean above 0");
  refused({.shape = Shape::lognormal}, "a median above 0");
  refused({.shape = Shape::empirical}, "has a table");
  refused({.shape = Shape::empirical, .table = {2ms, 1ms}}, "falls");
  refused({.shape = Shape::lognormal, .median = 1ms, .sigma = -1}, "sigma");
}

TEST_CASE("a latency beyond the clock is as long as the clock") {
  Latency latency{.shape = Shape::lognormal, .median = 1h, .sigma = 100};
  Random random(1, "far");
  for (int i = 0; i < 100; ++i) CHECK(latency.draw(random) >= 0ns);
}

}  // namespace
}  // namespace reprise
