#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "tools/lab/hunt/odds.hpp"

/// What `reprise odds` says.
namespace reprise {

/// For a person.
std::vector<std::string> lines_of(const OddsPlan& plan, const Odds& odds);

boost::json::object to_json(const OddsPlan& plan, const Odds& odds);

/// The positions, a line each, under a heading.
std::vector<std::string> csv_of(const Odds& odds);

/// The share that failed over virtual time, with its interval: an SVG image.
std::string svg_of(const OddsPlan& plan, const Odds& odds);

}  // namespace reprise
