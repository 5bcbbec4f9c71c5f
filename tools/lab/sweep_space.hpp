#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// What a sweep ranges over, as a command line gives it.
namespace reprise {

/// Seeds, both ends included.
struct SeedRange {
  std::uint64_t first = 1;
  std::uint64_t last = 1;

  std::uint64_t count() const { return last - first + 1; }
};

/// Reads "1..10000", or one seed: "17". Throws UsageError.
SeedRange parse_seeds(const std::string& text);

/// The values that one path of a scenario takes, as `--set` takes them.
struct GridAxis {
  std::string path;
  std::vector<std::string> values;
};

/// How many points a grid may have, all axes together.
inline constexpr std::uint64_t grid_points_max = 10'000;

/// Reads "PATH=a,b,c", with commas in brackets or quotes left alone, or "PATH=lo:hi:step": lo,
/// lo + step, ... up to hi, which is among them where a whole number of steps leads there. These
/// are decimals, counted exactly, without a unit or all three with the same one ("5s:10s:0.5s").
/// Throws UsageError.
GridAxis parse_grid_axis(const std::string& text);

/// Every combination, as overrides "PATH=VALUE" in the order of the axes; the last one changes
/// fastest. Without an axis there is one point. Throws UsageError for too many, or a path that is
/// named twice.
std::vector<std::vector<std::string>> grid_points(std::span<const GridAxis> axes);

}  // namespace reprise
