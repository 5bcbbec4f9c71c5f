#include "replay/salvage.hpp"

#include <catch2/catch.hpp>
#include <cstring>
#include <set>

#include "replay/compaction.hpp"
#include "replay/journal_reader.hpp"
#include "replay/keyframes.hpp"
#include "replay/recorded_events.hpp"
#include "replay/verify.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/sizes.hpp"
#include "tests/support/temp_dir.hpp"

namespace reprise {
namespace {

using namespace test;
using Catch::Matchers::Contains;

struct Damaged {
  TempDir folder;
  Catalog catalog = test_catalog();
  std::filesystem::path path = folder.path() / "a.rpj";
  std::filesystem::path whole = folder.path() / "b.rpj";
  Seal seal = record_all();
  std::string bytes = file_bytes(path);
  std::vector<FrameEntry> frames = Journal(path).frames();

  /// With several frames of every stream.
  Seal record_all() const {
    const auto world = meadow(catalog);
    InputList inputs(meadow_inputs(3000));
    JournalWriter journal(path, header_of(*world), {"meadow.toml", "# a meadow"}, true);
    Recorder recorder(*world, journal, {.keyframes = KeyframePolicy::every(3000), .events = true});
    Session session(*world, inputs);
    RunLimit limit;
    RunEnd end = RunEnd::drained;
    for (int i = 1; i <= 6; ++i) {
      limit.until = Time(i * 4s);
      end = session.run(limit);
      journal.commit();
    }
    return recorder.finish(end, limit);
  }

  std::size_t last_of(FrameType type) const {
    std::size_t place = frames.size();
    while (frames[--place].type != type) continue;
    return place;
  }

  /// Changes a byte in the middle of a frame's body, or in its head.
  static void spoil(std::string& text, const FrameEntry& entry, bool head) {
    const std::uint64_t at =
        head ? entry.offset + 30 : entry.offset + FrameHead::bytes + entry.stored_bytes / 2;
    text[at] = static_cast<char>(text[at] ^ 8);
  }

  Salvaged salvaged_from(const std::string& text) const {
    write_bytes(path, text);
    const Salvaged result = salvage(path, whole, true);
    CHECK(file_bytes(path) == text);
    const Journal journal(whole);
    journal.check();
    CHECK(encode(journal.gaps()) == encode(result.gaps));
    const std::string once = file_bytes(whole);
    const auto again = folder.path() / "c.rpj";
    CHECK(salvage(whole, again, true).lost_bytes == 0);
    CHECK(file_bytes(again) == once);
    return result;
  }

