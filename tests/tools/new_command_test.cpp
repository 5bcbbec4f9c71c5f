#include <boost/json/array.hpp>
#include <boost/json/value_to.hpp>
#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/temp_dir.hpp"
#include "tests/tools/program.hpp"

// That the project builds, and that its scenario ends as it says, is seen by tests/consumer/run.

namespace reprise::test {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;
using Strings = std::vector<std::string>;

TEST_CASE("new writes a project and names its files") {
  const TempDir folder;
  const ProgramResult result = run_program({"new", "deep/mine", "--json"}, {folder.path()});
  REQUIRE(result.code == 0);
  CHECK(json_of(result).at("folder") == "deep/mine");
  const auto files = boost::json::value_to<Strings>(json_of(result).at("files"));
  const fs::path project = folder.path() / "deep/mine";
  std::size_t written = 0;
  for (const auto& entry : fs::recursive_directory_iterator(project)) {
    if (entry.is_regular_file()) ++written;
  }
  CHECK(written == files.size());
  for (const std::string& file : files) {
    INFO(file);
    CHECK_FALSE(read_file(project / file).empty());
  }
  const std::string readme = read_file(project / "README.md");
  for (const char* file : {"ferry.hpp", "ferry.toml", "main.cpp", "ci.sh"}) {
    CHECK(fs::exists(project / file));
    CHECK_THAT(readme, Contains(std::string("`") + file + "`"));
  }
  CHECK((fs::status(project / "ci.sh").permissions() & fs::perms::owner_exec) != fs::perms::none);
  CHECK(run_shell("sh -n ci.sh", {project}).code == 0);
}

TEST_CASE("the sources of a new project have nothing for lint") {
  const TempDir folder;
  REQUIRE(run_program({"new", "mine"}, {folder.path()}).code == 0);
  CHECK(run_program({"lint", "mine"}, {folder.path()}).out == "2 files, nothing found\n");
}

TEST_CASE("new takes a folder that is there and empty") {
  const TempDir folder;
  const ProgramResult result = run_program({"new", "."}, {folder.path()});
  CHECK(result.code == 0);
  CHECK_THAT(result.out, Contains("\n  ferry.hpp\n"));
  CHECK(fs::exists(folder.path() / "ferry.hpp"));
}

TEST_CASE("new refuses a folder that is not empty and leaves it as it is") {
  const TempDir folder;
  fs::create_directories(folder.path() / "mine");
  folder.write("mine/.hidden", "");
  const ProgramResult result = run_program({"new", "mine"}, {folder.path()});
  CHECK(result.code == 2);
  CHECK(result.out.empty());
  CHECK_THAT(result.err, Contains("mine: is not empty; name a folder that is"));
  CHECK(files_in(folder.path() / "mine") == Strings{".hidden"});
}

TEST_CASE("new refuses what is no folder and what cannot be made") {
  const TempDir folder;
  folder.write("file", "");
  const ProgramResult file = run_program({"new", "file"}, {folder.path()});
  CHECK(file.code == 2);
  CHECK_THAT(file.err, Contains("file: is there and is no folder"));
  const ProgramResult below = run_program({"new", "file/below"}, {folder.path()});
  CHECK(below.code == 2);
  CHECK_THAT(below.err, Contains("file/below: "));
  const ProgramResult none = run_program({"new"}, {folder.path()});
  CHECK(none.code == 2);
  CHECK_THAT(none.err, Contains("an argument is missing"));
}

}  // namespace
}  // namespace reprise::test
