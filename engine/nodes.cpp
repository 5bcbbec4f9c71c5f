// What Simulation does for its network: Simulation::connect(), messages that cross it, and nodes
// that crash, stand still and start again.

#include <algorithm>
#include <limits>

#include "engine/disk.hpp"
#include "engine/network.hpp"
#include "engine/simulation.hpp"

namespace reprise {

namespace {

__extension__ typedef __int128 Wide;

constexpr std::int64_t million = 1'000'000;

/// The canonical bytes of an object of a kind of agents or messages.
template <class Kind>
std::vector<std::uint8_t> octets_of(const Kind& kind, const void* object) {
  Bytes bytes;
  Encoder out(bytes);
  kind.encode(object, out);
  std::vector<std::uint8_t> octets(bytes.size());
  std::ranges::transform(bytes, octets.begin(),
                         [](std::byte byte) { return static_cast<std::uint8_t>(byte); });
  return octets;
}

Bytes bytes_of(const std::vector<std::uint8_t>& octets) {
  Bytes bytes(octets.size());
  std::ranges::transform(octets, bytes.begin(),
                         [](std::uint8_t octet) { return std::byte{octet}; });
  return bytes;
}

void expect(bool holds, const std::string& reason) {
  if (!holds) throw std::invalid_argument(reason);
}

/// How long it takes by the world's clock until a node's clock has gone on by `delay`.
Duration true_delay(Duration delay, std::int64_t drift_ppm) {
  const Wide true_ns = Wide(delay.count()) * million / (million + drift_ppm);
  return Duration(
      static_cast<std::int64_t>(std::min<Wide>(true_ns, std::numeric_limits<std::int64_t>::max())));
}

/// Has a point of Context::sometimes() begin under a seed: half of them never come true.
void begin_point(Network::Point& point, std::uint64_t seed, const std::string& name) {
  Random random(seed, "sometimes/" + name);
  point.enabled = random.bernoulli(0.5);
  point.stream = random.words();
}

}  // namespace

void Simulation::connect(Network network) {
  REPRISE_ASSERT(network_id_ == world_id && step_ == 0);
  for (const AgentNames::Group& group : names_.groups()) {
    if (group.count == 0) continue;
    const AgentHead& head = head_of(group.at(0));
    network.beginnings.emplace(group.first, octets_of(type_of(head), agent_of(head)));
  }
  network.members.emplace_back();  // the network itself, which is nowhere
  add(network_name, network);
  find_network();
}

void Simulation::find_network() {
  const std::optional<AgentId> id = find(network_name);
  const bool is = id && type_of_agent(*id).key == &detail::agent_key<Network>;
  network_id_ = is ? *id : world_id;
  const auto is_network = [](const AgentType& type) {
    return type.key == &detail::agent_key<Network>;
  };
  if (std::ranges::none_of(kinds_, is_network, &AgentPool::type)) return;
  const auto networks = std::ranges::count_if(
      agents_, [&](const AgentHead* head) { return is_network(type_of(*head)); });
  expect(is && networks == 1, "a network goes by another name, or there are several");
  expect(head_of(*id).alive, "the network has retired");
  check_network();
  for (std::uint32_t i = 0; i < agent_count(); ++i) {
    agents_[i]->plain = agents_[i]->alive && plain_on_its_node(AgentId{i + 1});
  }
}

/// Throws std::invalid_argument if the network is none of this world.
void Simulation::check_network() const {
  const Network& net = network();
  net.expect_whole(agent_count());
  for (std::uint32_t id = 1; id <= agent_count(); ++id) {
    if (net.members[id - 1].node == Network::nowhere) continue;
    const auto after = net.beginnings.upper_bound(id);
    const bool known = after != net.beginnings.begin();
    const std::uint32_t begins = known ? std::prev(after)->first : 0;
    const bool born = names_.birth_of(AgentId{id}) != nullptr;
    const auto of_group = [&](const AgentNames::Group& group) {
      return group.first == begins && id - begins < group.count;
    };
    expect(known && AgentId{id} != network_id_ &&
               (born ? begins == id : std::ranges::any_of(names_.groups(), of_group)),
           "an agent is on a node, and the network does not know how it begins");
  }
  for (std::uint32_t index = 0; index < net.nodes.size(); ++index) {
    const Network::Node& node = net.nodes[index];
    expect(node.held.empty() || node.state == Network::State::paused,
           "messages wait at a node that does not stand still");
    for (const Network::HeldMessage& held : node.held) {
      const AgentHead& receiver = head_of(held.to);
      const MessageType* kind = catalog_->message_by_id(held.kind);
      const bool heard = kind != nullptr && type_of(receiver).handler(*kind) != nullptr;
      const std::uint64_t sent = held.from == world_id ? outside_sent_ : head_of(held.from).sent;
      expect(heard && held.seq < sent && net.members[number(held.to) - 1].node == index,
             "a message waits at a node where nobody takes it, or was never sent");
    }
  }
}

Network& Simulation::network() const {
  return *static_cast<Network*>(agent_of(head_of(network_id_)));
}

bool Simulation::plain_on_its_node(AgentId id) const {
  const Network::Node* node = network().node_of(id);
  return node == nullptr || (node->state == Network::State::up && node->crashes == 0);
}

/// Whether the agent, which is not plain, takes the event at hand.
bool Simulation::takes(const AgentHead& head, const Event& event) {
  if (!head.alive) return false;
  Network& net = network();
  const Network::Member& member = net.members.at(number(event.to) - 1);
  Network::Node& node = net.nodes.at(member.node);
  if (node.state == Network::State::crashed) return false;
  if (event.key.from != world_id && event.key.from != network_id_) {
    const Network::Member& sender = net.members.at(number(event.key.from) - 1);
    const bool local = sender.node == member.node;
    if (local && event.key.seq < sender.sent_before_crash) return false;
  }
  if (node.state == Network::State::up) return true;
  held_ = true;
  node.held.push_back({event.key.from, event.key.seq, event.to, event.kind->id,
                       octets_of(*event.kind, event.message)});
  touch(network_id_);
  return false;
}

/// Sends over the network, where both live on nodes, and not on the same one.
void Simulation::route(Context& context, AgentId to, Payload&& payload, Duration delay) {
  const Duration left = time_max - now_;
  if (delay >= Duration::zero() && delay <= left)
    delay = delay > left - context.disk_time_ ? left : delay + context.disk_time_;
  if (network_id_ == world_id) return post(context, to, std::move(payload), delay);
  Network& net = network();
  const auto node_of = [&](AgentId id) {
    return number(id) - std::size_t{1} < net.members.size() ? net.members[number(id) - 1].node
                                                            : Network::nowhere;
  };
  const std::uint32_t from_node = node_of(context.self_);
  const std::uint32_t to_node = node_of(to);
  const bool local = from_node == to_node || from_node == Network::nowhere ||
                     to_node == Network::nowhere || delay < Duration::zero() ||
                     delay > time_max - now_;
  if (local) {
    const bool by_clock = to == context.self_ && from_node != Network::nowhere;
    const std::int64_t drift = by_clock ? net.nodes.at(from_node).drift_ppm() : 0;
    if (drift != 0 && delay > Duration::zero()) delay = std::min(left, true_delay(delay, drift));
    return post(context, to, std::move(payload), delay);
  }
  std::array<std::uint64_t, 4>& stream = net.members[number(context.self_) - 1].stream;
  const bool begun = stream != std::array<std::uint64_t, 4>();
  Random random =
      begun ? Random::from_words(stream) : Random(seed_, "net/" + name_of(context.self_));
  const std::vector<Time> times = net.arrivals(from_node, to_node, now_, delay, payload, random);
  stream = random.words();
  touch(network_id_);
  for (std::size_t i = 0; i < times.size(); ++i) {
    const bool last = i + 1 == times.size();
    post(context, to, last ? std::move(payload) : Payload(payload), times[i] - now_);
  }
}

void Simulation::crash(const Crash& crash) {
  Network& net = network();
  for (const std::uint32_t index : net.nodes_named(crash.node)) {
    Network::Node& node = net.nodes[index];
    if (node.state == Network::State::crashed) continue;
    node.state = Network::State::crashed;
    node.held.clear();
    ++node.crashes;
    Random random(seed_, "disk/" + node.name + '/' + std::to_string(node.crashes));
    for (std::uint32_t i = 0; i < net.members.size(); ++i) {
      if (net.members[i].node == index) net.members[i].sent_before_crash = agents_[i]->sent;
    }
    each_on(index, [&](AgentId id, AgentHead*& place) {
      begin_again(id, place, crash.writes, random);
      place->plain = false;
    });
  }
}

/// Calls visit(AgentId, AgentHead*&) for each living agent on a node.
template <class Visit>
void Simulation::each_on(std::uint32_t node, const Visit& visit) {
  const std::vector<Network::Member>& members = network().members;
  for (std::uint32_t i = 0; i < agent_count() && i < members.size(); ++i) {
    if (members[i].node != node || !agents_[i]->alive) continue;
    touch(AgentId{i + 1});
    visit(AgentId{i + 1}, agents_[i]);
  }
}

/// Takes from an agent what it does not keep through a crash.
void Simulation::begin_again(AgentId id, AgentHead*& place, UnsyncedWrites writes, Random& random) {
  const AgentType& type = type_of(*place);
  const auto& beginnings = network().beginnings;
  const auto after = beginnings.upper_bound(number(id));
  expect(after != beginnings.begin(), "the network does not know how an agent begins");
  const Bytes bytes = bytes_of(std::prev(after)->second);
  const std::shared_ptr<void> fresh = type.make();
  Decoder in(bytes);
  type.decode(fresh.get(), in);
  in.expect_end();
  void* const old = agent_of(*place);
  type.keep_durable(fresh.get(), old);
  for (Disk* disk : type.disks_of(fresh.get())) disk->crash(writes, random);
  AgentHead* made = make_agent(*place, fresh.get());
  unmake_agent(std::exchange(place, made));
}

void Simulation::restart(const Restart& restart, Context& context) {
  Network& net = network();
  for (const std::uint32_t index : net.nodes_named(restart.node)) {
    if (net.nodes[index].state != Network::State::crashed) continue;
    net.nodes[index].state = Network::State::up;
    each_on(index, [&](AgentId id, AgentHead*& place) {
      if (type_of(*place).handler(message_type<Start>()) != nullptr) context.send(id, Start{});
    });
  }
}

void Simulation::pause(const Pause& pause) {
  Network& net = network();
  for (const std::uint32_t index : net.nodes_named(pause.node)) {
    if (net.nodes[index].state != Network::State::up) continue;
    net.nodes[index].state = Network::State::paused;
    each_on(index, [&](AgentId, AgentHead*& place) { place->plain = false; });
  }
}

void Simulation::resume(const Resume& resume, Context& context) {
  Network& net = network();
  std::uint32_t hop = context.key_.hop;
  for (const std::uint32_t index : net.nodes_named(resume.node)) {
    Network::Node& node = net.nodes[index];
    if (node.state != Network::State::paused) continue;
    node.state = Network::State::up;
    each_on(index, [&](AgentId id, AgentHead*& place) { place->plain = plain_on_its_node(id); });
    const std::vector<Network::HeldMessage> held = std::exchange(node.held, {});
    expect(held.size() < hop_max - hop,
           "more messages wait at " + node.name + " than can be delivered at one instant");
    for (const Network::HeldMessage& each : held) {
      const MessageType* kind = catalog_->message_by_id(each.kind);
      expect(kind != nullptr, "a message that waits at " + node.name + " is of an unknown kind");
      Payload payload(*kind);
      const Bytes bytes = bytes_of(each.payload);
      Decoder in(bytes);
      kind->decode(payload.data(), in);
      in.expect_end();
      pending_.push({now_, ++hop, each.from, each.seq}, each.to, std::move(payload));
    }
  }
}

void Simulation::set_disks(const SetDisk& set) {
  Network& net = network();
  for (const std::uint32_t index : net.nodes_named(set.node)) {
    each_on(index, [&](AgentId, AgentHead*& place) {
      for (Disk* disk : type_of(*place).disks_of(agent_of(*place))) {
        disk->slower = set.latency;
        disk->full = set.full;
      }
    });
  }
}

void Simulation::rot(const Rot& rot) {
  rot.validate();
  Network& net = network();
  for (const std::uint32_t index : net.nodes_named(rot.node)) {
    Network::Node& node = net.nodes[index];
    Random random(seed_, "rot/" + node.name + '/' + std::to_string(++node.rots));
    each_on(index, [&](AgentId, AgentHead*& place) {
      for (Disk* disk : type_of(*place).disks_of(agent_of(*place))) disk->rot(rot.bits, random);
    });
  }
}

/// Begins the network's streams anew: that of an agent's messages, or all there are.
void Simulation::reseed_network(std::uint64_t seed, std::optional<AgentId> agent) {
  if (network_id_ == world_id) return;
  Network& net = network();
  for (std::uint32_t i = 0; i < net.members.size(); ++i) {
    const AgentId id{i + 1};
    if (agent && id != *agent) continue;
    net.members[i].stream = Random(seed, "net/" + name_of(id)).words();
  }
  for (auto& [name, point] : net.points) {
    if (!agent) begin_point(point, seed, name);
  }
  touch(network_id_);
}

/// A newborn lives where its parent does.
void Simulation::settle_newborn(AgentId parent, AgentId newborn) {
  Network& net = network();
  net.members.push_back({.node = net.members.at(number(parent) - 1).node});
  AgentHead& head = head_of(newborn);
  net.beginnings.emplace(number(newborn), octets_of(type_of(head), agent_of(head)));
  head.plain = plain_on_its_node(newborn);
  touch(network_id_);
}

Time Context::local_time() const {
  if (world_.network_id_ == world_id) return now();
  const Network::Node* node = world_.network().node_of(self_);
  return node == nullptr ? now() : Network::local_time(*node, now());
}

std::vector<std::string> Context::nodes() const {
  std::vector<std::string> names;
  if (world_.network_id_ == world_id) return names;
  for (const Network::Node& node : world_.network().nodes) names.push_back(node.name);
  return names;
}

bool Context::sometimes(std::string_view point, double probability) {
  if (world_.network_id_ == world_id) return false;
  Network& net = world_.network();
  if (!net.turmoil) return false;
  const std::string name(point);
  Network::Point& known = net.points[name];
  world_.touch(world_.network_id_);
  if (known.stream == decltype(known.stream)()) begin_point(known, world_.seed_, name);
  Random random = Random::from_words(known.stream);
  const bool drawn = random.bernoulli(probability);
  known.stream = random.words();
  ++known.asked;
  const bool is = drawn && known.enabled;
  if (is) ++known.came_true;
  return is;
}

void Context::sync(Disk& disk) {
  constexpr Duration longest = time_max - Time();
  disk.sync();
  for (const Duration more : {disk.latency, disk.slower}) {
    if (more > Duration::zero()) disk_time_ = std::min(disk_time_, longest - more) + more;
  }
  routed_ = true;
}

void Network::on(const Crash& crash, Context& world) {
  world.world_.crash(crash);
}

void Network::on(const Restart& restart, Context& world) {
  world.world_.restart(restart, world);
}

void Network::on(const Pause& pause, Context& world) {
  world.world_.pause(pause);
}

void Network::on(const Resume& resume, Context& world) {
  world.world_.resume(resume, world);
}

void Network::on(const SetDisk& disk, Context& world) {
  world.world_.set_disks(disk);
}

void Network::on(const Rot& rot, Context& world) {
  world.world_.rot(rot);
}

void Network::on(const SetClock& clock, Context& world) {
  clock.validate();
  for (const std::uint32_t index : nodes_named(clock.node)) {
    Node& node = nodes[index];
    node.clock_offset_ns = (clock.ahead - clock.behind).count();
    node.clock_drift_ppm = clock.drift_ppm;
    node.clock_set = world.now();
  }
}

}  // namespace reprise
