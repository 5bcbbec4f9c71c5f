// A journal of format 2.0 with something in every stream, as the program of that time wrote it from
// journal_2_0.toml: what is read from it stays what it was. It is not recorded again, unless a
// shipped kind in it changes.
#include <boost/json/object.hpp>
#include <catch2/catch.hpp>

#include "replay/keyframes.hpp"
#include "replay/recorded_events.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/tools/program.hpp"

namespace reprise::test {
namespace {

using Catch::Contains;

const std::string golden = REPRISE_SOURCE_DIR "/tests/golden/journal_2_0.rpj";
const std::string scenario = REPRISE_SOURCE_DIR "/tests/golden/journal_2_0.toml";

TEST_CASE("the golden journal is read as it was") {
  const boost::json::object info = json_of(run_program({"info", "--check", golden, "--json"}));
  CHECK(info.at("version") == "2.0");
  CHECK(info.at("identity") == "8e3828ccf9e42353d6a5d3d80d703ce83320d2ad107f361753d6d911761ca4b7");
  CHECK(info.at("chain") == "4965e945d0cd83589bd85ef52d447929b6bcaaaf39995a6bfa2b4356f8b18811");
  CHECK(info.at("prefix") == "9a34bebea64d1dfbcc8faff740111f2c");
  CHECK(info.at("state") == "ec041bd8697daf8ecc10e8070045387a");
  CHECK(info.at("steps") == 289);
  CHECK(info.at("inputs") == 18);
  CHECK(info.at("checkpoints") == 2);
  CHECK(info.at("keyframes") == 2);
  CHECK(info.at("events") == 289);
  CHECK(info.at("bytes") == 9038);
  CHECK(info.at("indexed") == true);
  CHECK(info.at("checked") == true);
}

TEST_CASE("the golden journal has the events that it had") {
  const Journal journal(golden);
  RecordedEvents events(journal);
  Digester digest;
  std::size_t count = 0;
  std::size_t caused = 0;
  while (const auto event = events.next()) {
    ++count;
    caused += event->cause ? 1 : 0;
    digest(event->step, event->key.at, event->key.hop, event->key.from, event->key.seq, event->to,
           event->kind, event->dropped, event->cause.value_or(0));
    digest.write(event->payload.data(), event->payload.size());
  }
  CHECK(count == 289);
  CHECK(caused == 270);
  CHECK(to_string(digest.digest()) == "ed1bcd1406f332ff3128de16ca89655f");
  const ProgramResult told = run_program({"events", golden, "--json"});
  CHECK(told.code == 0);
  CHECK(std::ranges::count(told.out, '\n') == 289);
}

TEST_CASE("the golden journal is lived again and reached by its keyframes") {
  const ProgramResult verified = run_program({"verify", golden});
  INFO(verified.err);
  CHECK(verified.code == 0);
  CHECK_THAT(verified.out, Contains("equal, 289 steps"));
  const Journal journal(golden);
  const Keyframes keyframes(journal);
  CHECK(keyframes.find(289));
  CHECK(run_program({"show", golden, "--at", "250"}).code == 0);
}

TEST_CASE("the golden run is recorded to the same records") {
  const TempDir folder;
  const std::string again = folder.file("again.rpj");
  const ProgramResult run =
      run_program({"run", scenario, "-o", again, "--events", "--keyframes", "100"});
  INFO(run.err);
  REQUIRE(run.code == 0);
  const Journal then(golden);
  const Journal now(again);
  CHECK(now.identity() == then.identity());
  CHECK(now.seal()->prefix == then.seal()->prefix);
  CHECK(now.seal()->root == then.seal()->root);
  CHECK(now.events() == then.events());
  CHECK(now.keyframes() == then.keyframes());
}

}  // namespace
}  // namespace reprise::test
