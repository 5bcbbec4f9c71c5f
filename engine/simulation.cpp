#include "engine/simulation.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "engine/json.hpp"
#include "engine/nearest.hpp"

namespace reprise {

namespace {

constexpr Step checkpoint_spacing_min = 4096;
constexpr Step checkpoint_steps_per_item = 32;  // a checkpoint walks agents and pending events
constexpr std::size_t cache_line = 64;

}  // namespace

AgentFailure::AgentFailure(Step step_number, std::string agent_name, std::string message_kind,
                           std::string why)
    : std::runtime_error("step " + std::to_string(step_number) + ": " + agent_name + " failed on " +
                         message_kind + ": " + why),
      step(step_number),
      agent(std::move(agent_name)),
      kind(std::move(message_kind)),
      reason(std::move(why)) {}

Simulation::Simulation(const Catalog& catalog, std::uint64_t seed)
    : catalog_(&catalog), seed_(seed) {}

Simulation::~Simulation() {
  clear();
}

void Simulation::clear() {
  for (const AgentHead* head : agents_) {
    if (head->alive) type_of(*head).destroy(agent_of(*head));
  }
  agents_.clear();
  retired_.clear();
  kinds_.clear();
  names_ = {};
  network_id_ = world_id;
  tree_ = {};
  pending_ = {};
  if (layout_.plain_heap) pending_.use_heap();
  door_.clear();
  seen_.clear();
  memory_.clear();
  given_.clear();
  door_keys_.clear();
  if (trail_end_ != nullptr) trail_end_ = trail_.get();
}

std::uint16_t Simulation::kind_of(const AgentType& type) {
  const auto known =
      std::ranges::find(kinds_, &type, [](const AgentPool& kind) { return &kind.type(); });
  const auto place = static_cast<std::size_t>(known - kinds_.begin());
  REPRISE_ASSERT(place <= std::numeric_limits<std::uint16_t>::max());
  if (known == kinds_.end()) {
    kinds_.emplace_back(type);
    if (layout_.shuffle) kinds_.back().shuffle(*layout_.shuffle);
  }
  return static_cast<std::uint16_t>(place);
}

/// A living agent that is a copy of `prototype`, with the rest as in `head`.
AgentHead* Simulation::make_agent(const AgentHead& head, const void* prototype) {
  AgentPool& pool = kinds_[head.kind];
  AgentHead* made = pool.take(head);
  try {
    pool.type().copy(pool.agent(made), prototype);
  } catch (...) {
    pool.give_back(made);
    throw;
  }
  made->plain = !head.alive || head.plain;
  made->alive = true;
  return made;
}

void Simulation::unmake_agent(AgentHead* head) {
  type_of(*head).destroy(agent_of(*head));
  kinds_[head->kind].give_back(head);
}

AgentId Simulation::add(std::string_view name, const AgentType& type, const void* prototype,
                        std::optional<std::uint32_t> count) {
  REPRISE_ASSERT(step_ == 0 && outside_given_ == outside_sent_ && door_.empty());
  const AgentNames::Group& group = names_.declare(name, count);
  const bool starts = type.handler(message_type<Start>()) != nullptr;
  const std::uint16_t kind = kind_of(type);
  kinds_[kind].reserve(group.count);
  agents_.reserve(agents_.size() + group.count);
  failed_ = true;  // until all of them are there: a world with a half of them is none
  for (std::uint32_t i = 0; i < group.count; ++i) {
    const AgentId id = group.at(i);
    agents_.push_back(make_agent({.random = Random(seed_, name_of(id)), .kind = kind}, prototype));
    if (starts) pending_.push({.seq = outside_given_++}, id, message_type<Start>());
  }
  failed_ = false;
  tree_.grow(agents_.size());
  if (network_id_ != world_id) {
    network().members.resize(agents_.size());
    touch(network_id_);
  }
  outside_sent_ = outside_given_;
  return group.at(0);
}

void Simulation::observe(Observer& observer) {
  observers_.push_back(&observer);
  if (observer.wants_deliveries()) delivery_observers_.push_back(&observer);
  if (observer.wants_checkpoints()) {
    if (trail_ == nullptr) trail_ = std::make_unique_for_overwrite<std::uint8_t[]>(trail_max);
    if (trail_end_ == nullptr) trail_end_ = trail_.get();
    checkpoint_observers_.push_back(&observer);
  }
  plan_stop();
}

void Simulation::forget(Observer& observer) {
  std::erase(observers_, &observer);
  std::erase(delivery_observers_, &observer);
  std::erase(checkpoint_observers_, &observer);
  if (checkpoint_observers_.empty()) trail_end_ = nullptr;
  plan_stop();
}

bool Simulation::step() {
  if (!next_at()) return false;
  begin();
  if (input_first()) {
    deliver_input();
  } else {
    deliver_pending(pending_.first());
  }
  return true;
}

void Simulation::run(Time until, Step last) {
  const std::optional<Time> next = next_at();
  if (!next || *next > until || ended_ || step_ >= last) return;
  begin();
  while (!ended_ && step_ < last) {
    if (input_first()) {
      if (door_.begin()->first.at > until) return;
      deliver_input();
    } else {
      if (pending_.empty()) return;
      const QueuedEvent& first = pending_.first();
      if (first.key.at > until) return;
      deliver_pending(first);
    }
  }
}

void Simulation::begin() {
  REPRISE_ASSERT(!failed_);
  if (next_checkpoint_ != 0) return;
  next_checkpoint_ = checkpoint_spacing();
  plan_stop();
}

void Simulation::deliver_input() {
  const auto node = door_.extract(door_.begin());
  const Input& input = node.mapped();
  for (Observer* observer : observers_) observer->on_input(input, step_ + 1);
  note_taken(input, step_ + 1);
  deliver({node.key(), input.to, input.payload}, false);
}

[[gnu::always_inline]] inline void Simulation::deliver(const Event& event, bool pending) {
  REPRISE_ASSERT(event.key.at >= now_);
  now_ = event.key.at;
  last_ = event.key;
  const Mark mark = hand_over(event);
  ++step_;
  prefix_ = fold(prefix_, event, mark, digester_);
  if (trail_end_ != nullptr) *trail_end_++ = static_cast<std::uint8_t>(prefix_.low);
  if (step_ >= next_stop_) [[unlikely]] {
    if (!delivery_observers_.empty()) tell_of_delivery(event, mark, pending);
    if (step_ >= next_due_) stop_between_steps();
  }
}

[[gnu::always_inline]] inline void Simulation::deliver_pending(const QueuedEvent& first) {
  fetch_ahead();
  deliver(pending_.pop(first), true);
}

/// A large world waits for its memory: what the next events touch is fetched while this one runs,
/// first where an agent lies, then the agent.
[[gnu::always_inline]] inline void Simulation::fetch_ahead() {
  constexpr std::size_t places = 12, agents = 6;  // events ahead
  // gcc 12 takes what only fetches for a function without effect, and leaves its calls out.
  const auto fetch_place = [&](std::size_t pops) __attribute__((always_inline)) {
    const QueuedEvent* event = pending_.ahead(pops);
    if (event != nullptr) __builtin_prefetch(&agents_[number(event->to) - 1]);
  };
  const auto fetch_agent = [&](std::size_t pops) __attribute__((always_inline)) {
    const QueuedEvent* event = pending_.ahead(pops);
    if (event == nullptr) return;
    const auto* head = reinterpret_cast<const std::byte*>(agents_[number(event->to) - 1]);
    __builtin_prefetch(head);
    __builtin_prefetch(head + cache_line);
  };
  if (pending_.comes_into_sight()) [[unlikely]] {
    for (std::size_t pops = 0; pops < places; ++pops) fetch_place(pops);
    for (std::size_t pops = 0; pops < agents; ++pops) fetch_agent(pops);
  }
  fetch_place(places);
  fetch_agent(agents);
}

void Simulation::tell_of_delivery(const Event& event, Mark mark, bool pending) {
  const bool dropped = mark == Mark::dropped;
  const bool again = pending && event.key.from == world_id && event.kind != &message_type<Start>();
  const Delivery delivery{step_, event, dropped, dropped && held_, again};
  held_ = false;
  for (Observer* observer : delivery_observers_) observer->on_delivery(delivery);
}

AgentFailure Simulation::failure(const Event& event, const std::string& reason) {
  failed_ = true;
  return AgentFailure(step_ + 1, receivers_name(event.to), std::string(event.kind->name), reason);
}

void Simulation::refuse(const Event& event) const {
  const AgentType& type = type_of(head_of(event.to));
  std::string kinds;
  for (const auto& each : type.handlers) kinds.append(" ").append(each.message->name);
  throw std::runtime_error(receivers_name(event.key.from) + " sent it " +
                           std::string(event.kind->name) + ", which it does not listen to; " +
                           type.name + " handles" + kinds);
}

[[gnu::always_inline]] inline Mark Simulation::hand_over(const Event& event) {
  try {
    if (event.to == world_id) [[unlikely]] {
      obey(event);
      return Mark::delivered;
    }
    touch(event.to);
    AgentHead& head = head_of(event.to);
    if (!head.plain && !takes(head, event)) [[unlikely]]
      return Mark::dropped;
    handle(head, event);
  } catch (const std::bad_alloc&) {
    failed_ = true;
    throw;
  } catch (const std::exception& error) {
    throw failure(event, error.what());
  } catch (...) {
    throw failure(event, "it threw something that is no std::exception");
  }
  return Mark::delivered;
}

[[gnu::always_inline]] inline void Simulation::handle(AgentHead& head, const Event& event) {
  const AgentPool& kind = kinds_[head.kind];
  const AgentType::Handler* handler = kind.handler(*event.kind);
  if (handler == nullptr) [[unlikely]]
    refuse(event);
  Context context(*this, event.key, event.to, head, network_id_ != world_id);
  handler->deliver(kind.agent(&head), event.message, context);
  if (context.retiring_) [[unlikely]]
    retire(event.to);
}

void Simulation::run_until(Time until) {
  run(until);
  if (!ended_) stand_at(until);
}

bool Simulation::stand_at(Time time) {
  const std::optional<Time> next = next_at();
  if (time < now_ || (next && *next < time)) return false;
  now_ = time;
  return true;
}

/// Why it cannot be sent.
void Simulation::refuse_send(const Context& context, AgentId to, const MessageType& kind,
                             Duration delay) const {
  const std::string sent = "it sent " + std::string(kind.name);
  if (to == world_id || number(to) > agent_count()) {
    throw std::invalid_argument(sent + " to agent " + std::to_string(number(to)) +
                                ", who is nobody");
  }
  if (delay == Duration::zero()) {
    throw std::runtime_error("livelock: " + std::to_string(hop_max) +
                             " messages in a row without delay at " + to_string(now_) +
                             ", the last from " + name_of(context.self_) + " to " + name_of(to));
  }
  throw std::invalid_argument(sent + " with a delay of " + to_string(delay) +
                              "; a delay is 0 or more and ends within the clock");
}

/// The place in the order of what the agent at hand sends next.
[[gnu::always_inline]] inline EventKey Simulation::key_of_next(Context& context, AgentId to,
                                                               const MessageType& kind,
                                                               Duration delay) {
  const bool at_once = delay == Duration::zero();
  const bool somebody = to != world_id && number(to) <= agents_.size();
  const bool in_time = delay >= Duration::zero() && delay <= time_max - now_;
  if (!somebody || !in_time || (at_once && context.key_.hop == hop_max)) [[unlikely]]
    refuse_send(context, to, kind, delay);
  return {now_ + delay, at_once ? context.key_.hop + 1 : 0, context.self_, context.head_.sent++};
}

/// Sends what arrives `delay` from now, whatever is between the two.
void Simulation::post(Context& context, AgentId to, Payload&& payload, Duration delay) {
  const EventKey key = key_of_next(context, to, payload.type(), delay);
  pending_.push(key, to, std::move(payload));
}

AgentId Simulation::spawn(Context& context, const void* key, const void* prototype) {
  const std::vector<const void*>& spawns = type_of(context.head_).spawns;
  if (std::ranges::find(spawns, key) == spawns.end()) {
    throw std::invalid_argument("it gave birth to a kind that its Spawns does not name");
  }
  const AgentType& type = known(key);
  const AgentId id = names_.give_birth(context.self_, context.head_.births++);
  const AgentHead newborn{.random = Random(seed_, name_of(id)), .kind = kind_of(type)};
  agents_.push_back(make_agent(newborn, prototype));
  tree_.grow(agents_.size());
  if (network_id_ != world_id) settle_newborn(context.self_, id);
  if (type.handler(message_type<Start>()) != nullptr) {
    context.send(id, Start{});
  }
  return id;
}

void Simulation::retire(AgentId id) {
  AgentHead*& place = agents_[number(id) - 1];
  AgentHead* rest = &retired_.emplace_back(*place);
  rest->alive = rest->plain = false;
  unmake_agent(std::exchange(place, rest));
}

Step Simulation::checkpoint_spacing() const {
  return std::max<Step>(checkpoint_steps_per_item * (agents_.size() + pending_.size()),
                        checkpoint_spacing_min);
}

void Simulation::checkpoint() {
  if (checkpoint_observers_.empty()) return;
  const auto root = failed_ ? std::nullopt : std::optional(state_root());
  hand_over_trail({.step = step_, .at = now_, .prefix = prefix_, .root = root});
}

void Simulation::hand_over_trail(const Checkpoint& checkpoint) {
  Checkpoint whole = checkpoint;
  whole.trail = std::span(trail_.get(), trail_end_);
  trail_end_ = trail_.get();  // before an observer can throw: the next step begins another trail
  plan_stop();
  for (Observer* observer : checkpoint_observers_) observer->on_checkpoint(whole);
}

void Simulation::stop_between_steps() {
  const bool pauses = step_ >= next_pause_;
  const bool due = step_ >= next_checkpoint_;
  if (due) next_checkpoint_ = step_ + checkpoint_spacing();
  if (checkpoint_observers_.empty()) {
    plan_stop();
  } else if (due) {
    checkpoint();
  } else if (trail_room() == 0) {
    hand_over_trail({.step = step_, .at = now_, .prefix = prefix_});
  }
  if (!pauses) return;
  for (Observer* observer : observers_) observer->on_pause();
  plan_stop();
}

void Simulation::plan_stop() {
  const Step room = trail_end_ == nullptr ? std::numeric_limits<Step>::max() - step_ : trail_room();
  next_pause_ = std::numeric_limits<Step>::max();
  for (const Observer* observer : observers_) {
    next_pause_ = std::min(next_pause_, observer->next_pause(step_));
  }
  next_due_ = std::min({next_checkpoint_, step_ + room, next_pause_});
  next_stop_ = delivery_observers_.empty() ? next_due_ : 0;
}

std::string Simulation::receivers_name(AgentId to) const {
  return to == world_id ? "the world" : name_of(to);
}

const AgentType& Simulation::known(const void* key) const {
  const AgentType* type = catalog_->agent_by_key(key);
  if (type == nullptr) throw std::invalid_argument("an agent's kind is not in the catalog");
  return *type;
}

const AgentType& Simulation::type_of_agent(AgentId id) const {
  return type_of(head_of(id));
}

bool Simulation::retired(AgentId id) const {
  return !head_of(id).alive;
}

boost::json::value Simulation::view(AgentId id) const {
  const AgentHead& head = head_of(id);
  if (!head.alive) return nullptr;
  return to_json(*type_of(head).fields, agent_of(head));
}

AgentId Context::find(std::string_view name) const {
  if (const std::optional<AgentId> id = world_.find(name)) return *id;
  std::vector<std::string> names;
  for (const auto& group : world_.names_.groups()) names.push_back(group.name);
  throw std::invalid_argument("there is no agent '" + std::string(name) + "'" +
                              did_you_mean(name, names));
}

std::vector<AgentId> Context::find_all(std::string_view group) const {
  const AgentNames::Group* all = world_.names_.group(group);
  if (all == nullptr) return {find(group)};
  std::vector<AgentId> ids;
  for (std::uint32_t i = 0; i < all->count; ++i) ids.push_back(all->at(i));
  return ids;
}

void Context::send_sole(AgentId to, const MessageType& kind, Duration delay) {
  if (routed_) [[unlikely]]
    return world_.route(*this, to, Payload(kind), delay);
  world_.pending_.push(world_.key_of_next(*this, to, kind, delay), to, kind);
}

void Context::send_payload(AgentId to, Payload&& payload, Duration delay) {
  if (routed_) [[unlikely]]
    return world_.route(*this, to, std::move(payload), delay);
  world_.post(*this, to, std::move(payload), delay);
}

AgentId Context::spawn_agent(const void* key, const void* prototype) {
  return world_.spawn(*this, key, prototype);
}

}  // namespace reprise
