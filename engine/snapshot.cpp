// Simulation::save() and restore(): the whole state as canonical bytes.

#include <algorithm>

#include "engine/simulation.hpp"

namespace reprise {

namespace {

void save_digest(Encoder& out, const Digest& digest) {
  out(digest.high, digest.low);
}

Bytes payload_bytes(const Payload& payload) {
  Bytes bytes;
  Encoder encoder(bytes);
  payload.type().encode(payload.data(), encoder);
  return bytes;
}

void save_event(Encoder& out, const Event& event) {
  const Bytes bytes = payload_bytes(event.payload);
  out(event.key.at.time_since_epoch().count(), event.key.hop, event.key.from, event.key.seq,
      event.to, event.payload.type().id, static_cast<std::uint32_t>(bytes.size()));
  out.write(bytes.data(), bytes.size());
}

Event load_event(Decoder& in, const Catalog& catalog) {
  Event event;
  std::int64_t at = 0;
  std::uint64_t kind = 0;
  std::uint32_t size = 0;
  in(at, event.key.hop, event.key.from, event.key.seq, event.to, kind, size);
  event.key.at = Time(Duration(at));
  const MessageType* type = catalog.message_by_id(kind);
  if (type == nullptr) throw DecodeError("a pending event is of an unknown kind");
  Decoder body(in.take(size));
  event.payload = Payload(*type);
  type->decode(event.payload.data(), body);
  body.expect_end();
  return event;
}

}  // namespace

void Simulation::save(Encoder& out) const {
  REPRISE_ASSERT(!failed_);
  out(now_.time_since_epoch().count(), step_, seed_, outside_sent_, stopped_, next_checkpoint_);
  save_digest(out, prefix_);
  out(last_.at.time_since_epoch().count(), last_.hop, last_.from, last_.seq);
  out(seen_, names_.groups(), names_.births(), agent_count());
  for (const Slot& slot : agents_) {
    const AgentType& type = type_of(slot);
    out(type.id, slot.object != nullptr, slot.sent, std::uint64_t{slot.births});
    for (const std::uint64_t word : slot.random.words()) out(word);
    if (slot.object != nullptr) type.encode(slot.object, out);
  }
  out(static_cast<std::uint64_t>(pending_.size()));
  pending_.each_in_order([&](const Event& event) { save_event(out, event); });
}

void Simulation::expect_deliverable(const Event& event) const {
  const EventKey& key = event.key;
  if (event.to == world_id || number(event.to) > agent_count() ||
      number(key.from) > agent_count() || key.at < now_ || key.hop > hop_max) {
    throw DecodeError("a pending event is for nobody, from nobody or past");
  }
  const Slot& slot = slot_of(event.to);
  if (slot.object != nullptr && type_of(slot).handler(event.payload.type()) == nullptr) {
    throw DecodeError("a pending event is of a kind that its receiver does not listen to");
  }
}

void Simulation::load_agent(Decoder& in) {
  std::uint64_t kind = 0;
  bool alive = false;
  Slot slot;
  std::uint64_t births = 0;
  std::array<std::uint64_t, 4> words{};
  in(kind, alive, slot.sent, births);
  for (std::uint64_t& word : words) in(word);
  if (words[3] % 2 == 0) throw DecodeError("a random stream has an even increment");
  if (births > std::numeric_limits<std::uint32_t>::max()) {
    throw DecodeError("an agent has more children than a world can hold");
  }
  slot.births = static_cast<std::uint32_t>(births);
  slot.random = Random::from_words(words);
  const AgentType* type = catalog_->agent_by_id(kind);
  if (type == nullptr) throw DecodeError("an agent is of an unknown kind");
  slot.kind = kind_of(*type);
  agents_.push_back(slot);
  if (!alive) return;
  void* place = kinds_[slot.kind].take();
  type->create(place);
  agents_.back().object = place;
  type->decode(place, in);
}

void Simulation::restore(Decoder& in) {
  clear();
  failed_ = false;
  std::int64_t now = 0;
  std::int64_t last_at = 0;
  std::uint32_t count = 0;
  std::vector<AgentNames::Group> groups;
  std::vector<AgentNames::Birth> births;
  in(now, step_, seed_, outside_sent_, stopped_, next_checkpoint_, prefix_.high, prefix_.low,
     last_at, last_.hop, last_.from, last_.seq, seen_, groups, births, count);
  if (now < 0) throw DecodeError("the clock stands before its start");
  now_ = Time(Duration(now));
  last_.at = Time(Duration(last_at));
  outside_given_ = outside_sent_;
  names_ = AgentNames(std::move(groups), std::move(births));
  if (names_.count() != count) throw DecodeError("the agents' names and number differ");
  for (std::uint32_t i = 0; i < count; ++i) load_agent(in);
  tree_.grow(agents_.size());
  for (const AgentNames::Birth& birth : names_.births()) {
    if (birth.ordinal >= slot_of(birth.parent).births) {
      throw DecodeError("an agent was born that its parent does not count");
    }
  }
  std::uint64_t events = 0;
  in(events);
  EventKey before;
  for (std::uint64_t i = 0; i < events; ++i) {
    Event event = load_event(in, *catalog_);
    expect_deliverable(event);
    if (i != 0 && !(before < event.key)) throw DecodeError("pending events are out of order");
    before = event.key;
    pending_.push(event.key, event.to, std::move(event.payload));
  }
}

}  // namespace reprise
