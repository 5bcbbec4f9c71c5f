#include <catch2/catch.hpp>

#include "replay/journal_reader.hpp"
#include "replay/player.hpp"
#include "replay/verify.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temp_dir.hpp"

namespace reprise {
namespace {

using namespace test;
using Catch::Matchers::Contains;

TEST_CASE("a journal holds what the run was made from and how it ended") {
  const TempDir folder;
  const Catalog catalog = test_catalog();
  const auto path = folder.path() / "a.rpj";
  const Seal seal = record_meadow(path, catalog);
  const Journal journal(path);
  CHECK(journal.header().seed == 1);
  CHECK(journal.header().scenario == "{\"name\":\"meadow\"}");
  CHECK(journal.source().text == "# a meadow");
  CHECK(journal.header().schema.size() == 4 + 7);
  REQUIRE(journal.seal());
  CHECK(journal.seal()->end == RunEnd::until);
  CHECK(journal.seal()->prefix == seal.prefix);
  CHECK(journal.seal()->root == seal.root);
  CHECK(journal.seal()->step == journal.last_step());
  CHECK(journal.last_at() == Time(2s));
  CHECK(journal.inputs() == 40);
  CHECK(journal.keyframes() == 0);
  CHECK(journal.indexed());
  CHECK_NOTHROW(journal.check());
  CHECK_FALSE(journal.torn());
  CHECK(journal.bytes() == std::filesystem::file_size(path));
}

TEST_CASE("the same run writes the same bytes") {
  const TempDir folder;
  const Catalog catalog = test_catalog();
  record_meadow(folder.path() / "a.rpj", catalog, 20s);
  record_meadow(folder.path() / "b.rpj", catalog, 20s);
  const std::string bytes = file_bytes(folder.path() / "a.rpj");
  CHECK(bytes == file_bytes(folder.path() / "b.rpj"));
  record_meadow(folder.path() / "b.rpj", catalog, 20s, 2);
  CHECK(bytes != file_bytes(folder.path() / "b.rpj"));
}

TEST_CASE("the inputs are read as they were written") {
  const TempDir folder;
  const Catalog catalog = test_catalog();
  record_meadow(folder.path() / "a.rpj", catalog);
  const Journal journal(folder.path() / "a.rpj");
  RecordedInputs inputs(journal, catalog);
  for (const Input& expected : meadow_inputs()) {
    const std::optional<Input> input = inputs.next();
    REQUIRE(input);
    CHECK(input->at == expected.at);
    CHECK(input->to == expected.to);
    CHECK(input->producer == "test");
    CHECK(input->producer_seq == expected.producer_seq);
    REQUIRE(input->payload.as<Note>() != nullptr);
    CHECK(input->payload.as<Note>()->value == expected.payload.as<Note>()->value);
  }
  CHECK_FALSE(inputs.next());
  CHECK(inputs.given() == 40);
}

TEST_CASE("the trail of the checkpoints covers every step once") {
  const TempDir folder;
  const Catalog catalog = test_catalog();
  const Seal seal = record_meadow(folder.path() / "a.rpj", catalog, 20s);
  const Journal journal(folder.path() / "a.rpj");
  RecordedCheckpoints checkpoints(journal);
  Step steps = 0;
  std::uint64_t count = 0;
  Digest prefix;
  while (const auto checkpoint = checkpoints.next()) {
    steps += checkpoint->trail.size();
    CHECK(checkpoint->step == steps);
    prefix = checkpoint->prefix;
    ++count;
  }
  CHECK(count >= 5);
  CHECK(count == seal.checkpoints);
  CHECK(steps == seal.step);
  CHECK(prefix == seal.prefix);
}

TEST_CASE("the identity is that of header and inputs whatever else the journal holds") {
  const TempDir folder;
  const Catalog catalog = test_catalog();
  const Seal longer = record_meadow(folder.path() / "a.rpj", catalog, 2s);
  const Seal shorter = record_meadow(folder.path() / "b.rpj", catalog, 1s);
  const Seal fewer = record_meadow(folder.path() / "c.rpj", catalog, 100ms);
  const Seal other = record_meadow(folder.path() / "d.rpj", catalog, 2s, 7);
  CHECK(longer.identity == shorter.identity);
  CHECK(longer.identity != fewer.identity);
  CHECK(longer.identity != other.identity);
  CHECK(Journal(folder.path() / "a.rpj").identity() == longer.identity);
}

TEST_CASE("a journal that is there is not overwritten unless that is asked for") {
  const TempDir folder;
  const Catalog catalog = test_catalog();
  const auto path = folder.path() / "a.rpj";
  write_bytes(path, "precious");
  const auto world = meadow(catalog);
  CHECK_THROWS_WITH(JournalWriter(path, header_of(*world), {}),
                    Contains("a.rpj: exists; choose another name"));
  CHECK(file_bytes(path) == "precious");
  JournalWriter(path, header_of(*world), {}, true).discard();
  CHECK(file_bytes(path) == "precious");
  JournalWriter(path, header_of(*world), {}, true).seal({});
  CHECK(file_bytes(path) != "precious");
  CHECK_FALSE(std::filesystem::exists(path.string() + ".new"));
}

TEST_CASE("a journal that cannot be made says why") {
  const TempDir folder;
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  CHECK_THROWS_WITH(JournalWriter(folder.path() / "no" / "a.rpj", header_of(*world), {}),
                    Contains("cannot be written: No such file or directory"));
  CHECK_THROWS_AS(Journal(folder.path() / "none.rpj"), FileError);
  CHECK_THROWS_WITH(Journal(folder.path()), Contains("is no file"));
}

TEST_CASE("a disk that is full is an error and not a journal") {
  if (!std::filesystem::exists("/dev/full")) {
    WARN("skipped: there is no /dev/full");
    return;
  }
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  CHECK_THROWS_WITH(JournalWriter("/dev/full", header_of(*world), {}, true),
                    Contains("/dev/full: cannot be written: No space left on device"));
}

TEST_CASE("a player lives a journal again to any step") {
  const TempDir folder;
  const Catalog catalog = test_catalog();
  const Seal seal = record_meadow(folder.path() / "a.rpj", catalog);
  const Journal journal(folder.path() / "a.rpj");
  Player player(journal, catalog, meadow_factory(catalog));
  CHECK(player.run_to(100));
  CHECK(player.world().steps() == 100);
  CHECK(player.step());
  CHECK(player.run_to(seal.step));
  CHECK(player.stand_at(seal.at));
  CHECK(player.world().prefix() == seal.prefix);
  CHECK(player.world().state_root() == *seal.root);
  CHECK(player.exhausted());
}

TEST_CASE("a failed run is sealed with its failure and without a state root") {
  const TempDir folder;
  const Catalog catalog = test_catalog();
  Simulation world(catalog, 1);
  const AgentId fragile = world.add("fragile", Fragile{});
  InputList inputs({input_at(1ms, fragile, Note{1}), input_at(2ms, fragile, Note{-1}),
                    input_at(3ms, fragile, Note{1})});
  const Seal seal = record(folder.path() / "a.rpj", world, inputs, {});
  CHECK(seal.end == RunEnd::failed);
  CHECK(seal.step == 1);
  CHECK_FALSE(seal.root);
  REQUIRE(seal.failure);
  CHECK(seal.failure->step == 2);
  CHECK(seal.failure->agent == "fragile");
  CHECK(seal.inputs == 2);
  const Journal journal(folder.path() / "a.rpj");
  const Verification result = verify(journal, catalog, [&](const JournalHeader& header) {
    auto again = std::make_unique<Simulation>(catalog, header.seed);
    again->add("fragile", Fragile{});
    return again;
  });
  CHECK_FALSE(result.divergence);
  CHECK(result.steps == 1);
}

TEST_CASE("kinds that changed since the recording are named with what changed") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  std::vector<KindSchema> schema = schema_of(catalog, agent_kinds_in(*world));
  CHECK(compare_schema(schema, catalog).refused.empty());
  schema[1].version = 7;
  schema.back().fields = "{value:int32}";
  schema.push_back({KindSchema::Role::message, "test.gone", 1, "{}"});
  CHECK(compare_schema(schema, catalog).refused ==
        std::vector<std::string>{
            "agent kind listener: version 7 in the journal, 1 in this program",
            "message kind test.tick: field value is int32 in the journal and absent in this "
            "program, both as version 1",
            "message kind test.gone: not in this program"});
}

TEST_CASE("the schema holds what agents give birth to") {
  const Catalog catalog = test_catalog();
  const std::vector<KindSchema> schema = schema_of(catalog, {"sheep"});
  REQUIRE(schema.size() >= 2);
  CHECK(schema[0].kind == "lamb");
  CHECK(schema[1].kind == "sheep");
}

}  // namespace
}  // namespace reprise
