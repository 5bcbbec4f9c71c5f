#include "engine/input_memory.hpp"

#include <algorithm>

namespace reprise {

void InputMemory::add(const std::string& producer, Entry entry) {
  Producer& of = producers_[producer];
  if (!entry.key.empty()) of.keys[entry.key] = of.forgotten + of.entries.size();
  of.entries.push_back(std::move(entry));
  if (of.entries.size() <= window) return;
  const auto known = of.keys.find(of.entries.front().key);
  if (known != of.keys.end() && known->second == of.forgotten) of.keys.erase(known);
  of.entries.pop_front();
  ++of.forgotten;
}

const InputMemory::Entry* InputMemory::find(const std::string& producer,
                                            std::uint64_t producer_seq) const {
  const auto of = producers_.find(producer);
  if (of == producers_.end()) return nullptr;
  const auto entry = std::ranges::find(of->second.entries, producer_seq, &Entry::producer_seq);
  return entry == of->second.entries.end() ? nullptr : &*entry;
}

const InputMemory::Entry* InputMemory::find(const std::string& producer,
                                            const std::string& key) const {
  const auto of = producers_.find(producer);
  if (of == producers_.end()) return nullptr;
  const auto known = of->second.keys.find(key);
  if (known == of->second.keys.end()) return nullptr;
  return &of->second.entries[known->second - of->second.forgotten];
}

bool InputMemory::covers(const std::string& producer, std::uint64_t producer_seq) const {
  const auto of = producers_.find(producer);
  if (of == producers_.end()) return false;
  if (of->second.entries.size() < window) return true;
  const auto numbered = [](const Entry& entry) { return entry.producer_seq != 0; };
  const auto oldest = std::ranges::find_if(of->second.entries, numbered);
  return oldest != of->second.entries.end() && oldest->producer_seq <= producer_seq;
}

void InputMemory::save(Encoder& out) const {
  out(static_cast<std::uint32_t>(producers_.size()));
  if (empty()) return;
  out(window);
  for (const auto& [name, producer] : producers_) {
    out(name, static_cast<std::uint32_t>(producer.entries.size()));
    for (const Entry& entry : producer.entries) {
      out(entry.producer_seq, entry.key, entry.content.high, entry.content.low,
          entry.at.time_since_epoch().count(), entry.step);
    }
  }
}

void InputMemory::load(Decoder& in) {
  clear();
  std::uint32_t producers = 0;
  std::uint32_t saved_window = window;
  in(producers);
  if (producers != 0) in(saved_window);
  if (saved_window != window) {
    throw DecodeError("a world that remembers " + std::to_string(saved_window) +
                      " inputs of a producer; this program remembers " + std::to_string(window));
  }
  for (std::uint32_t i = 0; i < producers; ++i) {
    std::string name;
    std::uint32_t entries = 0;
    in(name, entries);
    if (entries == 0 || entries > window || producers_.contains(name)) {
      throw DecodeError("the inputs remembered of a producer are none, too many or there twice");
    }
    for (std::uint32_t j = 0; j < entries; ++j) {
      Entry entry;
      std::int64_t at = 0;
      in(entry.producer_seq, entry.key, entry.content.high, entry.content.low, at, entry.step);
      entry.at = Time(Duration(at));
      add(name, std::move(entry));
    }
  }
}

void InputMemory::digest(Digester& out) const {
  out(window, static_cast<std::uint32_t>(producers_.size()));
  for (const auto& [name, producer] : producers_) {
    out(name, static_cast<std::uint32_t>(producer.entries.size()));
    for (const Entry& entry : producer.entries) {
      out(entry.producer_seq, entry.key, entry.content.high, entry.content.low);
    }
  }
}

}  // namespace reprise
