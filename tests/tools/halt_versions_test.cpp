// A real change of a shipped message: market.halt got a reason in version 2. market_halt_v1.rpj was
// recorded from market_halt_v1.toml by a program that knew version 1 alone. To record it again, in
// another format of the journal, remove it and run these tests: the frozen kinds write it.
#include <boost/json/array.hpp>
#include <catch2/catch.hpp>

#include "agents/standard_catalog.hpp"
#include "replay/journal_reader.hpp"
#include "tests/golden/frozen_order_book.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/tools/program.hpp"

namespace reprise::test {
namespace {

using Catch::Contains;

const std::string golden = REPRISE_SOURCE_DIR "/tests/golden/market_halt_v1.rpj";
const std::string scenario = REPRISE_SOURCE_DIR "/tests/golden/market_halt_v1.toml";

struct HaltV0 {
  static constexpr std::string_view kind = "market.halt";
  static constexpr std::uint16_t version = 0;
  REPRISE_FIELDS()
};

/// The kinds of the program that recorded it.
Catalog frozen_catalog() {
  Catalog catalog;
  catalog.add<FrozenOrderBook>("order_book");
  return catalog;
}

TEST_CASE("the frozen kinds record the golden run as it was recorded") {
  if (!std::filesystem::exists(golden)) {
    run_in_process(frozen_catalog(), {"run", scenario, "-o", golden});
    FAIL("there was no " + golden + "; it was recorded anew: look at it and commit it");
  }
  const TempDir folder;
  const std::string again = folder.file("again.rpj");
  REQUIRE(run_in_process(frozen_catalog(), {"run", scenario, "-o", again}).code == 0);
  const Journal then(golden);
  const Journal now(again);
  CHECK(now.identity() == then.identity());
  CHECK(now.seal()->prefix == then.seal()->prefix);
  CHECK(now.seal()->root == then.seal()->root);
}

TEST_CASE("the frozen kinds live the golden journal again with its digests") {
  const ProgramResult result = run_in_process(frozen_catalog(), {"verify", golden});
  INFO(result.err);
  CHECK(result.code == 0);
  CHECK_THAT(result.out, Contains("equal, 8 steps"));
  const Journal journal(golden);
  REQUIRE(journal.seal());
  CHECK(to_string(journal.seal()->prefix) == "c18207ed0222f9667299b06c99b56c09");
  CHECK(to_string(*journal.seal()->root) == "62fabe5f54ad1d39b8c753198a6b915b");
}

TEST_CASE("a journal with halts of version 1 is lived again by this program") {
  const Catalog catalog = standard_catalog();
  const ProgramResult result = run_in_process(catalog, {"verify", golden});
  INFO(result.err);
  CHECK(result.code == 4);
  CHECK(result.out.empty());
  CHECK_THAT(result.err,
             Contains("lived again through upcasters (market.halt v1 -> v2); digests not "
                      "comparable, so there is no verdict; 8 steps without a failure"));

  const boost::json::object answer = json_of(run_in_process(catalog, {"verify", golden, "--json"}));
  CHECK(answer.at("equal").is_null());
  CHECK(answer.at("steps") == 8);
  CHECK(answer.at("first_difference").is_null());
  CHECK(answer.at("lifted") == boost::json::array{"market.halt v1 -> v2"});
}

TEST_CASE("show has the state of a lifted journal and says that nothing was compared") {
  const Catalog catalog = standard_catalog();
  const Catalog frozen = frozen_catalog();
  for (const char* at : {"0", "1", "3", "4500ms", "8", "17s", "end"}) {
    const ProgramResult now = run_in_process(catalog, {"show", golden, "--at", at});
    const ProgramResult then = run_in_process(frozen, {"show", golden, "--at", at});
    INFO(at << now.err << then.err);
    CHECK(now.code == 0);
    CHECK_THAT(now.err, Contains("through upcasters (market.halt v1 -> v2); digests not "
                                 "comparable, so nothing was compared"));
    CHECK(then.err.empty());
    CHECK(now.out == then.out);
  }
  CHECK(run_in_process(catalog, {"show", golden, "--at", "9"}).code == 2);
}

TEST_CASE("a program whose upcasters lead nowhere says so before anything else") {
  Catalog catalog;
  catalog.add<FrozenOrderBook>("order_book");
  catalog.upcast<HaltV0, market::Halt>([](const HaltV0&) { return market::Halt(); });
  const ProgramResult result = run_in_process(catalog, {"info", golden});
  CHECK(result.code == 70);
  CHECK_THAT(result.err, Contains("the upcasters of market.halt version 0 lead to version 2 and no "
                                  "further; agents take version 1"));
}

TEST_CASE("a journal with halts of version 2 is refused by a program that knows version 1") {
  const TempDir folder;
  const std::string journal = folder.file("now.rpj");
  REQUIRE(run_in_process(standard_catalog(), {"run", scenario, "-o", journal}).code == 0);
  for (const char* command : {"verify", "show"}) {
    const ProgramResult result = run_in_process(frozen_catalog(), {command, journal});
    INFO(command << ": " << result.err);
    CHECK(result.code == 4);
    CHECK(result.out.empty());
    CHECK_THAT(result.err,
               Contains("message kind market.halt: version 2 in the journal, 1 in this program: "
                        "field reason is enum8(unstated=0,volatility=1,news=2,technical=3) in the "
                        "journal and absent in this program"));
  }
  CHECK(run_in_process(standard_catalog(), {"verify", journal}).code == 0);
}

}  // namespace
}  // namespace reprise::test
