#include "engine/agent.hpp"

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
  std::vector<AgentType::Handler> table(std::bit_ceil(2 * handlers.size() + 1));
  for (const AgentType::Handler& handler : handlers) {
    std::size_t place = handler.message->id & (table.size() - 1);
    while (table[place].message != nullptr && table[place].message != handler.message) {
      place = (place + 1) & (table.size() - 1);
    }
    if (table[place].message == nullptr) table[place] = handler;
  }
  return table;
}

}  // namespace reprise
