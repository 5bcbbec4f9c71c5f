// The state of a world, as a keyframe holds it: what is taken is saved as it was, and lives on.
#include "tests/fuzz/forge.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/support/test_agents.hpp"

namespace {

using namespace reprise;
using namespace reprise::fuzz;
using namespace std::chrono_literals;

constexpr Step steps_lived = 30;

/// Passes on what it hears; whatever it remembers is well.
struct Relay {
  using Handles = Messages<Start, test::Tick, test::Note, test::Letter>;
  using Spawns = Kinds<test::Lamb>;

  AgentId peer{};
  std::string name;
  std::map<std::string, double> weights;
  std::set<std::int64_t> heard;
  std::vector<std::optional<bool>> answers;
  REPRISE_FIELDS(peer, name, weights, heard, answers)

  void on(const Start&, Context& world) {
    peer = world.self();
    world.wake(1ms, test::Tick{});
    weights["start"] = 0.5;
  }
  void on(const test::Tick&, Context& world) {
    if (heard.size() % 3 == 0) world.spawn(test::Lamb{});
    world.wake(world.random().uniform(0ms, 3ms), test::Tick{});
    world.send(peer, test::Note{world.now().time_since_epoch().count()}, 1ms);
    if (heard.size() > 5) world.send(peer, test::Letter{name, {heard.begin(), heard.end()}});
  }
  void on(const test::Note& note) { heard.insert(note.value); }
  void on(const test::Letter& letter) {
    name = letter.text;
    answers.push_back(letter.numbers.empty());
    weights[letter.text] = 1;
  }
};

Catalog relays() {
  Catalog catalog;
  catalog.add<Relay>("relay").add<test::Lamb>("lamb");
  return catalog;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Catalog catalog = relays();
  Simulation world(catalog, 1);
  Decoder in(std::as_bytes(std::span(data, size)));
  try {
    world.restore(in);
  } catch (const DecodeError&) {
    return 0;
  }
  const Bytes saved = test::saved(world);
  Simulation other(catalog, 1);
  Decoder again(saved);
  other.restore(again);
  expect(again.remaining() == 0 && test::saved(other) == saved, "a state is saved as it was");
  expect(other.state_root() == world.state_root(), "a state that was saved is the same state");
  try {
    for (Step step = 0; step < steps_lived && world.step(); ++step) {
    }
  } catch (const AgentFailure&) {
  }
  return 0;
}

std::vector<std::string> reprise::fuzz::seeds() {
  const Catalog catalog = relays();
  std::vector<std::string> states;
  for (const std::int64_t milliseconds : {0, 5, 15}) {
    Simulation world(catalog, 1);
    world.add("relay", Relay{}, 2);
    for (Input& input : test::meadow_inputs(3)) {
      input.to = AgentId{1};
      input.resendable = true;
      world.inject(std::move(input));
    }
    world.run_until(Time(std::chrono::milliseconds(milliseconds)));
    states.push_back(text_of(test::saved(world)));
  }
  return states;
}
