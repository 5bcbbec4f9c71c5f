#include "engine/merkle.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "engine/codec.hpp"
#include "engine/random.hpp"

namespace reprise {
namespace {

using Leaves = std::vector<Digest>;

Digest refreshed(MerkleTree& tree, const Leaves& leaves) {
  tree.refresh(0, leaves.size(), [&](std::size_t i) { return leaves[i]; });
  return tree.root();
}

Digest root_of(const Leaves& leaves) {
  MerkleTree tree;
  tree.grow(leaves.size());
  return refreshed(tree, leaves);
}

/// The definition, level by level.
Digest by_definition(Leaves level) {
  if (level.empty()) return {};
  while (level.size() > 1) {
    Leaves above;
    for (std::size_t first = 0; first < level.size(); first += 4) {
      Digester digester;
      for (std::size_t i = first; i < std::min(first + 4, level.size()); ++i) {
        digester(level[i].high, level[i].low);
      }
      above.push_back(digester.digest());
    }
    level = above;
  }
  return level.front();
}

Leaves some_leaves(std::size_t count) {
  Leaves leaves;
  for (std::uint64_t i = 0; i < count; ++i) leaves.push_back({i, i * i});
  return leaves;
}

TEST_CASE("a merkle root is what its definition says for every number of leaves") {
  CHECK(root_of({}) == Digest{});
  CHECK(root_of({{1, 2}}) == Digest{1, 2});
  for (std::size_t count = 0; count < 300; ++count) {
    const Leaves leaves = some_leaves(count);
    REQUIRE(root_of(leaves) == by_definition(leaves));
  }
}

TEST_CASE("a merkle root depends on every leaf and on their order") {
  Leaves leaves = some_leaves(23);
  const Digest root = root_of(leaves);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    Leaves changed = leaves;
    ++changed[i].low;
    CHECK(root_of(changed) != root);
  }
  std::swap(leaves[3], leaves[4]);
  CHECK(root_of(leaves) != root);
}

TEST_CASE("a tree that changes and grows has the root of one made at once") {
  Random random(1, "merkle");
  Leaves leaves;
  MerkleTree tree;
  for (int round = 0; round < 400; ++round) {
    const auto grown = random.bernoulli(0.3) ? random.uniform(0, 40) : 0;
    for (std::int64_t i = 0; i < grown; ++i) leaves.push_back({random.bits(), random.bits()});
    tree.grow(leaves.size());
    for (std::int64_t i = random.uniform(0, 5); i > 0 && !leaves.empty(); --i) {
      const auto leaf =
          static_cast<std::size_t>(random.uniform(0, static_cast<std::int64_t>(leaves.size()) - 1));
      leaves[leaf].low = random.bits();
      tree.touch(leaf);
    }
    REQUIRE(refreshed(tree, leaves) == by_definition(leaves));
  }
}

TEST_CASE("only what was touched and the way from there to the root is digested again") {
  const Leaves leaves = some_leaves(4096);
  MerkleTree tree;
  tree.grow(leaves.size());
  refreshed(tree, leaves);
  CHECK(tree.hashed() == 4096 + 1024 + 256 + 64 + 16 + 4 + 1);
  tree.touch(1000);
  CHECK(tree.touched(1001));
  const std::uint64_t before = tree.hashed();
  refreshed(tree, leaves);
  CHECK(tree.hashed() - before == 4 + 6);
  CHECK_FALSE(tree.touched(1000));
}

TEST_CASE("the difference of two merkle trees is found by descent") {
  Random random(2, "merkle difference");
  for (int round = 0; round < 200; ++round) {
    const auto size = [&] { return static_cast<std::size_t>(random.uniform(0, 300)); };
    Leaves ours = some_leaves(size());
    Leaves theirs = some_leaves(random.bernoulli(0.5) ? ours.size() : size());
    for (std::int64_t i = random.uniform(0, 4); i > 0 && !ours.empty(); --i) {
      ours[static_cast<std::size_t>(random.uniform(0, std::ssize(ours) - 1))].high = random.bits();
    }
    std::vector<std::size_t> expected;
    for (std::size_t i = 0; i < std::max(ours.size(), theirs.size()); ++i) {
      const bool same = i < std::min(ours.size(), theirs.size()) && ours[i] == theirs[i];
      const std::size_t group = i / MerkleTree::fan_out;
      if (!same && (expected.empty() || expected.back() != group)) expected.push_back(group);
    }
    MerkleTree a;
    MerkleTree b;
    a.grow(ours.size());
    b.grow(theirs.size());
    refreshed(a, ours);
    refreshed(b, theirs);
    REQUIRE(MerkleTree::difference(a, b).groups == expected);
    REQUIRE(MerkleTree::difference(b, a).groups == expected);
  }
}

TEST_CASE("few leaves that differ among many cost few comparisons") {
  const Leaves leaves = some_leaves(std::size_t{1} << 16);
  MerkleTree a;
  MerkleTree b;
  a.grow(leaves.size());
  b.grow(leaves.size());
  refreshed(a, leaves);
  CHECK(MerkleTree::difference(a, a).compared == 1);
  Leaves changed = leaves;
  for (const std::size_t leaf : {std::size_t{77}, std::size_t{40000}}) ++changed[leaf].low;
  refreshed(b, changed);
  const auto difference = MerkleTree::difference(a, b);
  CHECK(difference.groups == std::vector<std::size_t>{77 / 4, 40000 / 4});
  // The root, and on each of the seven levels below it the children of at most two nodes.
  CHECK(difference.compared <= 1 + 7 * 2 * MerkleTree::fan_out);
}

}  // namespace
}  // namespace reprise
