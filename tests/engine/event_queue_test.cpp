// The ladder queue against the model it must agree with, a heap, over schedules that are hard on
// it.

#include "engine/event_queue.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <limits>
#include <queue>
#include <vector>

#include "engine/random.hpp"
#include "tests/support/sizes.hpp"

namespace reprise {
namespace {

using Ticks = std::int64_t;

constexpr Ticks hour = 3'600'000'000'000;
constexpr Ticks last_tick = std::numeric_limits<Ticks>::max();

/// A queue and its model side by side. Every pop compares them.
class Pair {
 public:
  explicit Pair(std::uint64_t seed) : random_(seed, "event queue") {}

  Random& random() { return random_; }
  std::size_t size() const { return model_.size(); }
  Ticks now() const { return now_; }
  std::uint64_t pops() const { return pops_; }

  /// With a sender and number that no other event at that time and hop has.
  void push(Ticks at, std::uint32_t hop = 0) {
    const auto from = static_cast<std::uint32_t>(random_.uniform(0, 1000));
    push({Time(Duration(at)), hop, AgentId{from}, ++pushes_});
  }
  void push(const EventKey& key) {
    const auto body = static_cast<std::uint32_t>(key.seq);
    queue_.push(key, AgentId{body + 1}, body);
    model_.push(key);
  }

  /// Says whether they agreed.
  bool pop() {
    const QueuedEvent& first = queue_.first();
    for (const std::size_t pops : {0, 6, 12}) {
      const QueuedEvent* ahead = queue_.ahead(pops);
      if (ahead != nullptr && ahead->to != AgentId{ahead->body + 1}) return false;  // none of ours
    }
    const EventKey expected = model_.top();
    const auto body = static_cast<std::uint32_t>(expected.seq);
    const bool same = first.key == expected && first.to == AgentId{body + 1} && first.body == body;
    queue_.drop_first(first);
    model_.pop();
    now_ = expected.at.time_since_epoch().count();
    ++pops_;
    return same && queue_.size() == model_.size() && queue_.empty() == model_.empty();
  }

  bool drain() {
    while (size() != 0) {
      if (!pop()) return false;
    }
    return true;
  }

  /// Whether each() shows just what is in the queue.
  bool shows_all() const {
    auto left = model_;
    std::vector<EventKey> shown;
    queue_.each([&](const QueuedEvent& event) { shown.push_back(event.key); });
    std::ranges::sort(shown);
    for (const EventKey& key : shown) {
      if (left.empty() || left.top() != key) return false;
      left.pop();
    }
    return left.empty();
  }

