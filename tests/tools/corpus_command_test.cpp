#include <algorithm>
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

struct Draw {
  static constexpr std::string_view kind = "test.draw";
  REPRISE_FIELDS()
};

/// Draws a card a second, of which the joker is its end: a step to the right, or to the left.
struct Player {
  using Handles = Messages<Start, Draw>;

  std::int64_t place = 0;
  REPRISE_FIELDS(place)

  void on(const Start&, Context& world) { world.wake(std::chrono::seconds(1), Draw{}); }
  void on(const Draw&, Context& world) {
    place += world.random().bernoulli(0.5) ? 1 : -1;
    world.check(place < 3, "joker");
    world.wake(std::chrono::seconds(1), Draw{});
  }
};

ProgramResult call(const Strings& words) {
  return run_in_process([](Catalog& catalog) { catalog.add<Player>("player"); }, words);
}

/// A game of so many seconds.
std::string game(const TempDir& folder, int seconds = 12) {
  return folder.write("game" + std::to_string(seconds) + ".toml",
                      "name = \"game\"\nuntil = \"" + std::to_string(seconds) +
                          "s\"\n[[agent]]\nname = \"one\"\nkind = \"player\"\n");
}

/// The journals of the first runs, from seed 1 on, that fail or do not.
Strings journals(const TempDir& folder, bool fail, std::size_t count, int seconds = 12) {
  Strings files;
  for (int seed = 1; files.size() < count; ++seed) {
    const std::string file = folder.file((fail ? "bad" : "good") + std::to_string(seed) + ".rpj");
    const ProgramResult result =
        call({"run", game(folder, seconds), "--seed", std::to_string(seed), "-o", file, "--force"});
    if ((result.code == 1) == fail) {
      files.push_back(file);
    } else {
      std::filesystem::remove(file);
    }
  }
  return files;
}

json::object ask(Strings words) {
  words.emplace_back("--json");
  const ProgramResult result = call(words);
  INFO(result.out << result.err);
  REQUIRE(result.code == 0);
  return json_of(result);
}

Strings joined(Strings words, const Strings& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

TEST_CASE("score puts the shortest run of each failure first and says what others add") {
  const TempDir folder;
  Strings files = joined(journals(folder, false, 2), journals(folder, true, 3));
  files.push_back(folder.file("copy.rpj"));
  std::filesystem::copy_file(files[4], files[5]);
  const json::array runs = ask(joined({"score"}, files)).at("runs").as_array();
  REQUIRE(runs.size() == 6);
  const auto text = [](const json::value& run, const char* key) {
    return std::string(run.at(key).as_string());
  };
  CHECK(text(runs[0], "fingerprint") == "one fails on test.draw: check failed: joker");
  CHECK(runs[0].at("new_failure") == true);
  CHECK(runs[0].at("coverage_value") == runs[0].at("coverage"));
  double last = 1e9;
  for (std::size_t i = 1; i < runs.size(); ++i) {
    CHECK(runs[i].at("new_failure") == false);
    if (!runs[i].at("fingerprint").is_null()) {
      CHECK(runs[i].at("complexity").to_number<int>() >= runs[0].at("complexity").to_number<int>());
    }
    CHECK(runs[i].at("replay_value").to_number<double>() <= last);
    last = runs[i].at("replay_value").to_number<double>();
    CHECK(runs[i].at("rarity").to_number<double>() > 0);
    CHECK(runs[i].at("rarity").to_number<double>() <= 1);
  }
  // Two journals of one run: the second shows nothing.
  for (std::size_t i = 0; i < runs.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (runs[i].at("identity") == runs[k].at("identity")) {
        CHECK(runs[i].at("worth_keeping") == false);
      }
    }
  }
  SECTION("the same whatever the number of jobs") {
    const ProgramResult one = call(joined({"score", "--csv", "--jobs", "1"}, files));
    CHECK_THAT(one.out, Catch::StartsWith("rank,run,identity,fingerprint,complexity"));
    CHECK(call(joined({"score", "--csv", "--jobs", "4"}, files)).out == one.out);
  }
  SECTION("and for a person") {
    const ProgramResult told = call(joined({"score"}, files));
    CHECK_THAT(told.out, Contains("fork potential") && Contains("worth keeping: "));
  }
}

TEST_CASE("forks show what a run could have come to") {
  const TempDir folder;
  const Strings files = journals(folder, false, 1);
  const auto potential = [&](const char* forks) {
    return ask({"score", files[0], "--forks", forks})
        .at("runs")
        .at(0)
        .at("fork_potential")
        .to_number<int>();
  };
  CHECK(potential("0") == 0);
  // Many runs from the start show all there is, and so do many forks.
  int all = 0;
  const Strings many = joined(journals(folder, false, 20), journals(folder, true, 20));
  const json::object ranked = ask(joined({"score", "--forks", "0"}, many));
  for (const json::value& run : ranked.at("runs").as_array()) {
    all += run.at("coverage_value").to_number<int>();
  }
  const json::object alone = ask({"score", files[0], "--forks", "0"});
  const int shown = alone.at("runs").at(0).at("coverage").to_number<int>();
  CHECK(shown < all);
  CHECK(potential("512") == all - shown);
}

