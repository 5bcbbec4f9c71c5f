#include "tools/lab/statistics.hpp"

#include <algorithm>
#include <cmath>

#include "engine/assert.hpp"

namespace reprise {

void RunningMoments::add(double value) {
  ++count_;
  const double from_old = value - mean_;
  mean_ += from_old / static_cast<double>(count_);
  squares_ += from_old * (value - mean_);
}

std::optional<double> RunningMoments::variance() const {
  if (count_ < 2) return std::nullopt;
  return squares_ / static_cast<double>(count_ - 1);
}

double quantile(std::span<const double> sorted, double p) {
  REPRISE_ASSERT(!sorted.empty());
  const double place = p * static_cast<double>(sorted.size() - 1);
  const auto below = std::min(static_cast<std::size_t>(place), sorted.size() - 1);
  const auto above = std::min(below + 1, sorted.size() - 1);
  const double part = place - static_cast<double>(below);
  return part == 0 ? sorted[below] : sorted[below] + part * (sorted[above] - sorted[below]);
}

std::optional<Interval> mean_interval(const RunningMoments& moments, double confidence) {
  const std::optional<double> variance = moments.variance();
  if (!variance) return std::nullopt;
  const auto count = static_cast<double>(moments.count());
  const double half =
      students_t_quantile((1 + confidence) / 2, count - 1) * std::sqrt(*variance / count);
  return Interval{moments.mean() - half, moments.mean() + half};
}

std::vector<double> batch_means(std::span<const double> series, std::size_t batches) {
  REPRISE_ASSERT(batches != 0);
  const std::size_t length = series.size() / batches;
  std::vector<double> means;
  if (length == 0) return means;
  series = series.last(length * batches);
  for (; !series.empty(); series = series.subspan(length)) {
    RunningMoments batch;
    for (const double value : series.first(length)) batch.add(value);
    means.push_back(batch.mean());
  }
  return means;
}

Summary summary_of(std::vector<double> values, double confidence) {
  Summary summary;
  if (values.empty()) return summary;
  RunningMoments moments;
  for (const double value : values) moments.add(value);
  std::ranges::sort(values);
  summary.count = moments.count();
  summary.mean = moments.mean();
  if (const auto variance = moments.variance()) summary.deviation = std::sqrt(*variance);
  summary.min = values.front();
  summary.p05 = quantile(values, 0.05);
  summary.median = quantile(values, 0.5);
  summary.p95 = quantile(values, 0.95);
  summary.max = values.back();
  summary.interval = mean_interval(moments, confidence);
  return summary;
}

}  // namespace reprise
