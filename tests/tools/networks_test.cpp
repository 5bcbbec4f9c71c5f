#include <catch2/catch.hpp>
#include <string>

#include "tests/support/temp_dir.hpp"
#include "tests/tools/program.hpp"

/// Worlds whose nodes and links fail, through the commands a person uses.
namespace reprise::test {
namespace {

using Catch::Matchers::Contains;

/// A journal of the shipped scenario in which the exchange stands still from 2:00 to 2:02.
void record_lossy(const TempDir& folder) {
  const ProgramResult run =
      run_program({"run", shipped("market/lossy_link.toml"), "--until", "150s", "-o", "l.rpj"},
                  {folder.path()});
  INFO(run.err);
  REQUIRE(run.code == 0);
}

ProgramResult ask(const TempDir& folder, std::vector<std::string> words) {
  return run_program(words, {folder.path()});
}

TEST_CASE("a paused node is seen found and asked why") {
  const TempDir folder;
  record_lossy(folder);
  const ProgramResult shown =
      ask(folder, {"show", "l.rpj", "--at", "121s", "--field", "network.nodes[0].state"});
  INFO(shown.err);
  CHECK(shown.code == 0);
  CHECK_THAT(shown.out, Contains("paused"));
  const ProgramResult found =
      ask(folder, {"find", "l.rpj", "network.nodes[0].state == \"paused\"", "--json"});
  INFO(found.err);
  REQUIRE(found.code == 0);
  CHECK(json_of(found).at("time_ns") == 120'000'000'000);
  const ProgramResult events = ask(folder, {"events", "l.rpj", "--where", "dropped", "--from",
                                            "2min", "--to", "122s", "--json", "--limit", "1"});
  CHECK(events.code == 0);
  CHECK(json_of(events).at("dropped") == true);
  // What has waited is delivered again at 2:02 and came from the same step.
  const ProgramResult again =
      ask(folder, {"events", "l.rpj", "--where", "to == \"exchange\" and time == 122s", "--json",
                   "--limit", "1"});
  INFO(again.err);
  REQUIRE(again.code == 0);
  CHECK(json_of(again).at("cause") == json_of(events).at("cause"));
  const ProgramResult why =
      ask(folder, {"why", "l.rpj", std::to_string(json_of(again).at("step").to_number<int>())});
  INFO(why.err);
  CHECK(why.code == 0);
}

TEST_CASE("a branch in which a node crashes differs in the network and what follows") {
  const TempDir folder;
  record_lossy(folder);
  const ProgramResult forked =
      ask(folder, {"fork", "l.rpj", "--at", "60s", "--send",
                   R"({to="network", kind="reprise.crash", node="desk"})", "-o", "b.rpj"});
  INFO(forked.err);
  REQUIRE(forked.code == 0);
  CHECK(ask(folder, {"verify", "b.rpj"}).code == 0);
  const ProgramResult diff = ask(folder, {"diff", "l.rpj", "b.rpj"});
  INFO(diff.out << diff.err);
  CHECK(diff.code == 1);
  CHECK_THAT(diff.out, Contains("reprise.crash   {\"node\":\"desk\""));
  CHECK_THAT(diff.out, Contains("network (network)"));
  const ProgramResult later =
      ask(folder, {"show", "b.rpj", "--at", "61s", "--field", "network.nodes[1].state"});
  CHECK_THAT(later.out, Contains("crashed"));
}

TEST_CASE("a fork in the middle of a pause goes on as its parent") {
  const TempDir folder;
  record_lossy(folder);
  const ProgramResult forked = ask(folder, {"fork", "l.rpj", "--at", "121s", "-o", "b.rpj"});
  INFO(forked.err);
  REQUIRE(forked.code == 0);
  const ProgramResult diff = ask(folder, {"diff", "l.rpj", "b.rpj"});
  INFO(diff.out << diff.err);
  CHECK(diff.code == 0);
}

}  // namespace
}  // namespace reprise::test
