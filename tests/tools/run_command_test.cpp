#include <algorithm>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

#include "tests/support/temp_dir.hpp"
#include "tests/tools/program.hpp"

namespace reprise::test {
namespace {

namespace json = boost::json;

using Strings = std::vector<std::string>;

const std::string thin_market = shipped("market/thin_market.toml");

constexpr const char* walk = R"(name = "walk"
seed = 5
until = "2s"

[[agent]]
name = "noise"
kind = "noise_trader"
count = 2
options = { wait = "10ms" }

[[agent]]
name = "exchange"
kind = "order_book"

[expect]
steps = 1
)";

/// Runs a scenario in `folder` with --json; must succeed.
json::object ran(const TempDir& folder, Strings arguments) {
  arguments.insert(arguments.begin(), "run");
  arguments.emplace_back("--json");
  const ProgramResult result = run_program(arguments, {folder.path()});
  INFO(result.err);
  REQUIRE(result.code == 0);
  return json_of(result);
}

std::string verdict(const json::object& answer) {
  return std::string(answer.at("expect").at("verdict").as_string());
}

std::string lines(const json::object& answer) {
  return json::serialize(answer.at("expect").at("lines"));
}

TEST_CASE("run answers with every key that is promised") {
  const TempDir folder;
  const json::object answer = ran(folder, {thin_market, "--until", "20s"});
  for (const char* key : {"scenario", "seed", "steps", "time_ns", "prefix", "state", "inputs",
                          "journal", "bytes", "wall_s", "events_per_s", "expect"}) {
    INFO(key);
    CHECK(answer.contains(key));
  }
  CHECK(answer.at("scenario") == "thin market");
  CHECK(answer.at("seed") == 42);
  CHECK(answer.at("steps").as_int64() > 1000);
  CHECK(answer.at("time_ns") == 20'000'000'000);
  CHECK(answer.at("end") == "until");
  CHECK(answer.at("journal") == "thin_market.rpj");
  CHECK(answer.at("prefix").as_string().size() == 32);
  CHECK(answer.at("state").as_string().size() == 32);
  CHECK(answer.at("bytes").as_int64() ==
        static_cast<std::int64_t>(std::filesystem::file_size(folder.file("thin_market.rpj"))));
}

TEST_CASE("run tells a person the same as it tells a program") {
  const TempDir folder;
  const json::object answer = ran(folder, {thin_market, "--until", "20s"});
  const ProgramResult text = run_program({"run", thin_market, "--until", "20s"}, {folder.path()});
  CHECK(text.code == 0);
  CHECK(text.err.empty());
  CHECK_THAT(text.out, Catch::StartsWith("thin market, seed 42\n"));
  for (const char* key : {"prefix", "state"}) {
    CHECK_THAT(text.out, Catch::Contains(std::string(answer.at(key).as_string())));
  }
}

TEST_CASE("every shipped scenario runs a little and can be verified inspected and shown") {
  for (const char* name : {"market/thin_market.toml", "market/btcusdt.toml", "phold/phold.toml",
                           "queueing/mm3.toml", "queueing/single_server.toml"}) {
    INFO(name);
    const TempDir folder;
    const json::object answer = ran(folder, {shipped(name), "--until", "2s", "-o", "a.rpj"});
    CHECK(verdict(answer) == "skipped");
    CHECK(run_program({"verify", "a.rpj"}, {folder.path()}).code == 0);
    const json::object info = json_of(run_program({"info", "a.rpj", "--json"}, {folder.path()}));
    const json::object shown = json_of(run_program({"show", "a.rpj", "--json"}, {folder.path()}));
    CHECK(info.at("steps") == answer.at("steps"));
    CHECK(info.at("prefix") == answer.at("prefix"));
    CHECK(info.at("state") == answer.at("state"));
    CHECK(shown.at("step") == answer.at("steps"));
    CHECK(shown.at("time_ns") == answer.at("time_ns"));
  }
}

TEST_CASE("two runs of a scenario write the same bytes") {
  const TempDir here;
  const TempDir there;
  ran(here, {thin_market, "--until", "30s", "-o", "a.rpj"});
  ran(there, {thin_market, "--until", "30s", "-o", "b.rpj"});
  const std::string journal = read_file(here.file("a.rpj"));
  CHECK(journal.size() > 4096);
  CHECK(journal == read_file(there.file("b.rpj")));
  ran(there, {thin_market, "--until", "30s", "-o", "c.rpj", "--seed", "43"});
  CHECK(journal != read_file(there.file("c.rpj")));
}

TEST_CASE("a journal that is there is not overwritten unless forced") {
  const TempDir folder;
  ran(folder, {thin_market, "--until", "2s", "-o", "a.rpj"});
  const std::string precious = read_file(folder.file("a.rpj"));
  const ProgramResult refused =
      run_program({"run", thin_market, "--until", "1s", "-o", "a.rpj"}, {folder.path()});
  CHECK(refused.code == 2);
  CHECK(refused.out.empty());
  CHECK_THAT(refused.err, Catch::Contains("a.rpj") && Catch::Contains("--force"));
  CHECK(read_file(folder.file("a.rpj")) == precious);
  ran(folder, {thin_market, "--until", "1s", "-o", "a.rpj", "--force"});
  CHECK(read_file(folder.file("a.rpj")) != precious);
  CHECK(run_program({"verify", "a.rpj"}, {folder.path()}).code == 0);
  CHECK(files_in(folder.path()) == Strings{"a.rpj"});
}

TEST_CASE("a forced run that cannot begin leaves the journal that was there") {
  const TempDir folder;
  folder.write("a.rpj", "precious");
  const Strings nowhere{
      "run", shipped("market/btcusdt.toml"), "-o", "a.rpj", "--force", "--feed", "tape=nowhere"};
  CHECK(run_program(nowhere, {folder.path()}).code == 2);
  CHECK(read_file(folder.file("a.rpj")) == "precious");
}

TEST_CASE("a journal that is damaged or empty is replaced when forced") {
  const TempDir folder;
  ran(folder, {thin_market, "--until", "1s", "-o", "a.rpj"});
  const std::string whole = read_file(folder.file("a.rpj"));
  for (const std::size_t size : {std::size_t{0}, std::size_t{100}, whole.size() - 1}) {
    folder.write("b.rpj", std::string_view(whole).substr(0, size));
    ran(folder, {thin_market, "--until", "1s", "-o", "b.rpj", "--force"});
    CHECK(read_file(folder.file("b.rpj")) == whole);
  }
}

TEST_CASE("a journal without a name is called like the scenario and numbered") {
  const TempDir folder;
  const TempDir elsewhere;
  const std::string scenario = elsewhere.write("walk.toml", walk);
  CHECK(ran(folder, {scenario, "--until", "10ms"}).at("journal") == "walk.rpj");
  CHECK(ran(folder, {scenario, "--until", "20ms"}).at("journal") == "walk-2.rpj");
  CHECK(ran(folder, {scenario, "--until", "30ms"}).at("journal") == "walk-3.rpj");
  CHECK(files_in(folder.path()) == Strings{"walk-2.rpj", "walk-3.rpj", "walk.rpj"});
  CHECK(ran(folder, {scenario, "--until", "20ms", "--force"}).at("journal") == "walk.rpj");
  CHECK(read_file(folder.file("walk.rpj")) == read_file(folder.file("walk-2.rpj")));
}

TEST_CASE("a run that is not recorded comes to the same end and writes no file") {
  const TempDir folder;
  const TempDir empty;
  const json::object recorded = ran(folder, {thin_market, "--until", "20s"});
  const json::object bare = ran(empty, {thin_market, "--until", "20s", "--no-journal"});
  CHECK(bare.at("journal").is_null());
  for (const char* key : {"steps", "time_ns", "prefix", "state", "inputs"})
    CHECK(bare.at(key) == recorded.at(key));
  CHECK(files_in(empty.path()).empty());
}

TEST_CASE("a seed an override and a limit change the run and the journal knows of them") {
  const TempDir folder;
  const std::string scenario = folder.write("walk.toml", walk);
  const json::object seeded = ran(folder, {scenario, "--seed", "6", "-o", "seed.rpj"});
  CHECK(seeded.at("seed") == 6);
  const json::object few = ran(folder, {scenario, "--set", "agent.noise.count=1", "-o", "set.rpj"});
  const json::object other = ran(folder, {scenario, "--set", "seed=6", "-o", "setseed.rpj"});
  CHECK(other.at("prefix") == seeded.at("prefix"));
  const json::object until = ran(folder, {scenario, "--until", "1s", "-o", "until.rpj"});
  CHECK(until.at("time_ns") == 1'000'000'000);
  CHECK(until.at("end") == "until");
  const json::object steps = ran(folder, {scenario, "--steps", "100", "-o", "steps.rpj"});
  CHECK(steps.at("steps") == 100);
  CHECK(steps.at("end") == "steps");
  CHECK(few.at("steps").as_int64() < seeded.at("steps").as_int64());
  CHECK(run_program({"verify", "seed.rpj", "set.rpj", "setseed.rpj", "until.rpj", "steps.rpj"},
                    {folder.path()})
            .code == 0);
  const json::object info = json_of(run_program({"info", "--json", "set.rpj"}, {folder.path()}));
  CHECK(info.at("overrides") == json::array{"agent.noise.count=1"});
}

TEST_CASE("what is expected of the steps and digests is skipped visibly under another seed") {
  const TempDir folder;
  const std::string scenario = folder.write("walk.toml", walk);
  const ProgramResult plain =
      run_program({"run", scenario, "--json", "--no-journal"}, {folder.path()});
  CHECK(plain.code == 1);
  CHECK(verdict(json_of(plain)) == "failed");
  const std::vector<Strings> changes{
      {"--seed", "6"}, {"--set", "agent.noise.count=1"}, {"--until", "1s"}, {"--steps", "7"}};
  for (const Strings& change : changes) {
    INFO(change.front());
    const json::object answer = ran(folder, {scenario, change[0], change[1], "--no-journal"});
    CHECK(verdict(answer) == "skipped");
    CHECK_THAT(lines(answer), Catch::Contains("under " + change.front()));
  }
  const ProgramResult text =
      run_program({"run", scenario, "--seed", "6", "--no-journal"}, {folder.path()});
  CHECK_THAT(text.out, Catch::Contains("skipped") && Catch::Contains("under --seed"));
}

TEST_CASE("a feed is read from the file that the command line names") {
  const TempDir folder;
  const std::string jobs = folder.write("jobs.dat", "1 2\n3 4\n");
  const std::string scenario = shipped("queueing/single_server.toml");
  const json::object answer = ran(folder, {scenario, "--feed", "jobs=" + jobs, "-o", "a.rpj"});
  CHECK(answer.at("inputs") == 2);
  CHECK(answer.at("time_ns") == 7'000'000'000);
  CHECK(verdict(answer) == "skipped");
  CHECK_THAT(lines(answer), Catch::Contains("under --feed"));
  // the feed is in the journal
  std::filesystem::remove(jobs);
  CHECK(run_program({"verify", "a.rpj"}, {folder.path()}).code == 0);
}

TEST_CASE("malformed lines of a feed are skipped and counted on demand") {
  const TempDir folder;
  const std::string jobs = folder.write("jobs.dat", "1 2\nnonsense\n3 -4\n5 6\n");
  const Strings words{
      "run", shipped("queueing/single_server.toml"), "--feed", "jobs=" + jobs, "-o", "a.rpj"};
  CHECK(run_program(words, {folder.path()}).code == 2);
  Strings skipping = words;
  skipping.insert(skipping.end(), {"--feed-errors=skip", "--json"});
  const ProgramResult result = run_program(skipping, {folder.path()});
  CHECK(result.code == 0);
  const json::value feed = json_of(result).at("feeds").at(0);
  CHECK(feed.at("inputs") == 2);
  CHECK(feed.at("skipped") == 2);
  CHECK_THAT(json::serialize(feed.at("reasons")),
             Catch::Contains("jobs.dat:2") && Catch::Contains("jobs.dat:3"));
  CHECK(run_program({"verify", "a.rpj"}, {folder.path()}).code == 0);
}

TEST_CASE("a failed run ends with a command that does it again when sh is given it") {
  const TempDir folder;
  const std::string scenario = folder.write(
      "it's a walk.toml", std::string(walk) + "prefix = \"" + std::string(32, '0') + "\"\n");
  const ProgramResult failed =
      run_program({"run", "it's a walk.toml", "-o", "a b.rpj"}, {folder.path()});
  CHECK(failed.code == 1);
  CHECK_THAT(failed.out, Catch::Contains("steps should be 1, is"));
  CHECK_THAT(failed.out, Catch::Contains("prefix should be " + std::string(32, '0')));
  const ProgramResult again = run_shell(reproducing_command(failed), {folder.path()});
  CHECK(again.code == 1);
  CHECK(again.err == failed.err);
  CHECK(read_file(folder.file("it's a walk.rpj")) == read_file(folder.file("a b.rpj")));
}

TEST_CASE("stdout holds the answer alone and stderr the complaints") {
  const TempDir folder;
  const std::string scenario = folder.write("walk.toml", walk);
  const ProgramResult failed = run_program({"run", scenario, "--json"}, {folder.path()});
  CHECK(failed.code == 1);
  CHECK(json_of(failed).at("scenario") == "walk");
  CHECK(failed.out.ends_with('\n'));
  CHECK(std::count(failed.out.begin(), failed.out.end(), '\n') == 1);
  CHECK_THAT(failed.err, Catch::Contains("[expect]") && Catch::Contains("reproduce: "));
  CHECK(run_program({"verify", "walk.rpj", "--json"}, {folder.path()}).err.empty());
}

TEST_CASE("an answer that cannot be written is no success") {
  const TempDir folder;
  if (!std::filesystem::exists("/dev/full")) {
    WARN("skipped: there is no /dev/full");
    return;
  }
  const ProgramResult result = run_shell(REPRISE_PROGRAM " kinds >/dev/full", {folder.path()});
  CHECK(result.code == 2);
  CHECK_THAT(result.err, Catch::Contains("standard output"));
}

TEST_CASE("a run that is interrupted is sealed where it stands and verifies") {
  const TempDir folder;
  const std::filesystem::path journal = folder.path() / "long.rpj";
  const auto well_under_way = [&] {
    std::error_code not_yet;
    const std::uintmax_t size = std::filesystem::file_size(journal, not_yet);
    return !not_yet && size > 150'000;
  };
  const ProgramResult result = interrupt_program(
      {"run", shipped("phold/phold.toml"), "--until", "1000000s", "-o", "long.rpj", "--json"},
      well_under_way, {folder.path()});
  CHECK(result.code == 5);
  CHECK_THAT(result.err, Catch::Contains("interrupted at step"));
  const json::object answer = json_of(result);
  CHECK(answer.at("end") == "interrupted");
  CHECK(answer.at("steps").as_int64() > 0);
  const json::object info = json_of(run_program({"info", "long.rpj", "--json"}, {folder.path()}));
  CHECK(info.at("end") == "interrupted");
  CHECK(info.at("torn").is_null());
  CHECK(info.at("prefix") == answer.at("prefix"));
  const ProgramResult verified = run_program({"verify", "long.rpj"}, {folder.path()});
  INFO(verified.err);
  CHECK(verified.code == 0);
}

TEST_CASE("the random streams of a run can begin anew on the way") {
  const TempDir folder;
  const auto ran = [&](Strings more, const char* name) {
    more.insert(more.begin(), {"run", shipped("market/thin_market.toml"), "--until", "1s", "--json",
                               "-o", folder.file(name)});
    const ProgramResult result = run_program(more);
    INFO(result.err);
    REQUIRE(result.code == 0);
    return std::string(json_of(result).at("state").as_string());
  };
  const std::string plain = ran({}, "plain.rpj");
  const std::string anew = ran({"--reseed", "500ms=7"}, "anew.rpj");
  CHECK(anew != plain);
  CHECK(ran({"--reseed", "500ms=7"}, "again.rpj") == anew);
  CHECK(ran({"--reseed", "500ms=8"}, "other.rpj") != anew);
  CHECK(ran({"--reseed", "700ms=1", "--reseed", "500ms=7"}, "two.rpj") != anew);
  CHECK(run_program({"verify", folder.file("two.rpj")}).code == 0);
  const ProgramResult diff =
      run_program({"diff", folder.file("plain.rpj"), folder.file("anew.rpj")});
  CHECK_THAT(diff.out, Catch::Contains("reprise.reseed"));
  for (const char* wrong : {"7", "500ms", "500ms=", "-1s=7", "500ms=x", "500=7"}) {
    const ProgramResult result =
        run_program({"run", shipped("market/thin_market.toml"), "--no-journal", "--reseed", wrong});
    CHECK(result.code == 2);
    CHECK_THAT(result.err, Catch::Contains("--reseed takes a time with its unit and a seed"));
  }
}

}  // namespace
}  // namespace reprise::test
