#include "engine/agent_pool.hpp"

#include <algorithm>
#include <new>
#include <type_traits>

namespace reprise {

namespace {

constexpr std::size_t block_agents_min = 4;
constexpr std::size_t choice_min = 64;  // places among which chance chooses, at least
constexpr std::size_t block_bytes = std::size_t{64}
                                    << 10;  // of a kind whose agents come one by one

std::size_t rounded_up(std::size_t size, std::size_t alignment) {
  return (size + alignment - 1) / alignment * alignment;
}

}  // namespace

static_assert(std::is_trivially_copyable_v<AgentHead> && sizeof(AgentHead) == 48);

AgentPool::AgentPool(const AgentType& type)
    : type_(&type), handlers_(type.table.data()), handlers_mask_(type.table.size() - 1) {
  alignment_ = std::max(type.alignment, alignof(AgentHead));
  offset_ = rounded_up(sizeof(AgentHead), type.alignment);
  stride_ = rounded_up(offset_ + type.bytes, alignment_);
}

void AgentPool::open_block(std::size_t agents) {
  blocks_.push_back(allocate_block(agents * stride_, alignment_));
  for (; left_ != 0; --left_, next_ += stride_) free_.push_back(next_);
  next_ = blocks_.back().get();
  left_ = agents;
  opened_ += agents;
}

void AgentPool::reserve(std::size_t agents) {
  if (left_ < agents) open_block(agents);
}

void AgentPool::shuffle(std::uint64_t seed) {
  chance_ = std::make_unique<Random>(seed, type_->name);
}

std::byte* AgentPool::any_place() {
  if (free_.size() + left_ < choice_min) open_block(choice_min);
  for (; left_ != 0; --left_, next_ += stride_) free_.push_back(next_);
  const auto last = static_cast<std::int64_t>(free_.size()) - 1;
  std::swap(free_[static_cast<std::size_t>(chance_->uniform(std::int64_t{0}, last))], free_.back());
  std::byte* place = free_.back();
  free_.pop_back();
  return place;
}

AgentHead* AgentPool::take(const AgentHead& head) {
  std::byte* place = nullptr;
  if (chance_ != nullptr) {
    place = any_place();
  } else if (!free_.empty() && left_ == 0) {
    place = free_.back();
    free_.pop_back();
  } else {
    if (left_ == 0) {
      const std::size_t most = std::max(block_bytes / stride_, block_agents_min);
      open_block(std::clamp(opened_, block_agents_min, most));
    }
    place = next_;
    next_ += stride_;
    --left_;
  }
  return new (place) AgentHead(head);
}

void AgentPool::give_back(AgentHead* head) {
  free_.push_back(reinterpret_cast<std::byte*>(head));
}

}  // namespace reprise
