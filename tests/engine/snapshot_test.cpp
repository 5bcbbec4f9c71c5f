#include <catch2/catch.hpp>

#include "engine/session.hpp"
#include "engine/simulation.hpp"
#include "tests/support/test_agents.hpp"

namespace reprise {
namespace {

using namespace test;

void restore(Simulation& world, const Bytes& bytes) {
  Decoder in(bytes);
  world.restore(in);
  in.expect_end();
}

TEST_CASE("a world restored at any step goes on as the one that was saved") {
  const Catalog catalog = test_catalog();
  const auto straight = meadow(catalog);
  straight->run_until(Time(3s));
  for (const Step step : {0, 1, 2, 17, 100, 333, 900}) {
    const auto first = meadow(catalog);
    while (first->steps() < step) REQUIRE(first->step());
    Simulation second(catalog, 999);
    restore(second, saved(*first));
    CHECK(second.steps() == step);
    CHECK(second.state_root() == first->state_root());
    CHECK(saved(second) == saved(*first));
    second.run_until(Time(3s));
    CHECK(second.prefix() == straight->prefix());
    CHECK(second.state_root() == straight->state_root());
    CHECK(second.steps() == straight->steps());
  }
}

TEST_CASE("a restored world has the names of the one that was saved") {
  const Catalog catalog = test_catalog();
  const auto first = meadow(catalog);
  first->run_until(Time(100ms));
  Simulation second(catalog, 1);
  restore(second, saved(*first));
  CHECK(second.find("sheep/2") == first->find("sheep/2"));
  CHECK(second.find("walker[4]") == AgentId{5});
  CHECK(second.retired(*second.find("sheep/0")) == first->retired(*first->find("sheep/0")));
}

TEST_CASE("inputs that wait are not saved") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  const Bytes before = saved(*world);
  world->inject(input_at(1s, AgentId{1}, Note{1}));
  CHECK(saved(*world) == before);
}

TEST_CASE("a state cut short anywhere is refused") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  world->run_until(Time(40ms));
  const Bytes bytes = saved(*world);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Simulation other(catalog, 1);
    Decoder in(std::span<const std::byte>(bytes).first(size));
    CHECK_THROWS_AS(other.restore(in), DecodeError);
  }
}

TEST_CASE("a state with changed bytes is restored or refused and nothing worse") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  world->run_until(Time(40ms));
  const Bytes bytes = saved(*world);
  std::size_t refused = 0;
  for (std::size_t place = 0; place < bytes.size(); ++place) {
    Bytes changed = bytes;
    changed[place] ^= std::byte{0x81};
    Simulation other(catalog, 1);
    Decoder in(changed);
    try {
      other.restore(in);
    } catch (const DecodeError&) {
      ++refused;
    }
  }
  CHECK(refused > bytes.size() / 8);
}

TEST_CASE("a state of kinds that are unknown is refused") {
  const Catalog catalog = test_catalog();
  const Bytes bytes = saved(*meadow(catalog));
  const Catalog empty;
  Simulation other(empty, 1);
  Decoder in(bytes);
  CHECK_THROWS_WITH(other.restore(in), "an agent is of an unknown kind");
}

TEST_CASE("a copy at any step goes on as its world does and neither disturbs the other") {
  const Catalog catalog = test_catalog();
  const auto straight = meadow(catalog);
  for (const Input& input : meadow_inputs()) straight->inject(input);
  straight->run_until(Time(3s));
  for (const Step step : {0, 1, 2, 17, 100, 333, 900}) {
    const auto first = meadow(catalog);
    for (const Input& input : meadow_inputs()) first->inject(input);
    while (first->steps() < step) REQUIRE(first->step());
    const auto second = first->copy();
    CHECK(second->state_root() == first->state_root());
    CHECK(saved(*second) == saved(*first));
    CHECK(second->waiting_inputs() == first->waiting_inputs());
    for (Simulation* world : {second.get(), first.get()}) {
      world->run_until(Time(3s));
      CHECK(world->prefix() == straight->prefix());
      CHECK(world->state_root() == straight->state_root());
      CHECK(saved(*world) == saved(*straight));
    }
  }
}

}  // namespace
}  // namespace reprise
