#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/temp_dir.hpp"
#include "tests/tools/program.hpp"

namespace reprise::test {
namespace {

namespace json = boost::json;

/// A run of the shipped queue, "a.rpj" in `folder`; its bytes. Whether [expect] holds is no matter
/// here.
std::string recorded(const TempDir& folder) {
  const ProgramResult result =
      run_program({"run", shipped("queueing/single_server.toml"), "--seed", "1", "-o", "a.rpj"},
                  {folder.path()});
  INFO(result.err);
  REQUIRE(result.code == 0);
  return read_file(folder.file("a.rpj"));
}

ProgramResult verified(const TempDir& folder, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "verify");
  return run_program(arguments, {folder.path()});
}

TEST_CASE("a journal with one byte flipped is refused wherever that byte is") {
  const TempDir folder;
  const std::string whole = recorded(folder);
  constexpr std::size_t places = 64;
  for (std::size_t i = 0; i <= places; ++i) {
    const std::size_t place = i * (whole.size() - 1) / places;
    std::string damaged = whole;
    damaged[place] = static_cast<char>(damaged[place] ^ (1 << (i % 8)));
    folder.write("damaged.rpj", damaged);
    const ProgramResult result = verified(folder, {"damaged.rpj"});
    INFO("byte " << place << " of " << whole.size() << ": " << result.err);
    CHECK(result.code == 4);
    CHECK(result.out.empty());
    CHECK_THAT(result.err, Catch::Contains("damaged.rpj"));
    CHECK_THAT(result.err,
               Catch::Contains("at offset ") || Catch::Contains("its header is damaged"));
  }
}

TEST_CASE("a journal whose trail was handed over between two checkpoints is verified") {
  const TempDir folder;
  const ProgramResult run = run_program(
      {"run", shipped("phold/phold.toml"), "--set", "agent.phold.count=2000", "--set",
       "agent.phold.options.agents=2000", "--until", "600s", "--steps", "150000", "-o", "a.rpj"},
      {folder.path()});
  INFO(run.err);
  REQUIRE(run.code == 0);
  const ProgramResult info = run_program({"info", "a.rpj", "--json"}, {folder.path()});
  // At steps 0, 2^16, 32 * 4,000 and 150,000.
  CHECK(json_of(info).at("checkpoints").to_number<int>() == 4);
  const ProgramResult result = verified(folder, {"a.rpj"});
  INFO(result.err);
  CHECK(result.code == 0);
}

TEST_CASE("the damage is named by the offset of the frame that it lies in") {
  const TempDir folder;
  const std::string whole = recorded(folder);
  const std::string magic = "\x89RPJ\r\n\x1a\n";
  std::vector<std::size_t> frames;
  for (std::size_t at = whole.find(magic); at != std::string::npos;
       at = whole.find(magic, at + 1)) {
    frames.push_back(at);
  }
  REQUIRE(frames.size() >= 6);
  for (std::size_t i = 1; i < frames.size(); ++i) {
    std::string damaged = whole;
    damaged[frames[i] + 161] ^= 1;
    folder.write("damaged.rpj", damaged);
    CHECK_THAT(verified(folder, {"damaged.rpj"}).err,
               Catch::Contains("at offset " + std::to_string(frames[i]) + ":"));
  }
}

TEST_CASE("a journal that is cut off says where and how far it is proved") {
  const TempDir folder;
  const std::string whole = recorded(folder);
  for (std::size_t part = 1; part < 24; ++part) {
    const std::size_t size = part * whole.size() / 24;
    folder.write("cut.rpj", std::string_view(whole).substr(0, size));
    const ProgramResult result = verified(folder, {"cut.rpj"});
    INFO("the first " << size << " bytes of " << whole.size() << ": " << result.err);
    CHECK(result.code == 4);
    CHECK(result.out.empty());
    CHECK_THAT(result.err, Catch::Contains("cut.rpj"));
    CHECK_THAT(result.err, (Catch::Contains("at offset ") && Catch::Contains("up to step ")) ||
                               Catch::Contains("its header is damaged"));
  }
  folder.write("almost.rpj", std::string_view(whole).substr(0, whole.size() - 1));
  const ProgramResult almost = verified(folder, {"almost.rpj", "--json"});
  CHECK(almost.code == 4);
  CHECK(json_of(almost).at("equal") == true);
  CHECK(json_of(almost).at("sealed") == false);
  CHECK(json_of(almost).at("steps") == 400);
}

TEST_CASE("a journal that ends between two frames is without a seal") {
  const TempDir folder;
  const std::string whole = recorded(folder);
  const std::size_t seal = whole.rfind("\x89RPJ\r\n\x1a\n");
  folder.write("open.rpj", std::string_view(whole).substr(0, seal));
  const ProgramResult result = verified(folder, {"open.rpj"});
  CHECK(result.code == 4);
  CHECK_THAT(result.err,
             Catch::Contains("without a seal") && Catch::Contains("equal up to step 400"));
  const json::object info = json_of(run_program({"info", "open.rpj", "--json"}, {folder.path()}));
  CHECK(info.at("torn").at("offset") == static_cast<std::int64_t>(seal));
}

TEST_CASE("a journal that is cut off is shown up to the cut and says so") {
  const TempDir folder;
  const std::string whole = recorded(folder);
  folder.write("cut.rpj", std::string_view(whole).substr(0, whole.size() - 9));
  const ProgramResult shown = run_program({"show", "cut.rpj"}, {folder.path()});
  CHECK(shown.code == 0);
  CHECK(shown.out == run_program({"show", "a.rpj"}, {folder.path()}).out);
  CHECK_THAT(shown.err, Catch::StartsWith("reprise: cut.rpj: cut off or damaged at offset ") &&
                            Catch::Contains("the file ends in the middle of a frame") &&
                            Catch::Contains("up to step 400 at "));
  const ProgramResult beyond = run_program({"show", "cut.rpj", "--at", "401"}, {folder.path()});
  CHECK(beyond.code == 2);
  CHECK(beyond.out.empty());
  CHECK_THAT(beyond.err, Catch::Contains("cut off or damaged at offset ") &&
                             Catch::Contains("401 is beyond the end") &&
                             Catch::Contains("`reprise run --continue`"));
  const ProgramResult info = run_program({"info", "cut.rpj"}, {folder.path()});
  CHECK(info.code == 0);
  CHECK_THAT(info.out, Catch::Contains("`reprise run --continue` goes on with it"));
  CHECK(run_program({"verify", "cut.rpj"}, {folder.path()}).code == 4);
  CHECK(run_program({"show", "a.rpj"}, {folder.path()}).err.empty());
}

TEST_CASE("verify answers a program also for a journal that cannot be read") {
  const TempDir folder;
  const std::string whole = recorded(folder);
  std::string damaged = whole;
  const std::size_t second = whole.find("\x89RPJ\r\n\x1a\n", 1);
  damaged[second + 161] ^= 1;
  folder.write("damaged.rpj", damaged);
  folder.write("text.rpj", "no journal");
  const auto answer = [&](const char* file, int code) {
    const ProgramResult result = verified(folder, {file, "--json"});
    CHECK(result.code == code);
    const json::object object = json_of(result);
    CHECK(object.at("journal") == file);
    CHECK_THAT(result.err, Catch::Contains(std::string(object.at("error").as_string())));
    return object;
  };
  CHECK(answer("damaged.rpj", 4).at("offset") == static_cast<std::int64_t>(second));
  CHECK(answer("text.rpj", 4).at("offset").is_null());
  CHECK(answer("nowhere.rpj", 2).at("offset").is_null());
  const ProgramResult all = verified(folder, {"a.rpj", "damaged.rpj", "nowhere.rpj", "--json"});
  CHECK(all.code == 4);
  CHECK(std::count(all.out.begin(), all.out.end(), '\n') == 3);
}

TEST_CASE("no steps are said to be lost where the damage holds none") {
  const TempDir folder;
  std::string damaged = recorded(folder);
  const std::string magic = "\x89RPJ\r\n\x1a\n";
  damaged[damaged.find(magic, 1) + 161] ^= 1;
  folder.write("source.rpj", damaged);
  const std::string source = verified(folder, {"source.rpj"}).err;
  CHECK_THAT(source, Catch::Contains("damaged: ") && Catch::Contains("the next frame's head"));
  CHECK_THAT(source, !Catch::Contains("lost"));
}

TEST_CASE("what verify complains of begins with the name of the program") {
  const TempDir folder;
  const std::string whole = recorded(folder);
  folder.write("cut.rpj", std::string_view(whole).substr(0, whole.size() - 9));
  folder.write("text.rpj", "no journal");
  for (const char* file : {"cut.rpj", "text.rpj", "nowhere.rpj"}) {
    CHECK_THAT(verified(folder, {file}).err, Catch::StartsWith(std::string("reprise: ") + file));
  }
}

TEST_CASE("what is appended to a journal is damage") {
  const TempDir folder;
  const std::string whole = recorded(folder);
  folder.write("twice.rpj", whole + whole);
  folder.write("tail.rpj", whole + "x");
  CHECK(verified(folder, {"twice.rpj"}).code == 4);
  const ProgramResult tail = verified(folder, {"tail.rpj"});
  CHECK(tail.code == 4);
  CHECK_THAT(tail.err, Catch::Contains("tail.rpj at offset " + std::to_string(whole.size())));
  CHECK(run_program({"info", "twice.rpj"}, {folder.path()}).code == 4);
}

TEST_CASE("a file that is no journal is refused by every command that reads one") {
  const TempDir folder;
  folder.write("empty.rpj", "");
  folder.write("short.rpj", "\x89RPJ");
  folder.write("text.rpj", std::string(10'000, 'x'));
  for (const char* file : {"empty.rpj", "short.rpj", "text.rpj"}) {
    for (const char* command : {"verify", "info", "show", "events"}) {
      const ProgramResult result = run_program({command, file}, {folder.path()});
      INFO(command << ' ' << file << ": " << result.err);
      CHECK(result.code == 4);
      CHECK(result.out.empty());
      CHECK_THAT(result.err, Catch::Contains(std::string(file) + ": is no reprise journal"));
    }
  }
}

TEST_CASE("a journal that is not there is bad input for every command that reads one") {
  const TempDir folder;
  std::filesystem::create_directory(folder.path() / "folder");
  for (const char* file : {"nowhere.rpj", "folder"}) {
    for (const char* command : {"verify", "info", "show", "events"}) {
      const ProgramResult result = run_program({command, file}, {folder.path()});
      INFO(command << ' ' << file << ": " << result.err);
      CHECK(result.code == 2);
      CHECK(result.out.empty());
      CHECK_THAT(result.err, Catch::Contains(std::string(file) + ": "));
    }
  }
}

TEST_CASE("of several journals every one is verified and the worst verdict counts") {
  const TempDir folder;
  const std::string whole = recorded(folder);
  folder.write("damaged.rpj", std::string_view(whole).substr(0, whole.size() / 2));
  CHECK(verified(folder, {"a.rpj", "a.rpj"}).code == 0);
  CHECK(verified(folder, {"a.rpj", "damaged.rpj", "a.rpj"}).code == 4);
  CHECK(verified(folder, {"a.rpj", "nowhere.rpj"}).code == 2);
  const ProgramResult all = verified(folder, {"damaged.rpj", "nowhere.rpj", "a.rpj"});
  CHECK(all.code == 4);
  CHECK_THAT(all.err, Catch::Contains("damaged.rpj") && Catch::Contains("nowhere.rpj"));
  CHECK_THAT(all.out, Catch::StartsWith("a.rpj: equal"));
}

TEST_CASE("a verdict of no ends with a command that gives it again when sh is given it") {
  const TempDir folder;
  const std::string whole = recorded(folder);
  folder.write("it is cut.rpj", std::string_view(whole).substr(0, whole.size() - 9));
  const ProgramResult result = verified(folder, {"it is cut.rpj"});
  const ProgramResult again = run_shell(reproducing_command(result), {folder.path()});
  CHECK(again.code == 4);
  CHECK(again.err == result.err);
}

TEST_CASE("verify says the same with several jobs") {
  const TempDir folder;
  const ProgramResult run = run_program({"run", shipped("market/thin_market.toml"), "--until",
                                         "30s", "--keyframes", "2000", "-o", "a.rpj"},
                                        {folder.path()});
  INFO(run.err);
  REQUIRE(run.code == 0);
  const std::string whole = read_file(folder.file("a.rpj"));
  folder.write("cut.rpj", std::string_view(whole).substr(0, whole.size() - 1000));
  std::string flipped = whole;
  flipped[whole.size() / 2] = static_cast<char>(whole[whole.size() / 2] ^ 0x40);
  folder.write("flipped.rpj", flipped);
  const std::vector<std::string> all{"a.rpj", "cut.rpj", "flipped.rpj", "nowhere.rpj", "a.rpj"};
  const ProgramResult one = verified(folder, all);
  CHECK(one.code == 4);
  for (const char* jobs : {"1", "2", "7"}) {
    std::vector<std::string> words = all;
    words.insert(words.begin(), {"--jobs", jobs});
    const ProgramResult several = verified(folder, words);
    INFO(jobs);
    CHECK(several.code == one.code);
    CHECK(several.out == one.out);
    CHECK(several.err == one.err);
  }
  const json::object answer = json_of(verified(folder, {"--jobs", "2", "--json", "a.rpj"}));
  CHECK(answer.at("equal") == true);
  CHECK(answer.at("jobs") == 2);
  for (const char* none : {"0", "-1", "two", "257", "99999999999"}) {
    const ProgramResult refused = verified(folder, {"--jobs=" + std::string(none), "a.rpj"});
    CHECK(refused.code == 2);
    CHECK_THAT(refused.err, Catch::Contains("--jobs takes a"));
  }
}

}  // namespace
}  // namespace reprise::test
