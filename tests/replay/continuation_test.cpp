#include "replay/continuation.hpp"

#include <catch2/catch.hpp>

#include "replay/verify.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/sizes.hpp"
#include "tests/support/temp_dir.hpp"

namespace reprise {
namespace {

using namespace test;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

constexpr RunLimit limit{.until = Time(200ms)};

/// Goes on with the journal at `path`, from the first input on.
Seal go_on(const std::filesystem::path& path, const Catalog& catalog, std::uint64_t seed = 1,
           const KeyframePolicy& keyframes = {}) {
  const auto world = meadow(catalog, seed);
  JournalWriter writer(path);
  const Journal broken(path);
  Continuation continuation(broken, *world);
  Recorder recorder(*world, writer, {.keyframes = keyframes});
  CHECK(continuation.live_again());
  InputList inputs(meadow_inputs());
  Session session(*world, inputs);
  return recorder.finish(session.run(limit), limit);
}

/// A journal of many small frames.
Seal record_in_pieces(const std::filesystem::path& path, const Catalog& catalog) {
  const auto world = meadow(catalog);
  InputList inputs(meadow_inputs());
  JournalWriter journal(path, header_of(*world), {"meadow.toml", "# a meadow"});
  Recorder recorder(*world, journal);
  Session session(*world, inputs);
  std::uint64_t committed = 0;
  while (session.step(limit.until)) {
    if (journal.inputs() < committed + 2) continue;
    journal.commit();
    committed = journal.inputs();
  }
  world->stand_at(limit.until);
  return recorder.finish(RunEnd::until, limit);
}

std::vector<std::filesystem::path> cut_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().string().find(".cut-") != std::string::npos) files.push_back(entry.path());
  }
  return files;
}

/// Up to where it takes a header.
std::size_t header_bytes(const std::filesystem::path& path) {
  const InputFile file(path);
  FrameReader frames(file);
  return FrameHead::bytes + frames.next()->stored_bytes;
}

TEST_CASE("a journal cut at any byte is gone on with to the same end") {
  const Catalog catalog = test_catalog();
  int cuts = 0;
  for (const bool in_pieces : {false, true}) {
    const TempDir folder;
    const std::filesystem::path whole = folder.path() / "whole.rpj";
    const Seal seal =
        in_pieces ? record_in_pieces(whole, catalog) : record_meadow(whole, catalog, 200ms);
    const std::string bytes = file_bytes(whole);
    for (std::size_t size = header_bytes(whole); size < bytes.size(); size += cases(13, 1)) {
      ++cuts;
      const TempDir cut;
      const std::filesystem::path path = cut.path() / "cut.rpj";
      write_bytes(path, bytes.substr(0, size));
      const bool torn = Journal(path).torn().has_value();
      const Seal again = go_on(path, catalog);
      INFO(size);
      CHECK(again.identity == seal.identity);
      CHECK(again.prefix == seal.prefix);
      CHECK(again.root == seal.root);
      CHECK(again.step == seal.step);
      CHECK(again.inputs == seal.inputs);
      const Journal journal(path);
      REQUIRE(journal.seal());
      CHECK(journal.identity() == seal.identity);
      CHECK_FALSE(verify(journal, catalog, meadow_factory(catalog)).divergence);
      const auto asides = cut_files(cut.path());
      REQUIRE(asides.size() == (torn ? 1 : 0));
      if (!torn) continue;
      const std::string kept = file_bytes(asides.front());
      CHECK(bytes.substr(size - kept.size(), kept.size()) == kept);
    }
  }
  WARN("ran: " << cuts << " cuts");
  CHECK(cuts > 200);
}

TEST_CASE("a run that is broken off and gone on with writes the bytes of one that was not") {
  const Catalog catalog = test_catalog();
  const TempDir folder;
  const std::filesystem::path path = folder.path() / "a.rpj";
  record_meadow(path, catalog, 200ms);
  const std::string bytes = file_bytes(path);
  write_bytes(path, bytes.substr(0, bytes.size() * 2 / 3));
  REQUIRE(Journal(path).torn());
  go_on(path, catalog);
  const bool same = file_bytes(path) == bytes;
  CHECK(same);
}

