#pragma once

#include <boost/json/object.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "tools/lab/hunt/shrinker.hpp"

/// What `reprise shrink` says.
namespace reprise {

struct ShrinkReport {
  const ShrinkProgress& progress;  ///< With a best run.
  ShrinkEnd end = ShrinkEnd::smallest;
  double seconds = 0;
  std::filesystem::path journal;
  std::filesystem::path scenario;
  std::string reproduce;  ///< The command that shows the failure.
};

/// For a person.
std::vector<std::string> lines_of(const ShrinkReport& report);

boost::json::object to_json(const ShrinkReport& report);

}  // namespace reprise
