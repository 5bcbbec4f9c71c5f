#pragma once

#include <boost/json/object.hpp>
#include <span>

#include "tools/lint/rule.hpp"

namespace reprise {

/// The findings as a log in SARIF 2.1.0 (OASIS, 2020), which code hosts show beside the lines that
/// they speak of. `rules` are all that were asked. Files are named as they are in the findings:
/// relative paths stay relative.
boost::json::object sarif_log(std::span<const lint::Rule> rules,
                              std::span<const lint::Finding> findings);

}  // namespace reprise
