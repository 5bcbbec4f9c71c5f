#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "tools/lab/hunt/failed_run.hpp"
#include "tools/lab/hunt/run_score.hpp"

namespace reprise {

/// A folder of runs that are worth living again, each a scenario file that says all of it (seed,
/// inputs, options) and the journal of its run: "5ff1c094.toml" and "5ff1c094.rpj", by the digest
/// of what the file says.
class Corpus {
 public:
  /// The corpus in a folder, which need not be there yet. Throws FileError if a file is in its
  /// place.
  explicit Corpus(std::filesystem::path folder);

  /// Its scenario files, by name. Throws FileError if it cannot be read.
  std::vector<std::filesystem::path> scenarios() const;

  /// Where a run is, if it is there. Throws InputError where no scenario file can say it.
  std::filesystem::path file_of(const RecordedRun& run) const;

  /// Adds a run that is not there, and returns its file. Throws InputError, and adds nothing, where
  /// no scenario file can say it: the run of the file is not the one that was recorded in `from`.
  /// Throws Interrupted, likewise.
  std::filesystem::path add(const std::string& from, const RecordedRun& run, const Catalog& catalog,
                            const std::function<bool()>& interrupted) const;

  /// Takes one away, with its journal. Throws FileError.
  static void remove(const std::filesystem::path& scenario);

 private:
  std::filesystem::path folder_;
};

/// The run of a scenario file, to be scored.
Contender contender_of(const std::filesystem::path& scenario, const Catalog& catalog);

}  // namespace reprise
