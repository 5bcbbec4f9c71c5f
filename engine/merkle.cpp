#include "engine/merkle.hpp"

#include <algorithm>

#include "engine/codec.hpp"

namespace reprise {

Digest merkle_root(std::vector<Digest> leaves) {
  if (leaves.empty()) return {};
  Digester digester;
  while (leaves.size() > 1) {
    std::size_t nodes = 0;
    for (std::size_t first = 0; first < leaves.size(); first += merkle_fan_out) {
      digester.reset();
      const std::size_t end = std::min(first + merkle_fan_out, leaves.size());
      for (std::size_t child = first; child < end; ++child) {
        digester(leaves[child].high, leaves[child].low);
      }
      leaves[nodes++] = digester.digest();
    }
    leaves.resize(nodes);
  }
  return leaves.front();
}

}  // namespace reprise
