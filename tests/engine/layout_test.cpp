// Where agents and pending events lie in memory decides nothing.
#include <catch2/catch.hpp>
#include <chrono>

#include "engine/context.hpp"
#include "engine/control.hpp"
#include "engine/simulation.hpp"

namespace reprise::test {
namespace {

using namespace std::chrono_literals;

struct Hop {
  static constexpr std::string_view kind = "test.hop";
  std::uint32_t left = 0;
  std::string text;
  REPRISE_FIELDS(left, text)
};

/// Passes hops on at random, and gives birth now and then.
struct Rabbit {
  using Handles = Messages<Start, Hop>;
  using Spawns = Kinds<Rabbit>;

  std::uint64_t heard = 0;
  std::string last;
  REPRISE_FIELDS(heard, last)

  void on(const Start&, Context& world) { world.wake(1ms, Hop{40, "start"}); }
  void on(const Hop& hop, Context& world) {
    ++heard;
    last = hop.text;
    if (hop.left == 0) return world.retire();
    const bool bears = world.random().uniform(std::int64_t{0}, std::int64_t{9}) == 0;
    if (bears) world.spawn(Rabbit{});
    const Duration delay = world.random().exponential(Duration(1ms));
    world.wake(delay, Hop{hop.left - 1, std::string(hop.left, 'x')});
  }
};

struct End {
  Digest prefix;
  Digest root;
  Step steps = 0;
  bool operator==(const End&) const = default;
};

End end_under(const Catalog& catalog, const Simulation::Layout& layout, Step restored_at) {
  Simulation world(catalog, 7);
  world.add("rabbit", Rabbit{}, 20);
  world.lay_out(layout);
  while (world.steps() < 3000 && world.next_at()) {
    world.step();
    if (world.steps() != restored_at) continue;
    Bytes bytes;
    Encoder out(bytes);
    world.save(out);
    Decoder in(bytes);
    world.restore(in);
  }
  return {world.prefix(), world.state_root(), world.steps()};
}

TEST_CASE("a world is the same however it lies in memory") {
  Catalog catalog;
  catalog.add<Rabbit>("rabbit");
  const End plain = end_under(catalog, {}, 0);
  REQUIRE(plain.steps > 500);
  for (const Step restored_at : {Step{0}, Step{300}}) {
    for (const std::uint64_t seed : {1, 2, 3}) {
      CHECK(end_under(catalog, {.plain_heap = true, .shuffle = seed}, restored_at) == plain);
      CHECK(end_under(catalog, {.plain_heap = false, .shuffle = seed}, restored_at) == plain);
    }
    CHECK(end_under(catalog, {.plain_heap = true}, restored_at) == plain);
  }
}

}  // namespace
}  // namespace reprise::test
