#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

/// What can be said of numbers that a simulation was asked for.
namespace reprise {

/// Mean and variance of numbers that come one by one, without holding them (B. P. Welford, Note on
/// a method for calculating corrected sums of squares and products, Technometrics 4, 1962).
class RunningMoments {
 public:
  void add(double value);

  std::uint64_t count() const { return count_; }
  double mean() const { return mean_; }  ///< 0 where there are none.

  /// The unbiased estimate, over count - 1; nothing for fewer than two numbers.
  std::optional<double> variance() const;

 private:
  std::uint64_t count_ = 0;
  double mean_ = 0;
  double squares_ = 0;  // of the deviations from the mean
};

/// The quantile `p`, from 0 to 1, of numbers in ascending order, at least one: linear between the
/// two beside it (R. J. Hyndman and Y. Fan, Sample quantiles in statistical packages, 1996: their
/// definition 7, which is R's and NumPy's).
double quantile(std::span<const double> sorted, double p);

/// The quantile `p`, strictly between 0 and 1, of Student's t with so many degrees of freedom, at
/// least 1 (Student, The probable error of a mean, 1908; computed by Boost.Math).
double students_t_quantile(double p, double degrees);

/// An interval that encloses the true mean with some confidence.
struct Interval {
  double low = 0;
  double high = 0;
};

/// The mean of independent numbers with Student's t interval; nothing for fewer than two.
/// `confidence` lies strictly between 0 and 1. It is as good as the numbers are close to normal.
std::optional<Interval> mean_interval(const RunningMoments& moments, double confidence);

/// The means of `batches` batches of equal length, one after another, of a series whose beginning
/// has been left out already: if the batches are long, they are nearly independent where the
/// numbers are not (R. W. Conway, Some tactical problems in digital simulation, 1963; A. M. Law,
/// Simulation Modeling and Analysis). What does not divide is left out at the beginning. Empty if
/// there are fewer numbers than batches.
std::vector<double> batch_means(std::span<const double> series, std::size_t batches);

/// What is reported of numbers.
struct Summary {
  std::uint64_t count = 0;
  double mean = 0;  ///< This and the following say nothing where count is 0.
  std::optional<double> deviation{};
  double min = 0;
  double p05 = 0;
  double median = 0;
  double p95 = 0;
  double max = 0;
  std::optional<Interval> interval{};
};

/// Costs a sort.
Summary summary_of(std::vector<double> values, double confidence);

}  // namespace reprise
