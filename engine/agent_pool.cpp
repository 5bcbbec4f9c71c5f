#include "engine/agent_pool.hpp"

#include <algorithm>

namespace reprise {

namespace {

constexpr std::size_t block_agents_min = 4;
constexpr std::size_t block_bytes = std::size_t{64} << 10;  // of a kind whose agents come one by one

}  // namespace

void AgentPool::open_block(std::size_t agents) {
  const auto alignment = std::align_val_t(type_->alignment);
  auto* memory = static_cast<std::byte*>(::operator new(agents * type_->bytes, alignment));
  blocks_.push_back(std::unique_ptr<std::byte, Release>(memory, Release{alignment}));
  for (; left_ != 0; --left_, next_ += type_->bytes) free_.push_back(next_);
  next_ = memory;
  left_ = agents;
  opened_ += agents;
}

void AgentPool::reserve(std::size_t agents) {
  if (left_ < agents) open_block(agents);
}

void* AgentPool::take() {
  if (!free_.empty()) {
    void* place = free_.back();
    free_.pop_back();
    return place;
  }
  if (left_ == 0) {
    const std::size_t most = std::max(block_bytes / type_->bytes, block_agents_min);
    open_block(std::clamp(opened_, block_agents_min, most));
  }
  void* place = next_;
  next_ += type_->bytes;
  --left_;
  return place;
}

}  // namespace reprise
