#include <algorithm>
#include <catch2/catch.hpp>

#include "agents/standard_catalog.hpp"
#include "scenarios/scenario.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/tools/program.hpp"

namespace reprise::test {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> scenarios_shipped() {
  std::vector<fs::path> files;
  for (const auto& entry :
       fs::recursive_directory_iterator(REPRISE_SOURCE_DIR "/scenarios/library")) {
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

TEST_CASE("every shipped scenario says how it ends and keeps its word under perturbation") {
  const std::vector<fs::path> files = scenarios_shipped();
  CHECK(files.size() >= 5);
  const Catalog catalog = standard_catalog();
  for (const fs::path& file : files) {
    const TempDir folder;
    const Scenario scenario = load_scenario(file, catalog);
    const ProgramResult run =
        run_program({"run", file.string(), "-o", "a.rpj", "--json"}, {folder.path()});
    INFO(file.string() << ": " << run.out << run.err);
    CHECK_FALSE(scenario.name.empty());
    CHECK(scenario.expect.steps);
    CHECK(scenario.expect.prefix);
    CHECK(scenario.expect.state);
    CHECK(run.code == 0);
    CHECK(json_of(run).at("expect").at("verdict") == "held");
    const ProgramResult verified = run_program({"verify", "a.rpj"}, {folder.path()});
    INFO(verified.err);
    CHECK(verified.code == 0);
    const ProgramResult checked = run_program({"check", file.string(), "--json"}, {folder.path()});
    INFO(checked.out << checked.err);
    CHECK(checked.code == 0);
    CHECK(json_of(checked).at("verdict") == "ok");
  }
}

}  // namespace
}  // namespace reprise::test
