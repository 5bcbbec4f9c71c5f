#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "replay/journal.hpp"

namespace reprise {

/// What salvage() found.
struct Salvaged {
  std::uint64_t frames = 0;  ///< Whole frames that were kept.
  std::uint64_t bytes = 0;   ///< Of the damaged file.
  std::uint64_t lost_bytes = 0;
  std::uint64_t tail_bytes = 0;  ///< Of those lost, behind the last whole frame.
  std::vector<Gap> gaps;         ///< Where records are lost before it.
};

/// Writes every whole frame of the journal `from`, damaged or torn, into `to`, and a gap where
/// frames are lost between two of them: what is known of them is taken from the index, where that
/// holds, or from their own heads. The index is made anew, and its loss loses nothing. A journal
/// that is whole comes out as it was; one that was salvaged before keeps its gaps.
///
/// The file is read twice and nothing is written before the first reading has ended. Throws
/// JournalError for a file without a whole header, without which nothing can be told apart, and
/// where frames that hold do not follow each other, which is no damage but a change, or are
/// together nothing that a Journal opens, such as with a critical frame of unknown type; FileError
/// if `to` is `from`, or is there and not `overwrite`, or cannot be written. Then nothing is left
/// of `to`, nor when `progress` throws, which is called for every frame that is kept.
Salvaged salvage(const std::filesystem::path& from, const std::filesystem::path& to, bool overwrite,
                 const std::function<void()>& progress = {});

}  // namespace reprise
