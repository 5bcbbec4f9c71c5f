#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "engine/agent_names.hpp"
#include "engine/agent_pool.hpp"
#include "engine/catalog.hpp"
#include "engine/context.hpp"
#include "engine/control.hpp"
#include "engine/event.hpp"
#include "engine/input.hpp"
#include "engine/input_memory.hpp"
#include "engine/merkle.hpp"
#include "engine/network.hpp"
#include "engine/pending.hpp"
#include "engine/random.hpp"

namespace reprise {

/// A trail is handed over when it is so long, if not before.
inline constexpr std::size_t trail_max = std::size_t{1} << 16;

/// The proof of a stretch of history, taken at a step.
struct Checkpoint {
  Step step = 0;
  Time at{};
  Digest prefix;  ///< Of every event delivered so far.

  /// Of everything that decides the future. Nothing after a failure, and where only the trail had
  /// to be handed over.
  std::optional<Digest> root{};

  /// The low byte of the prefix digest after each step since the checkpoint before: as many as
  /// there are steps between. Valid during the call that hands it over.
  std::span<const std::uint8_t> trail;
};

/// What has just been delivered. Valid during the call that hands it over.
struct Delivery {
  Step step = 0;  ///< The first delivery is step 1.
  const Event& event;
  bool dropped = false;  ///< Its receiver had retired, or its node had failed.
  bool held = false;     ///< It was dropped, and is delivered again when the node goes on.
  bool again = false;    ///< It came from outside, and was held before.
};

/// Looks on while a world runs; cannot change it.
class Observer {
 public:
  virtual ~Observer() = default;

  /// Whether it wants on_delivery(), which costs every step a call. Asked once, by observe().
  virtual bool wants_deliveries() const { return false; }

  /// Whether it wants on_checkpoint(). While nobody does, no trail is kept and no state root taken.
  /// Asked once, by observe().
  virtual bool wants_checkpoints() const { return true; }

  /// An input is about to take effect: it will be step `step`, or for an edit has been applied
  /// after it.
  virtual void on_input(const Input&, Step) {}
  virtual void on_delivery(const Delivery&) {}
  virtual void on_checkpoint(const Checkpoint&) {}

  /// The first step after `step` after which it wants on_pause(). Asked whenever the world stops
  /// for a proof or a pause.
  virtual Step next_pause(Step) const { return std::numeric_limits<Step>::max(); }

  /// The world stands between two steps and may be saved. Comes at the steps asked for, and at
  /// those that other observers asked for.
  virtual void on_pause() {}
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
///
/// Not for several threads at once, not even const: what is asked for is worked out when it is.
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

  /// Puts the agents added so far on nodes with a network between them, which becomes the agent
  /// `network`; those that are added later are on no node. Only once, and before the first step.
  /// Throws std::invalid_argument if it was not made for them (see NetworkPlan).
  void connect(Network network);

  /// `observer` looks on from now on, until it is forgotten, and must live that long.
  void observe(Observer& observer);
  void forget(Observer& observer);

  // Running it.

  /// The one door. The input is delivered when it is first in order. Throws std::invalid_argument
  /// if its time is past, or its receiver is unknown or does not listen to its kind.
  ///
  /// Each input is taken once: one whose producer's number is not beyond the highest taken so far,
  /// or whose key is remembered of that producer, is a repeat, and nothing is done. A number of 0
  /// is none. Throws std::invalid_argument for a repeat with other content than what is remembered,
  /// and for a new input due before an earlier one of its producer.
  Admission inject(Input input);

  /// What inject() answers to a repeat; nothing for an input that is new. Throws as it does for
  /// other content.
  std::optional<Admission> repeat_of(const Input& input) const;

  /// Applies an edit to the standing world: `input.after` is the present step, its receiver the
  /// world. Throws FieldError or std::invalid_argument if it cannot be done.
  void edit(const Input& input);

  /// Delivers the first event in order. False if nothing is pending. Throws AgentFailure; then only
  /// step(), now() prefix() and checkpoint() may still be asked.
  bool step();

  /// Delivers what is due at or before `until`, up to step `last` or a Stop.
  void run(Time until, Step last = std::numeric_limits<Step>::max());

  /// The same without a last step, then stands at `until`.
  void run_until(Time until);

  /// Has run() return after the present step, and whoever drives the world take that for the end of
  /// the run. For an observer that has seen enough: no part of the state, neither saved nor
  /// digested.
  void end() { ended_ = true; }

  /// Lets the clock stand at `time`, if that is neither past nor later than what is due next. Says
  /// whether it was.
  bool stand_at(Time time);

  // Asking it.

  Step steps() const { return step_; }
  Time now() const { return now_; }
  bool stopped() const { return stopped_; }  ///< A Stop has been delivered.
  bool ended() const { return ended_; }      ///< It is stopped, or end() was called.
  std::uint64_t seed() const { return seed_; }
  std::size_t pending() const { return pending_.size(); }  ///< Inputs not counted.

