#include "replay/compaction.hpp"

#include <catch2/catch.hpp>

#include "replay/event_columns.hpp"
#include "replay/keyframes.hpp"
#include "replay/recorded_events.hpp"
#include "replay/verify.hpp"
#include "tests/fuzz/forge.hpp"
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
    InputList inputs(meadow_inputs());
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
  std::size_t caused = 0;
  while (const auto event = then.next()) {
    const auto same = now.next();
    REQUIRE(same);
    CHECK(same->step == event->step);
    CHECK(same->key == event->key);
    CHECK(same->to == event->to);
    CHECK(same->kind == event->kind);
    CHECK(same->dropped == event->dropped);
    CHECK(same->cause == event->cause);
    caused += event->cause ? 1 : 0;
    CHECK(std::ranges::equal(same->payload, event->payload));
  }
  CHECK_FALSE(now.next());
  CHECK(caused > 1000);
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

TEST_CASE("events whose steps go beyond the last number are not compacted") {
  const Compacted made;
  EventBatch batch;
  for (Step step = 1; step <= 1480; ++step) {
    batch.add({.step = step, .cause = step == 1 ? std::nullopt : std::optional(step - 1)}, {});
  }
  Bytes body;
  EventEncoder().encode(batch, body);
  const FrameSpan span{.count = 1480, .first_step = Step{0} - 1479, .last_step = 0};
  const std::string frame = fuzz::plain_frame(FrameType::events, false, span, fuzz::text_of(body));
  write_bytes(made.from, fuzz::sealed_again(fuzz::resealed(fuzz::plain_journal(false) + frame)));
  const Journal forged(made.from);
  REQUIRE(forged.seal());
  CHECK_THROWS_WITH(forged.check(), Contains("events do not follow those before"));
  write_bytes(made.to, file_bytes(made.from));
  CHECK_THROWS_AS(compact(forged, made.to, true), JournalError);
  CHECK_FALSE(std::filesystem::exists(made.to.string() + ".new"));
}

TEST_CASE("a check decodes events and pages and keyframes") {
  const Compacted made;
  const std::string journal = fuzz::plain_journal(false);
  for (const FrameType type : {FrameType::events, FrameType::pages, FrameType::keyframe}) {
    const fuzz::FrameBody first = fuzz::first_body(journal, type);
    FrameSpan later = first.span;
    later.first_step = 1'000'000;
    later.last_step = later.first_step + (first.span.last_step - first.span.first_step);
    const auto write = [&](const FrameSpan& span, const std::string& body) {
      const std::string frame = fuzz::plain_frame(type, false, span, body);
      write_bytes(made.from, fuzz::sealed_again(fuzz::resealed(journal + frame)));
    };
    INFO("type " << static_cast<int>(type));
    write(later, first.body);
    CHECK_NOTHROW(Journal(made.from).check());
    write(later, first.body.substr(0, first.body.size() - 1));
    CHECK_THROWS_AS(Journal(made.from).check(), JournalError);
    ++later.count;
    write(later, first.body);
    CHECK_THROWS_AS(Journal(made.from).check(), JournalError);
  }
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
