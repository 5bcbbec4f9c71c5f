#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace reprise {

/// The configurations that a search has been in: a key, and beside it the optional operations that
/// it took to get there, as a set of bits. Who gets to the same key with no less of them used can
/// do nothing more from there.
class VisitedConfigurations {
 public:
  /// Remembers up to `bytes_max`; a set has `used_words` words.
  VisitedConfigurations(std::size_t used_words, std::size_t bytes_max);

  enum class Answer {
    fresh,    ///< It is remembered now.
    visited,  ///< It, or one with fewer used, was there before.
    full,     ///< There is no room.
  };

  /// Compares whole keys; takes constant time and as much again for each set that was seen with
  /// this key.
  Answer add(std::span<const std::uint64_t> key, std::span<const std::uint64_t> used);

 private:
  std::size_t find(std::uint64_t hash, std::span<const std::uint64_t> key) const;
  void grow();
  std::size_t bytes() const;

  std::size_t used_words_;
  std::size_t bytes_max_;
  std::size_t keys_ = 0;
  std::vector<std::uint64_t> slots_;    // offset + 1 of a record, 0 if free; open addressing
  std::vector<std::uint64_t> records_;  // hash, offset + 1 of its last set, size of key, key
  std::vector<std::uint64_t> sets_;     // offset + 1 of the set before, words
};

}  // namespace reprise
