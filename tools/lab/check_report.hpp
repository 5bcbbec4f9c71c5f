#pragma once

#include <boost/json/object.hpp>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tools/exit_code.hpp"
#include "tools/expectations.hpp"
#include "tools/lab/determinism_check.hpp"

/// What `reprise check` says of a target.
namespace reprise {

/// A scenario or a journal that was checked.
struct CheckedTarget {
  std::string target;              ///< As given.
  ExitCode code = ExitCode::yes;   ///< Of it alone.
  std::string refusal;             ///< Why it could not be checked; empty if it could.
  std::vector<std::string> notes;  ///< For a person: what failed, apart from what follows.
  std::uint64_t steps = 0;
  std::optional<ExpectationReport> expect;  ///< Of a scenario.
  DeterminismReport determinism;
  std::vector<boost::json::object> kinds;  ///< Of a scenario's world at its end: to_json(KindUse).
  std::string reproduce;  ///< The command line that shows the same again; empty where all is well.
  double seconds = 0;
};

/// "ok", "failed", "not deterministic" or "error".
std::string verdict_of(const CheckedTarget& checked);

/// For a person, a line each; the first one is the verdict.
std::vector<std::string> lines_of(const CheckedTarget& checked);

boost::json::object to_json(const CheckedTarget& checked);

/// All of them as a JUnit report: what failed is a failure, what is not deterministic an error of
/// the type "not deterministic".
std::string junit_of(std::span<const CheckedTarget> all);

}  // namespace reprise
