#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>
#include <csignal>
#include <sstream>

#include "tests/support/temp_dir.hpp"
#include "tests/tools/live_program.hpp"
#include "tests/tools/program.hpp"

namespace reprise::test {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

constexpr const char* door = R"(name = "door"
seed = 1
until = "1h"

[[agent]]
name = "station"
kind = "station"
)";

std::string job(std::uint64_t seq, const std::string& more = "", const char* service = "1s") {
  return "{\"producer\":\"till\",\"seq\":" + std::to_string(seq) +
         ",\"to\":\"station\",\"kind\":\"queueing.arrival\",\"service\":\"" + service + "\"" +
         more + "}\n";
}

struct Answered {
  ProgramResult result;
  std::vector<json::object> answers;
};

/// Runs the program on these lines, with acknowledgements and whatever `more` says.
Answered fed(const TempDir& folder, const std::string& lines, const std::string& more,
             const std::string& scenario = "door.toml") {
  folder.write("door.toml", door);
  folder.write("lines.jsonl", lines);
  std::filesystem::remove(folder.path() / "acks");
  Answered answered{run_shell(std::string(REPRISE_PROGRAM) + " run " + scenario +
                                  " --json --feed till=- --acks acks " + more + " < lines.jsonl",
                              {folder.path()}),
                    {}};
  std::istringstream acks(read_file(folder.path() / "acks"));
  for (std::string line; std::getline(acks, line);) {
    answered.answers.push_back(json::parse(line).as_object());
  }
  return answered;
}

std::string statuses(const Answered& answered) {
  std::string text;
  for (const json::object& answer : answered.answers) {
    text += (text.empty() ? "" : " ") + std::string(answer.at("status").as_string());
  }
  return text;
}

