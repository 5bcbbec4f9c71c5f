#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/fields.hpp"
#include "tools/lab/scenario_life.hpp"

namespace reprise {

/// Something that ought to come true in some run: what a `sometimes` of [expect] asks for, or a
/// point of Context::sometimes().
struct Exercised {
  bool in_code = false;    ///< It is such a point.
  std::string what;        ///< The expression, or the name of the point.
  std::uint64_t runs = 0;  ///< In which it did.
  std::optional<std::uint64_t> first_run{};
  REPRISE_FIELDS(in_code, what, runs, first_run)
};

/// What came true in a run, and what could have.
std::vector<Exercised> exercised_in(const ScenarioLife& life);

/// "point short_read: in 12 runs", "never exercised: sometimes 'a.x > 5'"
std::string in_words(const Exercised& exercised);

/// Adds what `one` of run number `run` says to what others did.
void add(std::vector<Exercised>& all, std::uint64_t run, const Exercised& one);

}  // namespace reprise
