#include "tools/lab/visited_configurations.hpp"

#include <algorithm>

namespace reprise {

namespace {

constexpr std::size_t slots_first = 1024;  // a power of two
constexpr std::size_t record_head = 3;

/// The finaliser of SplitMix64 (Steele, Lea and Flood, 2014), folded over the words.
std::uint64_t hash_of(std::span<const std::uint64_t> words) {
  std::uint64_t hash = words.size();
  for (const std::uint64_t word : words) {
    hash = (hash ^ word) + 0x9E3779B97F4A7C15U;
    hash = (hash ^ hash >> 30) * 0xBF58476D1CE4E5B9U;
    hash = (hash ^ hash >> 27) * 0x94D049BB133111EBU;
    hash ^= hash >> 31;
  }
  return hash;
}

}  // namespace

VisitedConfigurations::VisitedConfigurations(std::size_t used_words, std::size_t bytes_max)
    : used_words_(used_words), bytes_max_(bytes_max), slots_(slots_first) {}

std::size_t VisitedConfigurations::bytes() const {
  return (slots_.size() + records_.size() + sets_.size()) * sizeof(std::uint64_t);
}

/// The slot of `key`, or the free one where it belongs.
std::size_t VisitedConfigurations::find(std::uint64_t hash,
                                        std::span<const std::uint64_t> key) const {
  for (std::size_t slot = hash & (slots_.size() - 1);; slot = (slot + 1) & (slots_.size() - 1)) {
    if (slots_[slot] == 0) return slot;
    const std::uint64_t* const record = records_.data() + slots_[slot] - 1;
    if (record[0] == hash && record[2] == key.size() &&
        std::equal(key.begin(), key.end(), record + record_head)) {
      return slot;
    }
  }
}

void VisitedConfigurations::grow() {
  std::vector<std::uint64_t> before(slots_.size() * 2);
  before.swap(slots_);
  for (const std::uint64_t record : before) {
    if (record == 0) continue;
    std::size_t slot = records_[record - 1] & (slots_.size() - 1);
    while (slots_[slot] != 0) slot = (slot + 1) & (slots_.size() - 1);
    slots_[slot] = record;
  }
}

VisitedConfigurations::Answer VisitedConfigurations::add(std::span<const std::uint64_t> key,
                                                         std::span<const std::uint64_t> used) {
  const std::uint64_t hash = hash_of(key);
  std::size_t slot = find(hash, key);
  if (slots_[slot] != 0) {
    for (std::uint64_t set = records_[slots_[slot]]; set != 0; set = sets_[set - 1]) {
      const std::uint64_t* const words = sets_.data() + set;
      const auto within = [&](std::size_t i) { return (words[i] & ~used[i]) == 0; };
      std::size_t i = 0;
      while (i < used_words_ && within(i)) ++i;
      if (i == used_words_) return Answer::visited;
    }
  }
  const std::size_t more = (record_head + key.size() + 1 + used_words_) * sizeof(std::uint64_t);
  if (bytes() + more > bytes_max_) return Answer::full;
  if (slots_[slot] == 0) {
    if (keys_ * 2 >= slots_.size()) {
      if (bytes() + slots_.size() * sizeof(std::uint64_t) > bytes_max_) return Answer::full;
      grow();
      slot = find(hash, key);
    }
    ++keys_;
    slots_[slot] = records_.size() + 1;
    records_.insert(records_.end(), {hash, 0, key.size()});
    records_.insert(records_.end(), key.begin(), key.end());
  }
  std::uint64_t& last = records_[slots_[slot]];
  sets_.push_back(last);
  last = sets_.size();
  sets_.insert(sets_.end(), used.begin(), used.end());
  return Answer::fresh;
}

}  // namespace reprise
