#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agents/raft/client.hpp"
#include "agents/raft/server.hpp"
#include "engine/simulation.hpp"
#include "engine/time.hpp"

/// What must hold of a Raft cluster: the five safety properties of Ongaro and Ousterhout 2014,
/// figure 3, what its clients may see, and that it comes to rest when nothing breaks any more.
namespace reprise::raft {

using Wrong = std::optional<std::string>;

struct ElectionSafety {
  static constexpr std::string_view about = "at most one server leads in a term";
  std::map<Term, AgentId> leaders;

  Wrong after(const Delivery& delivery, const Simulation& world);
};

/// Where a log begins and ends. One whose ends are as they were is taken for unchanged: where an
/// entry in its middle gets another term, that is seen when the log next grows.
struct LogEnds {
  Index base = 0;
  Term base_term = 0;
  Index last = 0;
  Term last_term = 0;

  LogEnds() = default;
  explicit LogEnds(const Log& log)
      : base(log.base_index),
        base_term(log.base_term),
        last(log.last_index()),
        last_term(log.last_term()) {}

  friend bool operator==(const LogEnds&, const LogEnds&) = default;
};

struct LeaderAppendOnly {
  static constexpr std::string_view about =
      "a leader never changes or takes back entries of its log";

  struct Seen {
    std::uint64_t starts = 0;
    Term term = 0;
    LogEnds ends;
    std::vector<Term> terms;  ///< Of the entries behind the base.
  };
  std::map<AgentId, Seen> seen;  ///< Those who lead.

  Wrong after(const Delivery& delivery, const Simulation& world);
};

struct LogMatching {
  static constexpr std::string_view about =
      "logs that have an entry of the same index and term have the same entries up to it";

  struct Seen {
    LogEnds ends;
    std::vector<Term> terms;
  };
  std::map<std::pair<Index, Term>, std::uint64_t> chains;  ///< Of all entries up to one.
  std::map<AgentId, Seen> seen;

  Wrong after(const Delivery& delivery, const Simulation& world);
};

struct LeaderCompleteness {
  static constexpr std::string_view about =
      "what is committed is in the log of each leader of a later term";
  Index committed = 0;    ///< The last that any server takes for committed.
  Term entry_term = 0;    ///< That entry's own.
  Term committed_in = 0;  ///< The term of who first did.
  std::map<AgentId, Term> leaders;

  Wrong after(const Delivery& delivery, const Simulation& world);
};

/// The entries that have been applied, in order, and the store as it must be after each: what the
/// log says, done by a store of our own.
class AppliedEntries {
 public:
  /// Takes in what server `id` has applied since it was last seen. Says if it has applied another
  /// entry than somebody else, or goes back.
  Wrong take(AgentId id, const Server& server);

  Index last() const { return entries_.size(); }

  /// The store after entry `index`, from 0 to last(), as a digest.
  std::uint64_t store_after(Index index) const { return index == 0 ? none() : stores_[index - 1]; }

  /// Where the command of a client took effect; nothing if it has not.
  std::optional<Index> effect_of(AgentId client, std::uint64_t number) const;

  /// The entry that gave `key` this value, which it had at some time from entry `since` on; 0 for
  /// what it was at first, and nothing if it had not.
  std::optional<Index> entry_of_value(const std::string& key, const std::string& value,
                                      Index since) const;

 private:
  static std::uint64_t none();
  void add(const Entry& entry, std::uint64_t digest);

  std::vector<std::uint64_t> entries_;  // digests, from index 1 on
  std::vector<std::uint64_t> stores_;   // likewise
  Store store_;
  std::map<std::pair<AgentId, std::uint64_t>, Index> effects_;
  std::map<std::string, std::vector<std::pair<Index, std::string>>>
      values_;                                               // by key, each version
  std::map<AgentId, std::pair<std::uint64_t, Index>> seen_;  // starts, and how far it had applied
};

struct StateMachineSafety {
  static constexpr std::string_view about =
      "servers apply the same entry at the same index, each command once, and have the store that "
      "follows from them";

  struct Seen {
    std::uint64_t starts = 0;
    Index applied = 0;
  };
  AppliedEntries applied;
  std::map<AgentId, Seen> seen;

  Wrong after(const Delivery& delivery, const Simulation& world);
};

struct Linearizable {
  static constexpr std::string_view about =
      "a client sees what was there at some time between its question and its answer";

  struct Open {
    std::uint64_t count = 0;  ///< Of the history's events, as far as they were seen.
    Index known = 0;          ///< What somebody had been told of when the client asked.
  };
  AppliedEntries applied;
  Index known = 0;
  std::map<AgentId, Open> clients;

  Wrong after(const Delivery& delivery, const Simulation& world);

 private:
  Wrong answered(const Client& client, const OperationHistory::Event& event, Index since);
};

struct Calm {
  static constexpr std::string_view about =
      "some seconds after chaos has ended elections are over and some client gets answers";
  static constexpr Duration settling = std::chrono::seconds(2);
  static constexpr Duration patience = std::chrono::seconds(1);  ///< With no answer at all.
  static constexpr Term elections_max = 2;

  Time from{};  ///< When it should be calm.
  Term term = 0;
  std::optional<Term> first;
  Time answered{};  ///< The last time that a client had an answer, or none wanted one.
  std::map<AgentId, std::uint64_t> answers;
  std::set<AgentId> waiting;  ///< Clients with a question.

  Wrong begin(const Simulation& world);
  Wrong after(const Delivery& delivery, const Simulation& world);
  double nearness() const;

 private:
  Time now_{};  // of the last event, once it should be calm
};

}  // namespace reprise::raft
