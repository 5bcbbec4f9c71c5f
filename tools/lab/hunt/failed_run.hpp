#pragma once

#include <boost/json/object.hpp>

#include "replay/journal_reader.hpp"
#include "tools/lab/hunt/hunted_life.hpp"

namespace reprise {

/// The run of a journal, as a hunt has it.
struct RecordedRun {
  Hunted hunted;                 ///< With the recorded inputs.
  boost::json::object document;  ///< The scenario as its file has it, overrides applied.
};

/// The run in `journal`, which was opened by open_history() and is checked whole
/// (Journal::check()). Throws JournalError, and InputError, with a remedy, for one without a
/// scenario's text or of another version of it.
RecordedRun recorded_run(const Journal& journal, const Catalog& catalog);

/// One that failed.
struct FailedRun : RecordedRun {
  RunFailure failure;  ///< What broke first.
  Step steps = 0;      ///< Where it ended.
  RunEnd end = RunEnd::violated;
};

/// Lives the history in `journal`, which was opened by open_history(), with what the scenario in it
/// expects, up to its failure. Throws as recorded_run(), and for one that does not fail or that
/// this program lives otherwise. `interrupted` as in Session::run(); then throws Interrupted.
FailedRun failed_run(const Journal& journal, const Catalog& catalog,
                     const std::function<bool()>& interrupted);

}  // namespace reprise
