#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/support/data.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/tools/program.hpp"

namespace reprise::test {
namespace {

namespace json = boost::json;

constexpr const char* good =
    "{:process 0, :type :invoke, :f :write, :value 1}\n"
    "{:process 0, :type :ok,     :f :write, :value 1}\n";
constexpr const char* stale =
    "{:process 0, :type :invoke, :f :write, :value 1}\n"
    "{:process 0, :type :ok,     :f :write, :value 1}\n"
    "{:process 0, :type :invoke, :f :write, :value 2}\n"
    "{:process 0, :type :ok,     :f :write, :value 2}\n"
    "{:process 1, :type :invoke, :f :read,  :value nil}\n"
    "{:process 1, :type :ok,     :f :read,  :value 1}\n";

/// The answers of one call, a line each, by the name of the file.
std::map<std::string, json::object> answers(const ProgramResult& result) {
  std::map<std::string, json::object> found;
  std::istringstream lines(result.out);
  for (std::string line; std::getline(lines, line);) {
    json::object answer = json::parse(line).as_object();
    const std::string file(answer.at("file").as_string());
    found.emplace(std::filesystem::path(file).filename().string(), std::move(answer));
  }
  return found;
}

TEST_CASE("every recorded history of etcd and of key-value stores gets its known verdict") {
  const auto jepsen = data_file("porcupine/jepsen");
  const auto verdicts = data_file("porcupine/jepsen-verdicts.txt");
  const auto kv = data_file("porcupine/kv");
  if (!jepsen || !verdicts || !kv) return;
  std::map<std::string, std::string> known;
  std::ifstream list(*verdicts);
  for (std::string file, verdict; list >> file >> verdict;) {
    known[file] = verdict == "linearizable" ? "linearizable" : "not linearizable";
  }
  REQUIRE(known.size() > 60);
  std::vector<std::string> words = {"linearizable", "--json"};
  for (const auto& [file, verdict] : known) words.push_back((*jepsen / file).string());
  for (const std::string& file : files_in(*kv)) {
    known[file] = file.find("-ok") != std::string::npos ? "linearizable" : "not linearizable";
    words.push_back((*kv / file).string());
  }
  const auto begun = std::chrono::steady_clock::now();
  const ProgramResult result = run_program(words);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begun;
  CHECK(result.code == 1);
  const auto got = answers(result);
  CHECK(got.size() == known.size());
  for (const auto& [file, verdict] : known) {
    INFO(file);
    REQUIRE(got.contains(file));
    CHECK(std::string(got.at(file).at("verdict").as_string()) == verdict);
    CHECK(got.at(file).at("offending").is_null() == (verdict == "linearizable"));
  }
  WARN("ran: " << known.size() << " histories in " << taken.count() << " s");
  CHECK(taken.count() < 10);
}

TEST_CASE("a linearizable history is told in a line") {
  const TempDir folder;
  folder.write("good.edn", good);
  const ProgramResult result = run_program({"linearizable", "good.edn"}, {folder.path()});
  CHECK(result.code == 0);
  CHECK(result.out == "good.edn: linearizable: register, 1 operation\n");
  CHECK(result.err.empty());
}

TEST_CASE("a history that is not linearizable is told with what contradicts itself") {
  const TempDir folder;
  folder.write("stale.edn", stale);
  const ProgramResult result = run_program({"linearizable", "stale.edn"}, {folder.path()});
  CHECK(result.code == 1);
  CHECK(result.out ==
        "stale.edn: not linearizable: register, 3 operations\n"
        "  no order explains the events up to line 6; without that line there is one\n"
        "  these contradict each other, whatever else took effect:\n"
        "    call  return  process  operation  result\n"
        "       1       2        0  write 1    ok\n"
        "       3       4        0  write 2    ok\n"
        "       5       6        1  read       1\n"
        "  the longest order found:\n"
        "    call  return  process  operation  value then\n"
        "       1       2        0  write 1    1\n"
        "       3       4        0  write 2    2\n");
  CHECK(reproducing_command(result).ends_with("linearizable stale.edn"));
}

TEST_CASE("the answer in JSON names the offending operations") {
  const TempDir folder;
  folder.write("stale.edn", stale);
  const ProgramResult result =
      run_program({"linearizable", "--json", "stale.edn"}, {folder.path()});
  CHECK(result.code == 1);
  const json::object answer = json_of(result);
  CHECK(answer.at("file") == "stale.edn");
  CHECK(answer.at("model") == "register");
  CHECK(answer.at("operations") == 3);
  CHECK(answer.at("keys") == 1);
  CHECK(answer.at("verdict") == "not linearizable");
  const json::object& offending = answer.at("offending").as_object();
  CHECK(offending.at("key").is_null());
  CHECK(offending.at("line") == 6);
  CHECK(offending.at("minimal") == true);
  REQUIRE(offending.at("operations").as_array().size() == 3);
  const json::object& last = offending.at("operations").as_array()[2].as_object();
  CHECK(last.at("call_line") == 5);
  CHECK(last.at("return_line") == 6);
  CHECK(last.at("process") == 1);
  CHECK(last.at("operation") == "read");
  CHECK(last.at("result") == "1");
  CHECK(offending.at("order").as_array().size() == 2);
}

TEST_CASE("several histories get a line each and the worst exit status") {
  const TempDir folder;
  folder.write("good.edn", good);
  folder.write("stale.edn", stale);
  folder.write("empty.edn", "");
  const auto call = [&](std::vector<std::string> files) {
    files.insert(files.begin(), {"linearizable", "--json"});
    return run_program(files, {folder.path()});
  };
  CHECK(call({"good.edn", "good.edn"}).code == 0);
  CHECK(call({"stale.edn", "good.edn"}).code == 1);
  const ProgramResult mixed = call({"stale.edn", "empty.edn", "good.edn", "none.edn"});
  CHECK(mixed.code == 2);
  const auto got = answers(mixed);
  CHECK(got.size() == 4);
  CHECK(got.at("good.edn").at("verdict") == "linearizable");
  CHECK_THAT(std::string(got.at("empty.edn").at("error").as_string()),
             Catch::Contains("nothing to judge"));
  CHECK_THAT(mixed.err, Catch::Contains("none.edn: cannot be read"));
}

TEST_CASE("a history that is none is refused with its line and column") {
  const TempDir folder;
  folder.write("bad.edn", std::string(good) + "{:process 0, :type :maybe, :f :read}");
  const ProgramResult result = run_program({"linearizable", "bad.edn"}, {folder.path()});
  CHECK(result.code == 2);
  CHECK(result.out.empty());
  CHECK_THAT(result.err, Catch::Contains("bad.edn:3:20: unknown type of an event; write"));
  const ProgramResult directory = run_program({"linearizable", "."}, {folder.path()});
  CHECK(directory.code == 2);
}

TEST_CASE("a model can be chosen and a limit leaves no verdict") {
  const TempDir folder;
  folder.write("nil.edn",
               "{:process 0, :type :invoke, :f :read, :value nil}\n"
               "{:process 0, :type :ok, :f :read, :value \"\"}\n");
  CHECK(run_program({"linearizable", "nil.edn"}, {folder.path()}).code == 1);
  CHECK(run_program({"linearizable", "nil.edn", "--model", "key-value"}, {folder.path()}).code ==
        0);
  CHECK(run_program({"linearizable", "nil.edn", "--model", "stack"}, {folder.path()}).code == 2);
  CHECK(run_program({"linearizable", "nil.edn", "--budget", "3"}, {folder.path()}).code == 2);
  CHECK(run_program({"linearizable", "nil.edn", "--memory", "0"}, {folder.path()}).code == 2);
}

/// Writers at once, of which no reader tells the order until it reads what nobody wrote.
std::string hard_history() {
  std::string text;
  const auto add = [&](int process, const char* type, const std::string& rest) {
    text += "{:process " + std::to_string(process) + ", :type :" + type + ", " + rest + "}\n";
  };
  const auto cas = [](int i) {
    return ":f :cas, :value [" + std::to_string(i % 7) + ' ' + std::to_string(i * 3 % 7) + ']';
  };
  for (int i = 0; i < 40; ++i) add(i, "invoke", ":f :write, :value " + std::to_string(i));
  for (int i = 40; i < 80; ++i) add(i, "invoke", ":f :read, :value nil");
  for (int i = 100; i < 140; ++i) add(i, "invoke", cas(i));
  for (int i = 0; i < 40; ++i) add(i, "ok", ":f :write, :value " + std::to_string(i));
  for (int i = 40; i < 80; ++i) add(i, "ok", ":f :read, :value " + std::to_string(i - 40));
  for (int i = 100; i < 140; ++i) add(i, "ok", cas(i));
  add(200, "invoke", ":f :read, :value nil");
  add(200, "ok", ":f :read, :value 77");
  return text;
}

TEST_CASE("a history that takes too long or too much memory has exit status 5") {
  const TempDir folder;
  folder.write("hard.edn", hard_history());
  const ProgramResult late =
      run_program({"linearizable", "--budget", "200ms", "--json", "hard.edn"}, {folder.path()});
  CHECK(late.code == 5);
  CHECK(json_of(late).at("verdict") == "unknown");
  CHECK_THAT(late.err, Catch::Contains("out of time") && Catch::Contains("more --budget"));
  const ProgramResult full =
      run_program({"linearizable", "--memory", "1", "hard.edn"}, {folder.path()});
  CHECK(full.code == 5);
  CHECK_THAT(full.out, Catch::StartsWith("hard.edn: unknown: register, "));
  CHECK_THAT(full.err, Catch::Contains("out of memory") && Catch::Contains("--memory 1"));
}

}  // namespace
}  // namespace reprise::test
