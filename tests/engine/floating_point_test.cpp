#include <bit>
#include <catch2/catch.hpp>
#include <cfenv>
#include <cstdint>

#include "engine/floating_point.hpp"
#include "tests/support/rounding_kept.hpp"
#include "tests/support/test_agents.hpp"

namespace reprise::test {
namespace {

/// Keeps the bits of what it divides.
struct Divider {
  using Handles = Messages<Start, Tick>;

  std::vector<std::uint64_t> quotients;
  double least = 5e-324;
  REPRISE_FIELDS(quotients, least)

  void on(const Start&, Context& world) { world.wake(1ms, Tick{}); }
  void on(const Tick&, Context& world) {
    const volatile double dividend = static_cast<double>(quotients.size()) + 1;
    const volatile double smallest = 5e-324;
    quotients.push_back(std::bit_cast<std::uint64_t>(dividend / 3));
    quotients.push_back(std::bit_cast<std::uint64_t>(smallest * 1));
    world.wake(1ms, Tick{});
  }
};

std::unique_ptr<Simulation> dividing(const Catalog& catalog) {
  auto world = std::make_unique<Simulation>(catalog, 1);
  world->add("divider", Divider{});
  return world;
}

void flush_to_zero() {
#ifdef __SSE2__
  __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8040);
#endif
}

TEST_CASE("a session computes the same however its caller rounds") {
  Catalog catalog;
  catalog.add<Divider>("divider");
  const auto plain = dividing(catalog);
  InputList none;
  Session(*plain, none).run({.until = Time(100ms)});
  const Digest root = plain->state_root();
  for (const int mode : {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO, FE_TONEAREST}) {
    const RoundingKept kept;
    const auto whole = dividing(catalog);
    const auto stepped = dividing(catalog);
    InputList inputs;
    std::fesetround(mode);
    flush_to_zero();
    Session(*whole, inputs).run({.until = Time(100ms)});
    Session steps(*stepped, inputs);
    while (steps.step(Time(100ms))) {
    }
    CHECK(std::fegetround() == mode);
    CHECK(whole->state_root() == root);
    stepped->stand_at(Time(100ms));
    CHECK(stepped->state_root() == root);
  }
}

TEST_CASE(
    "a world that differs in a subnormal number alone is another one however the caller rounds") {
  Catalog catalog;
  catalog.add<Divider>("divider");
  Simulation a(catalog, 1);
  a.add("divider", Divider{});
  Simulation b(catalog, 1);
  b.add("divider", Divider{.least = 1e-323});
  const RoundingKept kept;
  flush_to_zero();
  CHECK(a.state_root() != b.state_root());
  CHECK(Simulation::difference(a, b).agents == std::vector{AgentId{1}});
}

struct Share {
  static constexpr std::string_view kind = "test.share";
  double part = 0;
  REPRISE_FIELDS(part)
};

/// Goes by a number that is calculated when it is made, and is no part of its state.
class Sharer {
 public:
  using Handles = Messages<Start, Tick, Share>;

  std::uint64_t shares = 0;
  double least = 1;
  REPRISE_FIELDS(shares, least)

  void on(const Start&, Context& world) { world.wake(1ms, Tick{}); }
  void on(const Tick&, Context& world) {
    shares += std::bit_cast<std::uint64_t>(third_);
    world.wake(1ms, Tick{});
  }
  void on(const Share&, Context&) {}

 private:
  static double third() {
    const volatile double one = 1;
    return one / 3;
  }

  double third_ = third();
};

/// Runs on, after what `change` does to it in a thread that rounds otherwise.
template <class Change>
Digest root_after(const Catalog& catalog, Change change) {
  Simulation world(catalog, 1);
  world.add("sharer", Sharer{});
  InputList none;
  Session(world, none).run({.until = Time(10ms)});
  {
    const RoundingKept kept;
    std::fesetround(FE_UPWARD);
    flush_to_zero();
    change(world);
  }
  Session(world, none).run({.until = Time(20ms)});
  return world.state_root();
}

TEST_CASE("a world is restored and edited the same however its caller rounds") {
  Catalog catalog;
  catalog.add<Sharer>("sharer");
  const Digest straight = root_after(catalog, [](Simulation&) {});
  CHECK(root_after(catalog, [](Simulation& world) {
          const Bytes state = saved(world);
          Decoder in(state);
          world.restore(in);
        }) == straight);

  const auto edited = [&](bool inside) {
    Simulation world(catalog, 1);
    world.add("sharer", Sharer{});
    Input edit = input_at(0ms, world_id, SetField{"sharer", "least", "0.3"});
    edit.after = 0;
    const RoundingKept kept;
    if (inside) std::fesetround(FE_UPWARD);
    world.edit(edit);
    return world.state_root();
  };
  CHECK(edited(true) == edited(false));
}

TEST_CASE("inputs that differ in a subnormal number are no repeats however the caller rounds") {
  Catalog catalog;
  catalog.add<Sharer>("sharer");
  Simulation world(catalog, 1);
  world.add("sharer", Sharer{});
  const auto share = [](double part) {
    Input input = input_at(1ms, AgentId{1}, Share{part});
    input.producer_seq = 1;
    input.resendable = true;
    return input;
  };
  const RoundingKept kept;
  flush_to_zero();
  world.inject(share(5e-324));
  CHECK_THROWS_WITH(world.inject(share(1e-323)), Catch::Contains("other content"));
}

TEST_CASE("the defaults of floating point hold as long as their guard") {
  const RoundingKept kept;
  std::fesetround(FE_DOWNWARD);
  {
    const FloatingPointDefaults defaults;
    CHECK(std::fegetround() == FE_TONEAREST);
  }
  CHECK(std::fegetround() == FE_DOWNWARD);
}

}  // namespace
}  // namespace reprise::test
