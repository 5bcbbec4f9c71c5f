#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "engine/catalog.hpp"
#include "engine/context.hpp"
#include "engine/control.hpp"
#include "engine/event.hpp"
#include "engine/input.hpp"
#include "engine/pending.hpp"
#include "engine/random.hpp"

namespace reprise {

/// The proof of a stretch of history, taken at a step.
struct Checkpoint {
  Step step = 0;
  Time at{};
  Digest prefix;  ///< Of every event delivered so far.
  std::optional<Digest>
      root{};  ///< Of everything that decides the future; nothing after a failure.
  /// The low byte of the prefix digest after each step since the checkpoint before: as many as
  /// there are steps between. Valid during the call that hands it over.
  std::span<const std::uint8_t> trail;
};

/// What has just been delivered. Valid during the call that hands it over.
struct Delivery {
  Step step = 0;  ///< The first delivery is step 1.
  const Event& event;
  bool dropped = false;  ///< Its receiver had retired.
};

/// Looks on while a world runs; cannot change it.
class Observer {
 public:
  virtual ~Observer() = default;

  /// An input is about to take effect: it will be step `step`, or for an edit has been applied
  /// after it.
  virtual void on_input(const Input&, Step) {}
  virtual void on_delivery(const Delivery&) {}
  virtual void on_checkpoint(const Checkpoint&) {}
};

/// A handler threw, or sent what cannot be delivered. The run ends before that step: nothing of it
/// counts.
class AgentFailure : public std::runtime_error {
 public:
  AgentFailure(Step step, std::string agent, std::string kind, std::string reason);

  Step step = 0;      ///< The step that would have been.
  std::string agent;  ///< By name; "the world" for a control message.
  std::string kind;   ///< Of the message it was handling.
  std::string reason;
};

/// A world of agents under a virtual clock: a pure function of what was added, the seed and the
/// inputs.
///
/// Add agents, then inject inputs and step. The same calls give the same history, digests and state
/// on every machine.
class Simulation {
 public:
  /// An empty world at time 0. `catalog` must outlive it.
  Simulation(const Catalog& catalog, std::uint64_t seed);
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  // Building it.

  /// Adds one agent, or with `count` that many, named `name[0]`, `name[1]`, ...; each begins as a
  /// copy of `prototype`, which is of kind `type`. Returns the id of the first. Only before the
  /// first step and the first input. Throws std::invalid_argument for a name that is taken or
  /// malformed.
  AgentId add(std::string_view name, const AgentType& type, const void* prototype,
              std::optional<std::uint32_t> count = std::nullopt);

  template <Agent A>
  AgentId add(std::string_view name, const A& prototype = {},
              std::optional<std::uint32_t> count = std::nullopt) {
    return add(name, known(&detail::agent_key<A>), &prototype, count);
  }

  /// `observer` looks on from now on, until it is forgotten, and must live that long.
  void observe(Observer& observer);
  void forget(Observer& observer);

  // Running it.

  /// The one door. The input is delivered when it is first in order. Throws std::invalid_argument
  /// if its time is past, or its receiver is unknown or does not listen to its kind.
  void inject(Input input);

  /// Applies an edit to the standing world: `input.after` is the present step, its receiver the
  /// world. Throws FieldError or std::invalid_argument if it cannot be done.
  void edit(const Input& input);

  /// Delivers the first event in order. False if nothing is pending. Throws AgentFailure; then only
  /// step(), now() prefix() and checkpoint() may still be asked.
  bool step();

  /// Delivers every event due at or before `until`, then stands at `until`.
  void run_until(Time until);

  /// Lets the clock stand at `time`, if that is neither past nor later than what is due next. Says
  /// whether it was.
  bool stand_at(Time time);

  // Asking it.

  Step steps() const { return step_; }
  Time now() const { return now_; }
  bool stopped() const { return stopped_; }  ///< A Stop has been delivered.
  std::uint64_t seed() const { return seed_; }
  std::size_t pending() const { return pending_.size(); }  ///< Inputs not counted.

  /// How many inputs have been injected and not delivered.
  std::size_t waiting_inputs() const { return door_.size(); }

  /// When the next event or injected input is due; nothing when there is none.
  std::optional<Time> next_at() const;

  /// Digest of every event delivered and every edit applied.
  const Digest& prefix() const { return prefix_; }

