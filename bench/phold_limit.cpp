#include "bench/phold_limit.hpp"

#include <chrono>
#include <string>
#include <vector>

#include "bench/world.hpp"
#include "engine/codec.hpp"
#include "engine/event_queue.hpp"
#include "engine/random.hpp"

namespace reprise::bench {

namespace {

constexpr Duration lookahead = std::chrono::milliseconds(100);
constexpr Duration mean_delay = std::chrono::seconds(1);
constexpr std::size_t ahead = 8;  // pops, of which an agent's memory is fetched beforehand

struct Agent {
  Random random{};
  std::uint64_t sent = 0;
  std::uint32_t handled = 0;
};

class Phold {
 public:
  Phold(std::uint32_t agents, std::uint32_t events_each, std::uint64_t seed)
      : events_each_(events_each) {
    agents_.reserve(agents);
    for (std::uint32_t i = 0; i < agents; ++i) {
      agents_.push_back({.random = Random(seed, "phold[" + std::to_string(i) + "]")});
      queue_.push({.seq = i}, AgentId{i + 1});
    }
  }

  void run(Step steps) {
    for (Step step = 0; step < steps; ++step) {
      const QueuedEvent& first = queue_.first();
      const QueuedEvent event = first;
      queue_.drop_first(first);
      fetch_ahead();
      Agent& agent = agents_[number(event.to) - 1];
      if (event.key.from == world_id) {
        for (std::uint32_t i = 0; i < events_each_; ++i) pass(event, agent);
      } else {
        ++agent.handled;
        pass(event, agent);
      }
    }
  }

  std::string work() const {
    Digester digester;
    for (const Agent& agent : agents_) digester(agent.handled);
    return to_string(digester.digest());
  }

 private:
  void pass(const QueuedEvent& event, Agent& agent) {
    const Duration delay = lookahead + agent.random.exponential(mean_delay);
    const auto target = agent.random.uniform(0, static_cast<std::int64_t>(agents_.size()) - 1);
    queue_.push({.at = event.key.at + delay, .from = event.to, .seq = agent.sent++},
                AgentId{static_cast<std::uint32_t>(target) + 1});
  }

  [[gnu::always_inline]] void fetch_ahead() {
    if (queue_.comes_into_sight()) [[unlikely]] {
      for (std::size_t i = 0; i < ahead && queue_.ahead(i) != nullptr; ++i) {
        fetch(queue_.ahead(i)->to);
      }
    }
    if (const QueuedEvent* soon = queue_.ahead(ahead)) fetch(soon->to);
  }

  [[gnu::always_inline]] void fetch(AgentId id) const {
    const Agent* agent = &agents_[number(id) - 1];
    __builtin_prefetch(agent);
    __builtin_prefetch(&agent->handled);
  }

  std::uint32_t events_each_;
  std::vector<Agent> agents_;
  EventQueue queue_;
};

}  // namespace

Sample phold_limit(std::uint32_t agents, std::uint32_t events_each, std::uint64_t seed,
                   Step steps) {
  const Stopwatch setting_up;
  Phold world(agents, events_each, seed);
  const double setup = setting_up.seconds();
  const Stopwatch watch;
  world.run(steps);
  const double seconds = watch.seconds();
  return {.events = steps, .seconds = seconds, .setup_seconds = setup, .work = world.work()};
}

}  // namespace reprise::bench