  /// How many inputs have been injected and not delivered.
  std::size_t waiting_inputs() const { return door_.size(); }

  /// When the next event or injected input is due; nothing when there is none.
  std::optional<Time> next_at() const {
    if (input_first()) return door_.begin()->first.at;
    if (pending_.empty()) return std::nullopt;
    return pending_.first().key.at;
  }

  /// Digest of every event delivered and every edit applied.
  const Digest& prefix() const { return prefix_; }

  /// The place in the order of the event delivered last; whatever comes is later. Before the first
  /// step it says nothing.
  const EventKey& last_key() const { return last_; }

  /// Digest of everything that decides the future. Costs a walk over the pending events and new
  /// digests of the agents that changed since it was last asked for, and of those beside them.
  Digest state_root() const;

  /// The agents that are not the same in two worlds, in order, those that only one has included:
  /// in fields, stream, counters, or in what is pending for them. Found by descent through both
  /// trees of digests.
  struct Difference {
    std::vector<AgentId> agents;
    std::uint64_t compared = 0;  ///< How many pairs of digests were looked at.
  };

  /// Costs two state roots, a walk over both worlds' pending events, and for k agents among n
  /// about k log n comparisons.
  static Difference difference(const Simulation& a, const Simulation& b);

  /// How many digests of agents, and of nodes of the tree over them, all state roots so far took.
  std::uint64_t digests_computed() const { return tree_.hashed(); }

  /// The proof as of now, handed to the observers that want it; the next one is due as if this had
  /// not been. May be called after a failure.
  void checkpoint();

  std::uint32_t agent_count() const { return static_cast<std::uint32_t>(agents_.size()); }
  AgentId network_id() const {
    return network_id_;
  }  ///< The world's own where there is no network.
  std::optional<AgentId> find(std::string_view name) const { return names_.find(name); }
  std::string name_of(AgentId id) const { return names_.name_of(id); }
  const AgentType& type_of_agent(AgentId id) const;
  bool retired(AgentId id) const;

  /// How many messages the agent has sent so far: its next one is that number.
  std::uint64_t sent(AgentId id) const { return head_of(id).sent; }

  /// The agent's own stream, and the one it began with unless it was reseeded.
  const Random& stream(AgentId id) const { return head_of(id).random; }
  Random first_stream(AgentId id) const { return Random(seed_, name_of(id)); }

  /// The fields of an agent as JSON; null for one that has retired.
  boost::json::value view(AgentId id) const;

  /// The agent itself, which is of type A and has not retired; nullptr otherwise, and for the
  /// world.
  template <Agent A>
  const A* agent(AgentId id) const {
    if (id == world_id) return nullptr;
    const AgentHead& head = head_of(id);
    if (!head.alive || type_of(head).key != &detail::agent_key<A>) return nullptr;
    return static_cast<const A*>(agent_of(head));
  }

  /// The agent itself, as type_of_agent(id).fields describes it; nullptr for one that has retired.
  /// Valid until the world changes.
  const void* fields_of(AgentId id) const {
    const AgentHead& head = head_of(id);
    return head.alive ? agent_of(head) : nullptr;
  }

  const AgentNames& names() const { return names_; }
  const Catalog& catalog() const { return *catalog_; }

  // Keeping it.

  /// The same world once more, inputs that wait included; nobody observes it. Costs a copy of every
  /// agent and pending event: a fraction of save() and restore().
  std::unique_ptr<Simulation> copy() const;

  /// Writes the whole state, without inputs that are not delivered yet.
  void save(Encoder& out) const;

  /// Takes the state that `in` holds, in place of what is there; observers stay. Throws DecodeError
  /// for bytes that are no state of a world of this catalog, and leaves a world that can only be
  /// restored again.
  void restore(Decoder& in);

  /// How a world lies in memory: nothing that it does may depend on that.
  struct Layout {
    bool plain_heap = false;                 ///< The pending events lie in one binary heap.
    std::optional<std::uint64_t> shuffle{};  ///< The agents lie in an order drawn from this.
  };

  /// Lays the world out otherwise, and again so whenever it is restored: for a check that the
  /// layout does not matter. No input may be on its way. Costs a save and a restore, and from then
  /// on more for each event.
  void lay_out(const Layout& layout);

 private:
  friend class Context;
  friend struct Network;

  const AgentType& known(const void* key) const;
  const AgentType& type_of(const AgentHead& head) const { return kinds_[head.kind].type(); }
  [[gnu::always_inline]] AgentHead& head_of(AgentId id) const {
    REPRISE_ASSERT(id != world_id && number(id) <= agents_.size());
    return *agents_[number(id) - 1];
  }
  void* agent_of(const AgentHead& head) const { return kinds_[head.kind].agent(&head); }

  void clear();
  std::uint16_t kind_of(const AgentType& type);
  AgentHead* make_agent(const AgentHead& head, const void* prototype);
  void unmake_agent(AgentHead* head);

