#include <boost/json/array.hpp>
#include <boost/json/value_to.hpp>
#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/temp_dir.hpp"
#include "tests/tools/program.hpp"

namespace reprise::test {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using Catch::Contains;
using Strings = std::vector<std::string>;

/// Ten seconds of the thin market with halts at 4, 6 and 8 seconds, "a.rpj", and branches of it.
struct Family {
  TempDir folder;

  Family() {
    std::string text = read_file(shipped("market/thin_market.toml"));
    text.erase(text.find("[[input]]"));
    for (const char* at : {"4s", "6s", "8s"}) {
      text += "[[input]]\nat = \"" + std::string(at) +
              "\"\nto = \"exchange\"\nsend = { kind = \"market.halt\", lasts = \"500ms\" }\n";
    }
    done({"run", folder.write("halts.toml", text), "--until", "10s", "-o", "a.rpj"});
  }

  ProgramResult call(const Strings& words) const { return run_program(words, {folder.path()}); }

  void done(const Strings& words) const {
    const ProgramResult result = call(words);
    INFO(result.err);
    REQUIRE(result.code == 0);
  }

  void fork(const std::string& from, const std::string& at, const std::string& to,
            const Strings& edits = {}) const {
    Strings words{"fork", from, "--at", at, "-o", to};
    words.insert(words.end(), edits.begin(), edits.end());
    done(words);
  }

  json::array tree(const Strings& places, int code = 0) const {
    Strings words{"tree", "--json"};
    words.insert(words.end(), places.begin(), places.end());
    const ProgramResult result = call(words);
    INFO(result.err);
    REQUIRE(result.code == code);
    return json_of(result).at("journals").as_array();
  }

