#include "tools/run_options.hpp"

#include <algorithm>
#include <thread>

#include "engine/decimal.hpp"
#include "tools/scenario_run.hpp"

namespace reprise {

namespace {

constexpr unsigned jobs_max = 256;

}  // namespace

std::optional<Duration> find_duration(const Invocation& call, const char* option,
                                      const char* example) {
  const auto text = call.find<std::string>(option);
  if (!text) return std::nullopt;
  const std::optional<Duration> time = parse_duration(*text);
  if (time && time->count() >= 0) return time;
  throw UsageError("--" + std::string(option) + " takes a time with its unit, such as " + example +
                   ", not '" + *text + "'");
}

RunLimit limit_of(const Invocation& call, const Scenario& scenario) {
  RunLimit limit = limit_of(scenario);
  if (const auto until = find_duration(call, "until", "90s or 10min")) limit.until = Time(*until);
  if (const auto steps = call.find_number("steps")) limit.steps = *steps;
  return limit;
}

std::vector<Reseeding> reseedings_of(const Invocation& call) {
  std::vector<Reseeding> all;
  for (const std::string& text : call.list("reseed")) {
    const std::size_t equals = text.find('=');
    const auto at = parse_duration(text.substr(0, equals));
    const auto seed = equals == std::string::npos
                          ? std::nullopt
                          : parse_number<std::uint64_t>(text.substr(equals + 1));
    if (!at || at->count() < 0 || !seed) {
      throw UsageError("--reseed takes a time with its unit and a seed, such as 1500ms=42, not '" +
                       text + "'");
    }
    all.push_back({Time(*at), *seed});
  }
  std::ranges::stable_sort(all, {}, &Reseeding::at);
  return all;
}

unsigned jobs_of(const Invocation& call, std::optional<unsigned> otherwise) {
  const unsigned cores = std::clamp(std::thread::hardware_concurrency(), 1U, jobs_max);
  const std::uint64_t jobs = call.find_number("jobs", 1).value_or(otherwise.value_or(cores));
  if (jobs > jobs_max) {
    throw UsageError("--jobs takes a number from 1 to " + std::to_string(jobs_max) + ", not " +
                     std::to_string(jobs));
  }
  return static_cast<unsigned>(jobs);
}

}  // namespace reprise
