#include <boost/json/array.hpp>
#include <catch2/catch.hpp>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/sizes.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/tools/program.hpp"

// The replicated store of agents/raft, under all that breaks, as it is and with planted bugs.
namespace reprise::test {
namespace {

namespace json = boost::json;

const std::string chaos = shipped("raft/chaos.toml");
const std::string elections = shipped("raft/elections.toml");

ProgramResult sweep_of(const std::string& scenario, const std::string& seeds,
                       std::vector<std::string> more, const TempDir& folder) {
  more.insert(more.begin(), {"sweep", scenario, "--seeds", seeds, "--json"});
  return run_program(more, {folder.path()});
}

/// Of a sweep that ends with the first failure.
ProgramResult hunt(const std::string& bug, const TempDir& folder,
                   const std::string& scenario = chaos) {
  return sweep_of(scenario, "1..5000",
                  {"--until-fail", "1", "--set", "agent.server.options.bug=" + bug}, folder);
}

TEST_CASE("Raft keeps all its properties whatever breaks") {
  const TempDir folder;
  const int seeds = slow ? cases(30, 300) : cases(1000, 20'000);
  for (const std::string& scenario : {chaos, elections}) {
    const ProgramResult result = sweep_of(scenario, "1.." + std::to_string(seeds), {}, folder);
    INFO(result.out << result.err);
    CHECK(result.code == 0);
    CHECK(json_of(result).at("failed") == 0);
  }
  WARN("ran: twice " << seeds << " seeds of Raft");
}

/// A bug, and a property that it breaks; another may be broken before.
struct Planted {
  const char* bug;
  const std::string& scenario;
  bool quick;  ///< A few seeds are enough.
};

const Planted planted[] = {{"vote_not_kept", elections, false},
                           {"vote_twice", chaos, true},
                           {"vote_without_log_check", chaos, true},
                           {"append_without_sync", chaos, true},
                           {"append_from_old_term", chaos, true},
                           {"conflict_kept", chaos, true},
                           {"heartbeat_unchecked", chaos, true},
                           {"commit_by_counting", elections, false},
                           {"match_assumed", chaos, true},
                           {"stale_read", chaos, false},
                           {"read_before_commit", chaos, false},
                           {"retry_applied_again", chaos, true},
                           {"restart_applies_again", chaos, true},
                           {"snapshot_forgets_sessions", chaos, true},
                           {"snapshot_discards_log", chaos, true},
                           {"two_changes_at_once", elections, true},
                           {"change_before_commit", elections, false},
                           {"leader_gives_way", chaos, true},
                           {"timer_not_reset", chaos, false},
                           {"contact_not_forgotten", chaos, true}};

TEST_CASE("a planted bug is seen") {
  std::size_t bugs = 0;
  for (const Planted& each : planted) {
    if (!each.quick && slow && !thorough()) continue;
    const TempDir folder;
    const ProgramResult result = hunt(each.bug, folder, each.scenario);
    INFO(each.bug << ": " << result.out << result.err);
    REQUIRE(result.code == 1);
    const json::object group = json_of(result).at("groups").as_array().at(0).as_object();
    const ProgramResult verified =
        run_program({"verify", std::string(group.at("journal").as_string())}, {folder.path()});
    INFO(verified.out << verified.err);
    CHECK(verified.code == 0);
    ++bugs;
  }
  WARN("ran: " << bugs << " planted bugs of Raft, each seen");
}

TEST_CASE("each property of Raft sees what it is there for") {
  const std::pair<const char*, const char*> sees[] = {
      {"vote_twice", "raft.election_safety"},
      {"leader_gives_way", "raft.leader_append_only"},
      {"conflict_kept", "raft.log_matching"},
      {"vote_without_log_check", "raft.leader_completeness"},
      {"retry_applied_again", "raft.state_machine_safety"},
      {"stale_read", "raft.linearizable"},
      {"contact_not_forgotten", "raft.calm"}};
  for (const auto& [bug, property] : sees) {
    const TempDir folder;
    std::string text = read_file(chaos);
    text =
        text.substr(0, text.find("[expect]")) + "[expect]\nproperties = [\"" + property + "\"]\n";
    folder.write("one.toml", text);
    const ProgramResult result = hunt(bug, folder, "one.toml");
    INFO(bug << ": " << result.out << result.err);
    CHECK(result.code == 1);
    if (result.code != 1) continue;
    const json::value first = json_of(result).at("groups").at(0).at("first");
    CHECK(first.at("property") == property);
  }
}

TEST_CASE("what the clients of Raft saw is linearizable and with a stale read it is not") {
  const TempDir folder;
  const auto judged = [&](const std::string& seed, const std::string& bug) {
    const std::string journal = bug + ".rpj";
    const ProgramResult run = run_program({"run", chaos, "--seed", seed, "--force", "-o", journal,
                                           "--set", "agent.server.options.bug=" + bug},
                                          {folder.path()});
    INFO(run.out << run.err);
    REQUIRE(run.code <= 1);
    const ProgramResult written =
        run_program({"history", journal, "--force", "-o", "history.edn"}, {folder.path()});
    INFO(written.out << written.err);
    REQUIRE(written.code == 0);
    CHECK(written.out.find("5 clients") != std::string::npos);
    const ProgramResult verdict =
        run_program({"linearizable", "history.edn", "--budget", "60s"}, {folder.path()});
    INFO(verdict.out << verdict.err);
    CHECK((verdict.code == 0 || verdict.code == 1 || verdict.code == 5));
    return verdict.code;
  };
  CHECK(judged("1", "none") == 0);
  CHECK(judged("2", "none") == 0);

  const ProgramResult found = hunt("stale_read", folder);
  REQUIRE(found.code == 1);
  const json::value first = json_of(found).at("groups").at(0).at("first");
  INFO(found.out);
  CHECK(judged(std::to_string(first.at("seed").to_number<int>()), "stale_read") == 1);
}

TEST_CASE("a history is written for clients alone and not over another file") {
  const TempDir folder;
  REQUIRE(
      run_program({"run", shipped("queueing/far_station.toml"), "--steps", "100", "-o", "q.rpj"},
                  {folder.path()})
          .code <= 1);
  const ProgramResult none = run_program({"history", "q.rpj", "-o", "q.edn"}, {folder.path()});
  CHECK(none.code == 1);
  CHECK(none.err.find("OperationHistory") != std::string::npos);
  CHECK(files_in(folder.path()) == std::vector<std::string>{"q.rpj"});

  REQUIRE(run_program({"run", chaos, "--until", "1s", "-o", "r.rpj"}, {folder.path()}).code <= 1);
  folder.write("there.edn", "mine");
  const ProgramResult there = run_program({"history", "r.rpj", "-o", "there.edn"}, {folder.path()});
  CHECK(there.code == 2);
  CHECK(read_file(folder.path() / "there.edn") == "mine");
  const ProgramResult printed = run_program({"history", "r.rpj"}, {folder.path()});
  CHECK(printed.code == 0);
  CHECK(printed.out.find("{:process 0, :type :invoke, :f :") != std::string::npos);
}

}  // namespace
}  // namespace reprise::test
