#include "agents/raft/log.hpp"

#include <algorithm>

namespace reprise::raft {

bool Log::has(Index index, Term term) const {
  return index >= base_index && index <= last_index() && term_at(index) == term;
}

Term Log::term_at(Index index) const {
  return index == base_index ? base_term : at(index).term;
}

const Entry& Log::at(Index index) const {
  return entries.at(index - base_index - 1);
}

std::span<const Entry> Log::from(Index first, std::size_t most) const {
  const std::size_t begin = std::min<std::size_t>(first - base_index - 1, entries.size());
  const std::span<const Entry> behind = std::span(entries).subspan(begin);
  return behind.first(std::min(most, behind.size()));
}

void Log::cut_from(Index first) {
  if (first <= last_index()) entries.resize(first - base_index - 1);
}

void Log::compact(Index index) {
  if (index <= base_index) return;
  const Term term = term_at(index);
  entries.erase(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(index - base_index));
  base_index = index;
  base_term = term;
}

void Store::apply(const Command& command) {
  if (!has_done(command)) execute(command);
}

void Store::execute(const Command& command) {
  sessions[command.client] = command.number;
  std::string& held = values[command.key];
  if (command.action == Action::put) held.clear();
  held += command.value;
}

bool Store::has_done(const Command& command) const {
  const auto session = sessions.find(command.client);
  return session != sessions.end() && session->second >= command.number;
}

std::string Store::value(const std::string& key) const {
  const auto found = values.find(key);
  return found == values.end() ? std::string() : found->second;
}

}  // namespace reprise::raft
