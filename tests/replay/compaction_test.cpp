#include "replay/compaction.hpp"

#include <catch2/catch.hpp>

#include "replay/keyframes.hpp"
#include "replay/recorded_events.hpp"
#include "replay/verify.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temp_dir.hpp"

namespace reprise {
namespace {

using namespace test;
using Catch::Matchers::Contains;

struct Compacted {
  TempDir folder;
  Catalog catalog = test_catalog();
  std::filesystem::path from = folder.path() / "a.rpj";
  std::filesystem::path to = folder.path() / "b.rpj";
  Seal seal = record_all();

  Seal record_all() const {
    const auto world = meadow(catalog);
    ListedInputs inputs(meadow_inputs());
    JournalWriter journal(from, header_of(*world), {"meadow.toml", "# a meadow"});
    Recorder recorder(*world, journal, {.keyframes = KeyframePolicy::every(3000), .events = true});
    Session session(*world, inputs);
    const RunLimit limit{.until = Time(60s)};
    return recorder.finish(session.run(limit), limit);
  }
};

TEST_CASE("a compacted journal is the same one in fewer bytes and frames") {
  const Compacted made;
  const Journal before(made.from);
  compact(before, made.to, false);
  const Journal after(made.to);
  CHECK_NOTHROW(after.check());
  CHECK(after.indexed());
  CHECK(after.bytes() < before.bytes());
  CHECK(after.frames().size() < before.frames().size());
  CHECK(after.identity() == before.identity());
  CHECK(encode(after.header().schema) == encode(before.header().schema));
  CHECK(after.source().text == before.source().text);
  REQUIRE(after.seal());
  CHECK(after.seal()->prefix == made.seal.prefix);
  CHECK(after.seal()->root == made.seal.root);
  CHECK(after.inputs() == before.inputs());
  CHECK(after.checkpoints() == before.checkpoints());
  CHECK(after.keyframes() == before.keyframes());
  CHECK(after.events() == before.events());
  const Verification result = verify(after, made.catalog, meadow_factory(made.catalog));
  CHECK_FALSE(result.divergence);
  CHECK(result.steps == made.seal.step);
}

TEST_CASE("a compacted journal holds every event and keyframe") {
  const Compacted made;
  const Journal before(made.from);
  compact(before, made.to, false);
  const Journal after(made.to);
  RecordedEvents then(before);
  RecordedEvents now(after);
  while (const auto event = then.next()) {
    const auto same = now.next();
    REQUIRE(same);
    CHECK(same->step == event->step);
    CHECK(same->key == event->key);
    CHECK(same->to == event->to);
    CHECK(same->kind == event->kind);
    CHECK(same->dropped == event->dropped);
    CHECK(std::ranges::equal(same->payload, event->payload));
  }
  CHECK_FALSE(now.next());
  const Keyframes keyframes(after);
  std::size_t restored = 0;
  for (Step step = 3000; step <= made.seal.step; step += 3000) {
    const auto place = keyframes.find(step);
    REQUIRE(place);
    Simulation world(made.catalog, 1);
    CHECK(keyframes.restore(*place, world));
    CHECK(world.steps() == step);
    ++restored;
  }
  CHECK(restored == made.seal.keyframes);
}

TEST_CASE("compacting again changes nothing") {
  const Compacted made;
  compact(Journal(made.from), made.to, false);
  const auto again = made.folder.path() / "c.rpj";
  compact(Journal(made.to), again, false);
  CHECK(file_bytes(made.to) == file_bytes(again));
}

TEST_CASE("what is not whole is not compacted and leaves nothing") {
  const Compacted made;
  const std::string bytes = file_bytes(made.from);
  write_bytes(made.from, bytes.substr(0, bytes.size() - 1));
  CHECK_THROWS_WITH(compact(Journal(made.from), made.to, false), Contains("has no seal"));
  std::string changed = bytes;
  changed[bytes.size() / 2] ^= 1;
  write_bytes(made.from, changed);
  CHECK_THROWS_AS(compact(Journal(made.from), made.to, false), JournalError);
  CHECK_FALSE(std::filesystem::exists(made.to));
  write_bytes(made.from, bytes);
  write_bytes(made.to, "precious");
  CHECK_THROWS_WITH(compact(Journal(made.from), made.to, false), Contains("exists"));
  CHECK(file_bytes(made.to) == "precious");
}

}  // namespace
}  // namespace reprise
