#include <boost/json/array.hpp>
#include <catch2/catch.hpp>

#include "engine/context.hpp"
#include "engine/control.hpp"
#include "engine/fields.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/tools/junit_schema.hpp"
#include "tests/tools/program.hpp"
#include "tools/lab/junit.hpp"
#include "tools/output.hpp"

namespace reprise::test {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using Catch::Contains;
using Strings = std::vector<std::string>;

struct Spin {
  static constexpr std::string_view kind = "test.spin";
  REPRISE_FIELDS()
};

/// Spins its wheel every second, and now and then loses its ball or jams.
struct Roulette {
  using Handles = Messages<Start, Spin>;

  struct Options {
    std::int64_t numbers = 60;
    REPRISE_FIELDS(numbers)
  };

  Options options;
  std::int64_t last = 0;
  std::uint64_t spins = 0;
  REPRISE_FIELDS(options, last, spins)

  void on(const Start&, Context& world) { world.wake(std::chrono::seconds(1), Spin{}); }

  void on(const Spin&, Context& world) {
    last = world.random().uniform(0, options.numbers);
    if (last == 0) throw std::runtime_error("the ball is lost after spin " + std::to_string(spins));
    world.check(last != 1 || spins > 3, "no jam");
    ++spins;
    world.wake(std::chrono::seconds(1), Spin{});
  }
};

void add_roulette(Catalog& catalog) {
  catalog.add<Roulette>("roulette");
}

const std::string casino =
    "name = \"casino\"\nuntil = \"10s\"\n[[agent]]\nname = \"wheel\"\nkind = \"roulette\"\n"
    "count = 3\n[expect]\nalways = [\"not any(wheel.last == 60)\"]\n";

/// The shipped queue under an expectation that some seeds do not meet.
std::string queue(const std::string& until = "20000s") {
  std::string text = read_file(shipped("queueing/mm3.toml"));
  text = text.substr(0, text.find("[expect]"));
  text.replace(text.find("100000s"), 7, until);
  return text +
         "[expect]\nsteps = 1\nalways = [\"station.in_queue < 40\"]\n"
         "at_end = [\"station.in_queue < 12\"]\n";
}

struct SweepFiles {
  ProgramResult result;
  std::string report;
  Strings names;
  Strings contents;
};

/// Sweeps in a folder of its own, and keeps all it leaves there.
SweepFiles swept(Strings words, const std::string& scenario = queue()) {
  const TempDir folder;
  folder.write("queue.toml", scenario);
  words.insert(words.begin(), {"sweep", "queue.toml", "--junit", "report.xml"});
  SweepFiles files{run_program(words, {folder.path()}), {}, {}, {}};
  INFO(files.result.err);
  CHECK(files.result.code <= 1);
  files.report = read_file(folder.file("report.xml"));
  check_junit(folder.file("report.xml"));
  if (!fs::exists(folder.file("queue.sweep"))) return files;
  files.names = files_in(folder.file("queue.sweep"));
  for (const std::string& name : files.names) {
    files.contents.push_back(read_file(folder.path() / "queue.sweep" / name));
  }
  return files;
}

void check_same(const SweepFiles& a, const SweepFiles& b) {
  CHECK(a.result.code == b.result.code);
  CHECK(a.result.out == b.result.out);
  CHECK(a.report == b.report);
  CHECK(a.names == b.names);
  CHECK(a.contents == b.contents);
}

TEST_CASE("a sweep says the same whatever the number of jobs") {
  for (const char* form : {"", "--json", "--csv"}) {
    Strings words{"--seeds",   "1..40",
                  "--grid",    "agent.arrivals.options.mean_interarrival=5s,4.5s",
                  "--measure", "station.mean_delay",
                  "--measure", "station.in_queue"};
    if (*form != '\0') words.emplace_back(form);
    const auto with_jobs = [&](const char* jobs) {
      Strings all = words;
      all.insert(all.end(), {"--jobs", jobs});
      return swept(all);
    };
    const SweepFiles one = with_jobs("1");
    INFO(form << '\n' << one.result.out);
    CHECK(one.result.code == 1);
    CHECK(one.names.size() == 2);
    check_same(one, with_jobs("2"));
    check_same(one, with_jobs("5"));
  }
}

TEST_CASE("a sweep ends with the failure it was told to whatever the number of jobs") {
  const SweepFiles one = swept({"--seeds", "1..500", "--until-fail", "3", "--jobs", "1", "--json"});
  const json::object answer = json_of(one.result);
  CHECK(answer.at("failed") == 3);
  CHECK(answer.at("end") == "until_fail");
  CHECK(answer.at("runs").to_number<int>() < 500);
  check_same(one, swept({"--seeds", "1..500", "--until-fail", "3", "--jobs", "3", "--json"}));
  // The run with the third failure is the last one: without it there are two.
  const std::string last = std::to_string(answer.at("runs").to_number<int>() - 1);
  CHECK(json_of(swept({"--seeds", "1.." + last, "--json"}).result).at("failed") == 2);
}

TEST_CASE("runs that fail for the same reason are one group") {
  const TempDir folder;
  const std::string file = folder.write("casino.toml", casino);
  const auto call = [&](Strings words) { return run_in_process(add_roulette, std::move(words)); };
  const ProgramResult result =
      call({"sweep", file, "--seeds", "1..300", "--json", "--artifacts", folder.file("kept")});
  INFO(result.out << result.err);
  CHECK(result.code == 1);
  const json::array groups = json_of(result).at("groups").as_array();
  REQUIRE(groups.size() == 3);
  Strings prints;
  int failed = 0;
  int before = 1'000'000;
  for (const json::value& each : groups) {
    const json::object& group = each.as_object();
    prints.emplace_back(group.at("fingerprint").as_string());
    const int count = group.at("count").to_number<int>();
    CHECK(count <= before);
    before = count;
    failed += count;
    // The kept journal is the failing run, and the command makes it once more.
    const std::string journal(group.at("journal").as_string());
    CHECK(call({"verify", journal}).code == 0);
    Strings words = shell_words(group.at("reproduce").as_string());
    REQUIRE(words.size() > 2);
    words.erase(words.begin());  // the program
    REQUIRE(words[words.size() - 2] == "-o");
    words.back() = folder.file("again.rpj");
    words.emplace_back("--force");
    const ProgramResult again = call(words);
    INFO(again.out << again.err);
    CHECK(again.code == 1);
    CHECK(read_file(folder.file("again.rpj")) == read_file(journal));
  }
  CHECK(failed == json_of(result).at("failed").to_number<int>());
  std::sort(prints.begin(), prints.end());
  CHECK(prints == Strings{"always 'not any(wheel.last == 60)' is false for the first time",
                          "wheel[*] fails on test.spin: check failed: no jam",
                          "wheel[*] fails on test.spin: the ball is lost after spin #"});
}

TEST_CASE("a sweep of runs that all hold leaves nothing and says yes") {
  const TempDir folder;
  folder.write("queue.toml", queue());
  const ProgramResult result =
      run_program({"sweep", "queue.toml", "--seeds", "1..3", "--until", "10s"}, {folder.path()});
  INFO(result.out << result.err);
  CHECK(result.code == 0);
  CHECK(result.err.empty());
  CHECK_THAT(result.out, Contains("M/M/3, seeds 1..3") && Contains("failed   0"));
  CHECK(files_in(folder.path()) == Strings{"queue.toml"});
}

TEST_CASE("what comes true in no run of a sweep is reported as never exercised") {
  const TempDir folder;
  folder.write("queue.toml", queue("1000s") +
                                 "sometimes = [\"station.in_queue > 0\", "
                                 "\"station.in_queue > 1000000\"]\n");
  const Strings words{"sweep", "queue.toml", "--seeds", "2..6"};
  const ProgramResult text = run_program(words, {folder.path()});
  INFO(text.out << text.err);
  CHECK(text.code == 0);
  CHECK_THAT(text.out, Contains("sometimes 'station.in_queue > 0': in 5 runs"));
  CHECK_THAT(text.out, Contains("never exercised: sometimes 'station.in_queue > 1000000'"));
  Strings as_json = words;
  as_json.emplace_back("--json");
  const boost::json::object told = json_of(run_program(as_json, {folder.path()}));
  const boost::json::array& exercised = told.at("exercised").as_array();
  REQUIRE(exercised.size() == 2);
  CHECK(exercised[0].at("runs") == 5);
  CHECK(exercised[0].at("first_seed") == 2);
  CHECK(exercised[1].at("runs") == 0);
  CHECK(exercised[1].at("first_seed").is_null());
}

TEST_CASE("steps and digests are expected of the scenario as it stands and of its own seed") {
  const std::string text = read_file(shipped("queueing/mm3.toml"));
  const std::string wrong = text.substr(0, text.find("[expect]")) + "[expect]\nsteps = 1\n";
  const SweepFiles bad = swept({"--seeds", "1..3", "--json"}, wrong);
  CHECK(json_of(bad.result).at("failed") == 1);
  CHECK_THAT(bad.result.out, Contains("steps should be 1, is 59649"));
  CHECK(swept({"--seeds", "2..3"}, wrong).result.code == 0);
  CHECK(swept({"--seeds", "1..3", "--steps", "50"}, wrong).result.code == 0);
  CHECK(swept({"--seeds", "1"}, text).result.code == 0);
}

TEST_CASE("a sweep that was interrupted goes on and ends as if it had not been") {
  const TempDir folder;
  folder.write("queue.toml", queue("40000s"));
  const Strings words{"sweep",     "queue.toml",
                      "--seeds",   "1..150",
                      "--grid",    "agent.arrivals.options.mean_interarrival=5s,4.5s",
                      "--measure", "station.mean_delay",
                      "--json",    "--junit",
                      "report.xml"};
  const fs::path state = folder.path() / "queue.sweep" / "sweep.state";
  const ProgramResult cut =
      interrupt_program(words, [&] { return fs::exists(state); }, {folder.path()});
  INFO(cut.out << cut.err);
  REQUIRE(cut.code == 5);
  CHECK(json_of(cut).at("end") == "interrupted");
  const int runs = json_of(cut).at("runs").to_number<int>();
  CHECK(runs > 0);
  CHECK(runs < 300);
  CHECK_THAT(cut.err, Contains("the same command with --resume goes on") &&
                          Contains("queue.sweep/sweep.state"));
  check_junit(folder.file("report.xml"));

  Strings resumed = words;
  resumed.emplace_back("--resume");
  Strings other = resumed;
  other[3] = "1..151";
  const ProgramResult refused = run_program(other, {folder.path()});
  CHECK(refused.code == 2);
  CHECK_THAT(refused.err, Contains("is of another sweep") && Contains("without --resume"));

  const std::string kept = read_file(state);
  std::string damaged = kept;
  damaged[damaged.size() / 2] ^= 1;
  folder.write("queue.sweep/sweep.state", damaged);
  const ProgramResult broken = run_program(resumed, {folder.path()});
  CHECK(broken.code == 2);
  CHECK_THAT(broken.err, Contains("is damaged"));
  folder.write("queue.sweep/sweep.state", kept);

  const ProgramResult rest = run_program(resumed, {folder.path()});
  INFO(rest.err);
  CHECK(rest.code == 1);
  CHECK_THAT(rest.err, Contains("goes on after " + std::to_string(runs) + " run"));
  CHECK_FALSE(fs::exists(state));
  const Strings whole_words(words.begin() + 2, words.end() - 2);
  const SweepFiles whole = swept(whole_words, queue("40000s"));
  CHECK(rest.out == whole.result.out);
  CHECK(read_file(folder.file("report.xml")) == whole.report);
  CHECK(files_in(folder.path() / "queue.sweep") == whole.names);
  for (std::size_t i = 0; i < whole.names.size(); ++i) {
    CHECK(read_file(folder.path() / "queue.sweep" / whole.names[i]) == whole.contents[i]);
  }
}

TEST_CASE("what is unknown or taken from a failed run is no value") {
  const TempDir folder;
  const std::string file = folder.write("casino.toml", casino.substr(0, casino.find("[expect]")));
  const ProgramResult result = run_in_process(
      add_roulette,
      {"sweep", file, "--seeds", "1..50", "--json", "--artifacts", folder.file("kept"), "--measure",
       "1 / (wheel[0].last - wheel[0].last)", "--measure", "wheel[0].spins"});
  const json::object answer = json_of(result);
  const int failed = answer.at("failed").to_number<int>();  // agents, as nothing is expected
  CHECK(failed > 0);
  const json::array& measures = answer.at("points").as_array()[0].at("measures").as_array();
  CHECK(measures[0].at("count") == 0);
  CHECK(measures[0].at("mean").is_null());
  CHECK(measures[0].at("unknown") == 50 - failed);
  CHECK(measures[1].at("count") == 50 - failed);
  CHECK(measures[1].at("mean") == 10.0);
}

TEST_CASE("values over time are those of the moments after the warm-up") {
  // A value at each of 4s, 5s, ... 10s: one spin a second, the first at 1s.
  const TempDir folder;
  std::string calm = casino;
  calm.replace(calm.find("count = 3"), 9, "options = { numbers = 1000000000 }");
  calm = calm.substr(0, calm.find("[expect]"));
  const std::string file = folder.write("calm.toml", calm);
  const auto measured = [&](Strings words) {
    words.insert(words.begin(), {"sweep", file, "--measure", "wheel.spins", "--json"});
    const ProgramResult result = run_in_process(add_roulette, words);
    INFO(result.out << result.err);
    REQUIRE(result.code == 0);
    return json_of(result).at("points").as_array()[0].at("measures").as_array()[0].as_object();
  };
  const json::object seeds = measured({"--seeds", "1..4", "--every", "1s", "--warmup", "3s"});
  CHECK(seeds.at("count") == 4);
  CHECK(seeds.at("mean") == 7.0);
  CHECK(seeds.at("deviation") == 0.0);
  CHECK(seeds.at("method") == "seeds");
  const json::object batches =
      measured({"--seeds", "1", "--every", "1s", "--warmup", "3s", "--batches", "3"});
  CHECK(batches.at("method") == "batches");
  CHECK(batches.at("count") == 3);  // (5, 6), (7, 8), (9, 10)
  CHECK(batches.at("min") == 5.5);
  CHECK(batches.at("mean") == 7.5);
  CHECK(batches.at("max") == 9.5);
  const json::object end = measured({"--seeds", "1..2"});
  CHECK(end.at("mean") == 10.0);
}

TEST_CASE("a report of what has not come to its end is none of a success") {
  const TempDir folder;
  folder.write("report.xml", unfinished_junit("sweep"));
  check_junit(folder.file("report.xml"));
  CHECK_THAT(read_file(folder.file("report.xml")),
             Contains("errors=\"1\"") && Contains("reprise sweep has not come to its end"));
}

TEST_CASE("a sweep refuses what it cannot do") {
  const TempDir folder;
  folder.write("queue.toml", queue());
  folder.write("plain", "no folder");
  folder.write("a.rpj", "\x89RPJ\r\n\x1a\nrest");
  struct Wrong {
    Strings words;
    const char* why;
  };
  const std::vector<Wrong> all{
      {{"queue.toml"}, "--seeds is missing"},
      {{"nowhere.toml", "--seeds", "1..3"}, "nowhere.toml"},
      {{"a.rpj", "--seeds", "1..3"}, "is a reprise journal"},
      {{"queue.toml", "--seeds", "3..1"}, "ends before it begins"},
      {{"queue.toml", "--seeds", "1..3", "--set", "seed=4"}, "seeds are given by --seeds"},
      {{"queue.toml", "--seeds", "1..3", "--grid", "agent.nobody.count=1,2"}, "no agent 'nobody'"},
      {{"queue.toml", "--seeds", "1..3", "--grid", "until=1s,2s", "--until", "3s"},
       "--until goes before it"},
      {{"queue.toml", "--seeds", "1..3", "--grid", "agent.station.options.servers=1,x"}, "servers"},
      {{"queue.toml", "--seeds", "1..3", "--measure", "station.mean_dely"}, "mean_delay"},
      {{"queue.toml", "--seeds", "1..3", "--measure", "station.in_queue > 3"}, "--measure"},
      {{"queue.toml", "--seeds", "1..3", "--every", "1s"}, "give one"},
      {{"queue.toml", "--seeds", "1..3", "--csv"}, "give one"},
      {{"queue.toml", "--seeds", "1..3", "--warmup", "1s", "--measure", "step"}, "give --every"},
      {{"queue.toml", "--seeds", "1..3", "--every", "0s", "--measure", "step"}, "above 0"},
      {{"queue.toml", "--seeds", "1..3", "--every", "1", "--measure", "step"}, "with its unit"},
      {{"queue.toml", "--seeds", "1..3", "--every", "1s", "--batches", "5", "--measure", "step"},
       "one long run"},
      {{"queue.toml", "--seeds", "1..3", "--every", "1s", "--warmup", "20000s", "--measure",
        "step"},
       "nothing would be left"},
      {{"queue.toml", "--seeds", "1..3", "--confidence", "1"}, "between 0 and 1"},
      {{"queue.toml", "--seeds", "1..3", "--jobs", "0"}, "--jobs"},
      {{"queue.toml", "--seeds", "1..3", "--until-fail", "0"}, "--until-fail"},
      {{"queue.toml", "--seeds", "1..3", "--json", "--csv"}, "exclude each other"},
      {{"queue.toml", "--seeds", "1..3", "--feed", "x=f"}, "no feeds"},
      {{"queue.toml", "--seeds", "1..3", "--artifacts", "plain"}, "is no folder"}};
  for (const Wrong& each : all) {
    Strings words = each.words;
    words.insert(words.begin(), "sweep");
    const ProgramResult result = run_program(words, {folder.path()});
    INFO(shell_line(words) << '\n' << result.err);
    CHECK(result.code == 2);
    CHECK(result.out.empty());
    CHECK_THAT(result.err, Contains(each.why));
  }
  CHECK(files_in(folder.path()) == Strings{"a.rpj", "plain", "queue.toml"});
}

}  // namespace
}  // namespace reprise::test
