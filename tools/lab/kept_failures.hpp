#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <utility>

#include "tools/command.hpp"
#include "tools/lab/kept_run.hpp"

namespace reprise {

/// The folder where a search keeps a journal of each group of failures.
class KeptFailures {
 public:
  static constexpr std::size_t journals_max = 100;  ///< One looks at these first.

  KeptFailures(const Invocation& call, std::filesystem::path folder)
      : call_(call), folder_(std::move(folder)) {}

  const std::filesystem::path& folder() const { return folder_; }

  /// Where the journal of the group with this fingerprint is, if there is one.
  std::filesystem::path journal_of(const std::string& fingerprint) const;

  /// Has `live` write that journal, and complains if its run went another way. One that was
  /// interrupted is removed.
  void keep(const std::string& fingerprint,
            const std::function<KeptRun(const std::filesystem::path&)>& live);

  bool cut() const { return cut_; }          ///< One was interrupted.
  bool differs() const { return differs_; }  ///< A run went another way when it was lived again.

 private:
  const Invocation& call_;
  std::filesystem::path folder_;
  bool cut_ = false;
  bool differs_ = false;
};

}  // namespace reprise
