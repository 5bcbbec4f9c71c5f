#include "tools/lab/budget_option.hpp"

#include <string>

namespace reprise {

std::optional<Duration> find_budget(const Invocation& call) {
  const auto text = call.find<std::string>("budget");
  if (!text) return std::nullopt;
  const std::optional<Duration> budget = parse_duration(*text);
  if (budget && budget->count() > 0) return budget;
  throw UsageError("--budget takes a time above 0 with its unit, such as 30s or 10min, not '" +
                   *text + "'");
}

}  // namespace reprise
