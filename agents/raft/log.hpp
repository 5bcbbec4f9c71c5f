#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "engine/fields.hpp"
#include "engine/ids.hpp"

namespace reprise::raft {

using Term = std::uint64_t;
using Index = std::uint64_t;  ///< Of an entry in the log; the first is 1.

enum class Action : std::uint8_t { get, put, append };

/// What a client asks of the store.
struct Command {
  AgentId client{};
  std::uint64_t number = 0;  ///< The client's own, rising; the same when it asks again.
  Action action = Action::get;
  std::string key;
  std::string value;
  REPRISE_FIELDS(client, number, action, key, value)
};

enum class EntryKind : std::uint8_t {
  nothing,  ///< what a new leader begins its term with
  command,
  members  ///< from this entry on these servers are the cluster
};

struct Entry {
  Index index = 0;
  Term term = 0;
  EntryKind kind = EntryKind::nothing;
  Command command;
  std::vector<AgentId> members;
  REPRISE_FIELDS(index, term, kind, command, members)
};

/// The entries behind `base_index`; those up to it are part of a snapshot.
struct Log {
  Index base_index = 0;
  Term base_term = 0;
  std::vector<Entry> entries;
  REPRISE_FIELDS(base_index, base_term, entries)

  Index last_index() const { return base_index + entries.size(); }
  Term last_term() const { return entries.empty() ? base_term : entries.back().term; }

  /// Whether there is such an entry, or it is the base.
  bool has(Index index, Term term) const;

  /// The term of an entry from base_index to last_index(). Throws std::out_of_range for another, as
  /// the next.
  Term term_at(Index index) const;

  /// An entry behind base_index, up to last_index().
  const Entry& at(Index index) const;

  /// The entries from `first` on, `most` at most.
  std::span<const Entry> from(Index first, std::size_t most) const;

  /// Forgets the entries from `first` on.
  void cut_from(Index first);

  /// Forgets the entries up to `index`, which becomes the base.
  void compact(Index index);
};

/// The key-value store that the log drives, and which of each client's commands it has done.
struct Store {
  std::map<std::string, std::string> values;
  std::map<AgentId, std::uint64_t> sessions;  ///< The number of the last command done.
  REPRISE_FIELDS(values, sessions)

  /// Does a put or an append, unless this client's command of that number, or a later one, has
  /// been done.
  void apply(const Command& command);

  /// Does it without asking.
  void execute(const Command& command);

  bool has_done(const Command& command) const;

  /// The value of a key, "" if there is none.
  std::string value(const std::string& key) const;
};

/// The store as it is after entry `index`, and who is the cluster there.
struct Snapshot {
  Index index = 0;
  Term term = 0;
  std::vector<AgentId> members;
  Store store;
  REPRISE_FIELDS(index, term, members, store)
};

}  // namespace reprise::raft
