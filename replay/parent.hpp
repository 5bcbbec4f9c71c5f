#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "replay/journal_reader.hpp"

namespace reprise {

/// A branch has no parent that it could be lived again from.
class ParentError : public JournalError {
 public:
  ParentError(const Journal& branch, bool is_missing, const std::string& reason);

  bool missing;  ///< No journal has its name; otherwise those that do are not what they were.
};

/// One step of open_history(): the parent of `branch`, itself without its parent, looked for in the
/// branch's folder and in `places`. Throws ParentError, and JournalError for a branch of which
/// nothing is proved.
std::shared_ptr<Journal> open_parent(const std::shared_ptr<Journal>& branch,
                                     std::span<const std::filesystem::path> places = {});

}  // namespace reprise
