#include "engine/simulation.hpp"

#include <algorithm>
#include <limits>

#include "engine/json.hpp"
#include "engine/nearest.hpp"

namespace reprise {

namespace {

constexpr Step checkpoint_spacing_min = 4096;
constexpr Step checkpoint_steps_per_item = 32;  // a checkpoint walks agents and pending events
constexpr std::size_t far_ahead = 12;           // pops, of which a slot is fetched beforehand
constexpr std::size_t near_ahead = 6;           // and of which the agent is

bool world_listens(const MessageType& type) {
  return &type == &message_type<Stop>() || &type == &message_type<SetField>() ||
         &type == &message_type<Reseed>();
}

std::string text_of(Time time) {
  return to_string(time.time_since_epoch());
}

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
  for (Slot& slot : agents_) {
    if (slot.object != nullptr) type_of(slot).destroy(slot.object);
  }
  agents_.clear();
  kinds_.clear();
  names_ = {};
  tree_ = {};
  pending_ = {};
  door_.clear();
  seen_.clear();
  trail_.clear();
}

std::uint32_t Simulation::kind_of(const AgentType& type) {
  const auto known = std::ranges::find(kinds_, &type, [](const AgentPool& kind) {
    return &kind.type();
  });
  const auto place = static_cast<std::uint32_t>(known - kinds_.begin());
  if (known == kinds_.end()) kinds_.emplace_back(type);
  return place;
}

/// Puts a copy of `agent` in `slot`, in place of what is there.
void Simulation::put(Slot& slot, const void* agent) {
  AgentPool& pool = kinds_[slot.kind];
  void* place = pool.take();
  try {
    pool.type().copy(place, agent);
  } catch (...) {
    pool.give_back(place);
    throw;
  }
  remove(slot);
  slot.object = place;
}

void Simulation::remove(Slot& slot) {
  if (slot.object == nullptr) return;
  type_of(slot).destroy(slot.object);
  kinds_[slot.kind].give_back(slot.object);
  slot.object = nullptr;
}

AgentId Simulation::add(std::string_view name, const AgentType& type, const void* prototype,
                        std::optional<std::uint32_t> count) {
  REPRISE_ASSERT(step_ == 0 && outside_given_ == outside_sent_ && door_.empty());
  const AgentNames::Group& group = names_.declare(name, count);
  const bool starts = type.handler(message_type<Start>()) != nullptr;
  const std::uint32_t kind = kind_of(type);
  kinds_[kind].reserve(group.count);
  agents_.reserve(agents_.size() + group.count);
  for (std::uint32_t i = 0; i < group.count; ++i) {
    const AgentId id = group.at(i);
    Slot& slot = agents_.emplace_back(Slot{.random = Random(seed_, name_of(id)), .kind = kind});
    put(slot, prototype);
    if (starts) pending_.push({.seq = outside_given_++}, id, Payload(Start{}));
  }
  tree_.grow(agents_.size());
  outside_sent_ = outside_given_;
  return group.at(0);
}

void Simulation::observe(Observer& observer) {
  observers_.push_back(&observer);
  if (observer.wants_deliveries()) delivery_observers_.push_back(&observer);
}

void Simulation::forget(Observer& observer) {
  std::erase(observers_, &observer);
  std::erase(delivery_observers_, &observer);
}

void Simulation::inject(Input input) {
  const auto refuse = [&](const std::string& why) {
    throw std::invalid_argument("an input of kind " + std::string(input.payload.type().name) + why);
  };
  if (input.after) refuse(" is an edit, and those are applied to the standing world");
  if (number(input.to) > agent_count()) refuse(" is for nobody");
  const bool heard = input.to == world_id
                         ? world_listens(input.payload.type())
                         : type_of(slot_of(input.to)).handler(input.payload.type()) != nullptr;
  if (!heard) refuse(" is for " + receivers_name(input.to) + ", which does not listen to it");
  if (!input.seq) input.seq = outside_given_;
  const EventKey key{.at = input.at, .seq = *input.seq};
  if (input.at < now_ || (step_ != 0 && key <= last_)) {
    refuse(" is for " + text_of(input.at) + ", but the world already stands at " + text_of(now_));
  }
  if (door_.contains(key)) refuse(" has the number of another");
  outside_given_ = std::max(outside_given_, *input.seq + 1);
  door_.emplace(key, std::move(input));
}

void Simulation::edit(const Input& input) {
  REPRISE_ASSERT(!failed_);
  if (input.after != step_ || input.to != world_id) {
    throw std::invalid_argument("an edit is for the world and for the step it stands at, " +
                                std::to_string(step_));
  }
  if (input.seq && !stand_at(input.at)) {
    throw std::invalid_argument("an edit was recorded at " + text_of(input.at) +
                                ", where this world cannot stand after step " +
                                std::to_string(step_));
  }
  Input numbered = input;
  numbered.at = now_;
  if (!numbered.seq) numbered.seq = outside_given_;
  obey(numbered.payload);
  note_taken(numbered);
  outside_given_ = std::max(outside_given_, *numbered.seq + 1);
  const Event event{{.at = now_, .seq = *numbered.seq}, world_id, numbered.payload};
  prefix_ = fold(prefix_, event, Mark::edit);
  for (Observer* observer : observers_) observer->on_input(numbered, step_);
}

void Simulation::note_taken(const Input& input) {
  outside_sent_ = std::max(outside_sent_, *input.seq + 1);
  std::uint64_t& seen = seen_[input.producer];
  seen = std::max(seen, input.producer_seq);
}

bool Simulation::input_first() const {
  if (door_.empty()) return false;
  return pending_.empty() || door_.begin()->first < pending_.first();
}

std::optional<Time> Simulation::next_at() const {
  if (input_first()) return door_.begin()->first.at;
  if (pending_.empty()) return std::nullopt;
  return pending_.first().at;
}

Event Simulation::take_input() {
  auto node = door_.extract(door_.begin());
  Input& input = node.mapped();
  for (Observer* observer : observers_) observer->on_input(input, step_ + 1);
  note_taken(input);
  return {node.key(), input.to, std::move(input.payload)};
}

bool Simulation::step() {
  if (!next_at()) return false;
  begin();
  deliver_first();
  return true;
}

void Simulation::run(Time until, Step last) {
  begin();
  while (!stopped_ && step_ < last) {
    const std::optional<Time> next = next_at();
    if (!next || *next > until) return;
    deliver_first();
  }
}

void Simulation::begin() {
  REPRISE_ASSERT(!failed_);
  if (next_checkpoint_ == 0) next_checkpoint_ = checkpoint_spacing();
}

void Simulation::deliver_first() {
  const Event event = input_first() ? take_input() : pending_.pop();
  REPRISE_ASSERT(event.key.at >= now_);
  prefetch();
  now_ = event.key.at;
  last_ = event.key;
  const Mark mark = deliver(event);
  ++step_;
  prefix_ = fold(prefix_, event, mark);
  if (!observers_.empty()) {
    trail_.push_back(static_cast<std::uint8_t>(prefix_.low));
    if (!delivery_observers_.empty()) {
      const Delivery delivery{step_, event, mark == Mark::dropped};
      for (Observer* observer : delivery_observers_) observer->on_delivery(delivery);
    }
    if (trail_.size() == trail_max && step_ != next_checkpoint_) prove();
  }
  if (step_ == next_checkpoint_) {
    next_checkpoint_ = step_ + checkpoint_spacing();
    if (!observers_.empty()) checkpoint();
  }
}

/// Brings what the next events will touch near the processor. Without it a large world waits for
/// its memory.
void Simulation::prefetch() const {
#if defined(__GNUC__)
  if (const AgentId far = pending_.receiver_ahead(far_ahead); far != world_id) {
    const Slot* slot = &agents_[number(far) - 1];
    __builtin_prefetch(slot);
    __builtin_prefetch(&slot->kind);
  }
  if (const AgentId near = pending_.receiver_ahead(near_ahead); near != world_id) {
    __builtin_prefetch(agents_[number(near) - 1].object);
  }
#endif
}

AgentFailure Simulation::failure(const Event& event, const std::string& reason) {
  failed_ = true;
  return AgentFailure(step_ + 1, receivers_name(event.to), std::string(event.payload.type().name),
                      reason);
}

Mark Simulation::deliver(const Event& event) {
  try {
    if (event.to == world_id) {
      obey(event.payload);
      return Mark::delivered;
    }
    touch(event.to);
    if (slot_of(event.to).object == nullptr) return Mark::dropped;
    handle(event);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    throw failure(event, error.what());
  } catch (...) {
    throw failure(event, "it threw something that is no std::exception");
  }
  return Mark::delivered;
}

void Simulation::handle(const Event& event) {
  const Slot& slot = slot_of(event.to);
  const AgentType& type = type_of(slot);
  const AgentType::Handler* handler = type.handler(event.payload.type());
  if (handler == nullptr) {
    std::string kinds;
    for (const auto& each : type.handlers) kinds += " " + std::string(each.message->name);
    throw std::runtime_error(receivers_name(event.key.from) + " sent it " +
                             std::string(event.payload.type().name) +
                             ", which it does not listen to; " + type.name + " handles" + kinds);
  }
  Context context(*this, event.key, event.to, slot.random);
  handler->deliver(slot.object, event.payload.data(), context);
  slot_of(event.to).random = context.random_;  // births may have moved the slot
  if (context.retiring_) retire(event.to);
}

void Simulation::obey(const Payload& payload) {
  if (payload.as<Stop>() != nullptr) {
    stopped_ = true;
  } else if (const auto* set = payload.as<SetField>()) {
    const std::optional<AgentId> id = find(set->agent);
    if (!id || slot_of(*id).object == nullptr) {
      throw std::invalid_argument("there is no agent '" + set->agent + "' to set a field of");
    }
    set_field(slot_of(*id), *set);
    touch(*id);
  } else if (const auto* again = payload.as<Reseed>()) {
    reseed(*again);
  } else {
    throw std::invalid_argument("the world does not listen to " + std::string(payload.type().name));
  }
}

void Simulation::set_field(Slot& slot, const SetField& set) {
  // On a copy: what is refused must leave no trace.
  const AgentType& type = type_of(slot);
  const std::shared_ptr<void> agent = type.make_copy(slot.object);
  const FieldPlace place = field_at(*type.fields, agent.get(), set.path);
  from_json(*place.type, place.object, json_or_text(set.value));
  if (type.validate != nullptr) type.validate(agent.get());
  put(slot, agent.get());
}

void Simulation::reseed(const Reseed& reseed) {
  if (!reseed.agent.empty()) {
    const std::optional<AgentId> id = find(reseed.agent);
    if (!id) throw std::invalid_argument("there is no agent '" + reseed.agent + "' to reseed");
    slot_of(*id).random = Random(reseed.seed, name_of(*id));
    touch(*id);
    return;
  }
  seed_ = reseed.seed;
  for (std::uint32_t i = 0; i < agent_count(); ++i) {
    agents_[i].random = Random(seed_, name_of(AgentId{i + 1}));
  }
  tree_.touch_all();
}

void Simulation::run_until(Time until) {
  run(until);
  if (!stopped_) stand_at(until);
}

bool Simulation::stand_at(Time time) {
  const std::optional<Time> next = next_at();
  if (time < now_ || (next && *next < time)) return false;
  now_ = time;
  return true;
}

void Simulation::send(Context& context, AgentId to, Payload payload, Duration delay) {
  if (to == world_id || number(to) > agent_count()) {
    throw std::invalid_argument("it sent " + std::string(payload.type().name) + " to agent " +
                                std::to_string(number(to)) + ", who is nobody");
  }
  if (delay < Duration::zero() || delay > time_max - now_) {
    throw std::invalid_argument("it sent " + std::string(payload.type().name) +
                                " with a delay of " + to_string(delay) +
                                "; a delay is 0 or more and ends within the clock");
  }
  const bool at_once = delay == Duration::zero();
  const std::uint32_t hop = at_once ? context.key_.hop + 1 : 0;
  if (hop > hop_max) {
    throw std::runtime_error("livelock: " + std::to_string(hop_max) +
                             " messages in a row without delay at " + text_of(now_) +
                             ", the last from " + name_of(context.self_) + " to " + name_of(to));
  }
  const EventKey key{now_ + delay, hop, context.self_, slot_of(context.self_).sent++};
  pending_.push(key, to, std::move(payload));
}

AgentId Simulation::spawn(Context& context, const void* key, const void* prototype) {
  const std::vector<const void*>& spawns = type_of(slot_of(context.self_)).spawns;
  if (std::ranges::find(spawns, key) == spawns.end()) {
    throw std::invalid_argument("it gave birth to a kind that its Spawns does not name");
  }
  const AgentType& type = known(key);
  const AgentId id = names_.give_birth(context.self_, slot_of(context.self_).births++);
  Slot newborn{.random = Random(seed_, name_of(id)), .kind = kind_of(type)};
  put(newborn, prototype);
  agents_.push_back(newborn);
  tree_.grow(agents_.size());
  if (type.handler(message_type<Start>()) != nullptr) {
    send(context, id, Payload(Start{}), Duration::zero());
  }
  return id;
}

void Simulation::retire(AgentId id) {
  remove(slot_of(id));
}

Step Simulation::checkpoint_spacing() const {
  return std::max<Step>(checkpoint_steps_per_item * (agents_.size() + pending_.size()),
                        checkpoint_spacing_min);
}

void Simulation::checkpoint() {
  Checkpoint checkpoint{.step = step_, .at = now_, .prefix = prefix_, .trail = trail_};
  if (!failed_) checkpoint.root = state_root();
  for (Observer* observer : observers_) observer->on_checkpoint(checkpoint);
  trail_.clear();
}

/// Hands the trail over.
void Simulation::prove() {
  const Checkpoint proof{.step = step_, .at = now_, .prefix = prefix_, .trail = trail_};
  for (Observer* observer : observers_) observer->on_checkpoint(proof);
  trail_.clear();
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
  return type_of(slot_of(id));
}

bool Simulation::retired(AgentId id) const {
  return slot_of(id).object == nullptr;
}

boost::json::value Simulation::view(AgentId id) const {
  const Slot& slot = slot_of(id);
  if (slot.object == nullptr) return nullptr;
  return to_json(*type_of(slot).fields, slot.object);
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

void Context::send_payload(AgentId to, Payload payload, Duration delay) {
  world_.send(*this, to, std::move(payload), delay);
}

AgentId Context::spawn_agent(const void* key, const void* prototype) {
  return world_.spawn(*this, key, prototype);
}

}  // namespace reprise
