#include "replay/background.hpp"

#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <stdexcept>
#include <vector>

#include "tests/support/recording.hpp"
#include "tests/support/temp_dir.hpp"

namespace reprise {
namespace {

using namespace test;
using Catch::Matchers::Contains;

TEST_CASE("jobs are done in order and all of them on either thread") {
  for (const WorkOn where : {WorkOn::caller, WorkOn::thread}) {
    std::vector<int> done;
    {
      Background background(where);
      for (int i = 0; i < 1000; ++i) {
        background.add([&done, i] { done.push_back(i); });
        if (i == 500) {
          background.wait();
          CHECK(done.size() == 501);
        }
      }
    }
    REQUIRE(done.size() == 1000);
    CHECK(std::ranges::is_sorted(done));
  }
}

TEST_CASE("what a job throws ends the work and is thrown by every later verb") {
  for (const WorkOn where : {WorkOn::caller, WorkOn::thread}) {
    int later = 0;
    Background background(where);
    const auto give_all = [&] {
      background.add([] { throw std::runtime_error("no room"); });
      for (int i = 0; i < 100; ++i) background.add([&] { ++later; });
      background.wait();
    };
    CHECK_THROWS_WITH(give_all(), "no room");
    CHECK_THROWS_WITH(background.add([&] { ++later; }), "no room");
    CHECK_THROWS_WITH(background.wait(), "no room");
    background.stop();
    CHECK(later == 0);
  }
}

std::string recorded(const std::filesystem::path& path, const Catalog& catalog, WorkOn encoding,
                     bool events, Duration until, Seal* sealed = nullptr) {
  const auto world = meadow(catalog);
  InputList inputs(meadow_inputs());
  JournalWriter journal(path, header_of(*world), {"meadow.toml", "# a meadow"}, true, encoding);
  Recorder recorder(*world, journal, {.events = events});
  const RunLimit limit{.until = Time(until)};
  const Seal seal = recorder.finish(Session(*world, inputs).run(limit), limit);
  if (sealed != nullptr) *sealed = seal;
  CHECK(journal.bytes() == std::filesystem::file_size(path));
  return file_bytes(path);
}

TEST_CASE("a journal encoded on a thread has the bytes of one encoded by the caller") {
  const TempDir folder;
  const Catalog catalog = test_catalog();
  for (const bool events : {false, true}) {
    for (const Duration until : {Duration(0ms), Duration(200ms), Duration(60s)}) {
      Seal one;
      Seal other;
      const auto path = folder.path() / "a.rpj";
      CHECK(recorded(path, catalog, WorkOn::caller, events, until, &one) ==
            recorded(path, catalog, WorkOn::thread, events, until, &other));
      CHECK(one.identity == other.identity);
    }
  }
}

TEST_CASE("a writer that goes away leaves what it was given") {
  const TempDir folder;
  const Catalog catalog = test_catalog();
  const auto leave = [&](WorkOn encoding) {
    const auto world = meadow(catalog);
    InputList inputs(meadow_inputs());
    JournalWriter journal(folder.path() / "a.rpj", header_of(*world), {}, false, encoding);
    Recorder recorder(*world, journal, {.events = true});
    Session(*world, inputs).run({.until = Time(60s)});
  };
  leave(WorkOn::caller);
  const std::string bytes = file_bytes(folder.path() / "a.rpj");
  std::filesystem::remove(folder.path() / "a.rpj");
  leave(WorkOn::thread);
  CHECK(bytes == file_bytes(folder.path() / "a.rpj"));
  CHECK_FALSE(Journal(folder.path() / "a.rpj").seal());
}

TEST_CASE("a writer with a thread can be discarded at any time") {
  const TempDir folder;
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  InputList inputs(meadow_inputs());
  JournalWriter journal(folder.path() / "a.rpj", header_of(*world), {}, false, WorkOn::thread);
  Recorder recorder(*world, journal, {.events = true});
  Session(*world, inputs).run({.until = Time(30s)});
  journal.discard();
  CHECK_FALSE(std::filesystem::exists(folder.path() / "a.rpj"));
}

/// Files of this process may be no longer than this, while it lives.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST_CASE("what cannot be written on the thread is thrown by a later verb or by the seal") {
  const TempDir folder;
  const Catalog catalog = test_catalog();
  const auto path = folder.path() / "a.rpj";
  const std::size_t whole = recorded(path, catalog, WorkOn::thread, true, 60s).size();
  std::size_t failures = 0;
  for (const WorkOn encoding : {WorkOn::caller, WorkOn::thread}) {
    for (std::size_t bytes = 2000; bytes < whole; bytes += whole / 7) {
      const FileLimit limit(bytes);
      try {
        recorded(path, catalog, encoding, true, 60s);
      } catch (const FileError& error) {
        ++failures;
        CHECK_THAT(error.what(), Contains("a.rpj: cannot be written: File too large"));
      }
    }
  }
  CHECK(failures == 14);
}

}  // namespace
}  // namespace reprise
