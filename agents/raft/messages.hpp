#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agents/raft/log.hpp"
#include "engine/fields.hpp"
#include "engine/ids.hpp"

namespace reprise::raft {

struct VoteRequest {
  static constexpr std::string_view kind = "raft.vote_request";
  static constexpr std::string_view about = "a server wants to lead";
  Term term = 0;
  Index last_index = 0;  ///< Of its log, as the next.
  Term last_term = 0;
  bool trial = false;  ///< It only asks whether it would get the vote (pre-vote).
  REPRISE_FIELDS(term, last_index, last_term, trial)
};

struct Vote {
  static constexpr std::string_view kind = "raft.vote";
  static constexpr std::string_view about = "a server gives or refuses its vote";
  Term term = 0;  ///< What was asked for where it is granted, else the voter's.
  bool granted = false;
  bool trial = false;
  REPRISE_FIELDS(term, granted, trial)
};

struct Append {
  static constexpr std::string_view kind = "raft.append";
  static constexpr std::string_view about = "the leader's entries, or that it is there";
  Term term = 0;
  Index previous = 0;  ///< The entry before these, and its term.
  Term previous_term = 0;
  Index commit = 0;         ///< What the leader has committed.
  std::uint64_t round = 0;  ///< Comes back in the answer.
  std::vector<Entry> entries;
  REPRISE_FIELDS(term, previous, previous_term, commit, round, entries)
};

struct Appended {
  static constexpr std::string_view kind = "raft.appended";
  static constexpr std::string_view about = "a server has taken or refused a leader's entries";
  Term term = 0;
  bool accepted = false;
  Index match = 0;  ///< Up to here its log is the leader's; where refused, where it may be.
  std::uint64_t round = 0;
  REPRISE_FIELDS(term, accepted, match, round)
};

struct Install {
  static constexpr std::string_view kind = "raft.install";
  static constexpr std::string_view about = "the leader's snapshot, for who lacks its entries";
  Term term = 0;
  std::uint64_t round = 0;
  Snapshot snapshot;
  REPRISE_FIELDS(term, round, snapshot)
};

struct Request {
  static constexpr std::string_view kind = "raft.request";
  static constexpr std::string_view about = "what a client asks of the store";
  Command command;
  REPRISE_FIELDS(command)
};

enum class Outcome : std::uint8_t {
  done,
  elsewhere,  ///< this server does not lead
  later       ///< it cannot just now
};

struct Reply {
  static constexpr std::string_view kind = "raft.reply";
  static constexpr std::string_view about = "a server's answer to a client";
  std::uint64_t number = 0;
  Outcome outcome = Outcome::done;
  std::string value;  ///< What a get has read.
  AgentId leader{};   ///< Who leads, as far as the server knows; 0 if it does not.
  REPRISE_FIELDS(number, outcome, value, leader)
};

/// Only one server comes or goes at a time (Ongaro 2014, chapter 4).
struct Reconfigure {
  static constexpr std::string_view kind = "raft.reconfigure";
  static constexpr std::string_view about = "a server is to join the cluster or to leave it";
  AgentId server{};
  bool joins = false;
  REPRISE_FIELDS(server, joins)
};

struct ElectionDue {
  static constexpr std::string_view kind = "raft.election_due";
  static constexpr std::string_view about = "a server's own: has it heard from a leader?";
  REPRISE_FIELDS()
};

struct HeartbeatDue {
  static constexpr std::string_view kind = "raft.heartbeat_due";
  static constexpr std::string_view about = "a leader's or a candidate's own: send again";
  Term term = 0;
  REPRISE_FIELDS(term)
};

struct NextOperation {
  static constexpr std::string_view kind = "raft.next_operation";
  static constexpr std::string_view about = "a client's own: ask for something";
  REPRISE_FIELDS()
};

struct AnswerDue {
  static constexpr std::string_view kind = "raft.answer_due";
  static constexpr std::string_view about = "a client's own: is the answer there?";
  std::uint64_t number = 0;
  std::uint32_t attempt = 0;
  REPRISE_FIELDS(number, attempt)
};

struct NextChange {
  static constexpr std::string_view kind = "raft.next_change";
  static constexpr std::string_view about = "an operator's own: change the cluster";
  REPRISE_FIELDS()
};

}  // namespace reprise::raft
