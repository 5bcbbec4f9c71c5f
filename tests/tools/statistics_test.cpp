#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "tools/lab/statistics.hpp"

namespace reprise::test {
namespace {

TEST_CASE("the quantiles of Student's t are those of the published tables") {
  struct Entry {
    double p;
    double degrees;
    double value;  // to three digits behind the point
  };
  for (const Entry& each : {Entry{0.95, 1, 6.314}, Entry{0.975, 1, 12.706}, Entry{0.995, 2, 9.925},
                            Entry{0.9, 3, 1.638}, Entry{0.975, 9, 2.262}, Entry{0.995, 19, 2.861},
                            Entry{0.995, 29, 2.756}, Entry{0.9995, 10, 4.587},
                            Entry{0.995, 120, 2.617}, Entry{0.025, 9, -2.262}}) {
    INFO(each.p << " with " << each.degrees << " degrees of freedom");
    CHECK(students_t_quantile(each.p, each.degrees) == Approx(each.value).margin(0.0005));
  }
}

// NIST Statistical Reference Datasets, univariate summary statistics, NumAcc4: 1001 numbers whose
// mean is 10000000.2 and whose standard deviation is 0.1.
TEST_CASE("mean and deviation keep their digits where the numbers are nearly equal") {
  RunningMoments moments;
  moments.add(10000000.2);
  for (int i = 0; i < 500; ++i) {
    moments.add(10000000.1);
    moments.add(10000000.3);
  }
  CHECK(moments.count() == 1001);
  CHECK(moments.mean() == Approx(10000000.2).epsilon(1e-15));
  CHECK(std::sqrt(*moments.variance()) == Approx(0.1).epsilon(1e-7));
}

TEST_CASE("quantiles lie between the numbers beside them as R has it") {
  const std::vector<double> numbers{1, 2, 4, 8};
  CHECK(quantile(numbers, 0) == 1);
  CHECK(quantile(numbers, 0.05) == Approx(1.15));
  CHECK(quantile(numbers, 0.5) == 3);
  CHECK(quantile(numbers, 0.95) == Approx(7.4));
  CHECK(quantile(numbers, 1) == 8);
  CHECK(quantile(std::vector<double>{5}, 0.95) == 5);
}

// 4, 5 and 6 have mean 5 and deviation 1, so the 95 % interval is 5 -+ 4.303 / sqrt(3).
TEST_CASE("an interval is the mean and the quantile times the standard error on both sides") {
  const Summary summary = summary_of({6, 4, 5}, 0.95);
  CHECK(summary.count == 3);
  CHECK(summary.mean == 5);
  CHECK(*summary.deviation == 1);
  CHECK(summary.interval->low == Approx(5 - 4.3027 / std::sqrt(3.0)).epsilon(1e-4));
  CHECK(summary.interval->high == Approx(5 + 4.3027 / std::sqrt(3.0)).epsilon(1e-4));
  CHECK(summary.min == 4);
  CHECK(summary.median == 5);
  CHECK(summary.max == 6);
}

TEST_CASE("one number has a mean and no interval and none has nothing") {
  const Summary one = summary_of({7}, 0.99);
  CHECK(one.mean == 7);
  CHECK_FALSE(one.deviation);
  CHECK_FALSE(one.interval);
  CHECK(summary_of({}, 0.99).count == 0);
}

TEST_CASE("batch means leave out at the beginning what does not divide") {
  const std::vector<double> series{100, 1, 3, 5, 7, 9, 11};
  CHECK(batch_means(series, 3) == std::vector<double>{2, 6, 10});
  CHECK(batch_means(series, 7) == series);
  CHECK(batch_means(series, 8).empty());
}

}  // namespace
}  // namespace reprise::test