TEST_CASE("every line of a live feed is answered in order") {
  const TempDir folder;
  const Answered run = fed(
      folder,
      job(1) + job(2, ",\"key\":\"a\",\"at\":\"5s\"") + job(1) + job(2, "", "2s") + "nonsense\n\n" +
          "{\"to\":\"station\",\"kind\":\"queueing.arrival\",\"service\":1}\n" +
          job(3, ",\"at\":\"4s\"") + job(4, ",\"at\":\"2h\"") + job(5, ",\"key\":\"a\"") +
          job(6, ",\"to\":\"stations\"") + job(7, ",\"producer\":\"scenario\"") + job(8),
      "-o a.rpj");
  INFO(run.result.err);
  REQUIRE(run.result.code == 0);
  CHECK(statuses(run) ==
        "taken taken repeat refused refused refused refused refused repeat refused refused taken");
  const auto& answers = run.answers;
  CHECK(answers[0].at("step") == 1);
  CHECK(answers[0].at("at_ns") == 1);
  CHECK(answers[1].at("at_ns") == 5'000'000'000);
  CHECK(answers[2].at("step") == 1);
  CHECK(answers[4].at("line") == 5);
  CHECK(answers[8].at("at_ns") == 5'000'000'000);
  CHECK(answers.back().at("at_ns") == 5'000'000'001);
  const auto why = [&](std::size_t number) {
    return std::string(answers[number].at("why").as_string());
  };
  CHECK_THAT(why(3), Contains("other content"));
  CHECK_THAT(why(4), Contains("not JSON"));
  CHECK_THAT(why(5), Contains("'seq'"));
  CHECK_THAT(why(6), Contains("already stands at 5s"));
  CHECK_THAT(why(7), Contains("the run ends at 1h"));
  CHECK_THAT(why(9), Contains("no agent"));
  CHECK_THAT(run.result.err, Contains("till:5: not JSON"));
  const json::object summary = json_of(run.result);
  CHECK(summary.at("inputs") == 3);
  CHECK(summary.at("feeds").at(0).at("skipped") == 7);
  CHECK(run_program({"verify", folder.file("a.rpj")}).code == 0);
}

TEST_CASE("lines with times of their own come to the same history as a file of them") {
  const TempDir folder;
  const std::string feed =
      "\n[[feed]]\nname = \"till\"\nformat = \"jsonl\"\nto = \"station\"\n"
      "kind = \"queueing.arrival\"\nepoch = 0\n";
  folder.write("fed.toml", door + feed);
  std::string file;
  std::string lines;
  for (int i = 1; i <= 50; ++i) {
    const std::string fields = "\"at\":\"" + std::to_string(i / 3) + "s\",\"service\":\"2s\"}\n";
    file += "{" + fields;
    lines += "{\"seq\":" + std::to_string(i) + "," + fields;
  }
  folder.write("file.jsonl", file);
  const ProgramResult from_file =
      run_program({"run", "fed.toml", "--json", "--feed", "till=file.jsonl"}, {folder.path()});
  REQUIRE(from_file.code == 0);
  for (const char* mode : {"none", "each", "batch=7", "interval=1ms"}) {
    const Answered live =
        fed(folder, lines, std::string("--commit ") + mode + " -o a.rpj --force", "fed.toml");
    INFO(mode << live.result.err);
    REQUIRE(live.result.code == 0);
    CHECK(live.answers.size() == 50);
    CHECK(json_of(live.result).at("prefix") == json_of(from_file).at("prefix"));
    CHECK(json_of(live.result).at("steps") == json_of(from_file).at("steps"));
  }
}

TEST_CASE("an answer comes while the producer waits for it") {
  const TempDir folder;
  folder.write("door.toml", door);
  for (const char* mode : {"none", "each", "interval=5ms", "batch=1"}) {
    LiveProgram program(folder.path(), {"run", "door.toml", "--feed", "till=-", "--acks",
                                        "/dev/fd/3", "--commit", mode, "-o", "a.rpj", "--force"});
    for (std::uint64_t seq = 1; seq <= 3; ++seq) {
      program.send(job(seq));
      const auto answer = program.answer(10s);
      INFO(mode);
      REQUIRE(answer);
      CHECK(answer->at("seq") == seq);
    }
    CHECK(program.wait() == 0);
  }
}

TEST_CASE("a signal ends a run that waits for its producer with a sealed journal") {
  const TempDir folder;
  folder.write("door.toml", door);
  for (const int number : {SIGINT, SIGTERM}) {
    LiveProgram program(folder.path(), {"run", "door.toml", "--feed", "till=-", "--acks",
                                        "/dev/fd/3", "-o", "a.rpj", "--force"});
    program.send(job(1));
    REQUIRE(program.answer(10s));
    const auto start = std::chrono::steady_clock::now();
    program.signal(number);
    while (program.answer(10s)) continue;
    CHECK(std::chrono::steady_clock::now() - start < 5s);
    CHECK(program.wait() == 5);
    const json::object info = json_of(run_program({"info", folder.file("a.rpj"), "--json"}));
    CHECK(info.at("end") == "interrupted");
    CHECK(info.at("inputs") == 1);
    CHECK(run_program({"verify", folder.file("a.rpj")}).code == 0);
    const ProgramResult again = run_program({"run", "--continue", "a.rpj"}, {folder.path()});
    CHECK(again.code == 2);
    CHECK_THAT(again.err, Contains("is sealed") && Contains("run the scenario anew"));
  }
}

TEST_CASE("a killed run is continued with or without its scenario and only with its own") {
  const TempDir folder;
  folder.write("door.toml", door);
  folder.write("other.toml", std::string(door) + "count = 2\n");
  for (const bool named : {true, false}) {
    {
      LiveProgram program(folder.path(), {"run", "door.toml", "--feed", "till=-", "--acks",
                                          "/dev/fd/3", "-o", named ? "a.rpj" : "b.rpj"});
      program.send(job(1) + job(2));
      REQUIRE(program.answer(10s));
      REQUIRE(program.answer(10s));
      const ProgramResult busy =
          run_program({"run", "--continue", named ? "a.rpj" : "b.rpj"}, {folder.path()});
      CHECK(busy.code == 2);
      CHECK_THAT(busy.err, Contains("another process is writing it"));
      program.signal(SIGKILL);
    }
    const std::string journal = named ? "a.rpj" : "b.rpj";
    const ProgramResult foreign =
        run_program({"run", "other.toml", "--continue", journal}, {folder.path()});
    CHECK(foreign.code == 2);
    CHECK_THAT(foreign.err, Contains("another scenario"));
    const Answered run =
        fed(folder, job(1) + job(2) + job(3), "--continue " + journal, named ? "door.toml" : "");
    INFO(run.result.err);
    REQUIRE(run.result.code == 0);
    CHECK(statuses(run) == "repeat repeat taken");
    CHECK(json_of(run.result).at("inputs") == 3);
    CHECK(run_program({"verify", folder.file(journal)}).code == 0);
  }
}

TEST_CASE("a journal that is not there yet is begun by continuing it") {
  const TempDir folder;
  const Answered run = fed(folder, job(1), "--continue new.rpj");
  INFO(run.result.err);
  CHECK(run.result.code == 0);
  CHECK(statuses(run) == "taken");
  CHECK(run_program({"verify", folder.file("new.rpj")}).code == 0);
  const ProgramResult none = run_program({"run", "--continue", "none.rpj"}, {folder.path()});
  CHECK(none.code == 2);
  CHECK_THAT(none.err, Contains("name the SCENARIO"));
}

TEST_CASE("options that do not go together are refused") {
  const TempDir folder;
  folder.write("door.toml", door);
  const auto refused = [&](std::vector<std::string> words, const char* why) {
    words.insert(words.begin(), "run");
    const ProgramResult result = run_program(words, {folder.path()});
    CHECK(result.code == 2);
    CHECK_THAT(result.err, Contains(why));
  };
  refused({"door.toml", "--acks", "a"}, "--acks answers a live feed");
  refused({"door.toml", "--commit", "sometimes"}, "--commit takes");
  refused({"door.toml", "--continue", "a.rpj", "-o", "b.rpj"}, "exclude each other");
  refused({"door.toml", "--continue", "a.rpj", "--no-journal"}, "exclude each other");
  refused({"door.toml", "--no-journal", "--feed", "a=-", "--acks", "x"}, "exclude each other");
  refused({"door.toml", "--feed", "a=-", "--feed", "b=-"}, "only one");
  refused({}, "an argument is missing");
}

TEST_CASE("answers are added to no file that the run reads or writes and to no journal") {
  const TempDir folder;
  folder.write("door.toml", door);
  REQUIRE(run_program({"run", "door.toml", "-o", "old.rpj"}, {folder.path()}).code == 0);
  const std::string scenario = read_file(folder.path() / "door.toml");
  const std::string old = read_file(folder.path() / "old.rpj");
  for (const char* file : {"door.toml", "./door.toml", "new.rpj", "old.rpj"}) {
    INFO(file);
    const ProgramResult result = run_program(
        {"run", "door.toml", "--feed", "till=-", "-o", "new.rpj", "--acks", file}, {folder.path()});
    CHECK(result.code == 2);
    CHECK_THAT(result.err, Contains("--acks " + std::string(file)));
    CHECK_THAT(result.err, Contains("name another file"));
    CHECK_FALSE(std::filesystem::exists(folder.path() / "new.rpj"));
  }
  CHECK(read_file(folder.path() / "door.toml") == scenario);
  CHECK(read_file(folder.path() / "old.rpj") == old);
}

TEST_CASE("a run that may not write so much ends and its journal can be continued") {
  const TempDir folder;
  folder.write("door.toml", door);
  std::string lines;
  for (std::uint64_t seq = 1; seq <= 200; ++seq) lines += job(seq);
  folder.write("lines.jsonl", lines);
  const std::string run = std::string(REPRISE_PROGRAM) +
                          " run door.toml --commit each --feed till=- --continue a.rpj < "
                          "lines.jsonl";
  const ProgramResult limited = run_shell("ulimit -f 32; " + run, {folder.path()});
  CHECK(limited.code == 2);
  CHECK_THAT(limited.err, Contains("a.rpj: cannot be written: File too large"));
  const json::object info = json_of(run_program({"info", folder.file("a.rpj"), "--json"}));
  CHECK(info.at("inputs").to_number<int>() > 10);
  const ProgramResult again = run_shell(run, {folder.path()});
  CHECK(again.code == 0);
  CHECK_THAT(again.err, !Contains("torn"));
  CHECK(json_of(run_program({"info", folder.file("a.rpj"), "--json"})).at("inputs") == 200);
}

TEST_CASE("a run is continued only with the feeds that it was recorded from") {
  const TempDir folder;
  const auto jobs = [](int count, int changed) {
    std::string lines;
    for (int i = 1; i <= count; ++i) {
      lines += R"({"at":)" + std::to_string(i) +
               R"(000000,"to":"station","kind":"queueing.arrival","message":{"service":)" +
               (i == changed ? "7" : "5") + "}}\n";
    }
    return lines;
  };
  folder.write("feed.toml", std::string(door) + R"(
[[feed]]
name = "jobs"
file = "jobs.jsonl"
format = "jsonl"
)");
  constexpr int count = 20'000;  // several frames
  folder.write("jobs.jsonl", jobs(count, 0));
  folder.write("changed.jsonl", jobs(count, 2));
  folder.write("shorter.jsonl", jobs(5, 0));
  const std::string run = std::string(REPRISE_PROGRAM) + " run feed.toml --continue a.rpj";
  REQUIRE(run_shell(run, {folder.path()}).code == 0);
  std::filesystem::resize_file(folder.file("a.rpj"),
                               std::filesystem::file_size(folder.file("a.rpj")) / 2);
  const json::object begun = json_of(run_program({"info", folder.file("a.rpj"), "--json"}));
  REQUIRE(begun.at("inputs").to_number<int>() > 10);
  REQUIRE(begun.at("inputs").to_number<int>() < count);

  const ProgramResult changed = run_shell(run + " --feed jobs=changed.jsonl", {folder.path()});
  CHECK(changed.code == 2);
  CHECK_THAT(changed.err, Contains("number 2 of 'jobs') is another in") &&
                              Contains("name the files that it was recorded from"));
  const ProgramResult shorter = run_shell(run + " --feed jobs=shorter.jsonl", {folder.path()});
  CHECK(shorter.code == 2);
  CHECK_THAT(shorter.err, Contains("number 6 of 'jobs') is not in"));
  const ProgramResult past = run_shell(run + " --until 3ms", {folder.path()});
  CHECK(past.code == 2);
  CHECK_THAT(past.err, Contains("already, beyond where it is to end now"));
  const ProgramResult same = run_shell(run, {folder.path()});
  INFO(same.err);
  CHECK(same.code == 0);
  CHECK(json_of(run_program({"info", folder.file("a.rpj"), "--json"})).at("inputs") == count);
  CHECK(run_program({"verify", folder.file("a.rpj")}).code == 0);
}

TEST_CASE("control messages on live lines go to the world and take values as they are") {
  const TempDir folder;
  const Answered run =
      fed(folder,
          job(1) + R"({"producer":"till","seq":2,"kind":"reprise.set","agent":"station",)" +
              "\"path\":\"options.servers\",\"value\":2}\n" +
              R"({"producer":"till","seq":3,"kind":"reprise.stop"})" + "\n",
          "-o a.rpj");
  INFO(run.result.err);
  CHECK(run.result.code == 0);
  CHECK(statuses(run) == "taken taken taken");
  CHECK(json_of(run.result).at("end") == "stopped");
}

TEST_CASE("a number below one that was taken is refused and not called a repeat") {
  const TempDir folder;
  const Answered run = fed(folder, job(1) + job(2, ",\"x\":1") + job(3) + job(2), "-o a.rpj");
  CHECK(run.result.code == 0);
  CHECK(statuses(run) == "taken refused taken refused");
  CHECK_THAT(std::string(run.answers[3].at("why").as_string()),
             Contains("after number 3") && Contains("never taken"));
}

TEST_CASE("a run whose answers nobody reads ends and can be continued") {
  const TempDir folder;
  folder.write("door.toml", door);
  {
    LiveProgram program(folder.path(), {"run", "door.toml", "--feed", "till=-", "--acks",
                                        "/dev/fd/3", "--commit", "each", "-o", "a.rpj"});
    program.send(job(1));
    REQUIRE(program.answer(10s));
    program.stop_reading();
    program.send(job(2));
    CHECK(program.wait() == 2);
    CHECK_THAT(program.complaints(), Contains("--acks /dev/fd/3: cannot be written"));
  }
  const Answered again = fed(folder, job(1) + job(2) + job(3), "--continue a.rpj");
  CHECK(again.result.code == 0);
  CHECK(statuses(again) == "repeat repeat taken");
}

TEST_CASE("a line that is too long is refused and the next one is read") {
  const TempDir folder;
  const Answered run = fed(folder, job(1) + std::string(3 << 20, 'x') + "\n" + job(2), "-o a.rpj");
  CHECK(run.result.code == 0);
  CHECK(statuses(run) == "taken refused taken");
  CHECK(run.answers[1].at("line") == 2);
}

TEST_CASE("the commit mode of a run without live producers changes no byte") {
  const TempDir folder;
  std::string first;
  for (const char* mode : {"none", "each", "batch=2", "interval=1us"}) {
    const std::string path = folder.file(std::string(mode) + ".rpj");
    REQUIRE(run_program({"run", shipped("market/thin_market.toml"), "--until", "1min", "--commit",
                         mode, "-o", path})
                .code == 0);
    if (first.empty()) first = read_file(path);
    const bool same = read_file(path) == first;
    CHECK(same);
  }
}

}  // namespace
}  // namespace reprise::test
