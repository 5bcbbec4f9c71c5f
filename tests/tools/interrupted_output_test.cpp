#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/temp_dir.hpp"
#include "tests/tools/program.hpp"

namespace reprise::test {
namespace {

namespace fs = std::filesystem;
using Strings = std::vector<std::string>;

TEST_CASE("a journal that is being written anew stays as it is where the program is interrupted") {
  const TempDir folder;
  const auto call = [&](const Strings& words) {
    const ProgramResult result = run_program(words, {folder.path()});
    INFO(result.err);
    REQUIRE(result.code == 0);
  };
  const std::string phold = shipped("phold/phold.toml");
  call({"run", phold, "--until", "2000s", "--events", "-o", "a.rpj"});
  call({"fork", "a.rpj", "--at", "1000", "-o", "b.rpj"});
  call({"run", phold, "--until", "1s", "-o", "out.rpj"});
  const std::string before = read_file(folder.path() / "out.rpj");
  for (const Strings& words : {Strings{"flatten", "b.rpj", "-o", "out.rpj", "--force"},
                               Strings{"compact", "a.rpj", "-o", "out.rpj", "--force"}}) {
    INFO(words.front());
    const ProgramResult result = interrupt_program(
        words, [&] { return fs::exists(folder.path() / "out.rpj.new"); }, {folder.path()});
    CHECK(result.code == 5);
    CHECK_THAT(result.err, Catch::Contains("interrupted; nothing was written"));
    CHECK(result.out.empty());
    CHECK(files_in(folder.path()) == Strings{"a.rpj", "b.rpj", "out.rpj"});
    CHECK(read_file(folder.path() / "out.rpj") == before);
  }
}

}  // namespace
}  // namespace reprise::test
