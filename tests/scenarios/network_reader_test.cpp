#include "scenarios/network_reader.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "engine/session.hpp"
#include "scenarios/scenario_inputs.hpp"
#include "scenarios/scenario_reader.hpp"
#include "tests/scenarios/test_agents.hpp"

namespace reprise::test {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::Contains;

std::string crowd(const std::string& rest) {
  return "[[agent]]\nname = \"ear\"\nkind = \"listener\"\n\n"
         "[[agent]]\nname = \"crowd\"\nkind = \"stone\"\ncount = 3\n\n" +
         rest;
}

/// What a scenario with these lines, from the tenth on, is refused with.
std::string refusal(const std::string& rest) {
  try {
    parse(crowd(rest));
  } catch (const InputError& error) {
    return error.what();
  }
  return "it was taken";
}

void expect_refusal(const std::string& rest, const char* place, const char* reason) {
  CHECK_THAT(refusal(rest), Contains(place) && Contains(reason));
}

TEST_CASE("a scenario without a network has none") {
  const Scenario scenario = parse(crowd(""));
  CHECK(scenario.network == nullptr);
  CHECK_FALSE(scenario.chaos);
}

TEST_CASE("a network is what the scenario says") {
  const Scenario scenario = parse(crowd(R"([network]
latency = "5ms"
loss = 0.25
everywhere = ["ear"]

[[node]]
name = "rack"
count = 3
agents = ["crowd"]
clock_ahead = "2s"
clock_drift_ppm = -20

[[link]]
from = "rack[0]"
to = "rack[1]"
latency = { shape = "uniform", min = "1ms", max = "2ms" }
both = false

[chaos]
quiet = "40s"
crash_every = "5s"
nodes = ["rack"]
)"));
  REQUIRE(scenario.network);
  const Network& network = *scenario.network;
  CHECK(network.link.latency.mean == 5ms);
  CHECK(network.link.loss == 0.25);
  REQUIRE(network.nodes.size() == 3);
  CHECK(network.nodes.at(2).name == "rack[2]");
  CHECK(network.nodes.at(2).own_clock_offset_ns == 2'000'000'000);
  CHECK(network.nodes.at(2).own_clock_drift_ppm == -20);
  CHECK(network.members.at(0).node == Network::nowhere);
  CHECK(network.members.at(3).node == 2);
  CHECK(network.nodes.at(0).ways.at(1).link->latency.max == 2ms);
  CHECK(network.nodes.at(1).ways.empty());
  REQUIRE(scenario.chaos);
  CHECK(scenario.chaos->options.quiet == 40s);
  CHECK(scenario.chaos->options.crash_every == 5s);
}

TEST_CASE("an agent that no node names has one of its own name") {
  const Scenario scenario = parse(crowd("[network]\n"));
  REQUIRE(scenario.network->nodes.size() == 4);
  CHECK(scenario.network->nodes.at(0).name == "ear");
  CHECK(scenario.network->nodes.at(3).name == "crowd[2]");
}

TEST_CASE("the quiet time of properties is that of chaos") {
  const std::string chaos = "[chaos]\nquiet = \"40s\"\n\n[expect]\n";
  CHECK(parse(crowd(chaos)).expect.quiet == Time(40s));
  CHECK(parse(crowd(chaos + "quiet = \"50s\"\n")).expect.quiet == Time(50s));
}

TEST_CASE("a fault that lasts is two inputs of the network") {
  const Scenario scenario = parse(crowd(R"([[fault]]
at = "2s"
kind = "crash"
node = "crowd"
writes = "torn"
lasts = "500ms"

[[fault]]
at = "3s"
kind = "reprise.cut"
from = "ear"
to = "crowd[1]"
both = false
lasts = "1s"
)"));
  REQUIRE(scenario.inputs.size() == 4);
  for (const ScenarioInput& input : scenario.inputs) CHECK(input.to == "network");
  CHECK(scenario.inputs.at(0).payload.as<Crash>()->writes == UnsyncedWrites::torn);
  CHECK(scenario.inputs.at(1).at == Time(2500ms));
  CHECK(scenario.inputs.at(1).payload.as<Restart>()->node == "crowd");
  const Heal* heal = scenario.inputs.at(3).payload.as<Heal>();
  REQUIRE(heal != nullptr);
  CHECK((heal->from == "ear" && heal->to == "crowd[1]" && !heal->both));
}

TEST_CASE("the canonical text of a scenario says the same network") {
  const Scenario scenario =
      parse(crowd("[network]\nlatency = \"5ms\"\n\n[chaos]\nquiet = \"1s\"\n"));
  const Catalog& known = catalog();
  const Scenario again = scenario_from_canonical(scenario.canonical, known, {}, 0);
  const auto first = build_world(scenario, known);
  const auto second = build_world(again, known);
  CHECK(first->find("chaos"));
  CHECK(first->state_root() == second->state_root());
}

TEST_CASE("a network that is no table is refused") {
  try {
    parse("network = 3\n" + crowd(""));
    FAIL("it was taken");
  } catch (const InputError& error) {
    CHECK_THAT(error.what(), Contains("thin.toml:1:1") && Contains("expected [network], a table"));
  }
}

TEST_CASE("mistakes in the keys of a network are named with their place") {
  expect_refusal("[network]\nlatensy = \"5ms\"\n", "thin.toml:11:1", "did you mean 'latency'");
  expect_refusal("[network]\nloss = 1.5\n", "thin.toml:11:1", "loss is a share");
  expect_refusal("[network]\nlatency = \"5\"\n", "thin.toml:11:", "with its unit");
  expect_refusal("[network]\nlatency = { shape = \"round\" }\n", "thin.toml:11:", "shape");
  expect_refusal("[network]\nlatency = { shape = \"exponential\" }\n", "thin.toml:11:1",
                 "a mean above 0");
  expect_refusal("[network]\neverywhere = [\"eer\"]\n", "thin.toml:11:1", "did you mean 'ear'");
  expect_refusal("[[node]]\ncount = 3\n", "thin.toml:10:1", "needs 'name'");
  expect_refusal("[[node]]\nname = \"n\"\ncount = 0\n", "thin.toml:12:1", "goes from 1");
  expect_refusal("[[node]]\nname = \"n\"\ncount = 2\nagents = [\"crowd\"]\n", "thin.toml:13:1",
                 "as many nodes");
  expect_refusal("[[node]]\nname = \"n\"\nagents = [\"crowt\"]\n", "thin.toml:12:1",
                 "did you mean 'crowd'");
  expect_refusal("[[node]]\nname = \"n\"\nclock_drift_ppm = 1_000_000\n", "thin.toml:12:1",
                 "goes from");
  expect_refusal("[[link]]\nfrom = \"ear\"\nto = \"crowt\"\n", "thin.toml:12:1",
                 "did you mean 'crowd'");
  expect_refusal("[[link]]\nfrom = \"ear\"\n", "thin.toml:10:1", "needs 'to'");
  expect_refusal("[[fault]]\nat = \"1s\"\nkind = \"crush\"\n", "thin.toml:12:1",
                 "did you mean 'crash'");
  expect_refusal("[[fault]]\nat = \"1s\"\nkind = \"crash\"\nnode = \"eer\"\n", "thin.toml:13:1",
                 "did you mean 'ear'");
  expect_refusal("[[fault]]\nat = \"1s\"\nkind = \"crash\"\nnod = \"ear\"\n", "thin.toml:13:1",
                 "did you mean 'node'");
  expect_refusal("[[fault]]\nat = \"1s\"\nkind = \"heal\"\nlasts = \"1s\"\n", "thin.toml:13:1",
                 "does not last");
  expect_refusal("[[fault]]\nat = \"1s\"\nkind = \"degrade\"\nloss = 2.0\n", "thin.toml:13:1",
                 "loss is a share");
  expect_refusal("[[fault]]\nat = \"1s\"\nkind = \"partition\"\nsides = [[\"eer\"]]\n",
                 "thin.toml:13:1", "did you mean 'ear'");
  expect_refusal("[[fault]]\nat = \"1s\"\nkind = \"set_clock\"\ndrift_ppm = 5_000_000\n",
                 "thin.toml:13:1", "drift_ppm goes from");
  expect_refusal(
      "[network]\n[[input]]\nat = \"1s\"\nto = \"network\"\n"
      "send = { kind = \"reprise.crash\", node = \"eer\" }\n",
      "thin.toml:14:", "did you mean 'ear'");
  expect_refusal("[[node]]\nname = \"\"\n", "thin.toml:11:1", "a node has a name");
  expect_refusal("[chaos]\ncrash_every = \"1s\"\n", "thin.toml:10:2", "'quiet' is when");
  expect_refusal("[chaos]\nquiet = \"1s\"\ncrash_evry = \"1s\"\n", "thin.toml:12:1",
                 "did you mean 'crash_every'");
  expect_refusal("[chaos]\nquiet = \"1s\"\nnodes = [\"crowt\"]\n", "thin.toml:12:1",
                 "did you mean 'crowd'");
  expect_refusal("[network]\n[[agent]]\nname = \"network\"\nkind = \"stone\"\n", "thin.toml:12:1",
                 "give the agent another name");
  expect_refusal("[[agent]]\nname = \"c\"\nkind = \"chaos\"\n", "thin.toml:12:1", "write [chaos]");
  expect_refusal("[[input]]\nat = \"1s\"\nsend = { kind = \"reprise.crash\" }\n", "thin.toml:10:1",
                 "needs 'to'");
}

TEST_CASE("what makes no sense together is refused in a file") {
  const std::string latency = "[network]\nlatency = ";
  expect_refusal(latency + "5\n", "thin.toml:11:1", "such as \"5ms\"");
  expect_refusal(latency + "{ median = \"40ms\", sigma = 0.5 }\n",
                 "thin.toml:11:", "without 'shape'");
  expect_refusal(latency + "{ shape = \"uniform\", max = \"5ms\", mean = \"1ms\" }\n",
                 "thin.toml:11:", "shape uniform takes no 'mean'; it takes min max");
  expect_refusal("[[link]]\nform = \"ear\"\nto = \"crowd\"\n", "thin.toml:11:1",
                 "did you mean 'from'");
  expect_refusal("[[node]]\nname = \"n\"\nclock_ahead = \"1s\"\nclock_behind = \"1s\"\n",
                 "thin.toml:13:1", "not both");
  expect_refusal("[[node]]\nname = \"crowd\"\n", "thin.toml:11:1", "call this one otherwise");
  expect_refusal("[[node]]\nname = \"crowd[0]\"\n", "thin.toml:11:1",
                 "name it in the node's agents");
  expect_refusal("[[node]]\nname = \"n\"\n[[node]]\nname = \"n\"\n", "thin.toml:13:1",
                 "two nodes 'n'");
  expect_refusal("[[node]]\nname = \"\"\nagents = [\"ear\"]\n", "thin.toml:11:1",
                 "a node has a name");
  expect_refusal(
      "[[node]]\nname = \"n\"\ncount = 2\n[[node]]\nname = \"n[0]\"\nagents = [\"ear\"]\n",
      "thin.toml:14:1", "two nodes 'n[0]'");
  expect_refusal("[[node]]\nname = \"ear\"\nagents = [\"ear\"]\n[[node]]\nname = \"crowd[0]\"\n",
                 "thin.toml:14:1", "the agent 'crowd[0]' is not on the node 'crowd[0]'");
  expect_refusal("[[fault]]\nat = \"1s\"\nkind = \"set_clock\"\nahead = \"1s\"\nbehind = \"1s\"\n",
                 "thin.toml:14:1", "not both");
  expect_refusal(
      "[[fault]]\nat = \"1s\"\nkind = \"partition\"\nsides = [[\"crowd\"], [\"crowd[1]\"]]\n",
      "thin.toml:13:1", "'crowd[1]' is on two sides");
  const std::string nobody = "[network]\neverywhere = [\"ear\", \"crowd\"]\n";
  expect_refusal(nobody + "[[fault]]\nat = \"1s\"\nkind = \"crash\"\n", "thin.toml:14:1",
                 "no nodes");
  expect_refusal(nobody + "[chaos]\nquiet = \"1s\"\n", "thin.toml:12:2", "no nodes");
  expect_refusal("[chaos]\nquiet = \"1s\"\nnodes = [\"\"]\n", "thin.toml:12:1", "'' is no node");
  expect_refusal("[[node]]\nname = \"n\"\ncount = 2_000\n[[link]]\nfrom = \"n\"\nto = \"n\"\n",
                 "thin.toml:14:1",
                 "more than 1000000 links; what holds for all links stands in [network]");
  expect_refusal("[[node]]\nname = \"n\"\ncount = 2_000\n[[fault]]\nat = \"1s\"\nkind = \"cut\"\n",
                 "thin.toml:15:1", "more than 1000000 links");
}

TEST_CASE("what a run was made of once is taken from its journal though a file may not say it") {
  const std::string fault = "[[fault]]\nat = \"1s\"\nkind = ";
  const std::string nobody = "[network]\neverywhere = [\"ear\", \"crowd\"]\n";
  for (const std::string& rest :
       {std::string("[network]\nlatency = { mean = \"5ms\", sigma = 0.5 }\n"),
        std::string("[[node]]\nname = \"n\"\nclock_ahead = \"1s\"\nclock_behind = \"2s\"\n"),
        std::string("[[node]]\nname = \"crowd\"\n"),
        std::string("[[node]]\nname = \"n\"\ncount = 1_001\n[[link]]\nfrom = \"n\"\nto = \"n\"\n"),
        fault + "\"set_clock\"\nahead = \"1s\"\nbehind = \"1s\"\n",
        fault + "\"partition\"\nsides = [[\"ear\", \"\"], [\"ear\"]]\n",
        fault + "\"crash\"\nnode = \"nobody\"\n", nobody + fault + "\"crash\"\n",
        nobody + "[chaos]\nquiet = \"1s\"\n",
        std::string("[chaos]\nquiet = \"1s\"\nnodes = [\"\"]\n")}) {
    INFO(rest);
    CHECK_THAT(refusal(rest), Contains("thin.toml:1"));
    ScenarioTree tree = ScenarioTree::from_toml(crowd(rest), "thin.toml");
    const std::string canonical = tree.canonical();
    CHECK(scenario_from_canonical(canonical, catalog(), {}, 0).network);
    tree.keep_as_of_journal();
    CHECK(read_scenario(tree, catalog(), {}).canonical == canonical);
  }
}

TEST_CASE("faults that do nothing are no mistakes") {
  const std::string fault = "[[fault]]\nat = \"1s\"\nkind = ";
  CHECK(parse(crowd(fault + "\"cut\"\nfrom = \"ear\"\nto = \"ear\"\n")).inputs.size() == 1);
  CHECK(
      parse(crowd(fault + "\"partition\"\nsides = [[\"crowd\", \"crowd[1]\"]]\n")).inputs.size() ==
      1);
}

TEST_CASE("an override that breaks a network is named") {
  try {
    parse(crowd("[network]\n"), {"network.loss=2"});
    FAIL("it was taken");
  } catch (const InputError& error) {
    CHECK(error.place() == "--set network.loss=2");
  }
}

TEST_CASE("fields of the network and of chaos may be set by inputs") {
  const std::string rest =
      "[chaos]\nquiet = \"40s\"\n\n[[input]]\nat = \"1s\"\nsend = { kind = \"reprise.set\", ";
  CHECK(parse(crowd(rest + "agent = \"network\", path = \"link.loss\", value = 0.5 }\n"))
            .inputs.size() == 1);
  CHECK(parse(crowd(rest + "agent = \"chaos\", path = \"options.crash_every\", value = \"1s\" }\n"))
            .inputs.size() == 1);
  CHECK_THAT(refusal(rest + "agent = \"network\", path = \"link.los\", value = 0.5 }\n"),
             Contains("did you mean 'loss'"));
}

}  // namespace
}  // namespace reprise::test
