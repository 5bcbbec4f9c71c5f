#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "tools/lab/hunt/run_score.hpp"

/// What `reprise score` says while it works and at its end.
namespace reprise {

/// score() under a progress bar. Throws Interrupted.
std::vector<RunScore> scored(const std::vector<Contender>& contenders, const ScorePlan& plan);

/// For a person: a table, the run most worth keeping first.
std::vector<std::string> lines_of(const std::vector<RunScore>& scores);

boost::json::object to_json(const RunScore& score);
boost::json::array to_json(const std::vector<RunScore>& scores);

/// A line each, under a heading.
std::vector<std::string> csv_of(const std::vector<RunScore>& scores);

}  // namespace reprise
