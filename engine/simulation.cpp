#include "engine/simulation.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "engine/json.hpp"
#include "engine/merkle.hpp"
#include "engine/nearest.hpp"

namespace reprise {

namespace {

constexpr Step checkpoint_spacing_min = 4096;
constexpr Step checkpoint_spacing_max = Step{1} << 25;  // its trail must fit into one frame
constexpr Step checkpoint_steps_per_item = 32;  // a checkpoint walks every agent and pending event

std::optional<std::uint64_t> parse_index(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool padded = text.size() > 1 && text.front() == '0';
  if (text.empty() || padded || error != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

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
    if (slot.object != nullptr) slot.type->destroy(slot.object);
  }
  agents_.clear();
  groups_.clear();
  born_.clear();
  group_by_name_.clear();
  pending_ = {};
  door_.clear();
  seen_.clear();
  trail_.clear();
}

bool Simulation::is_agent_name(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && letter(name.front()) && std::ranges::all_of(name, [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '-';
  });
}

AgentId Simulation::add(std::string_view name, const AgentType& type, const void* prototype,
                        std::optional<std::uint32_t> count) {
  REPRISE_ASSERT(step_ == 0 && outside_given_ == outside_sent_ && door_.empty());
  const std::string quoted = "'" + std::string(name) + "'";
  if (!is_agent_name(name)) {
    throw std::invalid_argument("the agent name " + quoted +
                                " is not made of letters, digits, '_' and '-', a letter first");
  }
  if (group_by_name_.contains(name)) {
    throw std::invalid_argument("there are two agents named " + quoted);
  }
  const std::uint32_t copies = count.value_or(1);
  const auto first = static_cast<std::uint32_t>(agents_.size() + 1);
  group_by_name_.emplace(name, static_cast<std::uint32_t>(groups_.size()));
  groups_.push_back({std::string(name), first, copies, count.has_value()});
  agents_.reserve(agents_.size() + copies);
  for (std::uint32_t copy = 0; copy < copies; ++copy) {
    agents_.push_back({.type = &type, .object = type.copy(prototype)});
    const auto id = AgentId{first + copy};
    agents_.back().random = Random(seed_, name_of(id));
    if (type.handler(message_type<Start>()) != nullptr) {
      pending_.push({{.seq = outside_given_++}, id, Payload(Start{})});
    }
  }
  outside_sent_ = outside_given_;
  return AgentId{first};
}

void Simulation::observe(Observer& observer) {
  observers_.push_back(&observer);
}

void Simulation::forget(Observer& observer) {
  std::erase(observers_, &observer);
}

void Simulation::inject(Input input) {
  const auto refuse = [&](const std::string& why) {
    throw std::invalid_argument("an input of kind " + std::string(input.payload.type().name) + why);
  };
  if (input.after) refuse(" is an edit, and those are applied to the standing world");
  if (number(input.to) > agent_count()) refuse(" is for nobody");
  const bool heard = input.to == world_id
                         ? world_listens(input.payload.type())
                         : slot_of(input.to).type->handler(input.payload.type()) != nullptr;
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
  REPRISE_ASSERT(!failed_);
  if (door_.empty() && pending_.empty()) return false;
  if (next_checkpoint_ == 0) next_checkpoint_ = checkpoint_spacing();
  const Event event = input_first() ? take_input() : pending_.pop();
  REPRISE_ASSERT(event.key.at >= now_);
  now_ = event.key.at;
  last_ = event.key;
  const Mark mark = deliver(event);
  ++step_;
  prefix_ = fold(prefix_, event, mark);
  if (!observers_.empty()) {
    trail_.push_back(static_cast<std::uint8_t>(prefix_.low));
    const Delivery delivery{step_, event, mark == Mark::dropped};
    for (Observer* observer : observers_) observer->on_delivery(delivery);
  }
  if (step_ == next_checkpoint_) {
    next_checkpoint_ = step_ + checkpoint_spacing();
    if (!observers_.empty()) checkpoint();
  }
  return true;
}

Mark Simulation::deliver(const Event& event) {
  const std::string_view kind = event.payload.type().name;
  const auto fail = [&](const std::string& reason) {
    failed_ = true;
    return AgentFailure(step_ + 1, receivers_name(event.to), std::string(kind), reason);
  };
  try {
    if (event.to == world_id) {
      obey(event.payload);
    } else if (slot_of(event.to).object == nullptr) {
      return Mark::dropped;
    } else {
      handle(event);
    }
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    throw fail(error.what());
  } catch (...) {
    throw fail("it threw something that is no std::exception");
  }
  return Mark::delivered;
}

void Simulation::handle(const Event& event) {
  const Slot& slot = slot_of(event.to);
  const AgentType::Handler* handler = slot.type->handler(event.payload.type());
  if (handler == nullptr) {
    std::string kinds;
    for (const auto& each : slot.type->handlers) kinds += " " + std::string(each.message->name);
    throw std::runtime_error(
        receivers_name(event.key.from) + " sent it " + std::string(event.payload.type().name) +
        ", which it does not listen to; " + slot.type->name + " handles" + kinds);
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
  } else if (const auto* again = payload.as<Reseed>()) {
    reseed(*again);
  } else {
    throw std::invalid_argument("the world does not listen to " + std::string(payload.type().name));
  }
}

void Simulation::set_field(Slot& slot, const SetField& set) {
  // On a copy: what is refused must leave no trace.
  std::unique_ptr<void, void (*)(void*)> agent(slot.type->copy(slot.object), slot.type->destroy);
  const FieldPlace place = field_at(*slot.type->fields, agent.get(), set.path);
  from_json(*place.type, place.object, json_or_text(set.value));
  if (slot.type->validate != nullptr) slot.type->validate(agent.get());
  slot.type->destroy(slot.object);
  slot.object = agent.release();
}

void Simulation::reseed(const Reseed& reseed) {
  if (!reseed.agent.empty()) {
    const std::optional<AgentId> id = find(reseed.agent);
    if (!id) throw std::invalid_argument("there is no agent '" + reseed.agent + "' to reseed");
    slot_of(*id).random = Random(reseed.seed, name_of(*id));
    return;
  }
  seed_ = reseed.seed;
  for (std::uint32_t i = 0; i < agent_count(); ++i) {
    agents_[i].random = Random(seed_, name_of(AgentId{i + 1}));
  }
}

void Simulation::run_until(Time until) {
  while (!stopped_ && next_at() && *next_at() <= until) step();
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
  pending_.push({key, to, std::move(payload)});
}

AgentId Simulation::spawn(Context& context, const void* key, const void* prototype) {
  const std::vector<const void*>& spawns = slot_of(context.self_).type->spawns;
  if (std::ranges::find(spawns, key) == spawns.end()) {
    throw std::invalid_argument("it gave birth to a kind that its Spawns does not name");
  }
  const AgentType& type = known(key);
  agents_.push_back({.type = &type, .object = type.copy(prototype)});
  born_.push_back({context.self_, slot_of(context.self_).births++});
  const AgentId id{agent_count()};
  slot_of(id).random = Random(seed_, name_of(id));
  if (type.handler(message_type<Start>()) != nullptr) {
    send(context, id, Payload(Start{}), Duration::zero());
  }
  return id;
}

void Simulation::retire(AgentId id) {
  Slot& slot = slot_of(id);
  slot.type->destroy(slot.object);
  slot.object = nullptr;
}

Step Simulation::checkpoint_spacing() const {
  return std::clamp<Step>(checkpoint_steps_per_item * (agents_.size() + pending_.size()),
                          checkpoint_spacing_min, checkpoint_spacing_max);
}

void Simulation::checkpoint() {
  Checkpoint checkpoint{.step = step_, .at = now_, .prefix = prefix_, .trail = trail_};
  if (!failed_) checkpoint.root = state_root();
  for (Observer* observer : observers_) observer->on_checkpoint(checkpoint);
  trail_.clear();
}

Digest Simulation::leaf(std::uint32_t index, const std::vector<Digest>& pending_sums) const {
  const Slot& slot = agents_[index];
  Digester digester;
  digester(index + 1, slot.type->id, slot.type->version, slot.object != nullptr);
  for (const std::uint64_t word : slot.random.words()) digester(word);
  digester(slot.sent, slot.births, pending_sums[index + 1].high, pending_sums[index + 1].low);
  if (index >= declared()) digester(born_[index - declared()]);
  if (slot.object != nullptr) slot.type->digest(slot.object, digester);
  return digester.digest();
}

Digest Simulation::state_root() const {
  REPRISE_ASSERT(!failed_);
  std::vector<Digest> sums(agents_.size() + 1);
  pending_.each([&](const Event& event) { sums[number(event.to)] += digest_of(event); });
  std::vector<Digest> leaves(agents_.size());
  for (std::uint32_t i = 0; i < agent_count(); ++i) leaves[i] = leaf(i, sums);
  const Digest agents = merkle_root(std::move(leaves));
  Digester world;
  world(now_.time_since_epoch().count(), seed_, outside_sent_, stopped_, groups_, agent_count(),
        agents.high, agents.low, sums[0].high, sums[0].low, seen_);
  return world.digest();
}

std::optional<AgentId> Simulation::find_born(AgentId parent, std::string_view ordinal_text) const {
  const std::optional<std::uint64_t> ordinal = parse_index(ordinal_text);
  for (std::size_t i = 0; ordinal && i < born_.size(); ++i) {
    if (born_[i].parent == parent && born_[i].ordinal == *ordinal) {
      return AgentId{declared() + static_cast<std::uint32_t>(i) + 1};
    }
  }
  return std::nullopt;
}

std::optional<AgentId> Simulation::find(std::string_view name) const {
  std::size_t slash = std::min(name.find('/'), name.size());
  std::optional<AgentId> found = find_declared(name.substr(0, slash));
  while (found && slash < name.size()) {
    const std::size_t start = slash + 1;
    slash = std::min(name.find('/', start), name.size());
    found = find_born(*found, name.substr(start, slash - start));
  }
  return found;
}

std::optional<AgentId> Simulation::find_declared(std::string_view name) const {
  const std::size_t bracket = name.find('[');
  const auto found = group_by_name_.find(name.substr(0, bracket));
  if (found == group_by_name_.end()) return std::nullopt;
  const Group& group = groups_[found->second];
  if (!group.numbered) {
    return bracket == std::string_view::npos ? std::optional(AgentId{group.first}) : std::nullopt;
  }
  if (bracket == std::string_view::npos || name.back() != ']') return std::nullopt;
  const auto index = parse_index(name.substr(bracket + 1, name.size() - bracket - 2));
  if (!index || *index >= group.count) return std::nullopt;
  return AgentId{group.first + static_cast<std::uint32_t>(*index)};
}

std::string Simulation::name_of(AgentId id) const {
  std::uint32_t value = number(id);
  REPRISE_ASSERT(value != 0 && value <= agent_count());
  std::vector<std::uint64_t>
      line;  // the ordinals of the births from this agent back to a declared one
  while (value > declared()) {
    const Birth& birth = born_[value - declared() - 1];
    line.push_back(birth.ordinal);
    value = number(birth.parent);
  }
  const Group& group = *std::prev(std::ranges::upper_bound(groups_, value, {}, &Group::first));
  std::string name = group.name;
  if (group.numbered) name += '[' + std::to_string(value - group.first) + ']';
  for (auto ordinal = line.rbegin(); ordinal != line.rend(); ++ordinal) {
    name += '/' + std::to_string(*ordinal);
  }
  return name;
}

std::string Simulation::receivers_name(AgentId to) const {
  return to == world_id ? "the world" : name_of(to);
}

const AgentType& Simulation::known(const void* key) const {
  const AgentType* type = catalog_->agent_by_key(key);
  if (type == nullptr) throw std::invalid_argument("an agent's kind is not in the catalog");
  return *type;
}

Simulation::Slot& Simulation::slot_of(AgentId id) {
  REPRISE_ASSERT(id != world_id && number(id) <= agents_.size());
  return agents_[number(id) - 1];
}

const Simulation::Slot& Simulation::slot_of(AgentId id) const {
  REPRISE_ASSERT(id != world_id && number(id) <= agents_.size());
  return agents_[number(id) - 1];
}

const AgentType& Simulation::type_of_agent(AgentId id) const {
  return *slot_of(id).type;
}

bool Simulation::retired(AgentId id) const {
  return slot_of(id).object == nullptr;
}

boost::json::value Simulation::view(AgentId id) const {
  const Slot& slot = slot_of(id);
  if (slot.object == nullptr) return nullptr;
  return to_json(*slot.type->fields, slot.object);
}

AgentId Context::find(std::string_view name) const {
  if (const std::optional<AgentId> id = world_.find(name)) return *id;
  std::vector<std::string> names;
  for (const auto& group : world_.groups_) names.push_back(group.name);
  throw std::invalid_argument("there is no agent '" + std::string(name) + "'" +
                              did_you_mean(name, names));
}

std::vector<AgentId> Context::find_all(std::string_view group) const {
  const auto found = world_.group_by_name_.find(group);
  if (found == world_.group_by_name_.end()) return {find(group)};
  const Simulation::Group& all = world_.groups_[found->second];
  std::vector<AgentId> ids;
  for (std::uint32_t i = 0; i < all.count; ++i) ids.push_back(AgentId{all.first + i});
  return ids;
}

void Context::send_payload(AgentId to, Payload payload, Duration delay) {
  world_.send(*this, to, std::move(payload), delay);
}

AgentId Context::spawn_agent(const void* key, const void* prototype) {
  return world_.spawn(*this, key, prototype);
}

}  // namespace reprise
