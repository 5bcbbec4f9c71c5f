#include "tools/lab/sweep_space.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "engine/decimal.hpp"
#include "tools/command.hpp"

namespace reprise {

namespace {

__extension__ typedef __int128 Wide;

/// The parts of `text` between separators that stand neither in brackets nor in quotes.
std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  int depth = 0;
  char quote = '\0';
  for (const char c : text) {
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if (c == ']' || c == '}') {
      --depth;
    } else if (c == separator && depth == 0) {
      parts.emplace_back();
      continue;
    }
    parts.back() += c;
  }
  return parts;
}

std::size_t digits_behind_point(const std::string& number) {
  const std::size_t point = number.find('.');
  return point == std::string::npos ? 0 : number.size() - point - 1;
}

/// The bounds and the step of a range.
struct Range {
  std::array<std::string, 3> numbers;
  std::string unit;
};

/// Nothing if they are not three decimals with one unit, or with none.
std::optional<Range> range_of(const std::vector<std::string>& parts) {
  Range range;
  if (parts.size() != range.numbers.size()) return std::nullopt;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t end = std::min(parts[i].find_first_not_of("-.0123456789"), parts[i].size());
    const std::string unit = parts[i].substr(end);
    if (i != 0 && unit != range.unit) return std::nullopt;
    range.unit = unit;
    range.numbers[i] = parts[i].substr(0, end);
    const std::size_t digits = digits_behind_point(range.numbers[i]);
    if (digits > static_cast<std::size_t>(decimal_scale_max)) return std::nullopt;
    if (!parse_decimal(range.numbers[i], static_cast<int>(digits))) return std::nullopt;
  }
  return range;
}

[[noreturn]] void refuse(const std::string& text, const std::string& why) {
  throw UsageError("--grid " + text + ": " + why);
}

std::vector<std::string> values_in(const Range& range, const std::string& text) {
  std::size_t scale = 0;
  for (const std::string& number : range.numbers) {
    scale = std::max(scale, digits_behind_point(number));
  }
  const auto units = [&](const std::string& number) {
    const auto value = parse_decimal(number, static_cast<int>(scale));
    if (!value) refuse(text, "these numbers are too far apart to be counted exactly");
    return *value;
  };
  const Wide low = units(range.numbers[0]);
  const Wide high = units(range.numbers[1]);
  const std::int64_t step = units(range.numbers[2]);
  if (step <= 0) refuse(text, "the step must be above 0");
  if (high < low) refuse(text, "the range ends before it begins; write the lower bound first");
  if ((high - low) / step >= static_cast<Wide>(grid_points_max)) {
    refuse(text, "has more than " + std::to_string(grid_points_max) + " values; take longer steps");
  }
  std::vector<std::string> values;
  for (Wide i = low; i <= high; i += step) {
    values.push_back(decimal_text(static_cast<std::int64_t>(i), static_cast<int>(scale)) +
                     range.unit);
  }
  return values;
}

}  // namespace

SeedRange parse_seeds(const std::string& text) {
  constexpr std::uint64_t max = std::numeric_limits<std::int64_t>::max();
  const std::size_t dots = text.find("..");
  const auto first = parse_number<std::uint64_t>(text.substr(0, dots));
  const auto last =
      dots == std::string::npos ? first : parse_number<std::uint64_t>(text.substr(dots + 2));
  if (!first || !last || *first > max || *last > max) {
    throw UsageError("--seeds takes a range such as 1..10000, or one seed from 0 to " +
                     std::to_string(max) + ", not '" + text + "'");
  }
  if (*last < *first) {
    throw UsageError("--seeds " + text + ": the range ends before it begins; write the lower " +
                     "seed first");
  }
  return {*first, *last};
}

GridAxis parse_grid_axis(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    refuse(text, "expected PATH=a,b,c or PATH=lo:hi:step");
  }
  GridAxis axis{text.substr(0, equals), {}};
  const std::string values = text.substr(equals + 1);
  const std::vector<std::string> bounds = split(values, ':');
  const std::vector<std::string> listed = split(values, ',');
  if (bounds.size() == 3 && listed.size() == 1) {
    const std::optional<Range> range = range_of(bounds);
    if (!range) {
      refuse(text, "is no range; one is lo:hi:step of decimal numbers, such as 0.5:0.9:0.1 or " +
                       std::string("5s:10s:1s with the same unit"));
    }
    axis.values = values_in(*range, text);
    return axis;
  }
  for (const std::string& value : listed) {
    if (value.empty()) refuse(text, "a value is missing");
    if (std::ranges::find(axis.values, value) != axis.values.end()) {
      refuse(text, "has the value " + value + " twice");
    }
    axis.values.push_back(value);
  }
  return axis;
}

std::vector<std::vector<std::string>> grid_points(std::span<const GridAxis> axes) {
  std::vector<std::vector<std::string>> points(1);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const GridAxis& axis = axes[i];
    const auto same = [&](const GridAxis& other) { return other.path == axis.path; };
    if (std::ranges::any_of(axes.first(i), same)) {
      throw UsageError("--grid " + axis.path + ": is there twice; list all its values at once");
    }
    if (points.size() * axis.values.size() > grid_points_max) {
      throw UsageError("--grid: more than " + std::to_string(grid_points_max) +
                       " points altogether; take fewer values");
    }
    std::vector<std::vector<std::string>> longer;
    for (const std::vector<std::string>& point : points) {
      for (const std::string& value : axis.values) {
        longer.push_back(point);
        longer.back().push_back(axis.path + '=' + value);
      }
    }
    points = std::move(longer);
  }
  return points;
}

}  // namespace reprise