  bool input_first() const {
    if (door_.empty()) return false;
    return pending_.empty() || door_.begin()->first < pending_.first().key;
  }
  void begin();
  void deliver_input();
  void deliver_pending(const QueuedEvent& first);
  void fetch_ahead();
  void deliver(const Event& event, bool pending);
  void tell_of_delivery(const Event& event, Mark mark, bool pending);
  Mark hand_over(const Event& event);
  void handle(AgentHead& head, const Event& event);
  [[noreturn]] void refuse(const Event& event) const;
  AgentFailure failure(const Event& event, const std::string& reason);
  void stop_between_steps();
  void hand_over_trail(const Checkpoint& checkpoint);
  void plan_stop();
  Step trail_room() const { return static_cast<Step>(trail_.get() + trail_max - trail_end_); }
  void obey(const Event& event);
  void set_field(AgentId id, const SetField& set);
  void reseed(const Reseed& reseed);
  void reseed_network(std::uint64_t seed, std::optional<AgentId> agent);
  const Input* at_door(const Input& like) const;
  void note_given(const Input& input, const EventKey& key);
  void note_taken(const Input& input, Step step);
  void copy_agents(const Simulation& other);
  void load_agent(Decoder& in);
  EventKey load_event(Decoder& in, const std::optional<EventKey>& before);
  void touch(AgentId id) { tree_.touch(number(id) - 1); }
  Digest agents_root() const;
  Digest leaf(std::uint32_t index, const Digest& pending_sum) const;
  std::vector<Digest> leaves(std::span<const std::uint32_t> indices) const;
  Step checkpoint_spacing() const;
  std::string receivers_name(AgentId to) const;

  EventKey key_of_next(Context& context, AgentId to, const MessageType& kind, Duration delay);
  [[noreturn]] void refuse_send(const Context& context, AgentId to, const MessageType& kind,
                                Duration delay) const;
  void find_network();
  void check_network() const;
  Network& network() const;
  bool plain_on_its_node(AgentId id) const;
  bool takes(const AgentHead& head, const Event& event);
  void post(Context& context, AgentId to, Payload&& payload, Duration delay);
  void route(Context& context, AgentId to, Payload&& payload, Duration delay);
  template <class Visit>
  void each_on(std::uint32_t node, const Visit& visit);
  void begin_again(AgentId id, AgentHead*& place, UnsyncedWrites writes, Random& random);
  void crash(const Crash& crash);
  void restart(const Restart& restart, Context& context);
  void pause(const Pause& pause);
  void resume(const Resume& resume, Context& context);
  void set_disks(const SetDisk& set);
  void rot(const Rot& rot);
  void settle_newborn(AgentId parent, AgentId newborn);
  AgentId spawn(Context& context, const void* key, const void* prototype);
  void retire(AgentId id);

  const Catalog* catalog_;
  std::uint64_t seed_ = 0;
  Time now_{};
  Step step_ = 0;
  Digest prefix_;
  bool stopped_ = false;
  bool ended_ = false;
  bool failed_ = false;
  Layout layout_;
  EventKey last_{};                  // of the last delivery: nothing may be injected before it
  std::uint64_t outside_sent_ = 0;   // the outside's send counter, as far as delivered
  std::uint64_t outside_given_ = 0;  // the same, as far as given out to inputs
  AgentNames names_;
  AgentId network_id_{};  // the world's own where there is no network
  bool held_ = false;     // what was dropped last waits at its node
  std::vector<AgentPool> kinds_;
  std::vector<AgentHead*> agents_;             // by id - 1
  std::deque<AgentHead> retired_;              // whose agents are gone
  mutable MerkleTree tree_;                    // over the agents; touched where one has changed
  mutable PendingEvents pending_;              // asking for the first event may sort
  mutable Digester digester_;                  // where digests are worked out; holds nothing
  std::map<EventKey, Input> door_;             // injected, not delivered: not yet part of the world
  std::map<std::string, std::uint64_t> seen_;  // by producer, its highest number that took effect
  InputMemory memory_;                         // of what took effect and may come again

  struct Given {  // the last numbered input that a producer handed in, delivered or not
    std::uint64_t seq = 0;
    Time at{};
  };
  std::map<std::string, Given> given_;
  std::map<std::pair<std::string, std::string>, EventKey>
      door_keys_;  // (producer, key) at the door
  std::vector<Observer*> observers_;
  std::vector<Observer*> delivery_observers_;    // those of them that want deliveries
  std::vector<Observer*> checkpoint_observers_;  // those of them that want checkpoints
  std::unique_ptr<std::uint8_t[]> trail_;        // since the last checkpoint; kept for those alone
  std::uint8_t* trail_end_ = nullptr;            // of the trail; nullptr while nobody wants one
  Step next_checkpoint_ = 0;
  Step next_pause_ = std::numeric_limits<Step>::max();
  Step next_due_ = 0;   // the checkpoint, a full trail or a pause: what comes first
  Step next_stop_ = 0;  // from this step on a step is more than its delivery: next_due_, or any
                        // step while somebody wants deliveries
};

}  // namespace reprise
