#include "engine/network.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "engine/codec.hpp"
#include "engine/nearest.hpp"

namespace reprise {

namespace {

__extension__ typedef __int128 Wide;

constexpr std::int64_t million = 1'000'000;
constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::int64_t duration_max = time_max.time_since_epoch().count();

void expect(bool holds, const std::string& reason) {
  if (!holds) throw std::invalid_argument(reason);
}

void expect_drift(std::int64_t ppm) {
  expect(ppm > -million && ppm < million, "a clock's drift_ppm goes from -999999 to 999999");
}

/// "server" of "server[2]".
std::string_view group_of(std::string_view node) {
  return node.substr(0, node.find('['));
}

Time later(Time time, Duration by) {
  return by > time_max - time ? time_max : time + by;
}

/// The link as it is while it is worse.
Link worsened(Link link, const Degrade& worse) {
  const auto more = [](double share, double on_top) { return std::min(1.0, share + on_top); };
  link.jitter = later(Time(link.jitter), worse.jitter).time_since_epoch();
  link.loss = more(link.loss, worse.loss);
  link.duplicate = more(link.duplicate, worse.duplicate);
  link.reorder = more(link.reorder, worse.reorder);
  return link;
}

}  // namespace

std::string too_many_links(std::string_view from, std::string_view to) {
  return "between '" + std::string(from) + "' and '" + std::string(to) + "' there are more than " +
         std::to_string(links_at_once_max) + " links";
}

const Network::Node* Network::node_of(AgentId agent) const {
  if (agent == world_id || number(agent) > members.size()) return nullptr;
  const std::uint32_t node = members[number(agent) - 1].node;
  return node == nowhere ? nullptr : &nodes.at(node);
}

std::vector<std::uint32_t> Network::nodes_named(std::string_view name) const {
  std::vector<std::uint32_t> found;
  std::set<std::string> names;
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    const std::string& node = nodes[i].name;
    if (name.empty() || node == name || group_of(node) == name) found.push_back(i);
    names.emplace(group_of(node));
  }
  if (found.empty()) {
    const std::vector<std::string> known(names.begin(), names.end());
    throw std::invalid_argument("there is no node '" + std::string(name) + "'" +
                                did_you_mean(name, known));
  }
  return found;
}

std::vector<Time> Network::arrivals(std::uint32_t from, std::uint32_t to, Time now, Duration delay,
                                    const Payload& message, Random& random) {
  Node& node = nodes.at(from);
  if (node.side != nodes.at(to).side) return {};
  const auto known = node.ways.find(to);
  Way& way = known == node.ways.end() ? node.ways[to] : known->second;
  if (way.cut) return {};
  Link here = way.link.value_or(link);
  Duration on_top{};
  if (way.worse) {
    here = worsened(std::move(here), *way.worse);
    on_top = way.worse->latency;
  }
  if (here.loss > 0 && random.bernoulli(here.loss)) return {};
  const bool twice = here.duplicate > 0 && random.bernoulli(here.duplicate);
  const Time leaves = later(now, delay);
  const bool in_line = delay == Duration::zero();  // behind what was sent before
  Time sent = leaves;
  if (here.bandwidth != 0 && in_line) {
    Bytes bytes;
    Encoder out(bytes);
    message.type().encode(message.data(), out);
    const Wide takes = Wide(bytes.size()) * second_ns / Wide(here.bandwidth);
    way.busy = later(std::max(way.busy, leaves),
                     Duration(static_cast<std::int64_t>(std::min<Wide>(takes, duration_max))));
    sent = way.busy;
  }
  std::vector<Time> times;
  for (int copies = twice ? 2 : 1; copies > 0; --copies) {
    Time at = later(later(sent, here.latency.draw(random)), on_top);
    if (here.jitter > Duration::zero()) {
      at = later(at, random.uniform(Duration::zero(), here.jitter));
    }
    if (here.reorder > 0 && random.bernoulli(here.reorder)) {
      at = later(at, here.latency.draw(random));
    } else if (in_line) {
      at = std::max(at, way.last);
      way.last = at;
    }
    times.push_back(at);
  }
  return times;
}

