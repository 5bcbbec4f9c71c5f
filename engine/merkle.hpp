#pragma once

#include <vector>

#include "engine/digest.hpp"

namespace reprise {

/// The root of the Merkle tree (Merkle 1987) over `leaves`: each node is the XXH3-128 digest of its
/// up to `merkle_fan_out` children's digests, high half first, little-endian. One leaf is its own
/// root; none is the zero digest.
Digest merkle_root(std::vector<Digest> leaves);

inline constexpr std::size_t merkle_fan_out = 4;

}  // namespace reprise
