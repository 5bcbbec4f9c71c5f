#include "engine/chaos.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>

#include "engine/nearest.hpp"
#include "engine/network.hpp"

namespace reprise {

namespace {

constexpr std::array<Mischief, mischief_count> all_mischief = {
    Mischief::crash,   Mischief::pause, Mischief::partition, Mischief::cut,
    Mischief::degrade, Mischief::clock, Mischief::disk,      Mischief::rot};

std::size_t index(Mischief what) {
  return static_cast<std::size_t>(what);
}

/// At least a nanosecond, so that what is over comes after what began.
Duration time_about(Duration mean, Random& random) {
  if (mean <= Duration::zero()) return Duration(1);
  return std::max(Duration(1), random.exponential(mean));
}

}  // namespace

void Chaos::Options::validate() const {
  if (quiet <= Duration::zero()) {
    throw std::invalid_argument("'quiet' is when nothing breaks any more, such as \"40s\"");
  }
  if (start >= quiet) throw std::invalid_argument("'start' is not before 'quiet'");
  for (const double share : {loss_max, duplicate_max, reorder_max}) {
    if (!(share >= 0 && share <= 1)) {
      throw std::invalid_argument("loss_max, duplicate_max and reorder_max go from 0 to 1");
    }
  }
  if (drift_max_ppm < 0 || drift_max_ppm >= 1'000'000) {
    throw std::invalid_argument("'drift_max_ppm' goes from 0 to 999999");
  }
}

Duration Chaos::every(Mischief what) const {
  switch (what) {
    case Mischief::crash:
      return options.crash_every;
    case Mischief::pause:
      return options.pause_every;
    case Mischief::partition:
      return options.partition_every;
    case Mischief::cut:
      return options.cut_every;
    case Mischief::degrade:
      return options.degrade_every;
    case Mischief::clock:
      return options.clock_every;
    case Mischief::disk:
      return options.disk_every;
    case Mischief::rot:
      return options.rot_every;
  }
  return Duration::zero();
}

void Chaos::on(const Start&, Context& world) {
  network = world.find(network_name);
  const std::vector<std::string> all = world.nodes();
  for (const std::string& name : options.nodes) {
    const auto meant = [&](const std::string& node) {
      return node == name || node.substr(0, node.find('[')) == name;
    };
    const std::size_t before = nodes.size();
    std::ranges::copy_if(all, std::back_inserter(nodes), meant);
    if (nodes.size() != before) continue;
    throw std::invalid_argument("chaos is to break the node '" + name + "', which there is not" +
                                did_you_mean(name, all));
  }
  if (options.nodes.empty()) nodes = all;
  world.wake(options.quiet, Quiet{});
  world.send(network, Turmoil{true}, options.start);
  for (const Mischief what : all_mischief) {
    const bool chosen = !options.swarm || world.random().bernoulli(0.5);
    enabled[index(what)] = chosen && every(what) > Duration::zero() && !nodes.empty();
    if (enabled[index(what)]) plan(what, world);
  }
}

/// How long what begins now lasts: until all is quiet at most.
Duration Chaos::lasting(Duration mean, Context& world) const {
  const Duration left = options.quiet - world.now().time_since_epoch();
  return std::min(time_about(mean, world.random()), std::max(Duration(1), left));
}

void Chaos::plan(Mischief what, Context& world) {
  const Duration wait = time_about(every(what), world.random());
  const Duration until_start =
      std::max(Duration::zero(), options.start - world.now().time_since_epoch());
  const Duration left = options.quiet - world.now().time_since_epoch();
  if (wait < left - until_start) world.wake(until_start + wait, NextMischief{what});
}

void Chaos::on(const NextMischief& next, Context& world) {
  if (quiet || nodes.empty() || every(next.what) <= Duration::zero()) return;
  break_one(next.what, world);
  ++done[index(next.what)];
  plan(next.what, world);
}

void Chaos::on(const Quiet&, Context& world) {
  quiet = true;
  world.send(network, Turmoil{false});
  world.send(network, Heal{});
  world.send(network, SetDisk{});
  world.send(network, SetClock{});
  world.send(network, Resume{});
  world.send(network, Restart{});
}

void Chaos::break_one(Mischief what, Context& world) {
  switch (what) {
    case Mischief::crash:
    case Mischief::pause:
      return take_down(what, world);
    case Mischief::partition:
      return part(world);
    case Mischief::cut:
    case Mischief::degrade:
      return spoil_link(what, world);
    case Mischief::clock:
      return set_clock(world);
    case Mischief::disk:
    case Mischief::rot:
      return spoil_disk(what, world);
  }
}

const std::string& Chaos::any_node(Context& world) {
  return world.random().choice(nodes);
}

void Chaos::take_down(Mischief what, Context& world) {
  const std::string node = any_node(world);
  const bool crashes = what == Mischief::crash;
  const Duration lasts = lasting(crashes ? options.crash_lasts : options.pause_lasts, world);
  std::erase_if(down_until, [&](const auto& each) { return each.second <= world.now(); });
  const bool too_many = options.down_max != 0 && down_until.size() >= options.down_max;
  if (too_many || down_until.contains(node)) return;
  down_until[node] = world.now() + lasts;
  if (crashes) {
    world.send(network, Crash{node, options.writes});
    world.send(network, Restart{node}, lasts);
  } else {
    world.send(network, Pause{node});
    world.send(network, Resume{node}, lasts);
  }
}

void Chaos::part(Context& world) {
  std::vector<std::string> side;
  for (const std::string& node : nodes) {
    if (world.random().bernoulli(0.5)) side.push_back(node);
  }
  const Duration lasts = lasting(options.partition_lasts, world);
  world.send(network, Partition{{side}});
  world.send(network, Partition{}, lasts);
}

void Chaos::spoil_link(Mischief what, Context& world) {
  const std::string from = any_node(world);
  const std::string to = any_node(world);
  Random& random = world.random();
  const bool both = random.bernoulli(0.5);
  if (what == Mischief::cut) {
    world.send(network, Cut{from, to, both});
    world.send(network, Heal{from, to, both}, lasting(options.cut_lasts, world));
    return;
  }
  Degrade worse{.from = from, .to = to, .both = both};
  worse.latency = random.uniform(Duration::zero(), options.latency_max);
  worse.jitter = random.uniform(Duration::zero(), options.latency_max);
  worse.loss = random.real(0, options.loss_max);
  worse.duplicate = random.real(0, options.duplicate_max);
  worse.reorder = random.real(0, options.reorder_max);
  world.send(network, worse);
  world.send(network, Heal{from, to, both}, lasting(options.degrade_lasts, world));
}

void Chaos::set_clock(Context& world) {
  SetClock set{.node = any_node(world)};
  Random& random = world.random();
  const Duration off = random.uniform(Duration::zero(), options.clock_max);
  const bool ahead = random.bernoulli(0.5);
  (ahead ? set.ahead : set.behind) = off;
  set.drift_ppm = random.uniform(-options.drift_max_ppm, options.drift_max_ppm);
  world.send(network, set);
}

void Chaos::spoil_disk(Mischief what, Context& world) {
  SetDisk set{.node = any_node(world)};
  if (what == Mischief::rot) {
    world.send(network, Rot{.node = set.node});
    return;
  }
  Random& random = world.random();
  set.full = random.bernoulli(0.5);
  if (!set.full) set.latency = random.uniform(Duration::zero(), options.disk_latency_max);
  world.send(network, set);
  world.send(network, SetDisk{.node = set.node}, lasting(options.disk_lasts, world));
}

}  // namespace reprise
