#include <algorithm>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include "agents/raft/server.hpp"

/// What a server does with its log: it sends it, takes it, commits, and applies it to the store.
namespace reprise::raft {

// --- the leader
// ------------------------------------------------------------------------------------

void Server::on(const Request& request, Context& world) {
  const Command& command = request.command;
  if (role != Role::leader) {
    world.send(command.client, Reply{command.number, Outcome::elsewhere, {}, leader});
  } else if (command.action == Action::get) {
    read(command, world);
  } else if (store.has_done(command) && !has(Bug::retry_applied_again)) {
    world.send(command.client, Reply{command.number, Outcome::done, {}, leader});
  } else if (!append_own(EntryKind::command, command, {}, world)) {
    world.send(command.client, Reply{command.number, Outcome::later, {}, leader});
  }
}

void Server::on(const Reconfigure& change, Context& world) {
  if (role != Role::leader || is_member(change.server) == change.joins) return;
  if (members_index > commit && !has(Bug::two_changes_at_once)) return;
  const bool settled = log.term_at(commit) == ballot.term;
  if (!settled && !has(Bug::change_before_commit)) return;
  std::vector<AgentId> changed = members;
  if (change.joins) {
    changed.push_back(change.server);
  } else if (changed.size() > options.members_min) {
    std::erase(changed, change.server);
  } else {
    return;
  }
  append_own(EntryKind::members, {}, std::move(changed), world);
}

/// A new entry of the leader's own. False if there is no room for it on the disk.
bool Server::append_own(EntryKind kind, const Command& command, std::vector<AgentId> changed,
                        Context& world) {
  const Entry entry{log.last_index() + 1, ballot.term, kind, command, std::move(changed)};
  if (!append(std::span(&entry, 1), log, disk)) return false;
  if (!has(Bug::append_without_sync)) world.sync(disk);
  log.entries.push_back(entry);
  if (kind == EntryKind::members) find_members();
  tell_all(world);
  count(world);
  return true;
}

void Server::tell_all(Context& world) {
  ++round;
  for (const AgentId member : members) {
    if (member != world.self()) tell(member, world);
  }
}

void Server::tell(AgentId server, Context& world) {
  const auto [found, is_new] = others.try_emplace(server);
  Progress& other = found->second;
  if (is_new) other.next = log.last_index() + 1;
  if (other.next <= log.base_index) {
    if (auto kept = kept_snapshot(disk)) {
      other.next = kept->index + 1;
      world.send(server, Install{ballot.term, round, std::move(*kept)});
    }
    return;
  }
  const Index previous = other.next - 1;
  const std::span<const Entry> entries = log.from(other.next, options.batch);
  other.next += entries.size();
  world.send(server, Append{ballot.term,
                            previous,
                            log.term_at(previous),
                            commit,
                            round,
                            {entries.begin(), entries.end()}});
}

void Server::on(const Appended& appended, Context& world) {
  if (appended.term > ballot.term) {
    enter_term(appended.term, {}, world);
    return;
  }
  const auto found = others.find(world.sender());
  if (role != Role::leader || appended.term != ballot.term || found == others.end()) return;
  Progress& other = found->second;
  other.heard = true;
  other.round = std::max(other.round, appended.round);
  if (appended.accepted) {
    const Index match = has(Bug::match_assumed) ? log.last_index() : appended.match;
    other.match = std::max(other.match, match);
    other.next = std::max(other.next, other.match + 1);
    count(world);
    if (role == Role::leader && other.next <= log.last_index()) tell(world.sender(), world);
  } else if (appended.match + 1 < other.next) {
    if (has(Bug::leader_gives_way)) log.cut_from(std::max(appended.match, commit) + 1);
    other.next = std::max(other.match, appended.match) + 1;
    tell(world.sender(), world);
  }
  answer_reads(world);
}

/// Commits what a majority has.
void Server::count(Context& world) {
  for (Index index = log.last_index(); index > std::max(commit, log.base_index); --index) {
    // An entry of an earlier term is committed by one of this term behind it (Raft, 5.4.2).
    if (log.term_at(index) != ballot.term && !has(Bug::commit_by_counting)) break;
    std::size_t have = 0;
    for (const AgentId member : members) {
      const auto other = others.find(member);
      have += member == world.self() || (other != others.end() && other->second.match >= index);
    }
    if (!is_majority(have)) continue;
    commit = index;
    apply(world);
    break;
  }
}

// --- the others
// ------------------------------------------------------------------------------------

void Server::on(const Append& message, Context& world) {
  const AgentId from = world.sender();
  if (message.term < ballot.term && !has(Bug::append_from_old_term)) {
    world.send(from, Appended{ballot.term, false, 0, message.round});
    return;
  }
  if (message.term > ballot.term && !enter_term(message.term, {}, world)) return;
  if (role != Role::follower || leader != from) follow(from);
  heard = true;

  if (message.previous > log.base_index && !log.has(message.previous, message.previous_term)) {
    const bool taken = message.entries.empty() && has(Bug::heartbeat_unchecked);
    if (taken) {
      commit = std::max(commit, std::min(message.commit, log.last_index()));
      apply(world);
    }
    const Index maybe = std::min(log.last_index(), message.previous - 1);
    world.send(from, Appended{ballot.term, taken, taken ? log.last_index() : maybe, message.round});
    return;
  }

  std::vector<Entry> fresh;
  for (const Entry& entry : message.entries) {
    if (entry.index <= log.base_index) continue;
    if (fresh.empty() && log.has(entry.index, entry.term)) continue;
    if (has(Bug::conflict_kept) && entry.index <= log.last_index()) continue;
    fresh.push_back(entry);
  }
  if (!fresh.empty()) {
    if (!append(fresh, log, disk)) return;
    if (!has(Bug::append_without_sync)) world.sync(disk);
    log.cut_from(fresh.front().index);
    std::ranges::move(fresh, std::back_inserter(log.entries));
    find_members();
  }
  const Index match = std::max(message.previous + message.entries.size(), log.base_index);
  commit = std::max(commit, std::min(message.commit, match));
  apply(world);
  world.send(from, Appended{ballot.term, true, match, message.round});
}

void Server::on(const Install& install, Context& world) {
  const AgentId from = world.sender();
  if (install.term < ballot.term) {
    world.send(from, Appended{ballot.term, false, 0, install.round});
    return;
  }
  if (install.term > ballot.term && !enter_term(install.term, {}, world)) return;
  if (role != Role::follower || leader != from) follow(from);
  heard = true;

  const Snapshot& given = install.snapshot;
  const bool is_news = given.index > commit || has(Bug::snapshot_discards_log);
  if (is_news) {
    Log rest{.base_index = given.index, .base_term = given.term};
    if (log.has(given.index, given.term) && !has(Bug::snapshot_discards_log)) {
      rest = log;
      rest.compact(given.index);
    }
    if (!keep(given, disk)) return;
    world.sync(disk);
    if (!keep(rest, disk)) return;
    world.sync(disk);
    log = std::move(rest);
    snapshot = given;
    store = given.store;
    if (has(Bug::snapshot_forgets_sessions)) store.sessions.clear();
    commit = applied = given.index;
    find_members();
  }
  world.send(from, Appended{ballot.term, true, is_news ? given.index : commit, install.round});
}

// --- all
// -------------------------------------------------------------------------------------------

void Server::apply(Context& world) {
  world.check(commit <= log.last_index(), "what is committed is in the log");
  const bool leads = role == Role::leader;
  while (applied < commit) {
    const Entry& entry = log.at(++applied);
    if (entry.kind != EntryKind::command) continue;
    const bool again =
        has(Bug::retry_applied_again) || (has(Bug::restart_applies_again) && applied <= recovered);
    if (again) {
      store.execute(entry.command);
    } else {
      store.apply(entry.command);
    }
    if (leads) {
      world.send(entry.command.client, Reply{entry.command.number, Outcome::done, {}, leader});
    }
  }
  if (leads) {
    answer_reads(world);
    if (members_index <= commit && !is_member(world.self())) follow({});
  }
}

/// The last members that the log names, committed or not, are the cluster.
void Server::find_members() {
  const auto named = std::find_if(log.entries.rbegin(), log.entries.rend(), [](const Entry& entry) {
    return entry.kind == EntryKind::members;
  });
  const bool in_log = named != log.entries.rend() && named->index > snapshot.index;
  members = in_log ? named->members : snapshot.members;
  members_index = in_log ? named->index : snapshot.index;
}

/// Takes a snapshot when it is time, and lets the log begin later.
void Server::compact(Context& world) {
  if (applied < snapshot.index + options.snapshot_every) return;
  Snapshot next{applied, log.term_at(applied), snapshot.members, store};
  for (const Entry& entry : log.entries) {
    const bool counts = entry.index > snapshot.index && entry.index <= applied;
    if (counts && entry.kind == EntryKind::members) next.members = entry.members;
  }
  Log rest = log;
  rest.compact(applied - std::min<Index>(applied - log.base_index, options.snapshot_keeps));
  if (!keep(next, disk)) return;
  world.sync(disk);
  if (keep(rest, disk)) {
    world.sync(disk);
    log = std::move(rest);
  }
  snapshot = std::move(next);
}

// --- the store
// -------------------------------------------------------------------------------------

/// Answers a get once it is known that this server led after it was asked (read-index).
void Server::read(const Command& command, Context& world) {
  if (has(Bug::stale_read)) {
    world.send(command.client,
               Reply{command.number, Outcome::done, store.value(command.key), leader});
    return;
  }
  // Before it has committed an entry of its own term it does not know what is committed.
  if (log.term_at(commit) != ballot.term && !has(Bug::read_before_commit)) {
    world.send(command.client, Reply{command.number, Outcome::later, {}, leader});
    return;
  }
  tell_all(world);
  reads.push_back({command.client, command.number, command.key, commit, round});
  answer_reads(world);
}

void Server::answer_reads(Context& world) {
  std::erase_if(reads, [&](const PendingRead& read) {
    std::size_t know = 0;
    for (const AgentId member : members) {
      const auto other = others.find(member);
      know +=
          member == world.self() || (other != others.end() && other->second.round >= read.round);
    }
    if (!is_majority(know) || applied < read.index) return false;
    world.send(read.client, Reply{read.number, Outcome::done, store.value(read.key), leader});
    return true;
  });
}

}  // namespace reprise::raft
