// Simulation::save() and restore(): the whole state as canonical bytes; and copy().

#include <algorithm>

#include "engine/floating_point.hpp"
#include "engine/simulation.hpp"

namespace reprise {

namespace {

void save_event(Encoder& out, const Event& event) {
  Bytes bytes;
  Encoder body(bytes);
  event.kind->encode(event.message, body);
  out(event.key.at.time_since_epoch().count(), event.key.hop, event.key.from, event.key.seq,
      event.to, event.kind->id, static_cast<std::uint32_t>(bytes.size()));
  out.write(bytes.data(), bytes.size());
}

}  // namespace

void Simulation::save(Encoder& out) const {
  REPRISE_ASSERT(!failed_);
  out(now_.time_since_epoch().count(), step_, seed_, outside_sent_, stopped_, next_checkpoint_,
      prefix_.high, prefix_.low);
  out(last_.at.time_since_epoch().count(), last_.hop, last_.from, last_.seq);
  out(seen_, names_.groups(), names_.births(), agent_count());
  for (const AgentHead* head : agents_) {
    const AgentType& type = type_of(*head);
    out(type.id, head->alive, head->sent, std::uint64_t{head->births});
    for (const std::uint64_t word : head->random.words()) out(word);
    if (head->alive) type.encode(agent_of(*head), out);
  }
  out(static_cast<std::uint64_t>(pending_.size()));
  pending_.each_in_order([&](const Event& event) { save_event(out, event); });
  memory_.save(out);
}

/// Takes the next pending event of `in`, which comes after `before`; returns its key.
EventKey Simulation::load_event(Decoder& in, const std::optional<EventKey>& before) {
  EventKey key;
  std::int64_t at = 0;
  AgentId to{};
  std::uint64_t id = 0;
  std::uint32_t size = 0;
  in(at, key.hop, key.from, key.seq, to, id, size);
  key.at = Time(Duration(at));
  const MessageType* kind = catalog_->message_by_id(id);
  if (kind == nullptr) throw DecodeError("a pending event is of an unknown kind");
  Payload payload(*kind);
  Decoder body(in.take(size));
  kind->decode(payload.data(), body);
  body.expect_end();
  if (to == world_id || number(to) > agent_count() || number(key.from) > agent_count() ||
      key.at < now_ || key.hop > hop_max) {
    throw DecodeError("a pending event is for nobody, from nobody or past");
  }
  const AgentHead& receiver = head_of(to);
  if (receiver.alive && type_of(receiver).handler(*kind) == nullptr) {
    throw DecodeError("a pending event is of a kind that its receiver does not listen to");
  }
  const std::uint64_t sent = key.from == world_id ? outside_sent_ : head_of(key.from).sent;
  if (key.seq >= sent) throw DecodeError("a pending event has a number that was not given yet");
  if (before && !(*before < key)) throw DecodeError("pending events are out of order");
  pending_.push(key, to, std::move(payload));
  return key;
}

void Simulation::load_agent(Decoder& in) {
  std::uint64_t kind = 0;
  bool alive = false;
  AgentHead head;
  std::uint64_t births = 0;
  std::array<std::uint64_t, 4> words{};
  in(kind, alive, head.sent, births);
  for (std::uint64_t& word : words) in(word);
  if (words[3] % 2 == 0) throw DecodeError("a random stream has an even increment");
  if (births >= std::numeric_limits<std::uint32_t>::max()) {
    throw DecodeError("an agent has more children than a world can hold");
  }
  head.births = static_cast<std::uint32_t>(births);
  head.random = Random::from_words(words);
  const AgentType* type = catalog_->agent_by_id(kind);
  if (type == nullptr) throw DecodeError("an agent is of an unknown kind");
  head.kind = kind_of(*type);
  if (!alive) {
    agents_.push_back(&retired_.emplace_back(head));
    return;
  }
  AgentHead* made = kinds_[head.kind].take(head);
  agents_.push_back(made);
  type->create(agent_of(*made));
  made->alive = made->plain = true;
  type->decode(agent_of(*made), in);
}

void Simulation::restore(Decoder& in) {
  const FloatingPointDefaults floating_point;
  clear();
  failed_ = true;  // until all of it is there
  std::int64_t now = 0;
  std::int64_t last_at = 0;
  std::uint32_t count = 0;
  std::vector<AgentNames::Group> groups;
  std::vector<AgentNames::Birth> births;
  in(now, step_, seed_, outside_sent_, stopped_, next_checkpoint_, prefix_.high, prefix_.low,
     last_at, last_.hop, last_.from, last_.seq, seen_, groups, births, count);
  if (now < 0) throw DecodeError("the clock stands before its start");
  if (step_ > std::numeric_limits<Step>::max() / 2) throw DecodeError("there were too many steps");
  if (next_checkpoint_ == 0 ? step_ != 0 : next_checkpoint_ < step_) {
    throw DecodeError("the next checkpoint is past");
  }
  now_ = Time(Duration(now));
  ended_ = stopped_;
  last_.at = Time(Duration(last_at));
  outside_given_ = outside_sent_;
  names_ = AgentNames(std::move(groups), std::move(births));
  if (names_.count() != count) throw DecodeError("the agents' names and number differ");
  for (std::uint32_t i = 0; i < count; ++i) load_agent(in);
  tree_.grow(agents_.size());
  for (const AgentNames::Birth& birth : names_.births()) {
    if (birth.ordinal >= head_of(birth.parent).births) {
      throw DecodeError("an agent was born that its parent does not count");
    }
  }
  std::uint64_t events = 0;
  in(events);
  std::optional<EventKey> last;
  for (std::uint64_t i = 0; i < events; ++i) last = load_event(in, last);
  memory_.load(in);
  try {
    find_network();
  } catch (const std::invalid_argument& error) {
    throw DecodeError(error.what());
  }
  plan_stop();
  failed_ = false;
}

void Simulation::lay_out(const Layout& layout) {
  REPRISE_ASSERT(door_.empty());
  Bytes state;
  Encoder out(state);
  save(out);
  layout_ = layout;
  Decoder in(state);
  restore(in);
}

std::unique_ptr<Simulation> Simulation::copy() const {
  REPRISE_ASSERT(!failed_);
  auto made = std::make_unique<Simulation>(*catalog_, seed_);
  made->failed_ = true;  // until all of it is there
  made->now_ = now_;
  made->step_ = step_;
  made->prefix_ = prefix_;
  made->stopped_ = made->ended_ = stopped_;
  made->last_ = last_;
  made->outside_sent_ = outside_sent_;
  made->outside_given_ = outside_given_;
  made->names_ = names_;
  made->network_id_ = network_id_;
  made->copy_agents(*this);
  made->tree_ = tree_;
  made->pending_.push_all(pending_);
  made->door_ = door_;
  made->seen_ = seen_;
  made->memory_ = memory_;
  made->given_ = given_;
  made->door_keys_ = door_keys_;
  made->next_checkpoint_ = next_checkpoint_;
  made->plan_stop();
  made->failed_ = false;
  return made;
}

void Simulation::copy_agents(const Simulation& other) {
  std::vector<std::size_t> living(other.kinds_.size());
  for (const AgentHead* head : other.agents_) living[head->kind] += head->alive ? 1 : 0;
  for (std::size_t kind = 0; kind < living.size(); ++kind) {
    kinds_.emplace_back(other.kinds_[kind].type());
    kinds_.back().reserve(living[kind]);
  }
  agents_.reserve(other.agents_.size());
  for (const AgentHead* head : other.agents_) {
    agents_.push_back(head->alive ? make_agent(*head, other.agent_of(*head))
                                  : &retired_.emplace_back(*head));
  }
}

}  // namespace reprise
