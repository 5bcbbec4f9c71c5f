#pragma once

#include <filesystem>
#include <functional>

#include "replay/journal_reader.hpp"

namespace reprise {

/// Writes the whole history of a branch, which was opened by open_history() and has a seal, into
/// `path`, as a journal that stands alone: the one that its run would have written, had it begun at
/// step 0. The history is lived again for that, which costs as much as the run did; `progress` is
/// told the step from time to time, and ends it by throwing. Throws JournalError for a journal that
/// is no branch, has no seal or was recorded with other kinds, DivergenceError if this program
/// computes another history, FileError as JournalWriter does and what `progress` does; then nothing
/// is left of it.
void flatten(const Journal& branch, const Catalog& catalog, const WorldFactory& factory,
             const std::filesystem::path& path, bool overwrite,
             const std::function<void(Step)>& progress = {});

}  // namespace reprise
