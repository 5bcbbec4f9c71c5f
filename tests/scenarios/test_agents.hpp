#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "agents/market/tape.hpp"
#include "engine/agent.hpp"
#include "engine/catalog.hpp"
#include "engine/context.hpp"
#include "engine/control.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/scenario_inputs.hpp"

/// A small world's worth of agents, for the tests of scenarios and feeds.
namespace reprise::test {

enum class Side : std::uint8_t { buy, sell };

struct Ping {
  static constexpr std::string_view kind = "test.ping";
  std::int64_t number = 7;
  Duration lasts{};
  Side side = Side::buy;
  double weight = 0;
  bool urgent = false;
  std::string note;
  std::optional<std::uint8_t> rank;
  std::vector<std::int64_t> parts;
  REPRISE_FIELDS(number, lasts, side, weight, urgent, note, rank, parts)
};

struct Pong {
  static constexpr std::string_view kind = "test.pong";
  REPRISE_FIELDS()
};

struct Level {
  std::int64_t price = 0;
  std::int64_t quantity = 0;
  REPRISE_FIELDS(price, quantity)
};

/// Remembers the pings it gets.
struct Listener {
  using Handles = Messages<Start, Ping>;

  struct Options {
    std::int64_t size = 10;
    std::int64_t limit = 100;
    Duration delay{};
    double ratio = 0.5;
    Side side = Side::buy;
    std::vector<Level> levels;
    std::map<std::string, std::int64_t> weights;
    REPRISE_FIELDS(size, limit, delay, ratio, side, levels, weights)

    void validate() const {
      if (size > limit) throw std::invalid_argument("size is above limit");
    }
  };

  Options options;
  std::uint64_t pings = 0;
  std::int64_t sum = 0;
  REPRISE_FIELDS(options, pings, sum)

  void on(const Start&) {}
  void on(const Ping& ping) {
    ++pings;
    sum += ping.number;
  }
};

/// Listens to nothing and has no options.
struct Stone {
  using Handles = Messages<>;
  std::uint64_t weight = 0;
  REPRISE_FIELDS(weight)
};

/// Listens to all that a recorded market says.
struct Tape {
  using Handles =
      Messages<market::DepthSnapshot, market::DepthUpdate, market::BookTicker, market::TapeTrade>;
  std::uint64_t messages = 0;
  REPRISE_FIELDS(messages)

  void on(const market::DepthSnapshot&) { ++messages; }
  void on(const market::DepthUpdate&) { ++messages; }
  void on(const market::BookTicker&) { ++messages; }
  void on(const market::TapeTrade&) { ++messages; }
};

inline const Catalog& catalog() {
  static const Catalog all = [] {
    Catalog made;
    made.add<Listener>("listener").add<Stone>("stone").add<Tape>("tape");
    return made;
  }();
  return all;
}

inline Scenario parse(const std::string& text, const std::vector<std::string>& overrides = {},
                      std::optional<std::uint64_t> seed = std::nullopt) {
  return parse_scenario(text, "thin.toml", catalog(), overrides, seed);
}

/// What `action` is refused with; "" if it is not.
template <class Action>
std::string refusal_of(const Action& action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

inline std::string refusal(const std::string& text,
                           const std::vector<std::string>& overrides = {}) {
  return refusal_of([&] { parse(text, overrides); });
}

/// A scenario of one listener called "ear" and what else `rest` says, from line 4 on.
inline std::string with_ear(const std::string& rest) {
  return "[[agent]]\nname = \"ear\"\nkind = \"listener\"\n" + rest;
}

/// The inputs of a scenario whose feed "tape" is read from `file`, and how that went.
struct FeedRun {
  std::vector<Input> inputs;
  FeedReport report;
  std::string
      error;  ///< What ended it, without the directory of the file; "" if it came to its end.
};

inline FeedRun run_feed(const std::string& scenario_text, const std::string& file,
                        bool skip_errors = false) {
  const Scenario scenario = parse(scenario_text);
  const auto world = build_world(scenario, catalog());
  FeedRun run;
  run.error = refusal_of([&] {
    const auto inputs = scenario_inputs(scenario, *world, {{{"tape", file}}, skip_errors});
    try {
      while (std::optional<Input> input = inputs->next()) run.inputs.push_back(std::move(*input));
      run.report = inputs->reports().front();
    } catch (const InputError&) {
      run.report = inputs->reports().front();
      throw;
    }
  });
  const std::string folder = std::filesystem::path(file).parent_path().string() + "/";
  if (run.error.starts_with(folder)) run.error.erase(0, folder.size());
  return run;
}

/// What a malformed line is refused with, but for the remedy that all such lines have.
inline std::string without_remedy(std::string error) {
  const std::string rest =
      "orrect the line, or have such lines counted and left out by --feed-errors=skip";
  for (const std::string& remedy : {"; c" + rest, " C" + rest}) {
    if (error.ends_with(remedy)) return error.substr(0, error.size() - remedy.size());
  }
  return error + " (without a remedy)";
}

}  // namespace reprise::test
