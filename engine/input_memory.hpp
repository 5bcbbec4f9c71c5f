#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "engine/codec.hpp"
#include "engine/digest.hpp"
#include "engine/time.hpp"

namespace reprise {

/// What a world remembers of the inputs whose producers may send them again: the last
/// `window` that took effect of each producer. It is part of the state.
class InputMemory {
 public:
  /// How many are remembered of each producer; recorded with the state. A state that was saved with
  /// another number is refused.
  static constexpr std::uint32_t window = 1024;

  /// An input that took effect.
  struct Entry {
    std::uint64_t producer_seq = 0;
    std::string key;  ///< Its external key; empty if it had none.
    Digest content;   ///< Of receiver, kind and payload.
    Time at{};        ///< When it took effect,
    Step step = 0;    ///< and as which step.
  };

  /// Puts an entry behind the others of `producer`; the oldest is forgotten if they become too
  /// many.
  void add(const std::string& producer, Entry entry);

  /// The entry with this number or key, if it is remembered; valid until the next add().
  const Entry* find(const std::string& producer, std::uint64_t producer_seq) const;
  const Entry* find(const std::string& producer, const std::string& key) const;

  /// Whether an input with this number would be remembered if it had taken effect: inputs take
  /// effect in the order of their numbers, and only the oldest are forgotten.
  bool covers(const std::string& producer, std::uint64_t producer_seq) const;

  bool empty() const { return producers_.empty(); }
  void clear() { producers_.clear(); }

  void save(Encoder& out) const;

  /// Throws DecodeError.
  void load(Decoder& in);

  /// Digests what decides whether an input is taken: not where an earlier one took effect.
  void digest(Digester& out) const;

 private:
  struct Producer {
    std::deque<Entry> entries;                  // in the order in which they took effect
    std::map<std::string, std::uint64_t> keys;  // the count of the entry with that key
    std::uint64_t forgotten = 0;                // entries that were before entries.front()
  };

  std::map<std::string, Producer> producers_;
};

}  // namespace reprise
