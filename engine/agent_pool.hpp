#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/agent.hpp"
#include "engine/block.hpp"
#include "engine/random.hpp"

namespace reprise {

/// What the world keeps of an agent beside its fields. While the agent lives, it lies right behind.
struct AgentHead {
  Random random{};
  std::uint64_t sent = 0;    ///< The agent's own send counter.
  std::uint32_t births = 0;  ///< How many it gave birth to.
  std::uint16_t kind = 0;    ///< A number of the world's.
  bool alive = false;
  bool plain = false;  ///< It takes what comes: it is alive, and its node never failed.
};

/// Memory for agents of one kind, each behind its head, side by side. Makes and destroys no agents.
class AgentPool {
 public:
  explicit AgentPool(const AgentType& type);

  const AgentType& type() const { return *type_; }

  /// As AgentType::handler().
  const AgentType::Handler* handler(const MessageType& message) const {
    return AgentType::find(handlers_, handlers_mask_, message);
  }

  /// Makes room for `agents` that are taken next, in one piece.
  void reserve(std::size_t agents);

  /// From now on places are taken in an order drawn from `seed`: for a check that it does not
  /// matter.
  void shuffle(std::uint64_t seed);

  /// A head and room for an agent behind it. The address stays until it is given back.
  AgentHead* take(const AgentHead& head);
  void give_back(AgentHead* head);

  /// Where the agent is that belongs to `head`.
  void* agent(const AgentHead* head) const {
    return const_cast<std::byte*>(reinterpret_cast<const std::byte*>(head)) + offset_;
  }

 private:
  void open_block(std::size_t agents);
  std::byte* any_place();

  const AgentType* type_;
  const AgentType::Handler* handlers_;  // the type's table
  std::uint64_t handlers_mask_;
  std::size_t alignment_ = 0;
  std::size_t offset_ = 0;  // from a head to its agent
  std::size_t stride_ = 0;  // from one head to the next
  std::vector<Block> blocks_;
  std::byte* next_ = nullptr;  // untaken places of the last block
  std::size_t left_ = 0;
  std::size_t opened_ = 0;  // places in all blocks
  std::vector<std::byte*> free_;
  std::unique_ptr<Random> chance_;  // that chooses places, if it does
};

}  // namespace reprise
