#include "engine/merkle.hpp"

#include <algorithm>
#include <utility>

#include "engine/assert.hpp"
#include "engine/codec.hpp"

namespace reprise {

void MerkleTree::grow(std::size_t leaves) {
  REPRISE_ASSERT(leaves >= leaves_);
  if (leaves == leaves_) return;
  const std::size_t old_groups = leaves_ / fan_out;  // the last may have got more leaves
  leaves_ = leaves;
  std::size_t nodes = leaves;
  for (std::size_t level = 0; nodes > 1; ++level) {
    nodes = (nodes + fan_out - 1) / fan_out;
    if (level == levels_.size()) {
      levels_.emplace_back();
      old_.emplace_back();
    }
    levels_[level].resize(nodes);
    old_[level].resize(nodes);
  }
  touched_.resize((leaves + fan_out - 1) / fan_out);
  std::fill(touched_.begin() + static_cast<std::ptrdiff_t>(old_groups), touched_.end(), true);
}

void MerkleTree::set_group(std::size_t group, std::span<const Digest> children) {
  touched_[group] = false;
  hashed_ += children.size();
  if (leaves_ == 1) {
    only_ = children.front();
    return;
  }
  levels_[0][group] = node(children);
  ++hashed_;
  old_[0][group] = 1;
}

Digest MerkleTree::root() {
  if (leaves_ == 0) return {};
  if (leaves_ == 1) return only_;
  for (std::size_t level = 0; level + 1 < levels_.size(); ++level) {
    const std::span<const Digest> below = levels_[level];
    for (std::size_t i = 0; i < below.size(); ++i) {
      if (old_[level][i] == 0) continue;
      const std::size_t parent = i / fan_out;
      const std::size_t first = parent * fan_out;
      const std::size_t count = std::min(fan_out, below.size() - first);
      levels_[level + 1][parent] = node(below.subspan(first, count));
      ++hashed_;
      old_[level + 1][parent] = 1;
      std::fill_n(old_[level].begin() + static_cast<std::ptrdiff_t>(first), count, std::uint8_t{0});
    }
  }
  old_.back().assign(old_.back().size(), 0);
  return levels_.back().front();
}

const Digest* MerkleTree::node_at(std::size_t level, std::size_t place) const {
  if (level == 0 && levels_.empty()) return leaves_ == 1 && place == 0 ? &only_ : nullptr;
  if (level >= levels_.size() || place >= levels_[level].size()) return nullptr;
  return &levels_[level][place];
}

MerkleTree::Difference MerkleTree::difference(const MerkleTree& a, const MerkleTree& b) {
  Difference difference;
  std::vector<std::size_t> places{0};
  for (std::size_t level = std::max({a.levels_.size(), b.levels_.size(), std::size_t{1}});
       level-- > 0;) {
    std::vector<std::size_t> below;
    for (const std::size_t place : places) {
      const Digest* const ours = a.node_at(level, place);
      const Digest* const theirs = b.node_at(level, place);
      if (ours == nullptr && theirs == nullptr) continue;
      if (ours != nullptr && theirs != nullptr) {
        ++difference.compared;
        if (*ours == *theirs) continue;
      }
      if (level == 0) difference.groups.push_back(place);
      for (std::size_t i = 0; i < fan_out; ++i) below.push_back(place * fan_out + i);
    }
    places = std::move(below);
  }
  return difference;
}

Digest MerkleTree::node(std::span<const Digest> children) {
  std::array<std::byte, fan_out * sizeof(Digest)> bytes;
  std::size_t size = 0;
  for (const Digest& child : children) {
    for (const std::uint64_t half : {child.high, child.low}) {
      const auto part = detail::little_endian(half);
      std::ranges::copy(part, bytes.begin() + size);
      size += part.size();
    }
  }
  return digest_of(std::span(bytes).first(size));
}

}  // namespace reprise
