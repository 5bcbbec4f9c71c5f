#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "engine/abstract_state.hpp"
#include "engine/message.hpp"

namespace reprise {

class Context;
struct Disk;
struct OperationHistory;

/// Names the fields of an agent that survive a crash of its node, once; its options do anyway. All
/// others begin anew. What is on a Disk survives as far as it was synced.
///
///     Disk disk;
///     std::uint64_t restarts = 0;
///     REPRISE_DURABLE(disk, restarts)
#define REPRISE_DURABLE(...)               \
  constexpr auto reprise_durable() {       \
    return ::std::tie(__VA_ARGS__);        \
  }                                        \
  constexpr auto reprise_durable() const { \
    return ::std::tie(__VA_ARGS__);        \
  }

/// The message kinds an agent listens to: `using Handles = Messages<Start, Trade>;`
template <Message... M>
struct Messages {};

/// The agent kinds an agent gives birth to: `using Spawns = Kinds<Lamb>;`
template <class... A>
struct Kinds {};

/// One line about one option, for `reprise kinds`: `static constexpr About about[] = {{"size",
/// "Lots."}};`
struct About {
  std::string_view name;
  std::string_view text;
};

/// An agent: a plain struct with `Handles`, an `on(const M&, Context&)` for each message kind in it
/// (the Context may be left out), and REPRISE_FIELDS. It may have `options` (what a scenario file
/// sets), `Spawns`, `version` (raised when its logic changes), `about` (one line), a field
/// `history` that is an OperationHistory, for the client of a store, `abstract(AbstractState&)
/// const` for a search, and Options may have `validate()`, which throws std::invalid_argument for
/// options that make no sense together.
template <class A>
concept Agent =
    Record<A> && std::default_initializable<A> && std::copy_constructible<A> && requires {
  typename A::Handles;
};

/// An agent kind at run time: its name and what can be done with an agent of it without knowing its
/// C++ type.
struct AgentType {
  struct Handler {
    const MessageType* message = nullptr;
    void (*deliver)(void* agent, const void* message, Context& context) = nullptr;
  };

  std::string name;
  std::uint64_t id = 0;  ///< digest64_of(name)
  std::uint16_t version = 1;
  std::string_view about;
  const Type* fields = nullptr;
  const Type* options = nullptr;  ///< nullptr if the kind has none
  std::span<const About> about_options{};
  std::vector<Handler> handlers;      ///< In the order of Handles.
  std::vector<Handler> table;         ///< The same, hashed by the message's id; see find().
  const void* key = nullptr;          ///< detail::agent_key<A>
  std::vector<const void*> spawns{};  ///< The keys of the kinds it gives birth to.

  std::size_t bytes = 0;
  std::size_t alignment = 0;
  void (*create)(void* where) = nullptr;  ///< one in its initial state
  void (*copy)(void* where, const void* agent) = nullptr;
  void (*destroy)(void* agent) = nullptr;  ///< leaves the memory it lay in
  void* (*options_of)(void* agent) = nullptr;
  void (*validate)(const void* agent) = nullptr;
  void (*encode)(const void* agent, Encoder& encoder) = nullptr;
  void (*decode)(void* agent, Decoder& decoder) = nullptr;
  void (*digest)(const void* agent, Digester& digester) = nullptr;

  /// Gives a fresh agent the options and the durable fields of another.
  void (*keep_durable)(void* fresh, const void* agent) = nullptr;

  /// The disks among its durable fields.
  std::vector<Disk*> (*disks_of)(void* agent) = nullptr;

  /// Its field `history`, if it is a client that keeps one (engine/operation_history.hpp); nullptr
  /// otherwise.
  const OperationHistory* (*history_of)(const void* agent) = nullptr;

  /// What a search takes it to be like (engine/abstract_state.hpp).
  void (*abstract)(const void* agent, AbstractState& state) = nullptr;

  /// The handler of `message` in a table of `mask` + 1 places; nullptr if there is none.
  static const Handler* find(const Handler* table, std::uint64_t mask, const MessageType& message) {
    for (std::uint64_t place = message.id & mask;; place = (place + 1) & mask) {
      if (table[place].message == &message) return &table[place];
      if (table[place].message == nullptr) return nullptr;
    }
  }

  /// How an agent of this kind takes `message`; nullptr if it does not.
  const Handler* handler(const MessageType& message) const {
    return find(table.data(), table.size() - 1, message);
  }

  /// An agent in its initial state that is in no world.
  std::shared_ptr<void> make() const;

