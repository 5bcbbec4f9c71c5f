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

std::vector<std::uint8_t> octets(const Bytes& bytes) {
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

/// Draws from the stream that `words` tell of, which begins as `first()`, and notes where it then
/// stands.
template <class First, class Draw>
auto draw_from(std::array<std::uint64_t, 4>& words, const First& first, const Draw& draw) {
  const bool begun = words != std::array<std::uint64_t, 4>();
  Random random = begun ? Random::from_words(words) : first();
  auto drawn = draw(random);
  words = random.words();
  return drawn;
}

}  // namespace

void Simulation::connect(Network network) {
  REPRISE_ASSERT(network_id_ == world_id && step_ == 0);
  for (const AgentNames::Group& group : names_.groups()) {
    if (group.count == 0) continue;
    const AgentHead& head = head_of(group.at(0));
    Bytes beginning;
    Encoder out(beginning);
    type_of(head).encode(agent_of(head), out);
    network.beginnings.emplace(group.first, octets(beginning));
  }
  network.members.emplace_back();  // the network itself, which is nowhere
  add(network_name, network);
  find_network();
}

void Simulation::find_network() {
  const std::optional<AgentId> id = find(network_name);
  const bool is = id && type_of_agent(*id).key == &detail::agent_key<Network>;
  network_id_ = is ? *id : world_id;
  if (!is) return;
  network().expect_whole(agent_count());
  for (std::uint32_t i = 0; i < agent_count(); ++i) {
    agents_[i]->plain = agents_[i]->alive && plain_on_its_node(AgentId{i + 1});
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
  Bytes payload;
  Encoder out(payload);
  event.kind->encode(event.message, out);
  node.held.push_back({event.key.from, event.key.seq, event.to, event.kind->id, octets(payload)});
  touch(network_id_);
  return false;
}

/// Sends over the network, where both live on nodes, and not on the same one.
void Simulation::route(Context& context, AgentId to, Payload&& payload, Duration delay) {
  delay += context.disk_time_;
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
    const std::int64_t drift = by_clock ? net.nodes.at(from_node).clock_drift_ppm : 0;
    if (drift != 0 && delay > Duration::zero()) delay = true_delay(delay, drift);
    return post(context, to, std::move(payload), delay);
  }
  Bytes bytes;
  Encoder out(bytes);
  payload.type().encode(payload.data(), out);
  const std::string stream = "net/";
  const std::vector<Time> times = draw_from(
      net.members[number(context.self_) - 1].stream,
      [&] { return Random(seed_, stream + name_of(context.self_)); },
      [&](Random& random) {
        return net.arrivals(from_node, to_node, now_ + delay, bytes.size(), random);
      });
  touch(network_id_);
  if (times.empty()) ++context.head_.sent;  // it is lost, and was sent
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
    each_on(index, [&](AgentId id, AgentHead*& place) {
      net.members[number(id) - 1].sent_before_crash = place->sent;
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
    Random random(seed_, "rot/" + net.nodes[index].name + '/' + std::to_string(step_));
    each_on(index, [&](AgentId, AgentHead*& place) {
      for (Disk* disk : type_of(*place).disks_of(agent_of(*place))) {
        disk->latency = set.latency;
        disk->full = set.full;
        disk->rot(set.rotten, random);
      }
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
    if (!agent) point.stream = Random(seed, "sometimes/" + name).words();
  }
  touch(network_id_);
}

/// A newborn lives where its parent does.
void Simulation::settle_newborn(AgentId parent, AgentId newborn) {
  Network& net = network();
  net.members.push_back({.node = net.members.at(number(parent) - 1).node});
  AgentHead& head = head_of(newborn);
  Bytes beginning;
  Encoder out(beginning);
  type_of(head).encode(agent_of(head), out);
  net.beginnings.emplace(number(newborn), octets(beginning));
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
  Network::Point& known = net.points[std::string(point)];
  world_.touch(world_.network_id_);
  const auto first = [&] {
    Random random(world_.seed_, "sometimes/" + std::string(point));
    known.enabled = random.bernoulli(0.5);
    return random;
  };
  const bool drawn =
      draw_from(known.stream, first, [&](Random& random) { return random.bernoulli(probability); });
  ++known.asked;
  const bool is = drawn && known.enabled;
  if (is) ++known.came_true;
  return is;
}

void Context::sync(Disk& disk) {
  disk.sync();
  disk_time_ += disk.latency;
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

void Network::on(const SetClock& clock, Context& world) {
  expect(clock.drift_ppm > -million && clock.drift_ppm <= million,
         "a clock that stands, runs back or twice as fast is none");
  for (const std::uint32_t index : nodes_named(clock.node)) {
    Node& node = nodes[index];
    node.clock_offset_ns = (clock.ahead - clock.behind).count();
    node.clock_drift_ppm = clock.drift_ppm;
    node.clock_set = world.now();
  }
}

}  // namespace reprise
