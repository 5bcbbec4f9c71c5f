#include <atomic>
#include <catch2/catch.hpp>
#include <mutex>
#include <thread>

#include "replay/keyframes.hpp"
#include "replay/recorded_events.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/sizes.hpp"
#include "tests/support/temp_dir.hpp"

namespace reprise {
namespace {

using namespace test;

constexpr int readers = 3;

/// What goes wrong on a thread, for the test's own thread to tell.
class Complaints {
 public:
  /// Runs `work` and keeps what it throws.
  template <class Work>
  void of(const Work& work) {
    try {
      work();
    } catch (const std::exception& error) {
      const std::scoped_lock lock(mutex_);
      all_ += std::string(error.what()) + "\n";
    }
  }

  const std::string& all() const { return all_; }

 private:
  std::mutex mutex_;
  std::string all_;
};

void expect(bool holds, const std::string& what) {
  if (!holds) throw std::logic_error(what);
}

/// Everything that `journal` holds, read; throws for what is not as meadow_inputs() and a run are.
void read_all(const Journal& journal, const Catalog& catalog) {
  RecordedInputs inputs(journal, catalog);
  std::uint64_t count = 0;
  while (const auto input = inputs.next()) {
    expect(input->producer_seq == ++count, "an input is missing or comes twice");
  }
  expect(count == journal.inputs(), "not all inputs are there");
  RecordedCheckpoints checkpoints(journal);
  Step step = 0;
  while (const auto checkpoint = checkpoints.next()) {
    expect(checkpoint->step == 0 || checkpoint->step >= step, "checkpoints go back");
    step = checkpoint->step;
  }
  RecordedEvents events(journal);
  step = 0;
  while (const auto event = events.next()) {
    expect(event->step == ++step, "an event is missing or comes twice");
  }
  expect(step == journal.events(), "not all events are there");
}

TEST_CASE("readers of a journal that is being written see a prefix with all that is durable") {
  const TempDir folder;
  const Catalog catalog = test_catalog();
  const std::filesystem::path path = folder.path() / "a.rpj";
  const Time until(cases(3s, 30s));
  std::atomic<std::uint64_t> durable = 0;
  std::atomic<bool> written = false;
  std::atomic<std::uint64_t> openings = 0;
  Complaints complaints;

  const auto world = meadow(catalog);
  InputList inputs(meadow_inputs(cases(400, 4000)));
  JournalWriter journal(path, header_of(*world), {"meadow.toml", ""}, false, WorkOn::thread);
  journal.commit();
  std::vector<std::thread> threads;
  for (int i = 0; i < readers; ++i) {
    threads.emplace_back([&] {
      complaints.of([&] {
        std::uint64_t seen = 0;
        for (bool last = false; !last;) {
          last = written;
          const std::uint64_t promised = durable;
          const Journal reading(path);
          expect(reading.inputs() >= promised, "a durable input is not there");
          expect(reading.inputs() >= seen, "an input was there before and is not now");
          expect(!last || reading.seal(), "the seal is not there");
          seen = reading.inputs();
          read_all(reading, catalog);
          ++openings;
        }
      });
    });
  }
  complaints.of([&] {
    Recorder recorder(*world, journal, {.events = true});
    Session session(*world, inputs);
    while (session.step(until)) {
      if (journal.inputs() < durable + 3) continue;
      journal.commit();
      durable = journal.inputs();
    }
    world->stand_at(until);
    recorder.finish(RunEnd::until, {.until = until});
    durable = journal.inputs();
  });
  written = true;
  for (std::thread& thread : threads) thread.join();
  INFO(complaints.all());
  CHECK(complaints.all().empty());
  CHECK(durable > 100);
  WARN("ran: " << openings << " openings by " << readers << " readers while " << durable / 3
               << " commits were written");
  CHECK(openings > readers);
}

TEST_CASE("several threads read one open journal at the same time") {
  const TempDir folder;
  const Catalog catalog = test_catalog();
  const std::filesystem::path path = folder.path() / "a.rpj";
  {
    const auto world = meadow(catalog);
    InputList inputs(meadow_inputs());
    JournalWriter writer(path, header_of(*world), {"meadow.toml", ""});
    Recorder recorder(*world, writer, {.keyframes = KeyframePolicy::every(500), .events = true});
    const RunLimit limit{.until = Time(5s)};
    recorder.finish(Session(*world, inputs).run(limit), limit);
  }
  const Journal journal(path);
  Complaints complaints;
  std::vector<std::thread> threads;
  for (int i = 0; i < readers; ++i) {
    threads.emplace_back([&] {
      complaints.of([&] {
        read_all(journal, catalog);
        journal.check();
        const Keyframes keyframes(journal);
        const auto world = meadow(catalog);
        expect(keyframes.restore(keyframes.find(journal.last_step()).value(), *world),
               "a keyframe does not hold");
      });
    });
  }
  for (std::thread& thread : threads) thread.join();
  INFO(complaints.all());
  CHECK(complaints.all().empty());
}

}  // namespace
}  // namespace reprise
