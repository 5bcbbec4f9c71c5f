#include <catch2/catch.hpp>

#include "tests/support/temp_dir.hpp"
#include "tests/tools/junit_schema.hpp"
#include "tests/tools/program.hpp"

// What `check` reads and writes beside its answers.
namespace reprise::test {
namespace {

namespace json = boost::json;

ProgramResult checked(const TempDir& folder, std::vector<std::string> words) {
  words.insert(words.begin(), "check");
  return run_program(words, {folder.path()});
}

/// The shipped queue with another [expect].
std::string queue(const std::string& expect) {
  const std::string text = read_file(shipped("queueing/mm3.toml"));
  return text.substr(0, text.find("[expect]")) + expect;
}

const std::string right =
    "[expect]  # how it ends\n"
    "steps  = 59_649   # of them all\n"
    "prefix = \"c6bc9c83c426da873bda3e15bd59934c\"\n\n"
    "# the state\nstate='6398239f35d034e8339e1219b68b71b4'\n"
    "always = [\"station.departed <= station.arrived\"]\n";

TEST_CASE("update rewrites the digests and leaves every other byte") {
  const TempDir folder;
  std::string wrong = right;
  wrong.replace(wrong.find("59_649"), 6, "17");
  wrong.replace(wrong.find("c6bc"), 4, "0000");
  wrong.replace(wrong.find("6398"), 4, "1111");
  const std::string file = folder.write("queue.toml", queue(wrong));
  CHECK(checked(folder, {"queue.toml", "--only", "again"}).code == 1);
  const ProgramResult update = checked(folder, {"queue.toml", "--update", "--only", "again"});
  INFO(update.out << update.err);
  CHECK(update.code == 0);
  std::string expected = right;
  expected.replace(expected.find("59_649"), 6, "59649");  // as the number was written
  CHECK(read_file(file) == queue(expected));
  CHECK(checked(folder, {"queue.toml", "--only", "again"}).code == 0);
  CHECK(files_in(folder.path()) == std::vector<std::string>{"queue.toml"});
}

TEST_CASE("update adds the digests where there are none") {
  for (const char* expect : {"", "[expect]\nat_end = [\"station.arrived > 0\"]\n"}) {
    const TempDir folder;
    const std::string file = folder.write("queue.toml", queue(expect));
    REQUIRE(checked(folder, {"queue.toml", "--update", "--only", "again"}).code == 0);
    CHECK_THAT(read_file(file), Catch::Contains("[expect]\nsteps  = 59_649\n"
                                                "prefix = \"c6bc9c83c426da873bda3e15bd59934c\"\n"
                                                "state  = \"6398239f35d034e8339e1219b68b71b4\"\n"));
    CHECK(checked(folder, {"queue.toml", "--only", "again"}).code == 0);
  }
}

TEST_CASE("update refuses what it cannot find its way in and leaves the file alone") {
  const TempDir folder;
  const std::string text = "expect = { steps = 1 }\n" + queue("");
  const std::string file = folder.write("queue.toml", text);
  const ProgramResult result = checked(folder, {"queue.toml", "--update", "--only", "again"});
  CHECK(result.code == 2);
  CHECK_THAT(result.err, Catch::Contains("queue.toml: --update cannot find its way"));
  CHECK(read_file(file) == text);
}

TEST_CASE("the report for a CI tells failures from nondeterminism and is valid") {
  const TempDir folder;
  folder.write("good.toml", queue(right));
  folder.write("bad <&\".toml", queue("[expect]\nsteps = 1\n"));
  folder.write("zone.toml",
               "until = \"300ms\"\n[[agent]]\nname = \"one\"\nkind = \"trickster\"\n"
               "options = { trick = \"timezone\" }\n");
  const ProgramResult all =
      run_shell("exec " REPRISE_PLANTED
                " check --only again,timezone --junit report.xml good.toml 'bad <&\".toml' "
                "nowhere.toml zone.toml",
                {folder.path()});
  INFO(all.out << all.err);
  CHECK(all.code == 3);
  const std::string report = read_file(folder.file("report.xml"));
  CHECK_THAT(report, Catch::Contains("tests=\"4\" failures=\"1\" errors=\"2\"") &&
                         Catch::Contains("<failure type=\"failed\"") &&
                         Catch::Contains("<error type=\"not deterministic\"") &&
                         Catch::Contains("<error type=\"error\"") &&
                         Catch::Contains("bad &lt;&amp;&quot;.toml"));
  check_junit(folder.file("report.xml"));
}

TEST_CASE("what shows a failure is kept and only then") {
  const TempDir folder;
  folder.write("zone.toml",
               "until = \"300ms\"\n[[agent]]\nname = \"one\"\nkind = \"trickster\"\n"
               "options = { trick = \"timezone\" }\n");
  folder.write("good.toml", queue(right));
  const ProgramResult good =
      checked(folder, {"good.toml", "--only", "again", "--artifacts", "kept"});
  CHECK(good.code == 0);
  CHECK_FALSE(std::filesystem::exists(folder.file("kept")));
  const ProgramResult result = run_shell(
      "exec " REPRISE_PLANTED " check good.toml zone.toml --artifacts kept", {folder.path()});
  CHECK(result.code == 3);
  CHECK(files_in(folder.path() / "kept") == std::vector<std::string>{"2-zone"});
  const std::filesystem::path kept = folder.path() / "kept" / "2-zone";
  CHECK(files_in(kept) ==
        std::vector<std::string>{"perturbed.rpj", "recorded.rpj", "report.json", "reproduce.sh"});
  const ProgramResult again = run_shell("sh kept/2-zone/reproduce.sh", {folder.path()});
  CHECK(again.code == 3);
  const ProgramResult diff =
      run_shell("exec " REPRISE_PLANTED " diff kept/2-zone/recorded.rpj kept/2-zone/perturbed.rpj",
                {folder.path()});
  INFO(diff.out << diff.err);
  CHECK(diff.code == 1);
  CHECK_THAT(diff.out, Catch::Contains("52"));
}

TEST_CASE("check refuses what it does not know") {
  const TempDir folder;
  CHECK_THAT(checked(folder, {"a.toml", "--only", "moon"}).err,
             Catch::Contains("no perturbation 'moon'; there are again restore"));
  CHECK(checked(folder, {"a.toml", "--budget", "30"}).code == 2);
  CHECK(checked(folder, {}).code == 2);
  CHECK(checked(folder, {"nowhere.toml"}).code == 2);
  folder.write("half.rpj", "\x89RPJ\r\n\x1a\nrest");
  CHECK(checked(folder, {"half.rpj"}).code == 4);
}

}  // namespace
}  // namespace reprise::test