TEST_CASE("a corpus takes what is new and no more") {
  const TempDir folder;
  const Strings files = joined(journals(folder, false, 2), journals(folder, true, 3));
  const std::string corpus = folder.file("corpus");
  const json::object first = ask(joined({"corpus", "add", corpus}, files));
  const std::size_t added = first.at("added").as_array().size();
  CHECK(added >= 1);
  CHECK(added + first.at("left_out").as_array().size() == 5);
  CHECK(first.at("there_are") == added);
  CHECK(files_in(corpus).size() == 2 * added);
  const json::object again = ask(joined({"corpus", "add", corpus}, files));
  CHECK(again.at("added").as_array().empty());
  CHECK(files_in(corpus).size() == 2 * added);
  SECTION("each as a scenario and the journal of its run") {
    for (const json::value& each : first.at("added").as_array()) {
      const std::string scenario(each.at("scenario").as_string());
      const std::string journal = scenario.substr(0, scenario.size() - 5) + ".rpj";
      CHECK(call({"verify", journal}).code == 0);
      const bool fails = !each.at("fingerprint").is_null();
      CHECK(call({"run", scenario, "--no-journal"}).code == (fails ? 1 : 0));
    }
  }
  SECTION("run has check judge them") {
    const ProgramResult checked = call({"corpus", "run", corpus, "--only", "again"});
    CHECK(checked.code == 1);
    CHECK_THAT(checked.err, Contains("joker"));
  }
  SECTION("minimize removes what others show") {
    ask(joined({"corpus", "add", corpus, "--all"}, files));
    CHECK(files_in(corpus).size() == 10);
    const json::object dry = ask({"corpus", "minimize", corpus, "--dry-run"});
    CHECK(files_in(corpus).size() == 10);
    const json::object done = ask({"corpus", "minimize", corpus});
    CHECK(done.at("removed") == dry.at("removed"));
    CHECK(!done.at("removed").as_array().empty());
    CHECK(files_in(corpus).size() == 2 * done.at("kept").as_array().size());
    CHECK(ask({"corpus", "minimize", corpus}).at("removed").as_array().empty());
  }
}

TEST_CASE("a run in the corpus stands whatever comes later") {
  const TempDir folder;
  Strings files = journals(folder, true, 4);
  const auto events = [](const std::string& file) {
    return json_of(call({"info", file, "--json"})).at("steps").to_number<int>();
  };
  std::ranges::sort(files, std::ranges::greater(), events);
  REQUIRE(events(files.front()) > events(files.back()));
  const std::string corpus = folder.file("corpus");
  const json::object first = ask({"corpus", "add", corpus, files.front()});
  CHECK(first.at("added").at(0).at("new_failure") == true);
  const json::object more = ask(joined({"corpus", "add", corpus, "--all"}, files));
  CHECK(more.at("added").as_array().size() == 3);
  CHECK(more.at("left_out").as_array().size() == 1);  // it is there
  for (const json::value& each : more.at("added").as_array()) {
    CHECK(each.at("new_failure") == false);
  }
}

TEST_CASE("minimize leaves what somebody wrote by hand") {
  const TempDir folder;
  const std::string corpus = folder.file("corpus");
  ask(joined({"corpus", "add", corpus}, journals(folder, false, 1)));
  const std::string added = files_in(corpus).back();
  std::filesystem::copy_file(corpus + "/" + added, corpus + "/mine.toml");
  const json::object done = ask({"corpus", "minimize", corpus});
  CHECK(done.at("removed").as_array().empty());
  CHECK(files_in(corpus).size() == 3);
}

TEST_CASE("a corpus whose runs hold is ok") {
  const TempDir folder;
  const std::string corpus = folder.file("corpus");
  ask(joined({"corpus", "add", corpus}, journals(folder, false, 2, 3)));
  CHECK(call({"corpus", "run", corpus, "--only", "again"}).code == 0);
}

TEST_CASE("score and corpus refuse what they cannot do") {
  const TempDir folder;
  const auto refused = [&](const Strings& words) {
    const ProgramResult result = call(words);
    INFO(result.out << result.err);
    CHECK(result.code == 2);
    return result.err;
  };
  const std::string empty = folder.file("empty");
  std::filesystem::create_directory(empty);
  CHECK_THAT(refused({"score", empty}), Contains("no journals"));
  CHECK_THAT(refused({"score", folder.file("none.rpj")}), Contains("none.rpj"));
  CHECK_THAT(refused({"score", empty, "--csv", "--json"}), Contains("exclude each other"));
  CHECK_THAT(refused({"corpus", "adds", empty}), Contains("did you mean 'add'"));
  CHECK_THAT(refused({"corpus", "add", empty}), Contains("an argument is missing"));
  CHECK_THAT(refused({"corpus", "run", empty}), Contains("no scenarios") && Contains("corpus add"));
  CHECK_THAT(refused({"corpus", "run", empty, "x"}), Contains("unexpected argument 'x'"));
  CHECK_THAT(refused({"corpus", "minimize", game(folder)}), Contains("is no folder"));
  CHECK_THAT(refused({"corpus", "minimize", empty, "--budget", "3s"}),
             Contains("corpus minimize takes no --budget; that is for corpus run"));
}

TEST_CASE("a run that goes further is another one in a corpus") {
  const TempDir folder;
  const std::string corpus = folder.file("kept");
  const std::string file = folder.file("run.rpj");
  for (const char* seconds : {"3s", "9s"}) {
    const ProgramResult run =
        call({"run", game(folder), "--seed", "3", "--until", seconds, "-o", file, "--force"});
    INFO(run.err);
    REQUIRE(std::filesystem::exists(file));
    CHECK(ask({"corpus", "add", corpus, file, "--all"}).at("added").as_array().size() == 1);
  }
  CHECK(ask({"corpus", "add", corpus, file, "--all"}).at("added").as_array().empty());
}

}  // namespace
}  // namespace reprise::test
