#include <catch2/catch.hpp>
#include <cerrno>
#include <set>

#include "replay/commit.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temp_dir.hpp"

namespace reprise {
namespace {

using namespace test;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

constexpr int never = -1;

/// A disk on which the calls of some numbers go wrong.
class FaultyFiles : public FileLayer {
 public:
  int write_fails_at = never;
  int sync_fails_at = never;
  int error = ENOSPC;
  bool partly = false;     ///< The failing write stores half of its bytes first.
  bool hesitates = false;  ///< Every call is interrupted once, every write is short.
  bool cannot_cut = false;
  int writes = 0;
  int syncs = 0;

  ssize_t write(int descriptor, std::span<const std::byte> bytes) override {
    if (hesitates) {
      interrupted_ = !interrupted_;
      if (interrupted_) return fail(EINTR);
      return FileLayer::write(descriptor, bytes.first(std::min<std::size_t>(bytes.size(), 7)));
    }
    const int number = writes++;
    if (failing_ || number == write_fails_at) {
      const bool half = partly && !failing_ && bytes.size() > 1;
      failing_ = true;
      if (half) return FileLayer::write(descriptor, bytes.first(bytes.size() / 2));
      return fail(error);
    }
    return FileLayer::write(descriptor, bytes);
  }

  int sync(int descriptor) override {
    if (hesitates) {
      interrupted_ = !interrupted_;
      if (interrupted_) return static_cast<int>(fail(EINTR));
    }
    if (syncs++ == sync_fails_at) return static_cast<int>(fail(EIO));
    return FileLayer::sync(descriptor);
  }

  int truncate(int descriptor, std::uint64_t bytes) override {
    if (cannot_cut) return static_cast<int>(fail(EIO));
    return FileLayer::truncate(descriptor, bytes);
  }

 private:
  static ssize_t fail(int reason) {
    errno = reason;
    return -1;
  }

  bool interrupted_ = false;
  bool failing_ = false;
};

/// A run that commits after every third input.
struct LiveRun {
  Catalog catalog = test_catalog();
  std::uint64_t durable = 0;  ///< Inputs that may have been acknowledged.
  bool failed = false;
  bool began = false;