  Verification verified() const { return verify(Journal(whole), catalog, meadow_factory(catalog)); }
};

/// The history of `whole` is there up to its end, or ends right before the step `lost`.
void check_history(const Damaged& made, std::optional<Step> lost) {
  const Journal journal(made.whole);
  const Verification result = made.verified();
  INFO((result.divergence ? result.divergence->recorded + result.divergence->computed : ""));
  CHECK_FALSE(result.divergence);
  CHECK(result.steps == journal.last_step());
  if (lost) {
    CHECK_FALSE(journal.seal());
    CHECK(result.steps + 1 == std::max<Step>(*lost, 1));
    REQUIRE(journal.torn());
    CHECK_THAT(journal.torn()->reason, Contains("a gap: the inputs of the steps"));
  } else {
    REQUIRE(journal.seal());
    CHECK(journal.identity() == made.seal.identity);
    CHECK(result.steps == made.seal.step);
  }
}

TEST_CASE("a journal with any one frame damaged is salvaged but for that frame") {
  const Damaged made;
  std::set<FrameType> types;
  for (std::size_t i = 1; i < made.frames.size(); ++i) {
    const FrameEntry& entry = made.frames[i];
    const bool is_new = types.insert(entry.type).second;
    if (sanitized && !thorough() && !is_new && i % 4 != 0) continue;
    for (const bool head : {false, true}) {
      std::string text = made.bytes;
      Damaged::spoil(text, entry, head);
      INFO("frame " << i << " of type " << static_cast<int>(entry.type) << ", head " << head);
      const Salvaged result = made.salvaged_from(text);
      CHECK(result.frames == made.frames.size() - 1);
      CHECK(result.lost_bytes == FrameHead::bytes + entry.stored_bytes);
      if (entry.type == FrameType::index) {
        CHECK(result.gaps.empty());
        CHECK(file_bytes(made.whole) == made.bytes);
        continue;
      }
      if (entry.type == FrameType::seal) {
        CHECK(result.gaps.empty());
        CHECK(result.tail_bytes == result.lost_bytes);
        CHECK_FALSE(Journal(made.whole).seal());
        CHECK(made.verified().steps == made.seal.step);
        continue;
      }
      REQUIRE(result.gaps.size() == 1);
      REQUIRE(result.gaps[0].lost.size() == 1);
      const LostFrame& lost = result.gaps[0].lost[0];
      CHECK(result.gaps[0].offset == entry.offset);
      CHECK(lost.type == static_cast<std::uint16_t>(entry.type));
      CHECK(lost.records == entry.span.count);
      CHECK(lost.first_step == entry.span.first_step);
      CHECK(lost.last_step == entry.span.last_step);
      check_history(made, entry.type == FrameType::inputs ? std::optional(entry.span.first_step)
                                                          : std::nullopt);
    }
  }
  CHECK(types.size() == 8);
  CHECK(made.frames.size() > 25);
}

TEST_CASE("without an index a lost frame is known by its own head") {
  const Damaged made;
  for (std::size_t i = 1; i + 2 < made.frames.size(); i += sanitized && !thorough() ? 4 : 1) {
    const FrameEntry& entry = made.frames[i];
    std::string text = made.bytes;
    Damaged::spoil(text, made.frames[made.last_of(FrameType::index)], true);
    Damaged::spoil(text, entry, false);
    INFO("frame " << i << " of type " << static_cast<int>(entry.type));
    const Salvaged result = made.salvaged_from(text);
    REQUIRE(result.gaps.size() == 1);
    CHECK(result.gaps[0].lost[0].type == static_cast<std::uint16_t>(entry.type));
    check_history(made, entry.type == FrameType::inputs ? std::optional(entry.span.first_step)
                                                        : std::nullopt);
  }
}

TEST_CASE("a frame of which nothing is known may have held inputs unless the seal says otherwise") {
  const Damaged made;
  for (std::size_t i = 1; i + 2 < made.frames.size(); i += sanitized && !thorough() ? 4 : 1) {
    const FrameEntry& entry = made.frames[i];
    std::string text = made.bytes;
    Damaged::spoil(text, made.frames[made.last_of(FrameType::index)], true);
    Damaged::spoil(text, entry, true);
    INFO("frame " << i << " of type " << static_cast<int>(entry.type));
    const Salvaged sealed = made.salvaged_from(text);
    REQUIRE(sealed.gaps.size() == 1);
    const LostFrame& lost = sealed.gaps[0].lost[0];
    CHECK(lost.type == 0);
    CHECK(lost.records == 0);
    if (entry.type == FrameType::inputs) CHECK(lost.first_step <= entry.span.first_step);
    if (entry.type == FrameType::inputs) CHECK(lost.last_step >= entry.span.last_step);
    check_history(made,
                  entry.type == FrameType::inputs ? std::optional(lost.first_step) : std::nullopt);
    const Salvaged torn = made.salvaged_from(text.substr(0, text.size() - 1));
    if (torn.gaps.empty()) continue;  // it was the last
    CHECK_FALSE(Journal(made.whole).seal());
    CHECK_FALSE(made.verified().divergence);
    CHECK(Journal(made.whole).last_step() < std::max<Step>(torn.gaps[0].lost[0].first_step, 1));
  }
}

TEST_CASE("several damaged frames leave a gap for each stretch of them") {
  const Damaged made;
  std::string text = made.bytes;
  std::vector<std::size_t> lost{2, 3, 7, made.last_of(FrameType::checkpoints)};
  for (const std::size_t i : lost) Damaged::spoil(text, made.frames[i], i % 2 == 0);
  const Salvaged result = made.salvaged_from(text);
  CHECK(result.frames == made.frames.size() - lost.size());
  REQUIRE(result.gaps.size() == 3);
  CHECK(result.gaps[0].lost.size() == 2);
  CHECK(result.gaps[0].bytes == made.frames[4].offset - made.frames[2].offset);
}

TEST_CASE("a torn journal loses its tail and nothing else") {
  const Damaged made;
  for (std::size_t i = 2; i < made.frames.size(); i += 3) {
    const std::uint64_t start = made.frames[i].offset;
    for (const std::uint64_t cut : {start, start + 1, start + FrameHead::bytes}) {
      const Salvaged result = made.salvaged_from(made.bytes.substr(0, cut));
      CHECK(result.frames == i);
      CHECK(result.gaps.empty());
      CHECK(result.tail_bytes == cut - start);
      const Journal journal(made.whole);
      CHECK_FALSE(journal.seal());
      CHECK_FALSE(journal.torn());
      const std::size_t without_index = made.frames[i].type == FrameType::seal ? i - 1 : i;
      CHECK(journal.frames().size() == without_index);
    }
  }
}

TEST_CASE("what is whole comes out of salvage as it was") {
  const Damaged made;
  CHECK(made.salvaged_from(made.bytes).lost_bytes == 0);
  CHECK(file_bytes(made.whole) == made.bytes);
}

TEST_CASE("recorded events and keyframes behind a gap are still there") {
  const Damaged made;
  std::string text = made.bytes;
  std::size_t pages = 1;
  while (made.frames[pages].type != FrameType::pages) ++pages;
  Damaged::spoil(text, made.frames[pages], false);
  made.salvaged_from(text);
  const Journal journal(made.whole);
  const Keyframes keyframes(journal);
  Simulation world(made.catalog, 1);
  const auto place = keyframes.find(made.seal.step);
  REQUIRE(place);
  CHECK(keyframes.restore(*place, world));
  RecordedEvents events(journal);
  CHECK(events.count() == made.seal.events);
}

TEST_CASE("a journal with a gap cannot be continued and is compacted with it") {
  const Damaged made;
  std::string text = made.bytes;
  Damaged::spoil(text, made.frames[made.last_of(FrameType::checkpoints)], false);
  made.salvaged_from(text);
  const auto small = made.folder.path() / "small.rpj";
  compact(Journal(made.whole), small, false);
  const Journal after(small);
  after.check();
  CHECK(after.gaps().size() == 1);
  CHECK(after.identity() == made.seal.identity);
  CHECK_FALSE(verify(after, made.catalog, meadow_factory(made.catalog)).divergence);
  Damaged::spoil(text, made.frames[made.last_of(FrameType::inputs)], false);
  made.salvaged_from(text.substr(0, text.size() - 1));
  CHECK_THROWS_WITH(JournalWriter(made.whole), Contains("has gaps"));
  CHECK_THROWS_WITH(compact(Journal(made.whole), small, true),
                    Contains("it was salvaged") && !Contains("--continue"));
}

TEST_CASE("nothing is salvaged without a header or into the journal itself") {
  const Damaged made;
  for (const bool head : {false, true}) {
    std::string text = made.bytes;
    Damaged::spoil(text, made.frames[0], head);
    write_bytes(made.path, text);
    CHECK_THROWS_WITH(salvage(made.path, made.whole, false), Contains("its header is damaged"));
    CHECK_FALSE(std::filesystem::exists(made.whole));
  }
  write_bytes(made.path, "hello");
  CHECK_THROWS_AS(salvage(made.path, made.whole, false), JournalError);
  write_bytes(made.path, made.bytes);
  CHECK_THROWS_WITH(salvage(made.path, made.path, true), Contains("is the damaged journal itself"));
  write_bytes(made.whole, "precious");
  CHECK_THROWS_WITH(salvage(made.path, made.whole, false), Contains("exists"));
  CHECK(file_bytes(made.whole) == "precious");
  CHECK(file_bytes(made.path) == made.bytes);
}

TEST_CASE("a frame that was changed with its digests is not taken for whole") {
  const Damaged made;
  std::string text = made.bytes;
  const FrameEntry& entry = made.frames[made.last_of(FrameType::checkpoints)];
  const std::size_t body = entry.offset + FrameHead::bytes;
  text[body + entry.stored_bytes - 1] ^= 1;
  const auto put = [&](std::size_t at, const Digest& digest) {
    const Bytes number = encode(std::pair(digest.high, digest.low));
    std::memcpy(text.data() + at, number.data(), number.size());
  };
  const auto digest = [&](std::size_t at, std::size_t size) {
    return digest_of(std::as_bytes(std::span(text).subspan(at, size)));
  };
  put(entry.offset + 88, digest(body, entry.stored_bytes));
  put(entry.offset + 144, digest(entry.offset, 144));
  write_bytes(made.path, text);
  CHECK_THROWS_WITH(salvage(made.path, made.whole, false), Contains("changed, not damaged"));
  CHECK_FALSE(std::filesystem::exists(made.whole));
}

}  // namespace
}  // namespace reprise