  /// A copy of `agent` that is in no world.
  std::shared_ptr<void> make_copy(const void* agent) const;
};

namespace detail {

/// Its address tells C++ agent types apart.
template <class A>
inline constexpr char agent_key = 0;

template <class A, class M>
void deliver(void* agent, const void* message, Context& context) {
  constexpr bool with_context = requires(A & a, const M& m, Context& world) {
    a.on(m, world);
  };
  constexpr bool without_context = requires(A & a, const M& m) {
    a.on(m);
  };
  static_assert(with_context || without_context,
                "an agent has on(const M&, Context&) for every message kind in its Handles");
  if constexpr (with_context) {
    as<A>(agent).on(as<M>(message), context);
  } else if constexpr (without_context) {
    as<A>(agent).on(as<M>(message));
  }
}

template <class A, class... M>
std::vector<AgentType::Handler> handlers_of(Messages<M...>) {
  return {{&message_type<M>(), &deliver<A, M>}...};
}

/// `handlers` in a table for AgentType::find(): open addressing, at most half full.
std::vector<AgentType::Handler> table_of(const std::vector<AgentType::Handler>& handlers);

template <class... A>
std::vector<const void*> keys_of(Kinds<A...>) {
  return {&agent_key<A>...};
}

template <class A>
void keep_durable(void* fresh, const void* agent) {
  if constexpr (requires(A & a) { a.options; }) as<A>(fresh).options = as<A>(agent).options;
  if constexpr (requires(A & a) { a.reprise_durable(); }) {
    as<A>(fresh).reprise_durable() = as<A>(agent).reprise_durable();
  }
}

template <class A>
std::vector<Disk*> disks_of([[maybe_unused]] void* agent) {
  std::vector<Disk*> disks;
  if constexpr (requires(A & a) { a.reprise_durable(); }) {
    [[maybe_unused]] const auto note = [&](auto& field) {
      if constexpr (std::is_same_v<std::remove_reference_t<decltype(field)>, Disk>) {
        disks.push_back(&field);
      }
    };
    std::apply([&](auto&... field) { (note(field), ...); }, as<A>(agent).reprise_durable());
  }
  return disks;
}

template <Agent A>
AgentType make_agent_type(std::string name) {
  AgentType type{.name = std::move(name),
                 .version = version_of<A>(),
                 .about = about_of<A>(),
                 .fields = &type_of<A>(),
                 .handlers = handlers_of<A>(typename A::Handles()),
                 .table = {},
                 .key = &agent_key<A>};
  type.id = digest64_of(type.name);
  if constexpr (requires { typename A::Spawns; }) type.spawns = keys_of(typename A::Spawns());
  type.table = detail::table_of(type.handlers);
  type.bytes = sizeof(A);
  type.alignment = alignof(A);
  type.create = [](void* where) { new (where) A{}; };
  type.copy = [](void* where, const void* agent) { new (where) A(as<A>(agent)); };
  type.destroy = [](void* agent) { as<A>(agent).~A(); };
  if constexpr (requires(A & agent) { agent.options; }) {
    using Options = std::remove_cvref_t<decltype(std::declval<A&>().options)>;
    type.options = &type_of<Options>();
    type.options_of = [](void* agent) -> void* { return &as<A>(agent).options; };
    if constexpr (requires { std::span<const About>(Options::about); }) {
      type.about_options = Options::about;
    }
    if constexpr (requires(const Options& options) { options.validate(); }) {
      type.validate = [](const void* agent) { as<A>(agent).options.validate(); };
    }
  }
  type.encode = [](const void* agent, Encoder& encoder) { encoder(as<A>(agent)); };
  type.decode = [](void* agent, Decoder& decoder) { decoder(as<A>(agent)); };
  type.digest = [](const void* agent, Digester& digester) { digester(as<A>(agent)); };
  type.keep_durable = &keep_durable<A>;
  type.disks_of = &disks_of<A>;
  if constexpr (requires(const A& agent) {
                  { agent.history } -> std::same_as<const OperationHistory&>;
                }) {
    type.history_of = [](const void* agent) { return &as<A>(agent).history; };
  }
  type.abstract = [](const void* agent, AbstractState& state) {
    if constexpr (requires { as<A>(agent).abstract(state); }) {
      as<A>(agent).abstract(state);
    } else {
      add_default(state, as<A>(agent));
    }
  };
  return type;
}

}  // namespace detail
}  // namespace reprise
