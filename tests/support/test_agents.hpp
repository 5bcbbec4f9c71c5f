#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/catalog.hpp"
#include "engine/context.hpp"
#include "engine/control.hpp"
#include "engine/session.hpp"
#include "engine/simulation.hpp"

/// A few small agents with which most of what a world does can be shown.
namespace reprise::test {

using namespace std::chrono_literals;

/// Says something to somebody.
struct Note {
  static constexpr std::string_view kind = "test.note";
  static constexpr std::string_view about = "says a number";
  std::int64_t value = 0;
  REPRISE_FIELDS(value)
};

/// A message too large to lie inside a Payload, with a length of its own.
struct Letter {
  static constexpr std::string_view kind = "test.letter";
  std::string text;
  std::vector<std::int64_t> numbers;
  REPRISE_FIELDS(text, numbers)
};

struct Tick {
  static constexpr std::string_view kind = "test.tick";
  REPRISE_FIELDS()
};

/// Keeps what it hears, in order.
struct Listener {
  using Handles = Messages<Note, Letter>;
  static constexpr std::string_view about = "keeps what it hears";

  std::vector<std::int64_t> heard;
  std::vector<std::int64_t> at;  ///< When, in nanoseconds.
  std::vector<AgentId> from;
  std::string last_letter;
  REPRISE_FIELDS(heard, at, from, last_letter)

  void on(const Note& note, Context& world) {
    heard.push_back(note.value);
    at.push_back(world.now().time_since_epoch().count());
    from.push_back(world.sender());
  }
  void on(const Letter& letter) { last_letter = letter.text; }
};

/// Walks at random: wakes at random times and tells a peer where it is.
struct Walker {
  using Handles = Messages<Start, Tick, Note, Letter>;
  static constexpr std::string_view about = "wanders and tells a peer";

  struct Options {
    Duration pace = 10ms;
    std::int64_t stride = 3;
    std::string peer = "walker[0]";
    static constexpr About about[] = {{"pace", "Mean time between steps."},
                                      {"stride", "Longest step."},
                                      {"peer", "Who is told."}};
    REPRISE_FIELDS(pace, stride, peer)

    void validate() const {
      if (stride < 0) throw std::invalid_argument("stride must not be negative");
    }
  };

  Options options;
  AgentId peer{};
  std::int64_t place = 0;
  std::int64_t heard = 0;
  double mean = 0;
  std::vector<std::int64_t> visited;
  REPRISE_FIELDS(options, peer, place, heard, mean, visited)

  void on(const Start&, Context& world) {
    peer = world.find(options.peer);
    world.wake(world.random().exponential(options.pace), Tick{});
  }
  void on(const Tick&, Context& world) {
    place += world.random().uniform(-options.stride, options.stride);
    mean += 0.125 * (static_cast<double>(place) - mean);
    if (visited.size() < 8) visited.push_back(place);
    if (place % 5 == 0) {
      world.send(peer, Letter{"at " + std::to_string(place), {place, heard}});
    } else {
      world.send(peer, Note{place}, place % 2 == 0 ? 0ns : 1ms);
    }
    world.wake(world.random().exponential(options.pace), Tick{});
  }
  void on(const Note& note, Context&) { heard += note.value; }
  void on(const Letter& letter) { heard += static_cast<std::int64_t>(letter.numbers.size()); }
};

struct Lamb {
  using Handles = Messages<Start, Tick>;

  std::int64_t age = 0;
  REPRISE_FIELDS(age)

  void on(const Start&, Context& world) { world.wake(world.random().uniform(1ms, 9ms), Tick{}); }
  void on(const Tick&, Context& world) {
    if (++age == 3) {
      world.retire();
    } else {
      world.wake(5ms, Tick{});
    }
  }
};

/// Gives birth now and then, and goes on talking to its lambs after they have retired.
struct Sheep {
  using Handles = Messages<Start, Tick>;
  using Spawns = Kinds<Lamb>;

  std::vector<AgentId> lambs;
  REPRISE_FIELDS(lambs)

  void on(const Start&, Context& world) { world.wake(4ms, Tick{}); }
  void on(const Tick&, Context& world) {
    if (lambs.size() < 20) lambs.push_back(world.spawn(Lamb{}));
    if (lambs.size() > 5) world.send(lambs[lambs.size() - 6], Tick{});
    world.wake(4ms, Tick{});
  }
};

/// Throws when it hears a negative number.
struct Fragile {
  using Handles = Messages<Note>;

  std::int64_t sum = 0;
  REPRISE_FIELDS(sum)

  void on(const Note& note, Context& world) {
    sum += note.value;
    world.check(note.value >= 0, "a negative number hurts");
  }
};

inline Catalog test_catalog() {
  Catalog catalog;
  catalog.add<Listener>("listener")
      .add<Walker>("walker")
      .add<Lamb>("lamb")
      .add<Sheep>("sheep")
      .add<Fragile>("fragile");
  return catalog;
}

template <Message M>
Input input_at(Duration at, AgentId to, M message) {
  Input input;
  input.at = Time(at);
  input.to = to;
  input.payload = Payload(std::move(message));
  input.producer = "test";
  return input;
}

template <Message M>
Input edit_after(Step step, M message) {
  Input input;
  input.after = step;
  input.payload = Payload(std::move(message));
  input.producer = "test";
  return input;
}

/// Walkers, a listener and a sheep: a bit of everything.
inline std::unique_ptr<Simulation> meadow(const Catalog& catalog, std::uint64_t seed = 1) {
  auto world = std::make_unique<Simulation>(catalog, seed);
  world->add("walker", Walker{}, 5);
  world->add("listener", Listener{});
  world->add("sheep", Sheep{});
  return world;
}

/// Numbers for the listener and the walkers, every 7 ms.
inline std::vector<Input> meadow_inputs(std::int64_t count = 40) {
  std::vector<Input> inputs;
  for (std::int64_t i = 0; i < count; ++i) {
    Input input = input_at(7ms * i, AgentId{static_cast<std::uint32_t>(i % 6) + 1}, Note{i});
    input.producer_seq = static_cast<std::uint64_t>(i) + 1;
    inputs.push_back(std::move(input));
  }
  return inputs;
}

inline Bytes saved(const Simulation& world) {
  Bytes bytes;
  Encoder out(bytes);
  world.save(out);
  return bytes;
}

}  // namespace reprise::test
