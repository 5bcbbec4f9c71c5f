// A reader that was written from docs/journal_format.md alone says the same as the program.
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include "agents/standard_catalog.hpp"
#include "replay/journal_reader.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/tools/program.hpp"

namespace reprise::test {
namespace {

namespace json = boost::json;

const std::string golden = REPRISE_SOURCE_DIR "/tests/golden/market_halt_v1.rpj";

ProgramResult second_reader(const std::string& journal) {
  return run_shell("python3 '" REPRISE_SOURCE_DIR "/tests/golden/read_journal.py' '" + journal +
                   "'");
}

bool there_is_python() {
  if (run_shell("python3 -c 'import ctypes'").code == 0) return true;
  WARN("skipped: there is no python3 for the second reader of journals");
  return false;
}

void expect_agreement(const std::string& path) {
  INFO(path);
  const ProgramResult result = second_reader(path);
  INFO(result.err);
  REQUIRE(result.code == 0);
  const json::object read = json::parse(result.out).as_object();
  const Journal journal(path);
  journal.check();
  CHECK(read.at("identity").as_string() == to_string(journal.identity()));
  CHECK(read.at("chain").as_string() == to_string(journal.chain()));
  CHECK(read.at("seed").to_number<std::uint64_t>() == journal.header().seed);
  CHECK(read.at("scenario") == json::parse(journal.header().scenario));
  CHECK(read.at("schema").as_array().size() == journal.header().schema.size());
  for (std::size_t i = 0; i < journal.header().schema.size(); ++i) {
    const json::object& kind = read.at("schema").as_array().at(i).as_object();
    CHECK(kind.at("kind").as_string() == journal.header().schema[i].kind);
    CHECK(kind.at("version").to_number<int>() == journal.header().schema[i].version);
    CHECK(kind.at("fields").as_string() == journal.header().schema[i].fields);
  }
  RecordedCheckpoints checkpoints(journal);
  for (const json::value& each : read.at("checkpoints").as_array()) {
    const auto checkpoint = checkpoints.next();
    REQUIRE(checkpoint);
    CHECK(each.at("step").to_number<Step>() == checkpoint->step);
    CHECK(each.at("prefix").as_string() == to_string(checkpoint->prefix));
    CHECK(each.at("root").is_null() == !checkpoint->root);
    if (checkpoint->root) CHECK(each.at("root").as_string() == to_string(*checkpoint->root));
    CHECK(each.at("trail").as_string().size() == 2 * checkpoint->trail.size());
  }
  CHECK_FALSE(checkpoints.next());
  const Catalog catalog = standard_catalog();
  RecordedInputs inputs(journal, catalog);
  for (const json::value& each : read.at("inputs").as_array()) {
    const auto input = inputs.next();
    REQUIRE(input);
    CHECK(each.at("at_ns").to_number<std::int64_t>() == input->at.time_since_epoch().count());
    CHECK(each.at("seq").to_number<std::uint64_t>() == *input->seq);
    CHECK(each.at("to").to_number<std::uint32_t>() == number(input->to));
    CHECK(each.at("producer").as_string() == input->producer);
    CHECK(each.at("producer_seq").to_number<std::uint64_t>() == input->producer_seq);
  }
  CHECK_FALSE(inputs.next());
  REQUIRE(journal.seal());
  const json::object& seal = read.at("seal").as_object();
  CHECK(seal.at("step").to_number<Step>() == journal.seal()->step);
  CHECK(seal.at("prefix").as_string() == to_string(journal.seal()->prefix));
  CHECK(seal.at("keyframes").to_number<std::uint64_t>() == journal.seal()->keyframes);
  CHECK(seal.at("events").to_number<std::uint64_t>() == journal.seal()->events);
}

TEST_CASE("a second reader agrees with the program on a branch") {
  if (!there_is_python()) return;
  const TempDir folder;
  REQUIRE(run_program({"run", shipped("market/thin_market.toml"), "--until", "5s", "-o", "a.rpj"},
                      {folder.path()})
              .code == 0);
  const std::string halt = "{to = \"exchange\", kind = \"market.halt\", lasts = \"1s\"}";
  REQUIRE(run_program({"fork", "a.rpj", "--at", "3000", "--set", "trader[0].cash=1", "--send", halt,
                       "-o", "b.rpj"},
                      {folder.path()})
              .code == 0);
  const std::string path = (folder.path() / "b.rpj").string();
  expect_agreement(path);
  const json::value parent = json::parse(second_reader(path).out).at("parent");
  const Journal journal(path);
  CHECK(parent.at("header").as_string() == to_string(journal.header().parent->header));
  CHECK(parent.at("inputs").as_string() == to_string(journal.header().parent->inputs));
  CHECK(parent.at("input_count") == 0);
  CHECK(parent.at("step") == 3000);
  CHECK(parent.at("prefix").as_string() == to_string(journal.header().parent->prefix));
}

TEST_CASE("a second reader agrees with the program on the golden journal") {
  if (there_is_python()) expect_agreement(golden);
}

TEST_CASE("a second reader agrees with the program on what it records now") {
  if (!there_is_python()) return;
  const TempDir folder;
  for (const char* name :
       {"market/thin_market.toml", "queueing/single_server.toml", "market/btcusdt.toml"}) {
    const std::string path = folder.file("a.rpj");
    const ProgramResult run = run_program({"run", shipped(name), "-o", path, "--force", "--steps",
                                           "20000", "--events", "--keyframes", "3000"});
    INFO(run.err);
    REQUIRE(run.code == 0);
    expect_agreement(path);
  }
}

TEST_CASE("a second reader refuses what the program refuses") {
  if (!there_is_python()) return;
  const TempDir folder;
  const std::string whole = read_file(golden);
  // Not in the seal: what ends before that is torn, and no error for the program.
  const std::uint64_t seal = Journal(golden).frames().back().offset;
  for (std::size_t place = 7; place < seal; place += 211) {
    std::string changed = whole;
    changed[place] = static_cast<char>(changed[place] ^ 4);
    folder.write("a.rpj", changed);
    INFO(place);
    CHECK(second_reader(folder.file("a.rpj")).code == 4);
    CHECK(run_program({"info", folder.file("a.rpj"), "--check"}).code == 4);
  }
}

}  // namespace
}  // namespace reprise::test
