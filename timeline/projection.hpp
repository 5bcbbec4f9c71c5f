#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/agent.hpp"
#include "engine/event.hpp"

namespace reprise {

/// Where in its history an event stands.
struct EventInfo {
  Step step = 0;  ///< The first delivery is step 1.
  Time at{};
  AgentId from{};  ///< The sender; 0 is the outside.
  AgentId to{};
  bool dropped = false;  ///< Its receiver had retired, or its node had failed.
};

/// A read model: a plain struct that is folded over the events of a history. It has a `name` (of
/// lower-case letters, digits and underscores), the message kinds it listens to as `Handles`, an
/// `on(const M&, const EventInfo&)` for each of them, and its state in REPRISE_FIELDS. `version`
/// may be left out; raise it when `on` does otherwise than before.
///
///     struct Turnover {
///       static constexpr std::string_view name = "turnover";
///       using Handles = Messages<Fill>;
///       Quantity bought = 0;
///       REPRISE_FIELDS(bought)
///       void on(const Fill& fill, const EventInfo&) {
///         if (fill.quantity > 0) bought += fill.quantity;
///       }
///     };
///
/// Its state is a function of the events alone: it looks at no clock, file or other projection.
template <class P>
concept Projection = Record<P> && std::default_initializable<P> && requires {
  typename P::Handles;
  { P::name } -> std::convertible_to<std::string_view>;
};

/// A projection's type at run time.
struct ProjectionType {
  struct Handler {
    const MessageType* message = nullptr;
    void (*fold)(void* projection, const void* message, const EventInfo& info) = nullptr;
  };

  std::string_view name;
  std::uint16_t version = 1;
  const Type* fields = nullptr;
  std::vector<Handler> handlers;
  void (*encode)(const void* projection, Encoder& out) = nullptr;
  void (*decode)(void* projection, Decoder& in) = nullptr;
};

namespace detail {

template <class P, class... M>
std::vector<ProjectionType::Handler> projection_handlers(Messages<M...>) {
  return {{&message_type<M>(), [](void* projection, const void* message, const EventInfo& info) {
             as<P>(projection).on(as<M>(message), info);
           }}...};
}

template <Projection P>
ProjectionType make_projection_type() {
  return {.name = P::name,
          .version = version_of<P>(),
          .fields = &type_of<P>(),
          .handlers = projection_handlers<P>(typename P::Handles()),
          .encode = [](const void* projection, Encoder& out) { out(as<P>(projection)); },
          .decode = [](void* projection, Decoder& in) { in(as<P>(projection)); }};
}

}  // namespace detail
}  // namespace reprise
