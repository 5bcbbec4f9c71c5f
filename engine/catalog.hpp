#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/agent.hpp"
#include "engine/property.hpp"

namespace reprise {

/// How messages of an earlier version of a kind become messages of a later one.
struct Upcaster {
  const MessageType* from = nullptr;
  const MessageType* to = nullptr;
  std::function<Payload(const void* message)> lift;
};

/// The agent kinds, and through them the message kinds, that worlds can be made of, and the
/// properties that can be asked of them.
class Catalog {
 public:
  /// Knows the messages of the world itself, and the agents that are its network and its chaos.
  Catalog();

  /// Makes agents of type A known as `name`: lower-case letters, digits and underscores, a letter
  /// first. Throws std::invalid_argument for a name or message kind that is taken, malformed or
  /// reserved, and for an About that names no option.
  template <Agent A>
  Catalog& add(std::string name) {
    add(std::make_shared<AgentType>(detail::make_agent_type<A>(std::move(name))));
    return *this;
  }

  /// Has the recorded messages of an earlier version understood: From and To are of one kind, and
  /// `lift` makes of a From the To that says the same. Upcasters join: 1 to 2 and 2 to 3 lift 1 to
  /// 3. `lift` is a function of its argument alone; what it throws refuses the message. Throws
  /// std::invalid_argument where the kinds differ, the version does not rise, the version is lifted
  /// already, or a version between two upcasters is two C++ types.
  template <Message From, Message To>
  Catalog& upcast(To (*lift)(const From&)) {
    add(Upcaster{&message_type<From>(), &message_type<To>(), [lift](const void* message) {
                   return Payload(lift(*static_cast<const From*>(message)));
                 }});
    return *this;
  }

  /// Makes properties of type P known as `name`, which is words of lower-case letters, digits and
  /// underscores with dots between them: "raft.election_safety". A scenario switches it on. Throws
  /// std::invalid_argument for a name that is taken or malformed.
  template <WatchedProperty P>
  Catalog& add_property(std::string name) {
    add(detail::make_property_type<P>(std::move(name)));
    return *this;
  }

  /// Throws std::invalid_argument if upcasters do not lead to the present version of their kind:
  /// one is missing, or no agent takes the kind. Call it when everything has been added.
  void check_upcasters() const;

  /// What is known by that name, id or C++ type; nullptr if nothing is.
  const AgentType* agent(std::string_view name) const;
  const AgentType* agent_by_id(std::uint64_t id) const;
  const AgentType* agent_by_key(const void* key) const;
  const MessageType* message(std::string_view name) const;
  const MessageType* message_by_id(std::uint64_t id) const;
  const PropertyType* property(std::string_view name) const;

  /// The kind as it was in `version`: the present one, or one that upcasters lead on from to it.
  const MessageType* message_by_id(std::uint64_t id, std::uint16_t version) const;

  /// `message`, whose type message_by_id() gave for some version, in the present version. Throws
  /// DecodeError where an upcaster throws.
  Payload lifted(Payload message) const;

  /// The version that upcasters lead to from `version` of a kind; itself where there is none.
  std::uint16_t version_reached(std::string_view kind, std::uint16_t version) const;

  /// Everything known, by name.
  std::vector<const AgentType*> agents() const;
  std::vector<const MessageType*> messages() const;
  std::vector<std::string> agent_names() const;
  std::vector<std::string> message_names() const;
  std::vector<const PropertyType*> properties() const;
  std::vector<std::string> property_names() const;

 private:
  void add(std::shared_ptr<const AgentType> type);
  void add(const MessageType& type);
  void add(Upcaster upcaster);
  void add(PropertyType type);
  const Upcaster* upcaster_from(std::string_view kind, std::uint16_t version) const;
  const MessageType* reached_from(const MessageType& type) const;

  std::map<std::string, std::shared_ptr<const AgentType>, std::less<>> agents_;
  std::map<std::string, const MessageType*, std::less<>> messages_;
  std::map<std::string, PropertyType, std::less<>> properties_;
  std::map<std::pair<std::string_view, std::uint16_t>, Upcaster> upcasters_;  // by kind and version
};

}  // namespace reprise
