#include "agents/phold/phold.hpp"

#include <catch2/catch.hpp>
#include <cstdint>
#include <stdexcept>

#include "agents/phold/catalog.hpp"
#include "engine/simulation.hpp"

namespace reprise::phold {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Catalog phold_catalog() {
  Catalog catalog;
  add_phold(catalog);
  return catalog;
}

/// A population of phold agents.
struct Population {
  Catalog catalog = phold_catalog();
  Simulation world;

  explicit Population(Phold::Options options, std::uint64_t seed = 1) : world(catalog, seed) {
    options.validate();
    world.add("phold", Phold{.options = options}, options.agents);
  }

  const Phold& agent(std::uint32_t index) { return *world.agent<Phold>(AgentId{index + 1}); }
};

TEST_CASE("jobs are neither lost nor made") {
  Population population({.agents = 50, .events = 3});
  population.world.run_until(Time());
  CHECK(population.world.pending() == 150);
  CHECK(population.world.steps() == 50);
  for (int second = 1; second <= 20; ++second) {
    population.world.run_until(Time(seconds(second)));
    CHECK(population.world.pending() == 150);
  }
  std::uint64_t handled = 0;
  for (std::uint32_t i = 0; i < 50; ++i) handled += population.agent(i).handled;
  CHECK(handled == population.world.steps() - 50);
  // each of 150 jobs moves every 1.1 s
  CHECK(static_cast<double>(handled) == Approx(150 * 20 / 1.1).epsilon(0.05));
}

TEST_CASE("every agent of the population is drawn about as often") {
  Population population({.agents = 10, .events = 100});
  population.world.run_until(Time(seconds(60)));
  const double mean = static_cast<double>(population.world.steps() - 10) / 10;
  for (std::uint32_t i = 0; i < 10; ++i) {
    CHECK(population.agent(i).handled == Approx(mean).epsilon(0.06));
  }
}

TEST_CASE("no job is under way for less than the lookahead") {
  Population population({.agents = 20, .mean_delay = Duration(1), .lookahead = milliseconds(100)});
  population.world.run_until(Time(milliseconds(99)));
  CHECK(population.world.steps() == 20);
  population.world.run_until(Time(milliseconds(101)));
  CHECK(population.world.steps() == 40);
}

TEST_CASE("an agent alone passes jobs to itself") {
  Population population({.agents = 1});
  population.world.run_until(Time(seconds(30)));
  CHECK(population.agent(0).handled > 10);
}

TEST_CASE("the same seed gives the same history and another seed another") {
  const auto prefix = [](std::uint64_t seed) {
    Population population({.agents = 30}, seed);
    population.world.run_until(Time(seconds(10)));
    return population.world.prefix();
  };
  CHECK(prefix(1) == prefix(1));
  CHECK(prefix(1) != prefix(2));
}

TEST_CASE("a population saved and restored in the middle goes on the same") {
  Population whole({.agents = 40, .events = 2});
  whole.world.run_until(Time(seconds(5)));
  Bytes bytes;
  Encoder encoder(bytes);
  whole.world.save(encoder);

  Population again({.agents = 1});
  Decoder decoder(bytes);
  again.world.restore(decoder);
  CHECK(again.world.state_root() == whole.world.state_root());
  whole.world.run_until(Time(seconds(10)));
  again.world.run_until(Time(seconds(10)));
  CHECK(again.world.steps() == whole.world.steps());
  CHECK(again.world.prefix() == whole.world.prefix());
  CHECK(again.world.state_root() == whole.world.state_root());
}

TEST_CASE("more agents in the options than in the world are noticed at the start") {
  const Catalog catalog = phold_catalog();
  Simulation world(catalog, 1);
  world.add("phold", Phold{.options = {.agents = 11}}, 10);
  CHECK_THROWS_WITH(world.run_until(Time()), Catch::Contains("'phold[10]'"));
}

TEST_CASE("options of phold that make no sense are refused") {
  const auto refused = [](auto change) {
    Phold::Options options;
    CHECK_NOTHROW(options.validate());
    change(options);
    CHECK_THROWS_AS(options.validate(), std::invalid_argument);
  };
  refused([](auto& options) { options.agents = 0; });
  refused([](auto& options) { options.mean_delay = Duration(0); });
  refused([](auto& options) { options.mean_delay = Duration::max(); });
  refused([](auto& options) { options.lookahead = Duration(-1); });
}

}  // namespace
}  // namespace reprise::phold
