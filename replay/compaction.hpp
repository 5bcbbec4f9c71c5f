#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "replay/journal_reader.hpp"

namespace reprise {

/// Writes `journal`, which must be sealed and whole, once more into `path`: the same records in the
/// same order, in frames of about 1 MiB instead of 64 KiB, compressed with zstd's level 19.
/// Identity, digests and keyframes stay what they are; the chain is another one. It takes some
/// seconds a hundred MiB, and seeking in the result decodes larger frames. `progress` is told from
/// time to time how much of the journal is done, from 0 to 1, and ends it by throwing. Throws
/// JournalError for a journal that is not sealed or does not hold, FileError if `path` is there and
/// not `overwrite`, or cannot be written, and what `progress` does; then nothing is left of it.
void compact(const Journal& journal, const std::filesystem::path& path, bool overwrite,
             const std::function<void(double)>& progress = {});

}  // namespace reprise
