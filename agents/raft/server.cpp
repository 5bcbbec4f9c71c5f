#include "agents/raft/server.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace reprise::raft {

namespace {

constexpr AgentId nobody{};

}  // namespace

void Server::Options::validate() const {
  if (heartbeat <= Duration::zero() || election_min <= heartbeat || election_max < election_min) {
    throw std::invalid_argument("0 < heartbeat < election_min <= election_max must hold");
  }
  if (batch == 0 || snapshot_every == 0 || members_min == 0) {
    throw std::invalid_argument("batch, snapshot_every and members_min must be 1 or more");
  }
}

void Server::abstract(AbstractState& state) const {
  state.is(role)
      .is(trial.has_value())
      .is(ballot.vote != nobody)
      .is(log.last_term() == ballot.term)
      .is(commit == log.last_index())
      .is(members_index > commit)
      .is(members.size())
      .compared(ballot.term)
      .compared(log.last_term())
      .compared(log.last_index())
      .compared(commit);
}

void Server::on(const Start&, Context& world) {
  ++starts;
  std::optional<Recovered> found = recover(disk);
  if (!found) {  // it must not vote, nor lead, from a log that may have lost what it has promised
    world.retire();
    return;
  }
  ballot = found->ballot;
  snapshot = std::move(found->snapshot);
  log = std::move(found->log);
  world.sync(disk);
  if (snapshot.members.empty()) {
    snapshot.members = world.find_all(options.group);
    if (options.voters != 0 && options.voters < snapshot.members.size()) {
      snapshot.members.resize(options.voters);
    }
  }
  store = snapshot.store;
  if (has(Bug::snapshot_forgets_sessions)) store.sessions.clear();
  commit = snapshot.index;
  applied = has(Bug::restart_applies_again) ? log.base_index : snapshot.index;
  recovered = log.last_index();
  find_members();
  world.wake(world.random().uniform(options.election_min, options.election_max), ElectionDue{});
}

// --- elections
// -------------------------------------------------------------------------------------

void Server::on(const ElectionDue&, Context& world) {
  world.wake(world.random().uniform(options.election_min, options.election_max), ElectionDue{});
  compact(world);
  if (role == Role::leader) {
    keep_contact();
    return;
  }
  const bool led = std::exchange(heard, has(Bug::contact_not_forgotten) && heard);
  if (led && !has(Bug::timer_not_reset)) return;
  leader = nobody;
  if (!is_member(world.self())) return;
  if (options.pre_vote && !is_majority(1)) {
    follow(nobody);
    votes = {world.self()};
    trial = ballot.term + 1;
    ask_for_votes(world);
  } else {
    stand(world);
  }
}

void Server::stand(Context& world) {
  if (!enter_term(ballot.term + 1, world.self(), world)) return;
  role = Role::candidate;
  votes = {world.self()};
  world.wake(options.heartbeat, HeartbeatDue{ballot.term});
  if (is_majority(votes.size())) {
    lead(world);
  } else {
    ask_for_votes(world);
  }
}

/// Of those who have not given it yet.
void Server::ask_for_votes(Context& world) {
  for (const AgentId member : members) {
    if (votes.contains(member)) continue;
    world.send(member, VoteRequest{trial.value_or(ballot.term), log.last_index(), log.last_term(),
                                   trial.has_value()});
  }
}

void Server::on(const VoteRequest& request, Context& world) {
  const AgentId candidate = world.sender();
  if (request.trial) {
    const bool would =
        request.term > ballot.term && is_current(request) && !heard && role != Role::leader;
    world.send(candidate, Vote{would ? request.term : ballot.term, would, true});
    return;
  }
  if (request.term > ballot.term && !enter_term(request.term, nobody, world)) return;
  const bool free = ballot.vote == nobody || ballot.vote == candidate || has(Bug::vote_twice);
  const bool granted =
      request.term == ballot.term && role == Role::follower && free && is_current(request);
  if (granted) {
    if (!enter_term(request.term, candidate, world)) return;
    heard = true;
  }
  world.send(candidate, Vote{ballot.term, granted, false});
}

void Server::on(const Vote& vote, Context& world) {
  if (!vote.granted) {
    if (vote.term > ballot.term) enter_term(vote.term, nobody, world);
    return;
  }
  const bool counts = vote.trial ? trial == vote.term && vote.term == ballot.term + 1
                                 : role == Role::candidate && vote.term == ballot.term;
  if (!counts || !is_member(world.sender())) return;
  votes.insert(world.sender());
  if (!is_majority(votes.size())) return;
  if (vote.trial) {
    stand(world);
  } else {
    lead(world);
  }
}

/// Takes note of a term, and of the vote in it, on the disk. False if there is no room for it.
bool Server::enter_term(Term term, AgentId vote, Context& world) {
  if (term == ballot.term && vote == ballot.vote) return true;
  const Ballot next{term, vote};
  if (!keep(has(Bug::vote_not_kept) ? Ballot{term, nobody} : next, disk)) return false;
  world.sync(disk);
  if (term > ballot.term) follow(nobody);
  ballot = next;
  return true;
}

void Server::follow(AgentId whom) {
  role = Role::follower;
  leader = whom;
  votes.clear();
  trial.reset();
  others.clear();
  reads.clear();
}

void Server::lead(Context& world) {
  follow(world.self());
  role = Role::leader;
  round = 0;
  for (const AgentId member : members) {
    if (member != world.self()) others[member].next = log.last_index() + 1;
  }
  if (has(Bug::commit_by_counting)) {
    tell_all(world);
  } else if (!append_own(EntryKind::nothing, {}, {}, world)) {
    follow(nobody);
  }
}

/// A leader tells the others that it is there; a candidate asks again, as messages are lost.
void Server::on(const HeartbeatDue& due, Context& world) {
  if (due.term != ballot.term || role == Role::follower) return;
  if (role == Role::leader) {
    tell_all(world);
  } else {
    ask_for_votes(world);
  }
  world.wake(options.heartbeat, HeartbeatDue{ballot.term});
}

/// A leader that hears from no majority may have been replaced.
void Server::keep_contact() {
  std::size_t reached = 0;
  for (const AgentId member : members) {
    const auto other = others.find(member);
    reached += other == others.end() || other->second.heard ? 1 : 0;  // without: itself
  }
  for (auto& [id, other] : others) other.heard = false;
  if (!is_majority(reached)) follow(nobody);
}

bool Server::is_current(const VoteRequest& request) const {
  if (has(Bug::vote_without_log_check)) return true;
  return std::pair(request.last_term, request.last_index) >=
         std::pair(log.last_term(), log.last_index());
}

bool Server::is_member(AgentId server) const {
  return std::ranges::find(members, server) != members.end();
}

}  // namespace reprise::raft
