#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agents/raft/log.hpp"
#include "agents/raft/messages.hpp"
#include "agents/raft/storage.hpp"
#include "engine/agent.hpp"
#include "engine/context.hpp"
#include "engine/control.hpp"
#include "engine/disk.hpp"
#include "engine/fields.hpp"
#include "engine/time.hpp"

namespace reprise::raft {

/// Mistakes for a sweep to find; docs/hunting.md says what each is.
enum class Bug : std::uint8_t {
  none,
  vote_not_kept,
  vote_twice,
  vote_without_log_check,
  append_without_sync,
  append_from_old_term,
  conflict_kept,
  heartbeat_unchecked,
  commit_by_counting,
  match_assumed,
  stale_read,
  read_before_commit,
  retry_applied_again,
  restart_applies_again,
  snapshot_forgets_sessions,
  snapshot_discards_log,
  two_changes_at_once,
  change_before_commit,
  leader_gives_way,
  timer_not_reset,
  contact_not_forgotten
};

enum class Role : std::uint8_t { follower, candidate, leader };

/// What a leader knows of another server.
struct Progress {
  Index next = 1;           ///< The entry that it is sent next.
  Index match = 0;          ///< Up to here its log is the leader's.
  std::uint64_t round = 0;  ///< The last one that it has answered.
  bool heard = true;        ///< Since the leader's election timer was last due.
  REPRISE_FIELDS(next, match, round, heard)
};

/// A get that waits until the leader knows that it still leads.
struct PendingRead {
  AgentId client{};
  std::uint64_t number = 0;
  std::string key;
  Index index = 0;          ///< What must have been applied.
  std::uint64_t round = 0;  ///< What a majority must have answered.
  REPRISE_FIELDS(client, number, key, index, round)
};

/// A server of Raft (Ongaro and Ousterhout, In Search of an Understandable Consensus Algorithm,
/// 2014; Ongaro, Consensus: Bridging Theory and Practice, 2014) with a key-value store on top:
/// elections with pre-vote and a leader that gives up when it hears from no majority, the log and
/// the vote on a disk, snapshots, one server coming or going at a time, reads by read-index, and
/// commands that are done once however often a client asks.
///
/// It looks at no clock. Its election timer is due again and again, after a time drawn anew; who
/// has heard from a leader in between stays a follower.
struct Server {
  static constexpr std::string_view about =
      "a server of a Raft cluster with a key-value store, and planted bugs on request";

  using Handles = Messages<Start, ElectionDue, HeartbeatDue, VoteRequest, Vote, Append, Appended,
                           Install, Request, Reconfigure>;

  struct Options {
    std::string group = "server";  ///< Its own.
    std::uint32_t voters = 0;      ///< 0: all.
    std::uint32_t members_min = 3;
    Duration election_min = std::chrono::milliseconds(150);
    Duration election_max = std::chrono::milliseconds(300);
    Duration heartbeat = std::chrono::milliseconds(40);
    std::uint32_t batch = 16;
    std::uint32_t snapshot_every = 40;
    std::uint32_t snapshot_keeps = 10;
    bool pre_vote = true;
    Bug bug = Bug::none;
    REPRISE_FIELDS(group, voters, members_min, election_min, election_max, heartbeat, batch,
                   snapshot_every, snapshot_keeps, pre_vote, bug)

    static constexpr About about[] = {
        {"group", "The name under which the servers are declared."},
        {"voters", "So many of them, the first, are the cluster at first; 0: all."},
        {"members_min", "It lets no server leave if fewer would be left."},
        {"election_min",
         "The election timer is due after this at least, and election_max at most."},
        {"election_max", "See election_min."},
        {"heartbeat", "A leader sends to each server as often as this, or more often."},
        {"batch", "So many entries at most go in one message."},
        {"snapshot_every", "A snapshot is taken when so many entries have been applied since."},
        {"snapshot_keeps", "So many entries before a snapshot stay in the log."},
        {"pre_vote", "A server asks whether it would be elected before it stands for election."},
        {"bug", "A planted mistake."}};

    void validate() const;
  };

  Options options{};
  Disk disk;
  std::uint64_t starts = 0;  ///< For properties: a server that has forgotten is another.

  Role role = Role::follower;
  Ballot ballot;  ///< Its term, and for whom it voted in it.
  AgentId leader{};
  bool heard = false;  ///< From a leader or a candidate it voted for, since its timer was due.
  std::set<AgentId> votes;
  std::optional<Term> trial;  ///< The term for which it asks whether it would be elected.
  Log log;
  std::vector<AgentId> members;
  Index members_index = 0;  ///< The entry that made them the cluster.
  Index commit = 0;
  Index applied = 0;
  Index recovered = 0;  ///< The last entry that it had when it started, for a planted bug.
  Store store;
  Snapshot snapshot;  ///< The last one.
  std::uint64_t round = 0;
  std::map<AgentId, Progress> others;
  std::vector<PendingRead> reads;
  REPRISE_FIELDS(options, disk, starts, role, ballot, leader, heard, votes, trial, log, members,
                 members_index, commit, applied, recovered, store, snapshot, round, others, reads)
  REPRISE_DURABLE(disk, starts)

  /// Where it stands in an election, and how far it is beside the others.
  void abstract(AbstractState& state) const;

  void on(const Start&, Context& world);
  void on(const ElectionDue&, Context& world);
  void on(const HeartbeatDue& due, Context& world);
  void on(const VoteRequest& request, Context& world);
  void on(const Vote& vote, Context& world);
  void on(const Append& append, Context& world);
  void on(const Appended& appended, Context& world);
  void on(const Install& install, Context& world);
  void on(const Request& request, Context& world);
  void on(const Reconfigure& change, Context& world);

 private:
  bool has(Bug bug) const { return options.bug == bug; }

  // elections
  bool enter_term(Term term, AgentId vote, Context& world);
  void follow(AgentId whom);
  void stand(Context& world);
  void ask_for_votes(Context& world);
  void lead(Context& world);
  bool is_current(const VoteRequest& request) const;
  bool is_member(AgentId server) const;
  bool is_majority(std::size_t servers) const { return servers * 2 > members.size(); }

  // the log
  bool append_own(EntryKind kind, const Command& command, std::vector<AgentId> changed,
                  Context& world);
  void tell_all(Context& world);
  void tell(AgentId server, Context& world);
  void count(Context& world);
  void apply(Context& world);
  void find_members();
  void keep_contact();
  void compact(Context& world);

  // the store
  void read(const Command& command, Context& world);
  void answer_reads(Context& world);
};

}  // namespace reprise::raft
