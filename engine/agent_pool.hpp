#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <vector>

#include "engine/agent.hpp"

namespace reprise {

/// Memory for agents of one kind, side by side. Holds no agents itself: who takes a place makes the
/// agent in it, and destroys it before giving the place back.
class AgentPool {
 public:
  explicit AgentPool(const AgentType& type) : type_(&type) {}

  const AgentType& type() const { return *type_; }

  /// Makes room for `agents` that are taken next, in one piece.
  void reserve(std::size_t agents);

  /// A place for one agent.
  void* take();
  void give_back(void* place) { free_.push_back(place); }

 private:
  struct Release {
    std::align_val_t alignment{};
    void operator()(std::byte* block) const { ::operator delete(block, alignment); }
  };

  void open_block(std::size_t agents);

  const AgentType* type_;
  std::vector<std::unique_ptr<std::byte, Release>> blocks_;
  std::byte* next_ = nullptr;  // untaken places of the last block
  std::size_t left_ = 0;
  std::size_t opened_ = 0;  // places in all blocks
  std::vector<void*> free_;
};

}  // namespace reprise
