#pragma once

#include <cstddef>
#include <vector>

namespace reprise {

/// Nodes in the order of their positions, from which one can be lifted and put back as long as what
/// was lifted last goes back first. Node 0 is before the first and behind the last.
class LinkedNodes {
 public:
  explicit LinkedNodes(std::size_t nodes) : next_(nodes + 1), before_(nodes + 1) {}

  void append(std::size_t node) {
    next_[before_[0]] = node;
    before_[node] = before_[0];
    next_[node] = 0;
    before_[0] = node;
  }

  std::size_t first() const { return next_[0]; }
  std::size_t next(std::size_t node) const { return next_[node]; }

  void lift(std::size_t node) {
    next_[before_[node]] = next_[node];
    before_[next_[node]] = before_[node];
  }

  void put_back(std::size_t node) {
    next_[before_[node]] = node;
    before_[next_[node]] = node;
  }

 private:
  std::vector<std::size_t> next_;
  std::vector<std::size_t> before_;
};

}  // namespace reprise
