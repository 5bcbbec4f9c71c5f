#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/temp_dir.hpp"
#include "tests/tools/program.hpp"
#include "tools/lint/determinism.hpp"

namespace reprise::test {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using Catch::Contains;
using Strings = std::vector<std::string>;

constexpr const char* planted = "#pragma once\nstruct A {\n  std::mutex lock;\n};\n";
constexpr const char* clean = "#pragma once\nstruct B {\n  int count = 0;\n};\n";

ProgramResult lint(const TempDir& folder, Strings words) {
  words.insert(words.begin(), "lint");
  return run_program(words, {folder.path()});
}

/// "file:line rule" of each finding, in order.
Strings found(const TempDir& folder, Strings words, int code = 1) {
  words.push_back("--json");
  const ProgramResult result = lint(folder, words);
  INFO(result.err);
  REQUIRE(result.code == code);
  Strings lines;
  const json::object answer = json_of(result);
  for (const json::value& finding : answer.at("findings").as_array()) {
    lines.push_back(json::value_to<std::string>(finding.at("file")) + ":" +
                    std::to_string(finding.at("line").as_int64()) + " " +
                    json::value_to<std::string>(finding.at("rule")));
  }
  return lines;
}

TEST_CASE("lint names file and line and rule and remedy and answers with 1") {
  const TempDir folder;
  folder.write("a.hpp", planted);
  const ProgramResult result = lint(folder, {"a.hpp"});
  CHECK(result.code == 1);
  CHECK(result.err.empty());
  CHECK(result.out ==
        "a.hpp:3: thread: std::mutex; a world runs on one thread; run many worlds at once in "
        "tools/lab\n1 file, 1 finding\n");
}

TEST_CASE("lint writes what it found as one reads it") {
  const TempDir folder;
  folder.write("a.cpp", "void f() { long double x = clock ( ); }\n");
  const std::string out = lint(folder, {"a.cpp"}).out;
  CHECK_THAT(out, Contains("a.cpp:1: wall-clock: clock(); ") &&
                      Contains("a.cpp:1: floating-point: long double; "));
}

TEST_CASE("lint finds nothing in clean sources and says how many it read") {
  const TempDir folder;
  folder.write("b.hpp", clean);
  folder.write("c.cc", "int f() { return 1; }\n");
  const ProgramResult result = lint(folder, {"."});
  CHECK(result.code == 0);
  CHECK(result.out == "2 files, nothing found\n");
  CHECK(result.err.empty());
}

TEST_CASE("lint searches folders in the order of their names and reads a file once") {
  const TempDir folder;
  fs::create_directories(folder.path() / "agents/deep");
  folder.write("agents/z.cpp", planted);
  folder.write("agents/deep/a.h", planted);
  folder.write("agents/readme.md", planted);
  CHECK(found(folder, {"./agents/", "agents/z.cpp"}) ==
        Strings{"agents/deep/a.h:3 thread", "agents/z.cpp:3 thread"});
}

TEST_CASE("lint leaves hidden folders and builds and linked folders aside unless they are named") {
  const TempDir folder;
  for (const char* name : {".hidden", "out", "real"}) fs::create_directories(folder.path() / name);
  folder.write("b.hpp", clean);
  folder.write(".hidden/a.cpp", planted);
  folder.write("out/CMakeCache.txt", "");
  folder.write("out/a.cpp", planted);
  folder.write("real/a.cpp", planted);
  fs::create_directory_symlink(folder.path(), folder.path() / "real/loop");
  CHECK(found(folder, {"."}) == Strings{"real/a.cpp:3 thread"});
  CHECK(found(folder, {"out"}) == Strings{"out/a.cpp:3 thread"});
}

TEST_CASE("lint takes an excuse with a reason and counts it") {
  const TempDir folder;
  folder.write("a.cpp",
               "void f() { std::async(g); }  // reprise: allow(thread) before any world is\n"
               "// reprise: allow(wall-clock)\nvoid h() { time(nullptr); }\n"
               "int k();  // reprise: allow(locale) for nothing\n");
  CHECK(found(folder, {"a.cpp"}) == Strings{"a.cpp:2 excuse", "a.cpp:4 excuse"});
  const json::object answer = json_of(lint(folder, {"a.cpp", "--json"}));
  CHECK(answer.at("excused") == 2);
  CHECK(answer.at("files") == 1);
  CHECK_THAT(lint(folder, {"a.cpp"}).out, Contains("1 file, 2 findings, 2 excused\n"));
}

TEST_CASE("lint refuses what holds no source") {
  const TempDir folder;
  fs::create_directories(folder.path() / "empty");
  folder.write("b.hpp", clean);
  folder.write("notes.txt", "");
  const auto refused = [&](const Strings& words, const std::string& why) {
    const ProgramResult result = lint(folder, words);
    INFO(result.out);
    CHECK(result.code == 2);
    CHECK(result.out.empty());
    CHECK_THAT(result.err, Contains(why));
  };
  refused({}, "a path is missing");
  refused({"empty"}, "empty: there is no C++ source in this folder");
  refused({"b.hpp", "empty"}, "empty: there is no C++ source in this folder");
  refused({"nowhere"}, "nowhere: there is no such folder or file");
  refused({"notes.txt"}, "notes.txt: this is no C++ source");
  refused({"/dev/zero"}, "/dev/zero: this is no C++ source");
  refused({"b.hpp", "--sarif", "nowhere/a.sarif"}, "nowhere/a.sarif: cannot be written");
  refused({"--rules", "b.hpp"}, "leave the paths out");
}

TEST_CASE("lint writes what it found as SARIF") {
  const TempDir folder;
  fs::create_directories(folder.path() / "my agents");
  folder.write("my agents/a.hpp", planted);
  REQUIRE(lint(folder, {"my agents", "--sarif", "a.sarif"}).code == 1);
  const json::value log = json::parse(read_file(folder.file("a.sarif")));
  CHECK(log.at("version") == "2.1.0");
  REQUIRE(log.at("runs").as_array().size() == 1);
  const json::value& run = log.at("runs").as_array().front();
  const json::value& driver = run.at("tool").at("driver");
  CHECK(driver.at("name") == "reprise lint");
  Strings rules;
  for (const json::value& rule : driver.at("rules").as_array()) {
    rules.push_back(json::value_to<std::string>(rule.at("id")));
    CHECK_FALSE(rule.at("shortDescription").at("text").as_string().empty());
    CHECK_FALSE(rule.at("help").at("text").as_string().empty());
  }
  CHECK(rules.size() == lint::determinism_rules().size() + 1);
  REQUIRE(run.at("results").as_array().size() == 1);
  const json::value& result = run.at("results").as_array().front();
  CHECK(result.at("ruleId") == "thread");
  CHECK(std::ranges::count(rules, "thread") == 1);
  CHECK_THAT(json::value_to<std::string>(result.at("message").at("text")),
             Catch::StartsWith("std::mutex; a world runs on one thread"));
  REQUIRE(result.at("locations").as_array().size() == 1);
  const json::value& place = result.at("locations").as_array().front().at("physicalLocation");
  CHECK(place.at("artifactLocation").at("uri") == "my%20agents/a.hpp");
  CHECK(place.at("region").at("startLine") == 3);
}

TEST_CASE("SARIF of clean sources replaces what was there and holds no result") {
  const TempDir folder;
  folder.write("b.hpp", clean);
  folder.write("a.sarif", "what was there before, and longer than nothing");
  CHECK(lint(folder, {"b.hpp", "--sarif", "a.sarif"}).code == 0);
  const json::value log = json::parse(read_file(folder.file("a.sarif")));
  CHECK(log.at("runs").as_array().front().at("results").as_array().empty());
}

TEST_CASE("lint lists its rules") {
  const TempDir folder;
  const ProgramResult listed = lint(folder, {"--rules"});
  CHECK(listed.code == 0);
  const json::object answer = json_of(lint(folder, {"--rules", "--json"}));
  const json::array& rules = answer.at("rules").as_array();
  CHECK(rules.size() == lint::determinism_rules().size());
  for (const json::value& rule : rules) {
    CHECK_THAT(listed.out, Contains(json::value_to<std::string>(rule.at("name")) + ": "));
    CHECK_FALSE(rule.at("about").as_string().empty());
    CHECK_FALSE(rule.at("remedy").as_string().empty());
  }
}

TEST_CASE("lint reads any bytes in time proportional to their number") {
  const TempDir folder;
  const auto repeated = [](const std::string& text) {
    std::string all;
    while (all.size() < 2'000'000) all += text;
    return all;
  };
  for (const char* text : {"std::map<", "namespace a{", "> exp(", "int b;// reprise: allow(x) y\n",
                           "R\"a('", "\\\n", "static a ", "{", "auto& a=b.random();"}) {
    folder.write("a.cpp", repeated(text));
    INFO(text);
    const ProgramResult result = lint(folder, {"a.cpp", "--json"});
    CHECK((result.code == 0 || result.code == 1));
  }
}

TEST_CASE("the agents that are shipped have nothing for lint") {
  const TempDir folder;
  CHECK(found(folder, {REPRISE_SOURCE_DIR "/agents", REPRISE_SOURCE_DIR "/tests/consumer"}, 0)
            .empty());
}

}  // namespace
}  // namespace reprise::test
