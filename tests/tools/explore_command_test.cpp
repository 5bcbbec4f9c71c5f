#include <boost/json/array.hpp>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "engine/context.hpp"
#include "engine/control.hpp"
#include "engine/fields.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/tools/program.hpp"
#include "tools/output.hpp"

namespace reprise::test {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using Catch::Contains;
using Strings = std::vector<std::string>;

struct Turn {
  static constexpr std::string_view kind = "test.turn";
  REPRISE_FIELDS()
};

/// Climbs a step or falls to the ground, every millisecond: the top is seldom seen.
struct Climber {
  using Handles = Messages<Start, Turn>;

  std::uint64_t height = 0;
  REPRISE_FIELDS(height)

  void abstract(AbstractState& state) const { state.is(height); }

  void on(const Start&, Context& world) { world.wake(std::chrono::milliseconds(1), Turn{}); }
  void on(const Turn&, Context& world) {
    height = world.random().bernoulli(0.3) ? height + 1 : 0;
    world.check(height != 5, "nobody is so high");
    world.wake(std::chrono::milliseconds(1), Turn{});
  }
};

void add_climber(Catalog& catalog) {
  catalog.add<Climber>("climber");
}

const std::string hill =
    "name = \"hill\"\nuntil = \"20ms\"\n[[agent]]\nname = \"one\"\nkind = \"climber\"\n"
    "[expect]\nnever = [\"one.height == 9\"]\nsometimes = [\"one.height == 2\", \"one.height == "
    "8\"]\n";

ProgramResult explore(const TempDir& folder, Strings words) {
  const std::string file = folder.write("hill.toml", hill);
  Strings all{"explore", file, "--archive", folder.file("kept")};
  all.insert(all.end(), words.begin(), words.end());
  return run_in_process(add_climber, all);
}

/// The answer without what differs from folder to folder.
std::string plain(const TempDir& folder, std::string text) {
  const std::string path = folder.path().string();
  for (std::size_t at = 0; (at = text.find(path, at)) != std::string::npos;) {
    text.erase(at, path.size());
  }
  return text;
}

TEST_CASE("explore is the same whatever the number of jobs") {
  std::string first;
  for (const char* jobs : {"1", "2", "5"}) {
    const TempDir folder;
    const ProgramResult result = explore(folder, {"--events", "20000", "--json", "--jobs", jobs});
    INFO(result.err);
    REQUIRE(result.code == 1);
    const std::string out = plain(folder, result.out);
    if (first.empty()) first = out;
    CHECK(out == first);
  }
}

TEST_CASE("explore goes on from moments that are seldom seen") {
  const TempDir folder;
  const ProgramResult result = explore(folder, {"--events", "20000", "--json"});
  const json::object answer = json_of(result);
  CHECK(answer.at("roots").to_number<int>() >= 16);
  CHECK(answer.at("forks").to_number<int>() > answer.at("roots").to_number<int>());
  CHECK(answer.at("events").to_number<int>() >= 20'000);
  const json::object& kind = answer.at("kinds").at("climber").as_object();
  CHECK(kind.at("states").to_number<int>() == 5);
  CHECK(kind.at("messages").at("test.turn").to_number<int>() > 0);
  CHECK_FALSE(answer.at("moments").as_array().empty());
  CHECK_FALSE(answer.at("runs").as_array().empty());
  const json::array& exercised = answer.at("exercised").as_array();
  CHECK(exercised.at(0).at("runs").to_number<int>() > 0);
  CHECK(exercised.at(1).at("runs") == 0);
}

TEST_CASE("a failure that explore found verifies and can be done again") {
  const TempDir folder;
  // Seeds whose runs from the start do not fail: the failure is a fork's.
  const ProgramResult result =
      explore(folder, {"--events", "200000", "--until-fail", "1", "--seed", "41", "--json"});
  INFO(result.out << result.err);
  REQUIRE(result.code == 1);
  const json::object answer = json_of(result);
  CHECK(answer.at("end") == "until_fail");
  const json::object& group = answer.at("groups").at(0).as_object();
  CHECK(group.at("fingerprint") == "one fails on test.turn: check failed: nobody is so high");
  REQUIRE_FALSE(group.at("story").at("reseed").as_array().empty());
  const std::string journal(group.at("journal").as_string());
  const ProgramResult verified = run_in_process(add_climber, {"verify", journal});
  CHECK(verified.code == 0);
  Strings words = shell_words(std::string(group.at("reproduce").as_string()));
  words.erase(words.begin());
  words.back() = folder.file("again.rpj");
  const ProgramResult again = run_in_process(add_climber, words);
  CHECK(again.code == 1);
  CHECK_THAT(again.err, Contains("nobody is so high"));
  CHECK(read_file(folder.file("again.rpj")) == read_file(journal));
}

TEST_CASE("an exploration goes on where it ended as if it had not") {
  const TempDir folder;
  explore(folder, {"--events", "6000"});
  const ProgramResult rest = explore(folder, {"--events", "30000", "--json", "--resume"});
  CHECK_THAT(rest.err, Contains("goes on after"));
  const TempDir other;
  const ProgramResult whole = explore(other, {"--events", "30000", "--json"});
  CHECK(plain(folder, rest.out) == plain(other, whole.out));
}

TEST_CASE("an exploration that is interrupted loses nothing that it found") {
  const TempDir folder;
  const Strings words{"explore",
                      shipped("raft/chaos.toml"),
                      "--archive",
                      folder.file("kept"),
                      "--json",
                      "--budget",
                      "600s",
                      "--set",
                      "agent.server.options.bug=vote_without_log_check"};
  const fs::path kept = folder.path() / "kept";
  const auto found = [&] { return fs::exists(kept) && !files_in(kept).empty(); };
  const ProgramResult cut = interrupt_program(words, found);
  INFO(cut.out << cut.err);
  REQUIRE(cut.code == 5);
  CHECK_THAT(cut.err, Contains("--resume goes on"));
  CHECK(json_of(cut).at("end") == "interrupted");
  const int failed = json_of(cut).at("failed").to_number<int>();
  CHECK(failed > 0);
  Strings more = words;
  more.insert(more.end(), {"--resume", "--events", "1"});
  const ProgramResult rest = run_program(more);
  INFO(rest.out << rest.err);
  CHECK(rest.code == 1);
  CHECK(json_of(rest).at("failed").to_number<int>() >= failed);
}

TEST_CASE("what cannot be explored is refused") {
  const TempDir folder;
  const auto refused = [&](const Strings& words, const std::string& why) {
    const ProgramResult result = explore(folder, words);
    CHECK(result.code == 2);
    CHECK_THAT(result.err, Contains(why));
  };
  refused({"--budget", "0s"}, "--budget takes a time");
  refused({"--budget", "soon"}, "--budget takes a time");
  refused({"--events", "0"}, "--events");
  refused({"--until-fail", "0"}, "--until-fail");
  refused({"--moments", "0"}, "--moments");
  refused({"--set", "seed=4"}, "--seed");
  refused({"--set", "agent.two.count=4"}, "agent.two");
  CHECK(explore(folder, {"--events", "1000"}).code != 2);
  refused({"--events", "1000", "--seed", "2", "--resume"}, "is of another explore");
  folder.write("kept/explore.state", "no state");
  refused({"--events", "1000", "--resume"}, "is no state");
  const std::string endless = folder.write("endless.toml", hill.substr(hill.find("[[agent]]")));
  const ProgramResult result = run_in_process(add_climber, {"explore", endless});
  CHECK(result.code == 2);
  CHECK_THAT(result.err, Contains("does not say where a run ends"));
  const ProgramResult idle = explore(folder, {"--events", "5", "--until", "0ns", "--steps", "0"});
  CHECK(idle.code == 2);
  CHECK_THAT(idle.err, Contains("its runs deliver no event"));
}

TEST_CASE("a budget has time for one round") {
  const TempDir folder;
  const json::object answer = json_of(explore(folder, {"--budget", "1ns", "--json"}));
  CHECK(answer.at("end") == "budget");
  CHECK(answer.at("events").to_number<int>() > 0);
}

}  // namespace
}  // namespace reprise::test