  Strings edits_of(const std::string& journal, const Strings& edits) const {
    fork("a.rpj", "5s", journal, edits);
    for (const json::value& root : tree({"."})) {
      for (const json::value& branch : root.at("branches").as_array()) {
        if (json::value_to<std::string>(branch.at("journal")) != journal) continue;
        return json::value_to<Strings>(branch.at("edits"));
      }
    }
    return {"not found"};
  }
};

Strings names(const json::value& nodes) {
  Strings names;
  for (const json::value& node : nodes.as_array()) {
    names.push_back(json::value_to<std::string>(node.at("journal")));
  }
  return names;
}

TEST_CASE("tree shows journals with their branches below them") {
  const Family family;
  family.fork("a.rpj", "5s", "b.rpj", {"--set", "trader[3].cash=5"});
  family.fork("b.rpj", "7s", "c.rpj", {"--until", "9s"});
  family.fork("a.rpj", "3s", "d.rpj");
  family.done({"run", shipped("market/thin_market.toml"), "--until", "1s", "-o", "alone.rpj"});
  const json::array roots = family.tree({"."});
  REQUIRE(names(roots) == Strings{"a.rpj", "alone.rpj"});
  CHECK(roots.at(1).at("branches").as_array().empty());
  CHECK(roots.at(1).at("forked_at").is_null());
  const json::value& a = roots.at(0);
  CHECK(a.at("end") == "until");
  CHECK(a.at("time_ns") == 10'000'000'000);
  CHECK(a.at("parent").is_null());
  CHECK(a.at("problem").is_null());
  const json::object info = json_of(family.call({"info", "a.rpj", "--json"}));
  for (const char* key : {"steps", "state", "bytes", "time_ns"}) CHECK(a.at(key) == info.at(key));
  REQUIRE(names(a.at("branches")) == Strings{"d.rpj", "b.rpj"});  // by step
  const json::value& b = a.at("branches").at(1);
  CHECK(b.at("parent") == "there");
  CHECK(b.at("forked_at").at("time_ns") == 5'000'000'000);
  CHECK(json::value_to<Strings>(b.at("edits")) == Strings{"set trader[3].cash = 5"});
  REQUIRE(names(b.at("branches")) == Strings{"c.rpj"});
  CHECK(b.at("branches").at(0).at("time_ns") == 9'000'000'000);
  CHECK(b.at("branches").at(0).at("edits").as_array().empty());
  const std::string text = family.call({"tree", "."}).out;
  CHECK_THAT(text, Contains("\n  b.rpj  from step ") && Contains(" at 5s  ") &&
                       Contains("\n      edit  set trader[3].cash = 5\n    c.rpj  from step ") &&
                       Contains("\nalone.rpj  "));
}

TEST_CASE("tree says what a branch does otherwise as fork says it") {
  const Family family;
  const std::vector<Strings> each{
      {"--drop-input", "3"},
      {"--change-input", "2.lasts=1s"},
      {"--delay-input", "2=1s"},
      {"--no-inputs"},
      {"--reseed", "4"},
      {"--send", "{to=\"exchange\", kind=\"market.halt\", at=\"9s\", lasts=\"7ms\"}"},
      {"--set", "trader[0].cash=7", "--drop-input", "2", "--change-input", "3.lasts=2s"}};
  const std::vector<Strings> words{
      {"drop input 3 (market.halt to exchange at 8s)"},
      {"change input 2 (market.halt to exchange at 6s): lasts = 1s"},
      {"delay input 2 (market.halt to exchange at 6s) by 1s"},
      {"no recorded inputs"},
      {"reseed all from 4"},
      {"send market.halt to exchange at 9s"},
      {"set trader[0].cash = 7", "change input 3 (market.halt to exchange at 8s): lasts = 2s",
       "drop input 2 (market.halt to exchange at 6s)"}};
  for (std::size_t i = 0; i < each.size(); ++i) {
    CHECK(family.edits_of("b" + std::to_string(i) + ".rpj", each[i]) == words[i]);
  }
  // An input that lies behind its end is none that a branch leaves out.
  CHECK(family.edits_of("short.rpj", {"--until", "7s"}).empty());
}

TEST_CASE("tree marks what is missing altered or damaged and shows the rest") {
  const Family family;
  family.fork("a.rpj", "5s", "b.rpj", {"--set", "trader[3].cash=5"});
  family.fork("b.rpj", "7s", "c.rpj");
  const std::string whole = read_file(family.folder.path() / "a.rpj");
  SECTION("missing") {
    fs::remove(family.folder.path() / "a.rpj");
    const json::array roots = family.tree({"."}, 4);
    REQUIRE(names(roots) == Strings{"b.rpj"});
    CHECK(roots.at(0).at("parent") == "missing");
    CHECK_THAT(json::value_to<std::string>(roots.at(0).at("problem")),
               Contains("its parent is missing") && Contains("--parents"));
    CHECK(json::value_to<Strings>(roots.at(0).at("edits")) == Strings{"set trader[3].cash = 5"});
    CHECK(names(roots.at(0).at("branches")) == Strings{"c.rpj"});
    CHECK(roots.at(0).at("branches").at(0).at("parent") == "there");
    const ProgramResult text = family.call({"tree", "."});
    CHECK(text.code == 4);
    CHECK_THAT(text.out, Contains("\n  ! b.rpj: is a branch, and its parent is missing"));
  }
  SECTION("altered") {
    family.done({"run", "halts.toml", "--until", "4s", "-o", "a.rpj", "--force"});
    const json::array roots = family.tree({"."}, 4);
    CHECK(names(roots) == Strings{"a.rpj", "b.rpj"});
    CHECK(roots.at(1).at("parent") == "altered");
    CHECK_THAT(json::value_to<std::string>(roots.at(1).at("problem")),
               Contains("is not what it was"));
  }
  SECTION("damaged") {
    family.folder.write("z.rpj", "no journal");
    family.folder.write("cut.rpj", std::string_view(whole).substr(0, whole.size() / 2));
    family.folder.write("notes.txt", "of something else");
    const json::array roots = family.tree({"."}, 4);
    REQUIRE(names(roots) == Strings{"a.rpj", "cut.rpj", "z.rpj"});
    CHECK(names(roots.at(0).at("branches")) == Strings{"b.rpj"});
    CHECK_THAT(json::value_to<std::string>(roots.at(1).at("problem")), Contains("cut off"));
    CHECK_THAT(json::value_to<std::string>(roots.at(2).at("problem")), Contains("z.rpj"));
    CHECK_THAT(family.call({"tree", "."}).out, Contains("z.rpj  cannot be read\n  ! "));
    fs::remove(family.folder.path() / "z.rpj");
    CHECK(family.tree({"."}).size() == 2);  // a cut is no error
  }
}

TEST_CASE("tree goes through folders but not along links and shows each file once") {
  const Family family;
  fs::create_directories(family.folder.path() / "deep" / "er");
  fs::create_directory(family.folder.path() / "outside");
  family.fork("a.rpj", "5s", "deep/er/b.rpj");
  fs::create_directory_symlink(family.folder.path() / "deep", family.folder.path() / "deep" / "up");
  fs::create_symlink(family.folder.path() / "a.rpj", family.folder.path() / "deep" / "link.rpj");
  const json::array roots = family.tree({"."});
  REQUIRE(names(roots) == Strings{"a.rpj"});
  CHECK(names(roots.at(0).at("branches")) == Strings{"deep/er/b.rpj"});
  CHECK(names(family.tree({".", "a.rpj", "deep", "a.rpj"})) == Strings{"a.rpj"});
  // A parent that lies elsewhere is found there and shown.
  CHECK(names(family.tree({"deep", "--parents", "."})) == Strings{"a.rpj"});
  CHECK(family.tree({"outside"}).empty());
  CHECK(family.call({"tree", "nowhere"}).code == 2);
  CHECK_THAT(family.call({"tree", "nowhere"}).err, Contains("no such folder or file"));
}

TEST_CASE("tree tells of edits where the recorded inputs are left out") {
  const Family family;
  const auto told = [&](const char* journal, const Strings& edits) {
    Strings all{"--no-inputs"};
    all.insert(all.end(), edits.begin(), edits.end());
    return family.edits_of(journal, all);
  };
  CHECK(told("set.rpj", {"--set", "maker.options.size=7"}) ==
        Strings{"set maker.options.size = 7", "no recorded inputs"});
  CHECK(told("seed.rpj", {"--reseed", "3"}).size() == 2);
  const Strings sent =
      told("sent.rpj", {"--send", "{to=\"exchange\", kind=\"market.halt\", lasts=\"1s\"}"});
  REQUIRE(sent.size() == 2);
  CHECK_THAT(sent[0], Contains("send market.halt to exchange"));
}

TEST_CASE("inputs left out at once or one by one leave the same history") {
  const Family family;
  const Strings send{"--send", "{to=\"exchange\", kind=\"market.halt\", lasts=\"1s\", at=\"9s\"}"};
  Strings at_once{"--no-inputs"};
  Strings one_by_one{"--drop-input", "2", "--drop-input", "3"};
  for (Strings* each : {&at_once, &one_by_one}) each->insert(each->end(), send.begin(), send.end());
  family.fork("a.rpj", "5s", "at_once.rpj", at_once);
  family.fork("a.rpj", "5s", "one_by_one.rpj", one_by_one);
  CHECK(family.call({"diff", "at_once.rpj", "one_by_one.rpj"}).code == 0);
}

}  // namespace
}  // namespace reprise::test
