#pragma once

#include <optional>
#include <span>

#include "agents/raft/log.hpp"
#include "engine/disk.hpp"
#include "engine/fields.hpp"
#include "engine/ids.hpp"

/// The three files of a server. Each record has a checksum, so that what a crash has torn is not
/// taken for an entry. Nothing is safe before Context::sync().
namespace reprise::raft {

/// A term, and for whom the server has voted in it; 0 for nobody.
struct Ballot {
  Term term = 0;
  AgentId vote{};
  REPRISE_FIELDS(term, vote)
};

/// What a server finds on its disk when it starts.
struct Recovered {
  Ballot ballot;
  Snapshot snapshot;
  Log log;  ///< Has the snapshot's entry, or begins behind it.
};

// Each says whether there was room for it.
[[nodiscard]] bool keep(const Ballot& ballot, Disk& disk);
[[nodiscard]] bool keep(const Snapshot& snapshot, Disk& disk);
[[nodiscard]] bool keep(const Log& log, Disk& disk);  ///< In the place of all that was there.
[[nodiscard]] bool append(std::span<const Entry> entries, const Log& log,
                          Disk& disk);  ///< To `log`.

/// What can be read. An entry takes the place of those with its index and later ones; the log ends
/// before the first record that is torn, which is cut off. One that has not the snapshot's entry is
/// older than the snapshot, or goes another way, and is removed. Nothing where another checksum is
/// wrong, or entries are missing: a disk has lied, and no server must start from it. Rot in the log
/// looks as if it was torn, and is not survived.
std::optional<Recovered> recover(Disk& disk);

/// The snapshot that is on the disk.
std::optional<Snapshot> kept_snapshot(const Disk& disk);

}  // namespace reprise::raft
