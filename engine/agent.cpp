#include "engine/agent.hpp"

#include <algorithm>
#include <bit>

namespace reprise {

namespace {

/// An agent on the heap that `construct` makes in the place it is given.
template <class Construct>
std::shared_ptr<void> on_heap(const AgentType& type, const Construct& construct) {
  const auto alignment = std::align_val_t(type.alignment);
  const auto give_back = [alignment](void* place) { ::operator delete(place, alignment); };
  std::unique_ptr<void, decltype(give_back)> place(::operator new(type.bytes, alignment),
                                                   give_back);
  construct(place.get());
  return {place.release(), [destroy = type.destroy, give_back](void* agent) {
            destroy(agent);
            give_back(agent);
          }};
}

}  // namespace

std::shared_ptr<void> AgentType::make() const {
  return on_heap(*this, [this](void* place) { create(place); });
}

std::shared_ptr<void> AgentType::make_copy(const void* agent) const {
  return on_heap(*this, [this, agent](void* place) { copy(place, agent); });
}

std::vector<AgentType::Handler> detail::table_of(const std::vector<AgentType::Handler>& handlers) {
  // The ids are digests, so the table stays small. Two kinds with one id the catalog refuses.
  constexpr std::size_t size_max = std::size_t{1} << 16;
  for (std::size_t size = std::bit_ceil(handlers.size());; size *= 2) {
    std::vector<AgentType::Handler> table(size);
    const bool each_has_its_own = std::ranges::all_of(handlers, [&](const auto& handler) {
      AgentType::Handler& place = table[handler.message->id & (size - 1)];
      const bool taken = place.message != nullptr && place.message != handler.message;
      if (place.message == nullptr) place = handler;
      return !taken;
    });
    if (each_has_its_own || size == size_max) return table;
  }
}

}  // namespace reprise