  void record(const std::filesystem::path& path, FileLayer& files) {
    const auto world = meadow(catalog);
    InputList inputs(meadow_inputs());
    Session session(*world, inputs);
    std::unique_ptr<JournalWriter> journal;
    try {
      journal = std::make_unique<JournalWriter>(
          path, header_of(*world), ScenarioSource{"meadow.toml", ""}, false, WorkOn::caller, files);
      began = true;
      Recorder recorder(*world, *journal);
      while (session.step(Time(200ms))) {
        if (journal->inputs() < durable + 3) continue;
        journal->commit();
        durable = journal->inputs();
      }
      world->stand_at(Time(200ms));
      recorder.finish(RunEnd::until, {.until = Time(200ms)});
      durable = journal->inputs();
    } catch (const FileError&) {
      failed = true;
      if (journal == nullptr) return;
      CHECK_THROWS_AS(journal->commit(), FileError);
      CHECK_THROWS_AS(journal->sync(), FileError);
      CHECK_THROWS_AS(journal->seal({}), FileError);
    }
  }
};

TEST_CASE("a full disk at any write leaves the journal readable up to its last whole frame") {
  const TempDir folder;
  int cases = 0;
  for (const bool partly : {false, true}) {
    for (const int error : {ENOSPC, EIO, EFBIG, EDQUOT}) {
      for (int number = 0;; ++number) {
        const std::filesystem::path path = folder.path() / (std::to_string(cases++) + ".rpj");
        FaultyFiles files;
        files.write_fails_at = number;
        files.error = error;
        files.partly = partly;
        LiveRun run;
        run.record(path, files);
        if (!run.failed) break;
        if (!run.began) {  // not even with its header
          CHECK_FALSE(std::filesystem::exists(path));
          continue;
        }
        const Journal journal(path);
        CHECK_FALSE(journal.torn());
        CHECK_FALSE(journal.seal());
        CHECK(journal.inputs() >= run.durable);
      }
    }
  }
  WARN("ran: " << cases << " failing writes");
  CHECK(cases > 100);
}

TEST_CASE("what cannot be cut off after a failed write is a torn end") {
  const TempDir folder;
  const std::filesystem::path path = folder.path() / "a.rpj";
  FaultyFiles files;
  files.write_fails_at = 8;
  files.partly = true;
  files.cannot_cut = true;
  LiveRun run;
  run.record(path, files);
  REQUIRE(run.failed);
  const Journal journal(path);
  CHECK(journal.torn());
  CHECK(journal.inputs() >= run.durable);
}

TEST_CASE("short writes and interruptions change no byte") {
  const TempDir folder;
  FaultyFiles files;
  files.hesitates = true;
  LiveRun hesitating;
  hesitating.record(folder.path() / "a.rpj", files);
  CHECK_FALSE(hesitating.failed);
  LiveRun straight;
  straight.record(folder.path() / "b.rpj", system_files());
  const bool same = file_bytes(folder.path() / "a.rpj") == file_bytes(folder.path() / "b.rpj");
  CHECK(same);
}

TEST_CASE("a failed synchronisation is final") {
  const TempDir folder;
  int number = 0;
  for (;; ++number) {
    const std::filesystem::path path = folder.path() / (std::to_string(number) + ".rpj");
    FaultyFiles files;
    files.sync_fails_at = number;
    LiveRun run;
    run.record(path, files);
    if (!run.failed) break;
    CHECK(files.syncs == number + 1);
    CHECK(Journal(path).inputs() >= run.durable);
  }
  CHECK(number > 5);
}

TEST_CASE("commits cut frames early and change neither content nor digests") {
  const TempDir folder;
  const Catalog catalog = test_catalog();
  LiveRun run;
  run.record(folder.path() / "live.rpj", system_files());
  const Seal plain = record_meadow(folder.path() / "plain.rpj", catalog, 200ms);
  const Journal live(folder.path() / "live.rpj");
  REQUIRE(live.seal());
  CHECK(live.seal()->prefix == plain.prefix);
  CHECK(live.seal()->root == plain.root);
  CHECK(live.identity() == plain.identity);
  CHECK(live.streams().at(FrameType::inputs).frames > 5);
}

TEST_CASE("a journal that is being written is written by nobody else") {
  const TempDir folder;
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  const std::filesystem::path path = folder.path() / "a.rpj";
  const JournalWriter journal(path, header_of(*world), {"meadow.toml", ""});
  CHECK_THROWS_WITH(JournalWriter(path), Contains("another process"));
}

TEST_CASE("a commit mode is read from its text") {
  using When = CommitMode::When;
  CHECK(parse_commit_mode("none")->when == When::none);
  CHECK(parse_commit_mode("each")->when == When::each);
  CHECK(parse_commit_mode("interval")->interval == 5ms);
  CHECK(parse_commit_mode("interval=20ms")->interval == 20ms);
  CHECK(parse_commit_mode("batch=100")->batch == 100);
  for (const char* wrong : {"", "never", "batch", "batch=", "batch=0", "batch=-1", "batch=1x",
                            "interval=", "interval=5", "interval=0s", "interval=-1s", "each=1"}) {
    INFO(wrong);
    CHECK_FALSE(parse_commit_mode(wrong));
  }
}

TEST_CASE("an input is acknowledged when its mode has made it durable") {
  const TempDir folder;
  const Catalog catalog = test_catalog();
  const auto acknowledged = [&](const char* mode) {
    const std::filesystem::path path = folder.path() / (std::string(mode) + ".rpj");
    const auto world = meadow(catalog);
    JournalWriter journal(path, header_of(*world), {"meadow.toml", ""});
    Recorder recorder(*world, journal);
    Committer committer(journal, *parse_commit_mode(mode));
    InputList inputs(meadow_inputs());
    Session session(*world, inputs);
    std::set<std::uint64_t> counts;
    while (session.step(Time(100ms))) {
      committer.poll();
      counts.insert(committer.acknowledged());
      if (mode != std::string("none")) CHECK(Journal(path).inputs() >= committer.acknowledged());
    }
    committer.commit();
    CHECK(committer.acknowledged() == journal.inputs());
    return counts;
  };
  CHECK(acknowledged("each").contains(7));
  CHECK(acknowledged("none").contains(7));
  CHECK(acknowledged("batch=4") == std::set<std::uint64_t>{0, 4, 8, 12});
  CHECK(acknowledged("interval=1h") == std::set<std::uint64_t>{0});
  CHECK(acknowledged("interval=1ns").size() > 5);
}

}  // namespace
}  // namespace reprise
