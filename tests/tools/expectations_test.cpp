#include <catch2/catch.hpp>

#include "tests/support/temp_dir.hpp"
#include "tests/tools/program.hpp"

// What `run` makes of the expressions in [expect].
namespace reprise::test {
namespace {

/// A queue that begins with an empty waiting room, and what is expected of it.
ProgramResult run_expecting(const TempDir& folder, const std::string& expect,
                            std::vector<std::string> options = {}) {
  const std::string text = read_file(shipped("queueing/mm3.toml"));
  const std::string world = text.substr(0, text.find("[expect]"));
  folder.write("queue.toml", world + "[expect]\n" + expect);
  options.insert(options.begin(), {"run", "queue.toml", "--no-journal", "--json"});
  return run_program(options, {folder.path()});
}

std::string lines_of(const ProgramResult& result) {
  std::string all;
  const boost::json::object answer = json_of(result);
  for (const auto& line : answer.at("expect").at("lines").as_array()) {
    all += std::string(line.as_string()) + '\n';
  }
  return all;
}

std::string verdict_of(const ProgramResult& result) {
  return std::string(json_of(result).at("expect").at("verdict").as_string());
}

TEST_CASE("expressions that hold are held") {
  const TempDir folder;
  const ProgramResult result =
      run_expecting(folder,
                    "always = [\"step >= 0\", \"station.arrived >= station.departed\"]\n"
                    "eventually = [\"station.arrived > 100\", \"step == 0\"]\nat_end = "
                    "[\"station.departed > 1000\"]\n");
  INFO(result.out << result.err);
  CHECK(result.code == 0);
  CHECK(verdict_of(result) == "held");
}

TEST_CASE("an always that fails names the first step and the line of the scenario") {
  const TempDir folder;
  const ProgramResult result =
      run_expecting(folder, "always = [\"step >= 0\",\n  \"station.arrived < 10\"]\n");
  INFO(result.out << result.err);
  CHECK(result.code == 1);
  CHECK(verdict_of(result) == "failed");
  const ProgramResult recorded = run_program({"run", "queue.toml", "-o", "a.rpj"}, {folder.path()});
  CHECK(recorded.code == 1);
  const ProgramResult found =
      run_program({"find", "a.rpj", "not (station.arrived < 10)", "--json"}, {folder.path()});
  const auto step = json_of(found).at("step").as_int64();
  CHECK_THAT(lines_of(result), Catch::Contains("at step " + std::to_string(step) + ",") &&
                                   Catch::Contains("'station.arrived < 10' (queue.toml:19:"));
}

TEST_CASE("what never becomes true and what is false or unknown at the end fails") {
  const TempDir folder;
  const ProgramResult result = run_expecting(
      folder, "eventually = [\"station.arrived < 0\"]\nat_end = [\"station.arrived < 0\"]\n");
  INFO(result.out << result.err);
  CHECK(result.code == 1);
  CHECK_THAT(lines_of(result), Catch::Contains("eventually 'station.arrived < 0'") &&
                                   Catch::Contains("is never true") &&
                                   Catch::Contains("is false at the end"));
}

TEST_CASE("expressions are checked where digests are skipped") {
  const TempDir folder;
  const ProgramResult result =
      run_expecting(folder, "steps = 1\nat_end = [\"station.arrived < 10\"]\n", {"--seed", "9"});
  CHECK(result.code == 1);
  CHECK_THAT(lines_of(result), Catch::Contains("steps and digests skipped: under --seed") &&
                                   Catch::Contains("is false at the end"));
}

TEST_CASE("an expression over what is not there is refused at its place") {
  const TempDir folder;
  const ProgramResult result = run_expecting(folder, "at_end = [\"station.arived > 0\"]\n");
  CHECK(result.code == 2);
  CHECK_THAT(result.err, Catch::Contains("queue.toml:18:11: in 'station.arived > 0', column 9:") &&
                             Catch::Contains("did you mean 'arrived'?"));
}

}  // namespace
}  // namespace reprise::test