TEST_CASE("a run is gone on with whatever its keyframes were and are to be") {
  const Catalog catalog = test_catalog();
  const TempDir folder;
  const auto whole = folder.path() / "whole.rpj";
  const Seal seal = record_meadow(whole, catalog, 200ms, 1, KeyframePolicy::every(50));
  const std::string bytes = file_bytes(whole);
  std::size_t third = 0;  // the end of its third keyframe
  int count = 0;
  const Journal recorded(whole);
  for (const FrameEntry& entry : recorded.frames()) {
    if (entry.type == FrameType::keyframe && ++count == 3) {
      third = entry.offset + FrameHead::bytes + entry.stored_bytes;
    }
  }
  REQUIRE(third != 0);
  for (const KeyframePolicy& policy : {KeyframePolicy::every(70), KeyframePolicy::every(50),
                                       KeyframePolicy::none(), KeyframePolicy()}) {
    INFO(policy.steps_min);
    const auto path = folder.path() / "cut.rpj";
    write_bytes(path, bytes.substr(0, third));
    const Seal again = go_on(path, catalog, 1, policy);
    CHECK(again.prefix == seal.prefix);
    CHECK(again.root == seal.root);
    const Journal journal(path);
    CHECK_NOTHROW(journal.check());
    CHECK_FALSE(verify(journal, catalog, meadow_factory(catalog)).divergence);
    const Keyframes keyframes(journal);
    Simulation world(catalog, 1);
    CHECK(keyframes.restore(*keyframes.find(150), world));
    CHECK(world.steps() == 150);
    const Step later = policy.steps_min == 70 ? 220 : policy.steps_min == 50 ? 200 : 150;
    CHECK(keyframes.find(220) == keyframes.find(later));
    CHECK(keyframes.restore(*keyframes.find(later), world));
    CHECK(world.steps() == later);
  }
}

TEST_CASE("a recovery that was broken off is done again the same way") {
  const Catalog catalog = test_catalog();
  const TempDir folder;
  const std::filesystem::path path = folder.path() / "a.rpj";
  record_meadow(path, catalog, 200ms);
  const std::string torn = file_bytes(path).substr(0, header_bytes(path) + 100);
  for (int time = 0; time < 3; ++time) {
    write_bytes(path, torn);  // the bytes are aside, but not cut off
    const JournalWriter writer(path);
    REQUIRE(writer.moved_aside());
    CHECK(cut_files(folder.path()).size() == 1);
    CHECK(file_bytes(*writer.moved_aside()).size() == 100);
  }
  const std::size_t kept = torn.size() - 100;
  write_bytes(path, torn.substr(0, kept) + "another torn end");
  CHECK(JournalWriter(path).moved_aside()->string().ends_with("-2"));
  CHECK(cut_files(folder.path()).size() == 2);
  CHECK_FALSE(JournalWriter(path).moved_aside());
}

TEST_CASE("a journal that is sealed damaged or none is not gone on with and stays as it is") {
  const Catalog catalog = test_catalog();
  const TempDir folder;
  const std::filesystem::path path = folder.path() / "a.rpj";
  record_meadow(path, catalog, 200ms);
  const std::string bytes = file_bytes(path);
  CHECK_THROWS_WITH(JournalWriter(path), Contains("sealed"));
  std::string damaged = bytes;
  damaged[header_bytes(path) + 170] ^= 1;
  for (const std::string& wrong : {bytes, damaged, std::string("no journal"), std::string()}) {
    write_bytes(path, wrong);
    CHECK_THROWS_AS(JournalWriter(path), JournalError);
    CHECK(file_bytes(path) == wrong);
  }
  CHECK(cut_files(folder.path()).empty());
  CHECK_THROWS_AS(JournalWriter(folder.path() / "none.rpj"), FileError);
}

TEST_CASE("a program with another history does not go on with a journal") {
  const Catalog catalog = test_catalog();
  const TempDir folder;
  const std::filesystem::path path = folder.path() / "a.rpj";
  record_meadow(path, catalog, 200ms);
  const std::string bytes = file_bytes(path);
  write_bytes(path, bytes.substr(0, bytes.size() - 1));
  CHECK_THROWS_WITH(go_on(path, catalog, 2), Contains("another history"));
}

}  // namespace
}  // namespace reprise
