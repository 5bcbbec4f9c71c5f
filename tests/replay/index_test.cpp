#include <catch2/catch.hpp>
#include <functional>
#include <random>

#include "replay/journal_reader.hpp"
#include "replay/records.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temp_dir.hpp"

namespace reprise {
namespace {

using namespace test;
using Catch::Matchers::Contains;

struct Recorded {
  TempDir folder;
  Catalog catalog = test_catalog();
  std::filesystem::path path = folder.path() / "a.rpj";
  Seal seal = record_meadow(path, catalog, 20s, 1, KeyframePolicy::every(5000));
  std::string bytes = file_bytes(path);

  /// Writes the journal again with an index and offsets of one's own making.
  void with_index(const std::vector<FrameEntry>& entries,
                  std::optional<std::uint64_t> index_offset = std::nullopt) const {
    const auto whole = folder.path() / "whole.rpj";
    write_bytes(whole, bytes);
    const Journal journal(whole);
    {
      OutputFile file(path, true);
      FrameWriter writer(file);
      writer.set_schema(journal.header().schema);
      for (const FrameEntry& entry : journal.frames()) {
        if (entry.type == FrameType::header) writer.set_salt(journal_salt(journal.body(entry)));
        if (entry.type == FrameType::index || entry.type == FrameType::seal) continue;
        writer.add(entry.type, entry.critical, journal.body(entry), entry.span);
      }
      const std::uint64_t at = writer.offset();
      writer.add(FrameType::index, false, encode_index(entries), {.count = entries.size()});
      Bytes body;
      Encoder out(body);
      encode_seal(out, *journal.seal());
      out(index_offset.value_or(at), writer.offset());
      writer.add(FrameType::seal, true, body, journal.frames().back().span);
      file.close();
    }
  }

  std::vector<FrameEntry> entries() const {
    std::vector<FrameEntry> all = Journal(path).frames();
    all.resize(all.size() - 2);  // neither itself nor the seal
    return all;
  }
};

void check_whole(const Recorded& recorded, bool indexed) {
  const Journal journal(recorded.path);
  CHECK(journal.indexed() == indexed);
  CHECK(journal.inputs() == recorded.seal.inputs);
  CHECK(journal.last_step() == recorded.seal.step);
  CHECK(journal.identity() == recorded.seal.identity);
  CHECK_NOTHROW(journal.check());
  RecordedInputs inputs(journal, recorded.catalog);
  std::uint64_t count = 0;
  while (inputs.next()) ++count;
  CHECK(count == recorded.seal.inputs);
}

TEST_CASE("a sealed journal is opened by its index and one without is walked") {
  const Recorded recorded;
  check_whole(recorded, true);
  recorded.with_index(recorded.entries());
  check_whole(recorded, true);
  recorded.with_index(recorded.entries(), 0);
  check_whole(recorded, false);
}

TEST_CASE("an index that lies is not believed") {
  const Recorded recorded;
  const std::vector<FrameEntry> truth = recorded.entries();
  REQUIRE(truth.size() > 5);
  std::vector<std::vector<FrameEntry>> lies;
  lies.push_back({});
  lies.push_back({truth.begin(), truth.end() - 1});
  lies.push_back(truth);
  lies.back().push_back(truth.back());
  lies.push_back(truth);
  lies.back()[3].stored_bytes += 1;
  lies.push_back(truth);
  lies.back()[3].span.count += 1;
  lies.back()[3].type = FrameType::inputs;
  lies.push_back(truth);  // one frame where there are two
  lies.back()[2].stored_bytes += FrameHead::bytes + truth[3].stored_bytes;
  lies.back().erase(lies.back().begin() + 3);
  const auto other = recorded.folder.path() / "other.rpj";
  record_meadow(other, recorded.catalog, 10s, 2, KeyframePolicy::every(5000));
  lies.push_back(Journal(other).frames());
  lies.back().resize(lies.back().size() - 2);
  for (const auto& lie : lies) {
    recorded.with_index(lie);
    Journal journal(recorded.path);
    if (journal.indexed()) {  // it agrees with the seal: what is read must still not be wrong
      CHECK_THROWS_WITH(journal.check(), Contains("not what the index says"));
    } else {
      check_whole(recorded, false);
    }
  }
  recorded.with_index(truth, 40);
  check_whole(recorded, false);
  recorded.with_index(truth, ~std::uint64_t{0});
  check_whole(recorded, false);
}

TEST_CASE("an index with any entry changed is not believed or is found out by what is read") {
  const Recorded recorded;
  const std::vector<FrameEntry> truth = recorded.entries();
  const std::vector<std::function<void(FrameEntry&)>> changes{
      [](FrameEntry& entry) { entry.span.last_step += 1; },
      [](FrameEntry& entry) { entry.span.first_at += 1ns; },
      [](FrameEntry& entry) { entry.span.last_at -= 1ns; },
      [](FrameEntry& entry) { entry.critical = !entry.critical; }};
  for (const auto& change : changes) {
    std::size_t walked = 0;
    for (std::size_t i = 0; i < truth.size(); ++i) {
      std::vector<FrameEntry> lie = truth;
      change(lie[i]);
      recorded.with_index(lie);
      const Journal journal(recorded.path);
      walked += journal.indexed() ? 0 : 1;
      if (journal.indexed()) {
        CHECK_THROWS_WITH(journal.body(journal.frames()[i]), Contains("not what the index says"));
        CHECK_THROWS_WITH(journal.check(), Contains("not what the index says"));
      }
    }
    CHECK(walked < truth.size());
  }
}

TEST_CASE("the checkpoints from any step on are those of the whole reading") {
  const Recorded recorded;
  const Journal journal(recorded.path);
  std::vector<RecordedCheckpoint> all;
  RecordedCheckpoints reader(journal);
  while (auto checkpoint = reader.next()) all.push_back(std::move(*checkpoint));
  std::mt19937_64 random(1);
  for (int i = 0; i < 200; ++i) {
    const Step step = random() % (journal.last_step() + 1);
    RecordedCheckpoints from(journal);
    const Step before = from.seek(step);
    const auto expected =
        std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.step >= step; });
    REQUIRE(expected != all.end());
    CHECK(before == expected->step - expected->trail.size());
    for (auto each = expected; each != all.end(); ++each) {
      const auto got = from.next();
      REQUIRE(got);
      CHECK(got->step == each->step);
      CHECK(got->prefix == each->prefix);
    }
    CHECK_FALSE(from.next());
  }
}

TEST_CASE("a body that is damaged is an error when it is read") {
  const Recorded recorded;
  const Journal whole(recorded.path);
  for (const FrameEntry& entry : whole.frames()) {
    if (entry.type != FrameType::inputs) continue;
    std::string changed = recorded.bytes;
    changed[entry.offset + FrameHead::bytes + 5] ^= 1;
    const auto path = recorded.folder.path() / "b.rpj";
    write_bytes(path, changed);
    const Journal journal(path);
    CHECK(journal.indexed());
    RecordedInputs inputs(journal, recorded.catalog);
    CHECK_THROWS_WITH(
        [&] {
          while (inputs.next()) {
          }
        }(),
        Contains("at offset " + std::to_string(entry.offset)) && Contains("damaged: "));
  }
}

}  // namespace
}  // namespace reprise