Time Network::local_time(const Node& node, Time now) {
  const Wide at = now.time_since_epoch().count();
  const Wide since = at - node.clock_set.time_since_epoch().count();
  const Wide local = at + node.own_clock_offset_ns + at * node.own_clock_drift_ppm / million +
                     node.clock_offset_ns + since * node.clock_drift_ppm / million;
  return Time(Duration(
      static_cast<std::int64_t>(std::clamp<Wide>(local, -Wide(duration_max), duration_max))));
}

/// Does that to the ways from some nodes to others, those that are not there yet included.
template <class Change>
void Network::break_ways(const std::string& from, const std::string& to, bool both,
                         const Change& change) {
  const std::vector<std::uint32_t> sources = nodes_named(from);
  const std::vector<std::uint32_t> targets = nodes_named(to);
  expect(sources.size() <= links_at_once_max / targets.size(),
         too_many_links(from, to) + "; part them with a partition");
  for (const std::uint32_t a : sources) {
    for (const std::uint32_t b : targets) {
      if (a == b) continue;
      change(nodes[a].ways[b]);
      if (both) change(nodes[b].ways[a]);
    }
  }
}

void Degrade::validate() const {
  expect(latency >= Duration::zero(), "a latency is 0 or more");
  Link{.jitter = jitter, .loss = loss, .duplicate = duplicate, .reorder = reorder}.validate();
}

void Network::on(const Cut& cut) {
  break_ways(cut.from, cut.to, cut.both, [](Way& way) { way.cut = true; });
}

void Network::on(const Partition& partition) {
  for (Node& node : nodes) node.side = 0;
  std::uint32_t side = 0;
  for (const std::vector<std::string>& names : partition.sides) {
    ++side;
    for (const std::string& name : names) {
      for (const std::uint32_t node : nodes_named(name)) nodes[node].side = side;
    }
  }
}

void Network::on(const Degrade& degrade) {
  degrade.validate();
  break_ways(degrade.from, degrade.to, degrade.both, [&](Way& way) { way.worse = degrade; });
}

void Network::on(const Heal& heal) {
  const auto marked = [&](const std::string& name) {
    std::vector<bool> meant(nodes.size());
    for (const std::uint32_t node : nodes_named(name)) meant[node] = true;
    return meant;
  };
  const std::vector<bool> from = marked(heal.from);
  const std::vector<bool> to = marked(heal.to);
  for (std::uint32_t a = 0; a < nodes.size(); ++a) {
    for (auto& [b, way] : nodes[a].ways) {
      const bool meant = (from[a] && to.at(b)) || (heal.both && from.at(b) && to[a]);
      if (!meant) continue;
      way.cut = false;
      way.worse.reset();
    }
  }
  if (!heal.from.empty() || !heal.to.empty()) return;
  for (Node& node : nodes) node.side = 0;
}

void Network::on(const Turmoil& message) {
  turmoil = message.on;
}

void SetClock::validate() const {
  expect(ahead >= Duration::zero() && behind >= Duration::zero(),
         "a clock is ahead or behind by 0 or more");
  expect_drift(drift_ppm);
}

void Rot::validate() const {
  constexpr std::uint32_t bits_max = 1'000'000;
  expect(bits <= bits_max, "more than " + std::to_string(bits_max) + " rotten bits");
}

void Network::expect_whole(std::uint32_t agents) const {
  expect(members.size() == agents, "the network knows of more or fewer agents than there are");
  link.validate();
  for (const Member& member : members) {
    expect(member.node == nowhere || member.node < nodes.size(), "an agent lives on no node");
    expect(member.stream == decltype(member.stream)() || member.stream[3] % 2 == 1,
           "a random stream of the network has an even increment");
  }
  for (const Node& node : nodes) {
    expect(!node.name.empty(), "a node has no name");
    expect_drift(node.own_clock_drift_ppm);
    expect_drift(node.clock_drift_ppm);
    expect(node.drift_ppm() > -million, "a clock that stands or runs back is none");
    for (const auto& [to, way] : node.ways) {
      expect(to < nodes.size(), "a way of the network leads to no node");
      if (way.link) way.link->validate();
      if (way.worse) way.worse->validate();
    }
    for (const HeldMessage& held : node.held) {
      expect(number(held.from) <= agents && held.to != world_id && number(held.to) <= agents,
             "a message that waits at a node is for nobody, or from nobody");
    }
  }
  for (const auto& [name, point] : points) {
    expect(point.stream == decltype(point.stream)() || point.stream[3] % 2 == 1,
           "a random stream of the network has an even increment");
  }
}

}  // namespace reprise
