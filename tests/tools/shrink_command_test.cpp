#include <boost/json/array.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/context.hpp"
#include "engine/control.hpp"
#include "engine/fields.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/tools/program.hpp"

namespace reprise::test {
namespace {

namespace json = boost::json;
using Catch::Contains;
using Strings = std::vector<std::string>;

struct Press {
  static constexpr std::string_view kind = "test.press";
  std::string button;
  REPRISE_FIELDS(button)
};

struct Tick {
  static constexpr std::string_view kind = "test.tick";
  REPRISE_FIELDS()
};

/// Breaks where `fire` is pressed after `arm`, or if it is careful without, and ticks all the
/// while.
struct Machine {
  using Handles = Messages<Start, Press, Tick>;
  struct Options {
    Duration tick = std::chrono::milliseconds(10);
    bool fragile = false;
    bool careful = false;
    REPRISE_FIELDS(tick, fragile, careful)
  };

  Options options;
  std::uint64_t pressed = 0;
  bool armed = false;
  REPRISE_FIELDS(options, pressed, armed)

  void on(const Start&, Context& world) { world.wake(options.tick, Tick{}); }
  void on(const Tick&, Context& world) { world.wake(options.tick, Tick{}); }
  void on(const Press& press, Context& world) {
    ++pressed;
    world.check(!(options.fragile && armed && press.button == "fire"), "exploded");
    world.check(!(options.careful && !armed && press.button == "fire"), "fired without need");
    armed = armed || press.button == "arm";
  }
};

void add_machine(Catalog& catalog) {
  catalog.add<Machine>("machine");
}

ProgramResult call(const Strings& words) {
  return run_in_process(add_machine, words);
}

/// Shrinks to the end, however slow the machine is.
ProgramResult shrink(Strings words) {
  words.insert(words.begin(), "shrink");
  words.insert(words.end(), {"--budget", "1h", "--json"});
  return call(words);
}

/// Eight machines and forty inputs, of which two break the third machine.
std::string workshop() {
  std::string text =
      "name = \"workshop\"\nseed = 7\nuntil = \"60s\"\n[[agent]]\nname = \"m\"\nkind = "
      "\"machine\"\ncount = 8\noptions = { tick = \"100ms\", fragile = true }\n";
  for (int i = 0; i < 40; ++i) {
    const std::string button = i == 11 ? "arm" : i == 29 ? "fire" : "lamp";
    text += "[[input]]\nat = \"" + std::to_string(i + 1) + "s\"\nto = \"m[" +
            std::to_string(button == "lamp" ? i % 8 : 2) + "]\"\nsend = { kind = \"test.press\", " +
            "button = \"" + button + "\" }\n";
  }
  return text;
}

/// Records a run of this scenario, which fails.
std::string recorded(const TempDir& folder, const std::string& scenario) {
  const std::string journal = folder.file("run.rpj");
  const ProgramResult result =
      call({"run", folder.write("it.toml", scenario), "-o", journal, "--force"});
  INFO(result.out << result.err);
  REQUIRE(result.code == 1);
  return journal;
}

TEST_CASE("shrink leaves the inputs and agents that a failure needs and no more") {
  const TempDir folder;
  const std::string journal = recorded(folder, workshop());
  const std::string small = folder.file("small.rpj");
  const ProgramResult result = shrink({journal, "-o", small});
  INFO(result.out << result.err);
  REQUIRE(result.code == 0);
  const json::object answer = json_of(result);
  CHECK(answer.at("ended") == "smallest");
  CHECK(answer.at("fingerprint") == "m[*] fails on test.press: check failed: exploded");
  CHECK(answer.at("before").at("inputs") == 30);
  CHECK(answer.at("before").at("agents") == 8);
  CHECK(answer.at("after").at("inputs") == 2);
  CHECK(answer.at("after").at("agents").to_number<int>() <= 3);
  CHECK(answer.at("after").at("time_ns").to_number<std::int64_t>() < 1'000'000'000);
  CHECK(answer.at("after").at("events").to_number<int>() * 20 <
        answer.at("before").at("events").to_number<int>());
  SECTION("and its journal and its scenario fail alike") {
    CHECK(call({"verify", small}).code == 0);
    const std::string scenario = folder.file("small.toml");
    const ProgramResult again = call({"run", scenario, "-o", folder.file("again.rpj"), "--json"});
    CHECK(again.code == 1);
    CHECK_THAT(again.err, Contains("exploded"));
    const json::object steps = json_of(call({"info", small, "--json"}));
    const json::object steps_again = json_of(call({"info", folder.file("again.rpj"), "--json"}));
    CHECK(steps.at("identity") == steps_again.at("identity"));
    CHECK_THAT(read_file(scenario), Contains("fragile = true") && !Contains("lamp"));
  }
  SECTION("and it is the same whatever the number of jobs") {
    const std::string text = read_file(folder.file("small.toml"));
    const json::object other = json_of(shrink({journal, "-o", small, "--force", "--jobs", "1"}));
    CHECK(other.at("runs") == answer.at("runs"));
    CHECK(read_file(folder.file("small.toml")) == text);
  }
}

TEST_CASE("shrink does not take another failure for the one it has") {
  const TempDir folder;
  const std::string both = "fragile = true, careful = true";
  const std::string journal =
      recorded(folder, workshop().replace(workshop().find("fragile = true"), 14, both));
  const ProgramResult result = shrink({journal, "-o", folder.file("small.rpj")});
  INFO(result.out << result.err);
  REQUIRE(result.code == 0);
  const json::object answer = json_of(result);
  CHECK(answer.at("fingerprint") == "m[*] fails on test.press: check failed: exploded");
  CHECK(answer.at("after").at("inputs") == 2);  // one would be enough to fire without need
}

TEST_CASE("shrink keeps what it is told to keep") {
  const TempDir folder;
  const std::string journal = recorded(folder, workshop());
  const auto after = [&](const Strings& keep) {
    Strings words = {journal, "-o", folder.file("small.rpj"), "--force"};
    for (const std::string& each : keep) words.insert(words.end(), {"--keep", each});
    const ProgramResult result = shrink(words);
    INFO(result.out << result.err);
    REQUIRE(result.code == 0);
    return json_of(result);
  };
  const json::object no_inputs = after({"inputs"});
  CHECK(no_inputs.at("after").at("inputs") == 30);
  const json::object no_agents = after({"agents", "seed"});
  CHECK(no_agents.at("after").at("agents") == 8);
  CHECK(no_agents.at("seed") == 7);
  after({"times", "options"});
  CHECK_THAT(read_file(folder.file("small.toml")),
             Contains("\"12s\"") && Contains("\"30s\"") && Contains("tick = \"100ms\""));
}

TEST_CASE("shrink makes faults of what chaos did and leaves those that matter") {
  const TempDir folder;
  const std::string journal = recorded(
      folder,
      "name = \"storm\"\nseed = 3\nuntil = \"60s\"\n[[agent]]\nname = \"m\"\nkind = \"machine\"\n"
      "count = 4\noptions = { tick = \"1s\" }\n[chaos]\nquiet = \"50s\"\nswarm = "
      "false\ncrash_every = \"1s\"\npause_every = "
      "\"1s\"\ncut_every = \"1s\"\n[expect]\nnever = [\"network.nodes[0].crashes >= 3\"]\n");
  const ProgramResult result = shrink({journal, "-o", folder.file("small.rpj")});
  INFO(result.out << result.err);
  REQUIRE(result.code == 0);
  const json::object answer = json_of(result);
  CHECK(answer.at("before").at("inputs").to_number<int>() > 20);
  // Three crashes of one node.
  CHECK(answer.at("after").at("inputs").to_number<int>() == 5);
  const std::string text = read_file(folder.file("small.toml"));
  CHECK_THAT(text, Contains("[[fault]]\nkind = \"crash\"") && !Contains("pause") &&
                       !Contains("cut") && Contains("never = [\"network.nodes[0].crashes >= 3\"]"));
  CHECK(call({"run", folder.file("small.toml"), "--no-journal"}).code == 1);
}

TEST_CASE("shrink leaves of what is expected the part that broke") {
  const TempDir folder;
  const std::string journal = recorded(
      folder, workshop() +
                  "[expect]\nquiet = \"30s\"\neventually_after_quiet = [\"m[0].pressed >= 0\"]\n"
                  "always = [\"m[0].pressed < 1\", \"m[1].pressed < 9\"]\n");
  const std::string small = folder.file("small.rpj");
  REQUIRE(shrink({journal, "-o", small}).code == 0);
  const std::string scenario = read_file(folder.file("small.toml"));
  INFO(scenario);
  const std::string expect = scenario.substr(scenario.find("[expect]"));
  CHECK_THAT(expect, Contains("m[0].pressed < 1"));
  CHECK_THAT(expect, !Contains("m[1]") && !Contains("quiet"));
}

TEST_CASE("shrink does not cut the time of what is only known at the end") {
  const TempDir folder;
  const std::string journal = recorded(
      folder, workshop().replace(workshop().find("fragile = true"), 14, "fragile = false") +
                  "[expect]\nat_end = [\"m[2].pressed < 7\"]\n");
  const ProgramResult result = shrink({journal, "-o", folder.file("small.rpj")});
  INFO(result.out << result.err);
  REQUIRE(result.code == 0);
  const json::object answer = json_of(result);
  CHECK(answer.at("after").at("inputs") == 7);
  CHECK(answer.at("after").at("time_ns") == 60'000'000'000);
  CHECK_THAT(read_file(folder.file("small.toml")), Contains("until = \"1min\""));
}

/// What of a scenario is left, in a world in which the machine takes two inputs.
TEST_CASE("shrink takes what no scenario says by itself") {
  const TempDir folder;
  const std::string agents =
      "name = \"it\"\nseed = 5\nuntil = \"20s\"\n[[agent]]\nname = \"m\"\nkind = "
      "\"machine\"\ncount = 2\n";
  const auto shrunk = [&](const std::string& journal) {
    const ProgramResult result = shrink({journal, "-o", folder.file("small.rpj"), "--force"});
    INFO(result.out << result.err);
    REQUIRE(result.code == 0);
    CHECK(call({"verify", folder.file("small.rpj")}).code == 0);
    CHECK(call({"run", folder.file("small.toml"), "--no-journal"}).code == 1);
    return json_of(result);
  };
  SECTION("a network that only a fault makes") {
    const std::string journal = recorded(
        folder, agents +
                    "[[fault]]\nat = \"3s\"\nkind = \"crash\"\nnode = \"m[1]\"\nlasts = \"1s\"\n"
                    "[expect]\nnever = [\"network.nodes[1].crashes >= 1\"]\n");
    CHECK(shrunk(journal).at("after").at("inputs") == 1);
  }
  SECTION("steps that end it") {
    const std::string journal =
        recorded(folder, agents + "[expect]\neventually = [\"m[0].armed\"]\n");
    const std::string cut = folder.file("cut.rpj");
    REQUIRE(call({"run", folder.file("it.toml"), "--steps", "50", "-o", cut}).code == 1);
    const json::object answer = shrunk(cut);
    CHECK(answer.at("after").at("agents") == 1);
    CHECK_THAT(read_file(folder.file("small.toml")), Contains("steps = 50"));
  }
  SECTION("streams that begin anew from a large seed") {
    const std::string journal = recorded(
        folder,
        agents +
            "[[input]]\nat = \"2s\"\nto = \"m[0]\"\nsend = { kind = \"test.press\", button = "
            "\"arm\" }\n[expect]\nnever = [\"m[0].armed\"]\n");
    const std::string branch = folder.file("branch.rpj");
    REQUIRE(call({"fork", journal, "--at", "1s", "--reseed", "18446744073709551615", "-o", branch})
                .code == 0);
    const ProgramResult kept = shrink({branch, "-o", folder.file("small.rpj"), "--keep", "inputs"});
    INFO(kept.out << kept.err);
    REQUIRE(kept.code == 0);
    CHECK_THAT(read_file(folder.file("small.toml")), Contains("seed = \"18446744073709551615\""));
    CHECK(call({"verify", folder.file("small.rpj")}).code == 0);
    CHECK(shrunk(branch).at("after").at("inputs") == 1);
  }
  SECTION("inputs and faults at one instant") {
    const std::string journal = recorded(
        folder,
        agents +
            "[[input]]\nat = \"2s\"\nto = \"m[0]\"\nsend = { kind = \"test.press\", button = "
            "\"arm\" }\n[[fault]]\nat = \"2s\"\nkind = \"crash\"\nnode = \"m[1]\"\nlasts = "
            "\"1s\"\n[expect]\nnever = [\"m[0].armed and network.nodes[1].crashes == 1\"]\n");
    CHECK(shrunk(journal).at("after").at("inputs") == 2);
  }
}

TEST_CASE("shrink stops when its time is over and writes what it has") {
  const TempDir folder;
  const std::string journal = recorded(folder, workshop());
  const ProgramResult result =
      call({"shrink", journal, "-o", folder.file("small.rpj"), "--json", "--budget", "1ns"});
  REQUIRE(result.code == 0);
  CHECK(json_of(result).at("ended") == "interrupted");
  CHECK(call({"verify", folder.file("small.rpj")}).code == 0);
}

TEST_CASE("shrink refuses what it cannot do, and says what to do instead") {
  const TempDir folder;
  const std::string journal = recorded(folder, workshop());
  const std::string small = folder.file("small.rpj");
  const auto refused = [&](const Strings& words) {
    Strings all = {"shrink"};
    all.insert(all.end(), words.begin(), words.end());
    const ProgramResult result = call(all);
    INFO(result.out << result.err);
    CHECK(result.code == 2);
    return result.err;
  };
  CHECK_THAT(refused({journal}), Contains("-o SMALL is missing"));
  CHECK_THAT(refused({journal, "-o", folder.file("small.toml")}), Contains("names the journal"));
  CHECK_THAT(refused({journal, "-o", small, "--keep", "input"}), Contains("did you mean 'inputs'"));
  CHECK_THAT(refused({journal, "-o", small, "--budget", "0s"}), Contains("--budget takes a time"));
  CHECK_THAT(refused({journal, "-o", journal}), Contains(journal));
  folder.write("small.toml", "mine");
  CHECK_THAT(refused({journal, "-o", small}), Contains("exists") && Contains("--force"));
  CHECK(read_file(folder.file("small.toml")) == "mine");
  const std::string calm = folder.write(
      "calm.toml", workshop().replace(workshop().find("fragile = true"), 14, "fragile = false"));
  REQUIRE(call({"run", calm, "-o", folder.file("calm.rpj")}).code == 0);
  CHECK_THAT(refused({folder.file("calm.rpj"), "-o", folder.file("other.rpj")}),
             Contains("does not fail") && Contains("sweep"));
}

}  // namespace
}  // namespace reprise::test
