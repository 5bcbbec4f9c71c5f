#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/assert.hpp"
#include "engine/digest.hpp"

namespace reprise {

/// A Merkle tree (Merkle 1987): each node is the XXH3-128 digest of its up to `fan_out` children's
/// digests, high half first, little-endian. One leaf is its own root; none is the zero digest.
///
/// It keeps the inner nodes and asks for leaves when it needs them: `fan_out` that lie side by side
/// when one of them was touched.
class MerkleTree {
 public:
  static constexpr std::size_t fan_out = 4;

  std::size_t size() const { return leaves_; }

  /// Leaves that are new count as touched. There are never fewer than before.
  void grow(std::size_t leaves);

  /// Leaf `leaf` may be another one than it was.
  void touch(std::size_t leaf) {
    REPRISE_ASSERT(leaf < leaves_);
    touched_[leaf / fan_out] = true;
  }
  void touch_all() { touched_.assign(touched_.size(), true); }

  /// True if the leaf, or one beside it, was touched since it was last asked for.
  bool touched(std::size_t leaf) const { return touched_[leaf / fan_out]; }

  /// Asks leaf(i) for every leaf from `first` on, a multiple of fan_out, up to `end` that counts as
  /// touched.
  template <class Leaf>
  void refresh(std::size_t first, std::size_t end, const Leaf& leaf) {
    for (std::size_t group = first / fan_out; group * fan_out < end; ++group) {
      if (!touched_[group]) continue;
      std::array<Digest, fan_out> children;
      const std::size_t begin = group * fan_out;
      const std::size_t count = std::min(fan_out, leaves_ - begin);
      for (std::size_t i = 0; i < count; ++i) children[i] = leaf(begin + i);
      set_group(group, std::span(children).first(count));
    }
  }

  /// The root, when every touched leaf has been refreshed.
  Digest root();

  /// What differs between two trees, found from their roots down: where two nodes are equal nothing
  /// below them is looked at.
  struct Difference {
    /// The groups of fan_out leaves side by side that are not the same, by number, in order. A leaf
    /// that only one tree has is a difference.
    std::vector<std::size_t> groups;
    std::uint64_t compared = 0;  ///< How many pairs of digests were looked at.
  };

  /// Of trees whose touched leaves have all been refreshed and whose roots have been asked for.
  static Difference difference(const MerkleTree& a, const MerkleTree& b);

  /// How many digests of leaves and nodes have been computed so far.
  std::uint64_t hashed() const { return hashed_; }

 private:
  void set_group(std::size_t group, std::span<const Digest> children);
  /// The node at a place of a level, counted from the groups of leaves up; nullptr if there is
  /// none.
  const Digest* node_at(std::size_t level, std::size_t place) const;
  static Digest node(std::span<const Digest> children);

  std::size_t leaves_ = 0;
  std::vector<bool> touched_;                   // by group of fan_out leaves; bits stay in a cache
  std::vector<std::vector<Digest>> levels_;     // the parents of the leaves first
  std::vector<std::vector<std::uint8_t>> old_;  // by level: its children have changed
  Digest only_;                                 // the leaf, where there is one
  std::uint64_t hashed_ = 0;
};

}  // namespace reprise