 private:
  Random random_;
  EventQueue queue_;
  std::priority_queue<EventKey, std::vector<EventKey>, std::greater<>> model_;
  Ticks now_ = 0;
  std::uint64_t pushes_ = 0;
  std::uint64_t pops_ = 0;
};

/// Keeps `events` pending for `pops` pops: each one popped is followed by one `delay` later.
bool hold(Pair& pair, std::size_t events, std::uint64_t pops,
          const std::function<Ticks(Random&)>& delay) {
  const auto push = [&] {
    const Ticks wait = delay(pair.random());
    pair.push(wait > last_tick - pair.now() ? last_tick : pair.now() + wait,
              wait == 0 ? static_cast<std::uint32_t>(pair.pops() % 7) + 1 : 0);
  };
  while (pair.size() < events) push();
  for (std::uint64_t i = 0; i < pops; ++i) {
    if (!pair.pop()) return false;
    push();
  }
  return true;
}

struct Schedule {
  const char* name;
  std::function<Ticks(Random&)> delay;
};

std::vector<Schedule> schedules() {
  const auto exponential = [](Random& random, double mean) {
    return static_cast<Ticks>(random.exponential(mean));
  };
  return {
      {"exponential delays", [=](Random& random) { return exponential(random, 1e9); }},
      {"a lookahead", [=](Random& random) { return 100'000'000 + exponential(random, 1e9); }},
      {"all alike", [](Random&) { return Ticks{1000}; }},
      {"most at the same instant",
       [](Random& random) { return random.bernoulli(0.9) ? Ticks{0} : random.uniform(0, 3); }},
      {"from a nanosecond to hours, each magnitude as often",
       [](Random& random) { return Ticks{1} << random.uniform(0, 43); }},
      {"spread over magnitudes",
       [](Random& random) {
         return random.uniform(Ticks{1} << 20, Ticks{1} << 21) >> random.uniform(0, 20);
       }},
      {"two scales far apart",
       [](Random& random) {
         return random.bernoulli(0.5) ? random.uniform(0, 100) : random.uniform(hour, 2 * hour);
       }},
      {"nearly all far away",
       [](Random& random) {
         return random.bernoulli(0.01) ? random.uniform(0, 10) : hour + random.uniform(0, 1000);
       }},
      {"one in a thousand at the end of time",
       [=](Random& random) {
         return random.bernoulli(0.001) ? last_tick : exponential(random, 1e6);
       }},
      {"bursts on the second",
       [](Random& random) { return random.uniform(0, 5) * 1'000'000'000 + random.uniform(0, 20); }},
  };
}

TEST_CASE("the queue gives what a heap gives under steady schedules") {
  for (const Schedule& schedule : schedules()) {
    for (const std::size_t events : {1, 30, 1000, 20'000}) {
      INFO(schedule.name << ", " << events << " events");
      Pair pair(events);
      REQUIRE(hold(pair, events, test::sanitized ? 24'000 : 240'000, schedule.delay));
      REQUIRE(pair.drain());
    }
  }
}

TEST_CASE("the queue gives what a heap gives when it fills and empties again") {
  Pair pair(2);
  for (const Schedule& schedule : schedules()) {
    INFO(schedule.name);
    for (int wave = 0; wave < 12; ++wave) {
      const auto pushes = pair.random().uniform(0, 9000);
      for (Ticks i = 0; i < pushes; ++i) {
        const Ticks wait = schedule.delay(pair.random());
        pair.push(wait > last_tick - pair.now() ? last_tick : pair.now() + wait);
      }
      const auto pops = pair.random().uniform(0, static_cast<Ticks>(pair.size()));
      for (Ticks i = 0; i < pops && pair.now() < last_tick / 2; ++i) REQUIRE(pair.pop());
    }
  }
  REQUIRE(pair.drain());
}

TEST_CASE("a great many events at one instant come out in order however they were pushed") {
  for (const bool shuffled : {false, true}) {
    Pair pair(3);
    std::vector<std::uint64_t> order;
    for (std::uint64_t i = 0; i < 100'000; ++i) order.push_back(i);
    if (shuffled) pair.random().shuffle(order);
    for (const std::uint64_t seq : order) {
      pair.push({Time(Duration(5)), 0, AgentId{static_cast<std::uint32_t>(seq / 10)}, seq});
    }
    pair.push(EventKey{Time(Duration(4)), 0, AgentId{1}, 1'000'000});
    pair.push(EventKey{Time(Duration(6)), 0, AgentId{1}, 1'000'001});
    for (int i = 0; i < 50'000; ++i) REQUIRE(pair.pop());
    for (std::uint64_t i = 0; i < 1000; ++i) {
      pair.push(
          {Time(Duration(5)), static_cast<std::uint32_t>(i % 3) + 1, AgentId{7}, 2'000'000 + i});
    }
    REQUIRE(pair.shows_all());
    REQUIRE(pair.drain());
  }
}

TEST_CASE("a crowd that comes late for its bucket is spread over a finer rung") {
  Pair pair(4);
  for (int i = 0; i < 2000; ++i) pair.push(i * hour);
  REQUIRE(pair.pop());
  // All of it lies in the first bucket's hour, and each event brings the next into it.
  REQUIRE(hold(pair, 12'000, 200'000, [](Random& random) { return random.uniform(0, 1'000'000); }));
  REQUIRE(pair.shows_all());
  REQUIRE(pair.drain());
}

TEST_CASE("nothing is ahead when the run has been spread over a finer rung") {
  EventQueue queue;
  for (int i = 0; i < 5; ++i) queue.push({.at = Time(Duration(i * 1000))}, AgentId{1});
  queue.drop_first(queue.first());
  for (int i = 130; i > 0; --i) queue.push({.at = Time(Duration(i))}, AgentId{1});
  CHECK(queue.first().key.at == Time(Duration(1)));
  CHECK(queue.ahead(0) == nullptr);
}

TEST_CASE("what is ahead in the queue is told by the pops until then") {
  EventQueue queue;
  for (std::uint32_t i = 0; i < 20; ++i) queue.push({.at = Time(Duration(i))}, AgentId{i + 1});
  CHECK(queue.ahead(0) == nullptr);
  queue.first();
  CHECK(queue.comes_into_sight());
  CHECK_FALSE(queue.comes_into_sight());
  const auto is = [&](std::size_t pops, std::uint32_t to) {
    const QueuedEvent* event = queue.ahead(pops);
    return event != nullptr && event->to == AgentId{to};
  };
  CHECK(is(0, 1));
  CHECK(is(19, 20));
  CHECK(queue.ahead(20) == nullptr);
  queue.drop_first(queue.first());
  CHECK_FALSE(queue.comes_into_sight());
  CHECK(is(0, 2));
  CHECK(is(18, 20));
  CHECK(queue.ahead(19) == nullptr);
}

TEST_CASE("a queue that uses a heap gives the same order and has nothing in sight") {
  EventQueue queue;
  queue.use_heap();
  for (const int at : {5, 3, 4}) queue.push({.at = Time(Duration(at))}, AgentId{1});
  for (const int at : {3, 4, 5}) {
    const QueuedEvent& first = queue.first();
    CHECK(first.key.at == Time(Duration(at)));
    CHECK(queue.ahead(0) == nullptr);
    queue.drop_first(first);
  }
  CHECK(queue.empty());
}

}  // namespace
}  // namespace reprise