  /// Digest of everything that decides the future. Costs a walk over all agents and pending events.
  Digest state_root() const;

  /// The proof as of now, handed to the observers; the next one is due as if this had not been. May
  /// be called after a failure.
  void checkpoint();

  std::uint32_t agent_count() const { return static_cast<std::uint32_t>(agents_.size()); }
  std::optional<AgentId> find(std::string_view name) const;
  std::string name_of(AgentId id) const;
  const AgentType& type_of_agent(AgentId id) const;
  bool retired(AgentId id) const;

  /// The fields of an agent as JSON; null for one that has retired.
  boost::json::value view(AgentId id) const;

  /// The agent itself, which is of type A and has not retired; nullptr otherwise.
  template <Agent A>
  const A* agent(AgentId id) const {
    const Slot& slot = slot_of(id);
    return slot.type->key == &detail::agent_key<A> ? static_cast<const A*>(slot.object) : nullptr;
  }

  const Catalog& catalog() const { return *catalog_; }

  // Keeping it.

  /// Writes the whole state, without inputs that are not delivered yet.
  void save(Encoder& out) const;

  /// Takes the state that `in` holds, in place of what is there; observers stay. Throws DecodeError
  /// for bytes that are no state of a world of this catalog, and leaves a world that can only be
  /// restored again.
  void restore(Decoder& in);

 private:
  friend class Context;

  static bool is_agent_name(std::string_view name);

  struct Slot {
    const AgentType* type = nullptr;
    void* object = nullptr;  // owned; null after retirement
    Random random{};
    std::uint64_t sent = 0;    // the agent's own send counter
    std::uint64_t births = 0;  // how many it gave birth to
  };

  struct Group {  // agents declared under one name
    std::string name;
    std::uint32_t first = 0;
    std::uint32_t count = 0;
    bool numbered = false;
    REPRISE_FIELDS(name, first, count, numbered)
  };

  struct Birth {  // of an agent that was not declared; by id, after the last declared
    AgentId parent{};
    std::uint64_t ordinal = 0;
    REPRISE_FIELDS(parent, ordinal)
  };

  const AgentType& known(const void* key) const;
  Slot& slot_of(AgentId id);
  const Slot& slot_of(AgentId id) const;
  void clear();
  std::uint32_t declared() const {
    return agent_count() - static_cast<std::uint32_t>(born_.size());
  }

  bool input_first() const;
  Event take_input();
  Mark deliver(const Event& event);
  void handle(const Event& event);
  void obey(const Payload& payload);
  static void set_field(Slot& slot, const SetField& set);
  void reseed(const Reseed& reseed);
  void note_taken(const Input& input);
  void expect_deliverable(const Event& event) const;
  std::optional<AgentId> find_declared(std::string_view name) const;
  std::optional<AgentId> find_born(AgentId parent, std::string_view ordinal_text) const;
  Digest leaf(std::uint32_t index, const std::vector<Digest>& pending_sums) const;
  Step checkpoint_spacing() const;
  std::string receivers_name(AgentId to) const;

  void send(Context& context, AgentId to, Payload payload, Duration delay);
  AgentId spawn(Context& context, const void* key, const void* prototype);
  void retire(AgentId id);

  const Catalog* catalog_;
  std::uint64_t seed_ = 0;
  Time now_{};
  Step step_ = 0;
  Digest prefix_;
  bool stopped_ = false;
  bool failed_ = false;
  EventKey last_{};                  // of the last delivery: nothing may be injected before it
  std::uint64_t outside_sent_ = 0;   // the outside's send counter, as far as delivered
  std::uint64_t outside_given_ = 0;  // the same, as far as given out to inputs
  std::vector<Slot> agents_;         // by id - 1
  std::vector<Group> groups_;        // by first id
  std::vector<Birth> born_;
  std::map<std::string, std::uint32_t, std::less<>> group_by_name_;
  PendingEvents pending_;
  std::map<EventKey, Input> door_;             // injected, not delivered: not yet part of the world
  std::map<std::string, std::uint64_t> seen_;  // by producer, its highest number that took effect
  std::vector<Observer*> observers_;
  std::vector<std::uint8_t> trail_;  // since the last checkpoint; kept only under observation
  Step next_checkpoint_ = 0;
};

}  // namespace reprise
