#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>

#include "replay/journal_reader.hpp"

/// A branch and the journals it is a branch of.
namespace reprise {

/// The most ancestors that a branch has.
inline constexpr std::size_t ancestors_max = 64;

/// Opens a journal and, for a branch, its ancestors. Each is looked for by its name
/// (Journal::name()) among the files in the folders of the journal that names it and of the
/// branches of that, and then in `places`: journals, or folders that hold some. What a journal says
/// of its parent is checked, the digest of the inputs up to the step included, which reads those.
/// Throws FileError, and JournalError for a branch whose parent is missing or is not what it names,
/// that has more than ancestors_max, or of which nothing is proved.
Journal open_history(const std::filesystem::path& path,
                     std::span<const std::filesystem::path> places = {});

/// The first inputs that a journal holds itself.
struct FirstInputs {
  Sha256 digest{};                   ///< SHA-256 over their records.
  std::optional<Step> last_after{};  ///< Of the last of them, if that is an edit.
  Time last_at{};                    ///< Of the last of them, if it is so.
};

/// Of `count` inputs of `journal`. Throws JournalError if it holds fewer.
FirstInputs first_inputs(const Journal& journal, std::uint64_t count);

}  // namespace reprise
