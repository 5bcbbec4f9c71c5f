#include <catch2/catch.hpp>
#include <cerrno>
#include <random>

#include "replay/continuation.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/sizes.hpp"
#include "tests/support/temp_dir.hpp"

namespace reprise {
namespace {

using namespace test;

constexpr RunLimit limit{.until = Time(100ms)};

/// A process that dies at its call of some number: no later one does anything.
class DyingFiles : public FileLayer {
 public:
  explicit DyingFiles(int lives) : lives_(lives) {}

  bool dead() const { return lives_ < 0; }

  ssize_t write(int descriptor, std::span<const std::byte> bytes) override {
    if (dies()) return FileLayer::write(descriptor, bytes.first(bytes.size() / 2)), fail();
    return dead() ? fail() : FileLayer::write(descriptor, bytes);
  }
  int sync(int descriptor) override { return dies() || dead() ? fail() : no_wait(descriptor); }
  int truncate(int descriptor, std::uint64_t bytes) override {
    return dies() || dead() ? fail() : FileLayer::truncate(descriptor, bytes);
  }
  int close(int descriptor) override {
    FileLayer::close(descriptor);
    return dies() || dead() ? fail() : 0;
  }

 private:
  bool dies() { return lives_ >= 0 && --lives_ < 0; }
  static int no_wait(int) { return 0; }
  static int fail() {
    errno = EIO;
    return -1;
  }

  int lives_;
};

/// Recovers the journal at `path` and lives it to its end, as far as `lives` calls lead; true if it
/// came to the end, now or before.
bool go_on(const std::filesystem::path& path, const Catalog& catalog, int lives) {
  if (Journal(path).seal()) return true;
  DyingFiles files(lives);
  try {
    const auto world = meadow(catalog);
    JournalWriter writer(path, WorkOn::caller, files);
    const Journal broken(path);
    Continuation continuation(broken, *world);
    Recorder recorder(*world, writer);
    continuation.live_again();
    InputList inputs(meadow_inputs());
    Session session(*world, inputs);
    writer.commit();
    recorder.finish(session.run(limit), limit);
    return true;
  } catch (const FileError&) {
    CHECK(files.dead());
    return false;
  }
}

TEST_CASE("a recovery that dies at any call and again at any call comes to the same end") {
  const Catalog catalog = test_catalog();
  const TempDir folder;
  const std::filesystem::path whole = folder.path() / "whole.rpj";
  const auto world = meadow(catalog);
  InputList inputs(meadow_inputs());
  const Seal straight = record(whole, *world, inputs, limit);
  const std::string bytes = file_bytes(whole);
  const std::string torn = bytes.substr(0, bytes.size() * 3 / 4);
  int cases_run = 0;
  int twice = 0;
  const int stride = cases(3, 1);
  bool first_dies = true;
  for (int first = 0; first_dies; ++first) {
    bool second_dies = true;
    for (int second = 0; second_dies; second += stride) {
      const TempDir cut;
      const std::filesystem::path path = cut.path() / "a.rpj";
      write_bytes(path, torn);
      const std::uint64_t kept = Journal(path).torn().value().offset;
      first_dies = !go_on(path, catalog, first);
      second_dies = first_dies && !go_on(path, catalog, second);
      twice += second_dies ? 1 : 0;
      REQUIRE(go_on(path, catalog, 1'000'000));
      INFO("first " << first << ", second " << second);
      ++cases_run;
      const Journal journal(path);
      REQUIRE(journal.seal());
      CHECK_NOTHROW(journal.check());
      const bool aside =
          file_bytes(path.string() + ".cut-" + std::to_string(kept)) == torn.substr(kept);
      CHECK(aside);
      CHECK(journal.identity() == straight.identity);
      CHECK(journal.seal()->root == straight.root);
    }
  }
  WARN("ran: " << cases_run << " recoveries, " << twice << " of them dead twice");
  CHECK(twice > 10);
}

TEST_CASE("whatever stands behind a cut is a torn tail and never a record") {
  const Catalog catalog = test_catalog();
  const TempDir folder;
  const std::filesystem::path path = folder.path() / "a.rpj";
  record_meadow(path, catalog, 100ms);
  const std::string bytes = file_bytes(path);
  record_meadow(path, catalog, 100ms, 2);
  const std::string stale = file_bytes(path);
  std::size_t header = 0;
  {
    const Journal journal(path);
    header = journal.frames()[1].end();
  }
  std::mt19937 random(1);
  int cases_run = 0;
  for (std::size_t size = header; size < bytes.size(); size += cases(7, 1)) {
    const std::string cut = bytes.substr(0, size);
    write_bytes(path, cut);
    const Journal alone(path);
    const std::size_t kept = alone.torn() ? alone.torn()->offset : size;
    std::string noise(500, '\0');
    for (char& byte : noise) byte = static_cast<char>(random());
    const std::string last =
        bytes.substr(alone.frames().back().offset, kept - alone.frames().back().offset);
    for (const std::string& tail :
         {std::string(200, '\0'), std::string(10'000, '\0'), noise, noise.substr(0, 1), last,
          last + last, stale.substr(std::min(size, stale.size())), stale,
          bytes.substr(0, header)}) {
      if (tail.empty() || (cut + tail).starts_with(bytes)) continue;  // nothing is cut off
      INFO("cut at " << size << ", a tail of " << tail.size() << " bytes");
      write_bytes(path, cut + tail);
      const Journal journal(path);
      ++cases_run;
      REQUIRE(journal.torn());
      const std::size_t taken = journal.torn()->offset;  // a tail may be what was cut off
      CHECK(taken >= kept);
      CHECK((cut + tail).compare(0, taken, bytes, 0, taken) == 0);
      CHECK_FALSE(journal.seal());
    }
  }
  WARN("ran: " << cases_run << " tails behind a cut");
}

}  // namespace
}  // namespace reprise
