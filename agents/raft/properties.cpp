#include "agents/raft/properties.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "engine/chaos.hpp"
#include "engine/codec.hpp"

namespace reprise::raft {

namespace {

std::string said(Term term) {
  return std::to_string(term);
}

/// The server that a delivery may have changed; nullptr if it was none, or down.
const Server* server_of(const Delivery& delivery, const Simulation& world) {
  return delivery.dropped ? nullptr : world.agent<Server>(delivery.event.to);
}

std::uint64_t chain(std::uint64_t before, const Entry& entry) {
  Digester digester;
  digester(before, entry);
  return digester.digest().low;
}

/// `index` as others have it who know that it is committed: the log has it with that term, or has
/// forgotten it.
bool has_committed(const Log& log, Index index, Term term) {
  return index < log.base_index || log.has(index, term);
}

}  // namespace

Wrong ElectionSafety::after(const Delivery& delivery, const Simulation& world) {
  const Server* server = server_of(delivery, world);
  if (server == nullptr || server->role != Role::leader) return std::nullopt;
  const AgentId id = delivery.event.to;
  const auto [leader, is_new] = leaders.emplace(server->ballot.term, id);
  if (is_new || leader->second == id) return std::nullopt;
  return world.name_of(leader->second) + " and " + world.name_of(id) + " lead in term " +
         said(server->ballot.term);
}

Wrong LeaderAppendOnly::after(const Delivery& delivery, const Simulation& world) {
  const Server* server = server_of(delivery, world);
  if (server == nullptr) return std::nullopt;
  const AgentId id = delivery.event.to;
  if (server->role != Role::leader) {
    seen.erase(id);
    return std::nullopt;
  }
  const Log& log = server->log;
  Seen& before = seen[id];
  const bool goes_on = before.starts == server->starts && before.term == server->ballot.term;
  if (goes_on && before.ends == LogEnds(log)) return std::nullopt;
  Wrong wrong;
  if (goes_on) {
    Index index = before.ends.base;
    for (const Term term : before.terms) {
      if (++index <= log.base_index || log.has(index, term)) continue;
      wrong = world.name_of(id) + " leads in term " + said(server->ballot.term) +
              " and has no longer entry " + said(index) + " of term " + said(term);
      break;
    }
  }
  before = {server->starts, server->ballot.term, LogEnds(log), {}};
  for (const Entry& entry : log.entries) before.terms.push_back(entry.term);
  return wrong;
}

Wrong LogMatching::after(const Delivery& delivery, const Simulation& world) {
  const Server* server = server_of(delivery, world);
  if (server == nullptr) return std::nullopt;
  const Log& log = server->log;
  Seen& before = seen[delivery.event.to];
  const LogEnds ends(log);
  if (before.ends == ends) return std::nullopt;
  std::size_t same = 0;
  if (before.ends.base == ends.base && before.ends.base_term == ends.base_term) {
    while (same < log.entries.size() && same < before.terms.size() &&
           before.terms[same] == log.entries[same].term) {
      ++same;
    }
  }
  before.ends = ends;
  before.terms.clear();
  for (const Entry& entry : log.entries) before.terms.push_back(entry.term);

  // A base is an entry that was seen before it became one; the first has nothing before it.
  std::uint64_t so_far = chains[{log.base_index + same, log.term_at(log.base_index + same)}];
  for (; same < log.entries.size(); ++same) {
    const Entry& entry = log.entries[same];
    so_far = chain(so_far, entry);
    const auto [known, is_new] = chains.emplace(std::pair(entry.index, entry.term), so_far);
    if (!is_new && known->second != so_far) {
      return world.name_of(delivery.event.to) + " has entry " + said(entry.index) + " of term " +
             said(entry.term) + " as another has, but not the same entries up to it";
    }
  }
  return std::nullopt;
}

Wrong LeaderCompleteness::after(const Delivery& delivery, const Simulation& world) {
  const Server* server = server_of(delivery, world);
  if (server == nullptr) return std::nullopt;
  const AgentId id = delivery.event.to;
  const Term term = server->ballot.term;
  const Log& log = server->log;
  const auto lacks = [&](AgentId who, const Server& leader) -> Wrong {
    if (leader.ballot.term <= committed_in) return std::nullopt;
    if (has_committed(leader.log, committed, entry_term)) return std::nullopt;
    return world.name_of(who) + " leads in term " + said(leader.ballot.term) + " without entry " +
           said(committed) + " of term " + said(entry_term) + ", committed in term " +
           said(committed_in);
  };

  if (server->role != Role::leader) {
    leaders.erase(id);
  } else if (leaders[id] != term) {
    leaders[id] = term;
    if (Wrong wrong = lacks(id, *server)) return wrong;
  }
  if (server->commit > committed && server->commit >= log.base_index &&
      server->commit <= log.last_index()) {
    committed = server->commit;
    entry_term = log.term_at(committed);
    committed_in = term;
    for (const auto& [leader, in_term] : leaders) {
      const Server* other = world.agent<Server>(leader);
      if (other == nullptr || other->role != Role::leader) continue;
      if (Wrong wrong = lacks(leader, *other)) return wrong;
    }
  }
  return std::nullopt;
}

std::uint64_t AppliedEntries::none() {
  static const std::uint64_t digest = digest_value(Store()).low;
  return digest;
}

Wrong AppliedEntries::take(AgentId id, const Server& server) {
  auto& [starts, before] = seen_[id];
  if (starts == server.starts && server.applied < before) {
    return "had applied entry " + said(before) + " and is back at entry " + said(server.applied);
  }
  const Index first = starts == server.starts ? before + 1 : server.snapshot.index + 1;
  starts = server.starts;
  before = server.applied;
  for (Index index = std::max(first, server.log.base_index + 1); index <= server.applied; ++index) {
    const Entry& entry = server.log.at(index);
    const std::uint64_t digest = chain(0, entry);
    if (index <= last()) {
      if (entries_[index - 1] != digest) {
        return "has applied another entry " + said(index) + " than others have";
      }
    } else if (index == last() + 1) {
      add(entry, digest);
    } else {
      return "has applied entry " + said(index) + ", though nobody has entry " + said(last() + 1);
    }
  }
  return std::nullopt;
}

void AppliedEntries::add(const Entry& entry, std::uint64_t digest) {
  entries_.push_back(digest);
  const Command& command = entry.command;
  if (entry.kind == EntryKind::command && !store_.has_done(command)) {
    store_.execute(command);
    effects_.emplace(std::pair(command.client, command.number), entry.index);
    values_[command.key].emplace_back(entry.index, store_.value(command.key));
  }
  stores_.push_back(digest_value(store_).low);
}

std::optional<Index> AppliedEntries::entry_of_value(const std::string& key,
                                                    const std::string& value, Index since) const {
  const auto found = values_.find(key);
  Index until = last() + 1;  // this version's end
  if (found != values_.end()) {
    for (auto version = found->second.rbegin(); version != found->second.rend(); ++version) {
      if (until <= since) return std::nullopt;
      if (version->second == value) return version->first;
      until = version->first;
    }
  }
  return until > since && value.empty() ? std::optional<Index>(0) : std::nullopt;
}

std::optional<Index> AppliedEntries::effect_of(AgentId client, std::uint64_t number) const {
  const auto found = effects_.find({client, number});
  return found == effects_.end() ? std::nullopt : std::optional(found->second);
}

Wrong StateMachineSafety::after(const Delivery& delivery, const Simulation& world) {
  const Server* server = server_of(delivery, world);
  if (server == nullptr) return std::nullopt;
  const AgentId id = delivery.event.to;
  if (const Wrong wrong = applied.take(id, *server)) return world.name_of(id) + " " + *wrong;
  Seen& before = seen[id];
  if (before.starts == server->starts && before.applied == server->applied) return std::nullopt;
  before = {server->starts, server->applied};
  const Index index = server->applied;
  if (index > applied.last() || applied.store_after(index) == digest_value(server->store).low) {
    return std::nullopt;
  }
  return world.name_of(id) + " has another store after entry " + said(index) + " than the log says";
}

Wrong Linearizable::after(const Delivery& delivery, const Simulation& world) {
  const AgentId id = delivery.event.to;
  if (const Server* server = server_of(delivery, world)) {
    static_cast<void>(applied.take(id, *server));  // that is for StateMachineSafety to say
    return std::nullopt;
  }
  const Client* client = delivery.dropped ? nullptr : world.agent<Client>(id);
  if (client == nullptr) return std::nullopt;
  const OperationHistory& history = client->history;
  Open& open = clients[id];
  const std::size_t fresh =
      std::min<std::size_t>(history.count - open.count, history.recent.size());
  open.count = history.count;
  for (const OperationHistory::Event& event : std::span(history.recent).last(fresh)) {
    if (event.what == OperationHistory::What::call) {
      open.known = known;
    } else if (event.what == OperationHistory::What::ok) {
      if (const Wrong wrong = answered(*client, event, open.known)) {
        return world.name_of(id) + " " + *wrong;
      }
    }
  }
  return std::nullopt;
}

Wrong Linearizable::answered(const Client& client, const OperationHistory::Event& event,
                             Index since) {
  if (event.function != "get") {
    const auto effect = applied.effect_of(client.command.client, client.command.number);
    if (!effect) {
      return "was told that " + event.function + " " + event.value + "to " + event.key +
             " is done, which nobody has applied";
    }
    known = std::max(known, *effect);
    return std::nullopt;
  }
  const auto entry = applied.entry_of_value(event.key, event.value, since);
  if (!entry) {
    return "has read \"" + event.value + "\" from \"" + event.key +
           "\", which it was not at any time after it asked, when entry " + said(since) +
           " was known to be done";
  }
  known = std::max(known, *entry);
  return std::nullopt;
}

Wrong Calm::begin(const Simulation& world) {
  const std::optional<AgentId> id = world.find(chaos_name);
  const Chaos* chaos = id ? world.agent<Chaos>(*id) : nullptr;
  from = chaos != nullptr ? Time(chaos->options.quiet + settling) : Time::max();
  return std::nullopt;
}

Wrong Calm::after(const Delivery& delivery, const Simulation& world) {
  if (const Server* server = server_of(delivery, world)) {
    term = std::max(term, server->ballot.term);
  }
  if (const Client* client = world.agent<Client>(delivery.event.to)) {
    std::uint64_t& before = answers[delivery.event.to];
    if (std::exchange(before, client->answered) != client->answered) answered = world.now();
    if (client->history.open()) {
      waiting.insert(delivery.event.to);
    } else {
      waiting.erase(delivery.event.to);
    }
  }
  if (waiting.empty()) answered = world.now();
  if (world.now() < from) return std::nullopt;
  now_ = world.now();
  if (!first) {
    first = term;
    answered = world.now();
  }
  if (term > *first + elections_max) {
    return "there have been " + said(term - *first) + " elections since it should be calm";
  }
  if (world.now() - answered > patience) {
    return "no client has had an answer for more than " + to_string(patience) +
           ", though it should be calm";
  }
  return std::nullopt;
}

double Calm::nearness() const {
  if (!first) return 0;
  const auto elections = static_cast<double>(term - *first) / (elections_max + 1);
  const auto silence =
      static_cast<double>((now_ - answered).count()) / static_cast<double>(patience.count());
  return std::max(elections, silence);
}

}  // namespace reprise::raft
