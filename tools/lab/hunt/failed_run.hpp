#pragma once

#include <boost/json/object.hpp>

#include "replay/journal_reader.hpp"
#include "tools/lab/hunt/hunted_life.hpp"

namespace reprise {

/// The run of a journal that failed, as a hunt has it.
struct FailedRun {
  Hunted hunted;                 ///< With the recorded inputs.
  boost::json::object document;  ///< The scenario as its file has it, overrides applied.
  RunFailure failure;            ///< What broke first.
  Step steps = 0;                ///< Where it ended.
  RunEnd end = RunEnd::violated;
};

/// Lives the history in `journal`, which was opened by open_history(), with what the scenario in it
/// expects, up to its failure. Throws InputError, with a remedy, for one without a scenario's text,
/// of another version of it, or that does not fail. `interrupted` as in Session::run(); then
/// throws Interrupted.
FailedRun failed_run(const Journal& journal, const Catalog& catalog,
                     const std::function<bool()>& interrupted);

}  // namespace reprise
