#include <zlib.h>

#include <catch2/catch.hpp>

#include "tests/support/temp_dir.hpp"
#include "tests/tools/program.hpp"

namespace reprise::test {
namespace {

using Strings = std::vector<std::string>;

const std::string queue = shipped("queueing/single_server.toml");
const std::string tape = shipped("market/btcusdt.toml");

constexpr std::string_view walk = R"(name = "walk"
until = "100ms"

[[agent]]
name = "noise"
kind = "noise_trader"
count = 2
options = { wait = "10ms", reference = 1 }

[[agent]]
name = "exchange"
kind = "order_book"
)";

/// The walk with `old_text` replaced.
std::string walk_with(std::string_view old_text, std::string_view new_text) {
  std::string text(walk);
  return text.replace(text.find(old_text), old_text.size(), new_text);
}

/// Calls the program in `folder`: it must refuse, say every one of `words` and leave no file
/// behind.
void refuses(const TempDir& folder, const Strings& arguments, const Strings& words) {
  const Strings before = files_in(folder.path());
  const ProgramResult result = run_program(arguments, {folder.path()});
  std::string line;
  for (const std::string& argument : arguments) line += " " + argument;
  INFO("reprise" << line << ": exit " << result.code << ": " << result.err);
  CHECK(result.code == 2);
  CHECK(result.out.empty());
  CHECK_THAT(result.err, Catch::StartsWith("reprise: "));
  for (const std::string& word : words) CHECK_THAT(result.err, Catch::Contains(word));
  CHECK(files_in(folder.path()) == before);
}

void refuses_scenario(std::string_view text, const Strings& words) {
  const TempDir folder;
  folder.write("bad.toml", text);
  refuses(folder, {"run", "bad.toml"}, words);
  refuses(folder, {"run", "bad.toml", "-o", "out.rpj", "--json"}, words);
}

void refuses_feed(const std::string& scenario, const char* name, std::string_view bytes,
                  const Strings& words) {
  const TempDir folder;
  folder.write("bad.dat", bytes);
  const std::string feed = std::string(name) + "=bad.dat";
  refuses(folder, {"run", scenario, "--feed", feed}, words);
  refuses(folder, {"run", scenario, "--feed", feed, "-o", "out.rpj", "--json"}, words);
}

TEST_CASE("a scenario that is missing a folder or unreadable is refused") {
  const TempDir folder;
  std::filesystem::create_directory(folder.path() / "folder");
  refuses(folder, {"run", "nowhere.toml"}, {"nowhere.toml", "No such file", "check its name"});
  refuses(folder, {"run", "folder"}, {"folder", "directory"});
  refuses(folder, {"run", ""}, {"cannot open"});
  std::filesystem::permissions(folder.write("locked.toml", walk), std::filesystem::perms::none);
  // nothing is unreadable to root
  if (run_shell("cat locked.toml", {folder.path()}).code != 0) {
    refuses(folder, {"run", "locked.toml"}, {"locked.toml", "Permission denied"});
  }
}

TEST_CASE("a feed that is missing or a folder is refused") {
  const TempDir folder;
  std::filesystem::create_directory(folder.path() / "folder");
  refuses(folder, {"run", queue, "--feed", "jobs=nowhere.dat"},
          {"--feed jobs=nowhere.dat", "No such file", "check its name"});
  refuses(folder, {"run", queue, "--feed", "jobs=folder"}, {"folder"});
  folder.write("bad.toml", read_file(queue));
  refuses(folder, {"run", "bad.toml"},
          {"bad.toml:16:1: feed 'jobs': ", "single_server.dat", "No such file",
           "or name another file with --feed jobs=FILE"});
}

TEST_CASE("a gzip feed that is cut off or broken is refused with its line and leaves no journal") {
  const TempDir folder;
  const std::string sample = read_file(shipped("market/btcusdt_sample.txt"));
  gzFile out = gzopen(folder.file("whole.gz").c_str(), "wb");
  REQUIRE(out != nullptr);
  gzwrite(out, sample.data(), static_cast<unsigned>(sample.size()));
  gzclose(out);
  const std::string whole = read_file(folder.file("whole.gz"));
  CHECK(
      run_program({"run", tape, "--feed", "tape=whole.gz", "--no-journal"}, {folder.path()}).code ==
      0);
  for (const std::size_t lost :
       {std::size_t{1}, std::size_t{8}, whole.size() / 2, whole.size() - 12}) {
    folder.write("cut.gz", std::string_view(whole).substr(0, whole.size() - lost));
    refuses(folder, {"run", tape, "--feed", "tape=cut.gz"}, {"cut.gz:", "ends too early", "again"});
  }
  std::string broken = whole;
  broken[broken.size() / 2] ^= 0x40;
  folder.write("broken.gz", broken);
  refuses(folder, {"run", tape, "--feed", "tape=broken.gz", "-o", "a.rpj"}, {"broken.gz:"});
}

TEST_CASE("text that is not UTF-8 is refused with line and column") {
  refuses_scenario("name = \"\xff\xfe\"\n", {"bad.toml:1:", "not UTF-8", "save the file as UTF-8"});
  refuses_scenario(walk_with("walk", "\xc3"),
                   {"bad.toml:1:", "not UTF-8", "save the file as UTF-8"});
  refuses_feed(queue, "jobs", "1 2\n3 \xff\xfe\n", {"bad.dat:2:3:", "UTF-8"});
  refuses_feed(tape, "tape", "17 {\"\xc3(\":1}\n", {"bad.dat:1:", "UTF-8"});
}

TEST_CASE("a scenario of a hundred megabytes is refused before it is read") {
  const TempDir folder;
  const std::string file = folder.write("big.toml", "#");
  std::filesystem::resize_file(file, 100'000'000);
  refuses(folder, {"run", "big.toml"}, {"big.toml", "100000000 bytes", "16 MiB", "feed"});
}

TEST_CASE("a negative delay is refused") {
  refuses_scenario(walk_with("\"10ms\"", "\"-10ms\""),
                   {"bad.toml:8:", "wait", "negative", "0 or more"});
  refuses_feed(queue, "jobs", "1 2\n5 -1\n", {"bad.dat:2:", "service", "negative"});
  refuses_feed(queue, "jobs", "-5 1\n", {"bad.dat:1:"});
  const TempDir folder;
  folder.write("walk.toml", walk);
  refuses(folder, {"run", "walk.toml", "--set", "agent.noise.options.wait=-1s"},
          {"negative", "wait"});
}

TEST_CASE("a count of a million million agents is refused") {
  refuses_scenario(walk_with("count = 2", "count = 1000000000000"),
                   {"bad.toml:7:", "count", "from 1 to"});
  refuses_scenario(walk_with("count = 2", "count = 0"), {"bad.toml:7:", "count"});
  refuses_scenario(walk_with("count = 2", "count = -1"), {"bad.toml:7:", "count"});
  const TempDir folder;
  folder.write("walk.toml", walk);
  refuses(folder, {"run", "walk.toml", "--set", "agent.noise.count=1000000000000"},
          {"count", "from 1 to"});
}

TEST_CASE("a price that no 64-bit integer holds is refused") {
  refuses_scenario(walk_with("reference = 1", "reference = 99999999999999999999"),
                   {"bad.toml:8:", "64 bits"});
  refuses_feed(queue, "jobs", "1 99999999999999999999\n", {"bad.dat:1:", "service"});
  const std::string quote = read_file(shipped("market/btcusdt_sample.txt"));
  std::string line = quote.substr(0, quote.find('\n') + 1);
  const std::string price = "49999.99000000";
  REQUIRE(line.find(price) != std::string::npos);
  line.replace(line.find(price), price.size(), "99999999999999.99");
  refuses_feed(tape, "tape", line,
               {"bad.dat:1:", "99999999999999.99", "64 bits", "--feed-errors=skip"});
}

TEST_CASE("two agents of a name are refused with both places") {
  refuses_scenario(std::string(walk) + "[[agent]]\nname = \"noise\"\nkind = \"order_book\"\n",
                   {"bad.toml:14:1:", "'noise'", "bad.toml:5:1"});
}

TEST_CASE("a feed that goes back in time is refused with the line and both times") {
  refuses_feed(queue, "jobs", "4 1\n5 1\n3 1\n", {"bad.dat:3:", "3s", "5s", "sort"});
}

TEST_CASE("what is mistyped on the command line is refused with what was meant") {
  const TempDir folder;
  folder.write("walk.toml", walk);
  refuses(folder, {"rum"}, {"unknown command 'rum'; did you mean 'run'?"});
  refuses(folder, {"help", "verfy"}, {"unknown command 'verfy'; did you mean 'verify'?"});
  refuses(folder, {"xyzzyxyzzy"}, {"unknown command 'xyzzyxyzzy'; see `"});
  refuses(folder, {"run", "walk.toml", "--sed", "3"},
          {"unknown option '--sed'; did you mean '--seed'?"});
  refuses(folder, {"run", "walk.toml", "--xyzzyxyzzy"}, {"unknown option '--xyzzyxyzzy'; see `"});
  refuses(folder, {"kinds", "noise_trade"},
          {"unknown kind 'noise_trade'; did you mean 'noise_trader'?"});
  refuses(folder, {"kinds", "momentum"},
          {"unknown kind 'momentum'; did you mean 'momentum_trader'? `", " kinds` lists them"});
  refuses(folder, {"kinds", "xyzzyxyzzy"}, {"unknown kind 'xyzzyxyzzy'; `", " kinds` lists them"});
  refuses(folder, {"run", "walk.toml", "--out", "a"},
          {"unknown option '--out'; did you mean '--output'?"});
  refuses(folder, {"run", "walk.toml", "--out=a"},
          {"unknown option '--out'; did you mean '--output'?"});
  refuses(folder, {"run", "walk.toml", "--fee", "a"}, {"did you mean '--feed'?"});
  refuses(folder, {"ver"}, {"unknown command 'ver'; did you mean 'verify'?"});
  refuses(folder, {"help", "run", "show"}, {"unexpected argument 'show'"});
  refuses(folder, {"run", "walk.toml", "--set", "agent.noize.count=2"},
          {"'noize'", "did you mean 'noise'?"});
  refuses(folder, {"run", "walk.toml", "--set", "agent.noise.options.wiat=2s"},
          {"'wiat'", "did you mean 'wait'?"});
  refuses(folder, {"run", "walk.toml", "--set", "agent.noise.options"},
          {"--set agent.noise.options", "PATH=VALUE"});
  refuses(folder, {"run", "walk.toml", "--set", "noise.cash=0"}, {"--set noise.cash=0"});
  refuses(folder, {"run", "walk.toml", "--feed", "tape=walk.toml"},
          {"--feed tape=walk.toml", "no feed"});
  refuses(folder, {"run", tape, "--feed", "tap=walk.toml"},
          {"no feed 'tap'", "did you mean 'tape'?"});
  refuses(folder, {"run", tape, "--feed", "walk.toml"}, {"NAME=FILE"});
  refuses(folder, {"run", tape, "--feed", "tape=a", "--feed", "tape=b"}, {"twice"});
}

TEST_CASE("a scenario that names an unknown kind is refused with the nearest one") {
  refuses_scenario(walk_with("order_book", "order_bok"),
                   {"bad.toml:12:", "'order_bok'", "did you mean 'order_book'?"});
  refuses_scenario(walk_with("wait", "wiat"), {"bad.toml:8:", "'wiat'", "did you mean 'wait'?"});
  refuses_scenario("[[agent]\n", {"bad.toml:1:"});
}

TEST_CASE("an option with a value it cannot take is refused with what it takes") {
  const TempDir folder;
  folder.write("walk.toml", walk);
  for (const char* seed : {"-3", "x", "99999999999999999999", "1.5", ""}) {
    refuses(folder, {"run", "walk.toml", "--seed", seed}, {"--seed", "whole number"});
  }
  for (const char* until : {"10", "-3s", "soon", "1e30s"}) {
    refuses(folder, {"run", "walk.toml", "--until", until}, {"--until", "with its unit", until});
  }
  refuses(folder, {"run", "walk.toml", "--steps", "many"}, {"--steps", "whole number"});
  refuses(folder, {"run", "walk.toml", "--feed-errors", "maybe"}, {"stop or skip", "maybe"});
  refuses(folder, {"run", "walk.toml", "--seed"}, {"--seed"});
  refuses(folder, {"run", "walk.toml", "--seed", "1", "--seed", "2"}, {"--seed", "more than once"});
  refuses(folder, {"run"}, {"argument is missing", "SCENARIO"});
  refuses(folder, {"run", "walk.toml", "other.toml"}, {"unexpected argument 'other.toml'"});
  refuses(folder, {"verify"}, {"argument is missing", "JOURNAL"});
}

TEST_CASE("a position that is nowhere in a journal is refused") {
  const TempDir folder;
  folder.write("walk.toml", walk);
  REQUIRE(run_program({"run", "walk.toml", "-o", "a.rpj"}, {folder.path()}).code == 0);
  for (const char* at : {"99999999", "99h"}) {
    refuses(folder, {"show", "a.rpj", "--at", at}, {"beyond the end", "ends at 100ms"});
  }
  for (const char* at : {"soon", "-4", "1.5", ""}) {
    refuses(folder, {"show", "a.rpj", "--at", at}, {"--at takes", "or end"});
  }
  refuses(folder, {"show", "a.rpj", "--agent", "exchagne"},
          {"'exchagne'", "did you mean 'exchange'?"});
  refuses(folder, {"show", "a.rpj", "--agent", "noise[7]"}, {"'noise[7]'"});
}

TEST_CASE("a journal that cannot be made is refused with the reason and what to do") {
  const TempDir folder;
  folder.write("walk.toml", walk);
  std::filesystem::create_directory(folder.path() / "folder");
  refuses(folder, {"run", "walk.toml", "-o", "nowhere/a.rpj"}, {"nowhere", "make it first"});
  refuses(folder, {"run", "walk.toml", "-o", "folder"}, {"folder", "name a file in it"});
  refuses(folder, {"run", "walk.toml", "-o", "folder", "--force"}, {"folder", "name a file in it"});
  refuses(folder, {"run", "walk.toml", "-o", ""}, {"name a file"});
  refuses(folder, {"run", "walk.toml", "-o", "-"}, {"standard output"});
  refuses(folder, {"run", "walk.toml", "-o", "a.rpj", "--no-journal"},
          {"--no-journal and -o exclude each other"});
}

TEST_CASE("what a run reads and what is no journal is not replaced by one however forced") {
  const TempDir folder;
  const std::string jobs = "1 2\n3 4\n";
  folder.write("queue.rpj", read_file(queue));
  folder.write("jobs.dat", jobs);
  folder.write("notes.txt", "precious");
  std::filesystem::create_directory(folder.path() / "folder");
  std::filesystem::create_symlink("jobs.dat", folder.path() / "link");
  std::filesystem::create_hard_link(folder.path() / "queue.rpj", folder.path() / "hard");
  const Strings run{"run", "queue.rpj", "--feed", "jobs=jobs.dat"};
  const auto refuses_output = [&](Strings more, const Strings& words) {
    more.insert(more.begin(), run.begin(), run.end());
    refuses(folder, more, words);
    more.emplace_back("--force");
    refuses(folder, more, words);
  };
  refuses_output({"-o", "queue.rpj"}, {"-o queue.rpj: is queue.rpj", "reads; name another file"});
  refuses_output({"-o", "hard"}, {"-o hard: is queue.rpj", "name another file"});
  refuses_output({"-o", "folder/../jobs.dat"}, {"-o folder/../jobs.dat: is jobs.dat"});
  refuses_output({"-o", "link"}, {"-o link: is jobs.dat", "name another file"});
  refuses_output({"-o", "notes.txt"}, {"-o notes.txt: exists and is no reprise journal"});
  Strings unnamed = run;
  unnamed.emplace_back("--force");
  refuses(folder, unnamed, {"-o queue.rpj: is queue.rpj"});
  CHECK(read_file(folder.file("queue.rpj")) == read_file(queue));
  CHECK(read_file(folder.file("jobs.dat")) == jobs);
  CHECK(read_file(folder.file("notes.txt")) == "precious");
}

TEST_CASE("a journal given as a scenario is led to the commands that read one") {
  const TempDir folder;
  folder.write("walk.toml", walk);
  REQUIRE(run_program({"run", "walk.toml", "-o", "a.rpj"}, {folder.path()}).code == 0);
  refuses(folder, {"run", "a.rpj"},
          {"a.rpj: is a reprise journal; `reprise verify|show|info` read it"});
}

TEST_CASE("a device is not replaced by a journal however forced") {
  const TempDir folder;
  folder.write("walk.toml", walk);
  std::filesystem::create_symlink("/dev/null", folder.path() / "device");
  refuses(folder, {"run", "walk.toml", "-o", "device"},
          {"device", "no regular file", "--no-journal"});
  refuses(folder, {"run", "walk.toml", "-o", "device", "--force"},
          {"device", "no regular file", "--no-journal"});
}

}  // namespace
}  // namespace reprise::test
