#include "timeline/projections.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <numeric>
#include <optional>

#include "replay/file.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temp_dir.hpp"

namespace reprise::test {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;

/// What was said in notes and letters.
struct Talk {
  static constexpr std::string_view name = "talk";
  using Handles = Messages<Note, Letter>;
  std::int64_t notes = 0;
  std::int64_t sum = 0;
  std::map<AgentId, std::string> last;
  REPRISE_FIELDS(notes, sum, last)
  friend bool operator==(const Talk&, const Talk&) = default;

  void on(const Note& note, const EventInfo& info) {
    ++notes;
    sum += note.value * static_cast<std::int64_t>(info.step % 7 + 1);
  }
  void on(const Letter& letter, const EventInfo& info) { last[info.from] = letter.text; }
};

/// Each tick; its state grows.
struct Ticks {
  static constexpr std::string_view name = "ticks";
  static constexpr std::uint16_t version = 2;
  using Handles = Messages<Tick>;
  std::vector<Step> steps;
  std::uint64_t dropped = 0;
  REPRISE_FIELDS(steps, dropped)
  friend bool operator==(const Ticks&, const Ticks&) = default;

  void on(const Tick&, const EventInfo& info) {
    steps.push_back(info.step);
    dropped += info.dropped ? 1 : 0;
  }
};

struct Models {
  Talk talk;
  Ticks ticks;
  friend bool operator==(const Models&, const Models&) = default;
};

void add(Projections& projections, Models& models) {
  projections.add(models.talk).add(models.ticks);
}

/// A meadow's journal, and both models folded live while it was recorded.
class Recorded {
 public:
  explicit Recorded(std::uint64_t seed = 1) : seed_(seed) {
    Projections projections;
    add(projections, models);
    const auto world = meadow(catalog, seed);
    projections.follow(*world);
    InputList inputs(meadow_inputs());
    seal = record(path(), *world, inputs, {.until = Time(2s)});
    projections.leave();
  }

  fs::path path() const { return folder_.path() / "a.rpj"; }

  /// Folds after the fact.
  void fold(Projections& projections) const {
    const Journal journal(path());
    const WorldFactory factory = meadow_factory(catalog);
    CheckedPlayer player(journal, catalog, factory);
    projections.fold(player);
  }

  /// Folds the same run live up to `last`, without a save at the end.
  void run_live(Projections& projections, Step last) const {
    const auto world = meadow(catalog, seed_);
    InputList inputs(meadow_inputs());
    projections.follow(*world);
    Session(*world, inputs).run({.until = Time(2s), .steps = last});
    projections.leave();
  }

  Catalog catalog = test_catalog();
  Models models;
  Seal seal;

 private:
  std::uint64_t seed_;
  TempDir folder_;
};

TEST_CASE("what is folded live is what is folded from the journal") {
  const Recorded recorded;
  CHECK(recorded.models.talk.notes > 100);
  CHECK(recorded.models.talk.last.size() == 5);
  CHECK(recorded.models.ticks.steps.size() > 100);
  CHECK(recorded.models.ticks.dropped > 0);
  Models after;
  Projections projections;
  add(projections, after);
  recorded.fold(projections);
  CHECK(after == recorded.models);
}

TEST_CASE("several projections in one pass are what each is alone") {
  const Recorded recorded;
  Talk talk;
  Projections first;
  first.add(talk);
  recorded.fold(first);
  CHECK(talk == recorded.models.talk);
  Ticks ticks;
  Projections second;
  second.add(ticks);
  recorded.fold(second);
  CHECK(ticks == recorded.models.ticks);
}

TEST_CASE("projections cost no checkpoints") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  Talk talk;
  Projections projections;
  projections.add(talk).follow(*world);
  world->run(time_max, 10'000);
  CHECK(world->digests_computed() == 0);
  projections.leave();
}

TEST_CASE("projections killed at any step go on with nothing missed and nothing folded twice") {
  const Recorded recorded;
  Random random(11, "kills");
  for (int i = 0; i < 6; ++i) {
    const TempDir folder;
    const auto every = static_cast<Step>(random.uniform(std::int64_t{40}, std::int64_t{400}));
    Step reached = 0;
    while (reached < recorded.seal.step) {
      reached += static_cast<Step>(random.uniform(std::int64_t{1}, std::int64_t{900}));
      Models models;
      Projections projections(folder.path(), every);
      add(projections, models);
      recorded.run_live(projections, reached);
    }
    Models models;
    Projections projections(folder.path());
    add(projections, models);
    recorded.fold(projections);
    REQUIRE(models == recorded.models);
  }
}

TEST_CASE("a process that is killed while it folds loses nothing") {
  const Recorded recorded;
  const TempDir folder;
  int kills = 0;
  for (int i = 0; i < 20; ++i) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      Models models;
      Projections projections(folder.path(), 3);
      add(projections, models);
      recorded.run_live(projections, recorded.seal.step);
      ::_exit(0);
    }
    ::usleep(static_cast<useconds_t>(500 * (i + 1)));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    kills += WIFSIGNALED(status) ? 1 : 0;
  }
  CHECK(kills > 0);
  Models models;
  Projections projections(folder.path());
  add(projections, models);
  recorded.fold(projections);
  CHECK(models == recorded.models);
}

TEST_CASE("projections that stand at different steps go on in one pass") {
  const Recorded recorded;
  const TempDir folder;
  const auto run = [&](auto& model, Step last) {
    Projections projections(folder.path());
    projections.add(model);
    recorded.run_live(projections, last);
    projections.save();
  };
  Talk talk;
  run(talk, 300);
  Ticks ticks;
  run(ticks, 700);
  Models models;
  Projections projections(folder.path());
  add(projections, models);
  CHECK(models.talk == talk);
  CHECK(models.ticks == ticks);
  recorded.fold(projections);
  CHECK(models == recorded.models);
}

TEST_CASE("a fold may begin in the middle of a history") {
  const Catalog catalog = test_catalog();
  const auto whole = meadow(catalog);
  Models straight;
  Projections all;
  add(all, straight);
  all.follow(*whole);
  whole->run(time_max, 1000);
  const Bytes keyframe = saved(*whole);
  whole->run(time_max, 3000);
  all.leave();
  const auto from_keyframe = [&] {
    auto world = std::make_unique<Simulation>(catalog, 0);
    Decoder in(keyframe);
    world->restore(in);
    return world;
  };

  // One that stands at or after the keyframe goes on from there.
  for (const Step stands_at : {Step{1000}, Step{1800}}) {
    const TempDir folder;
    {
      Models models;
      Projections projections(folder.path());
      add(projections, models);
      const auto world = meadow(catalog);
      projections.follow(*world);
      world->run(time_max, stands_at);
      projections.save();
      projections.leave();
    }
    Models models;
    Projections projections(folder.path());
    add(projections, models);
    const auto world = from_keyframe();
    projections.follow(*world);
    world->run(time_max, 3000);
    projections.leave();
    CHECK(models == straight);
  }

  // A new one has what comes after it.
  Models tail;
  Projections projections;
  add(projections, tail);
  const auto world = from_keyframe();
  projections.follow(*world);
  world->run(time_max, 3000);
  projections.leave();
  CHECK(tail.ticks.steps.front() > 1000);
  CHECK(std::equal(tail.ticks.steps.rbegin(), tail.ticks.steps.rend(),
                   straight.ticks.steps.rbegin()));

  // One that stands before it would miss something.
  const TempDir folder;
  Models early;
  {
    Projections before(folder.path());
    add(before, early);
    const auto start = meadow(catalog);
    before.follow(*start);
    start->run(time_max, 999);
    before.save();
    before.leave();
  }
  Models again;
  Projections refused(folder.path());
  add(refused, again);
  const auto late = from_keyframe();
  CHECK_THROWS_WITH(refused.follow(*late),
                    "the projection 'talk' stands at step 999 and the world already at step 1000: "
                    "what lies between would be missed; begin with a world that stands at or "
                    "before it");
}

TEST_CASE("a fold over a journal goes on from the keyframe before it") {
  const Recorded recorded;
  const TempDir folder;
  const fs::path path = folder.path() / "keyed.rpj";
  record_meadow(path, recorded.catalog, 2s, 1, KeyframePolicy::every(500));
  const Journal journal(path);
  const WorldFactory never = [](const JournalHeader&) -> std::unique_ptr<Simulation> {
    throw std::logic_error("lived from the start");
  };
  for (const Step stands_at : {Step{500}, Step{1234}}) {
    const TempDir kept;
    {
      Models models;
      Projections projections(kept.path());
      add(projections, models);
      recorded.run_live(projections, stands_at);
      projections.save();
    }
    Models models;
    Projections projections(kept.path());
    add(projections, models);
    projections.fold(journal, recorded.catalog, never);
    CHECK(models == recorded.models);
  }
  Models models;
  Projections projections;
  add(projections, models);
  CHECK_THROWS_AS(projections.fold(journal, recorded.catalog, never), std::logic_error);
  projections.fold(journal, recorded.catalog, meadow_factory(recorded.catalog));
  CHECK(models == recorded.models);
}

TEST_CASE("a history that was replaced is noticed at the step of the projection") {
  const Recorded recorded;
  const Recorded other(2);
  const TempDir folder;
  {
    Models models;
    Projections projections(folder.path());
    add(projections, models);
    recorded.run_live(projections, 500);
    projections.save();
  }
  Models models;
  Projections projections(folder.path());
  add(projections, models);
  const Models before = models;
  const std::string said = [&] {
    try {
      other.fold(projections);
    } catch (const ProjectionError& error) {
      return std::string(error.what());
    }
    return std::string("nothing");
  }();
  CHECK_THAT(said, Contains("at step 500 the history is another than the one the projection "
                            "'talk' was folded over") &&
                       Contains("; remove " + folder.file("talk.projection") +
                                " to have it rebuilt from the start"));
  CHECK(models == before);
  CHECK_THROWS_WITH(projections.save(), Contains("failed before"));

  fs::remove(folder.path() / "talk.projection");
  fs::remove(folder.path() / "ticks.projection");
  Models rebuilt;
  Projections anew(folder.path());
  add(anew, rebuilt);
  other.fold(anew);
  CHECK(rebuilt == other.models);
}

TEST_CASE("a projection beyond the end of the history is refused") {
  const Recorded recorded;
  const TempDir folder;
  {
    Talk talk;
    Projections projections(folder.path());
    projections.add(talk);
    const auto world = meadow(recorded.catalog);
    InputList inputs(meadow_inputs());
    projections.follow(*world);
    Session(*world, inputs).run({.steps = recorded.seal.step + 5});
    projections.save();
    projections.leave();
  }
  Talk talk;
  Projections projections(folder.path());
  projections.add(talk);
  const std::string end = std::to_string(recorded.seal.step);
  CHECK_THROWS_WITH(recorded.fold(projections), Contains("and the history ends at step " + end +
                                                         ": it was folded over another"));
}

struct NewerTicks {
  static constexpr std::string_view name = "ticks";
  static constexpr std::uint16_t version = 3;
  using Handles = Messages<Tick>;
  std::vector<Step> steps;
  std::uint64_t dropped = 0;
  REPRISE_FIELDS(steps, dropped)
  void on(const Tick&, const EventInfo&) {}
};

struct OtherTicks {
  static constexpr std::string_view name = "ticks";
  static constexpr std::uint16_t version = 2;
  using Handles = Messages<Tick>;
  std::uint64_t count = 0;
  REPRISE_FIELDS(count)
  void on(const Tick&, const EventInfo&) { ++count; }
};

struct Misnamed {
  static constexpr std::string_view name = "../ticks";
  using Handles = Messages<Tick>;
  REPRISE_FIELDS()
  void on(const Tick&, const EventInfo&) {}
};

struct Stranger {
  static constexpr std::string_view kind = "test.stranger";
  REPRISE_FIELDS()
};
struct HearsStranger {
  static constexpr std::string_view name = "stranger";
  using Handles = Messages<Stranger>;
  REPRISE_FIELDS()
  void on(const Stranger&, const EventInfo&) {}
};

struct Touchy {
  static constexpr std::string_view name = "touchy";
  using Handles = Messages<Tick>;
  std::uint64_t count = 0;
  REPRISE_FIELDS(count)
  void on(const Tick&, const EventInfo&) {
    if (++count == 10) throw std::runtime_error("ten are too many");
  }
};

TEST_CASE("a file of another version or other fields or another projection is refused") {
  const Recorded recorded;
  const TempDir folder;
  {
    Models models;
    Projections projections(folder.path());
    add(projections, models);
    recorded.fold(projections);
  }
  NewerTicks newer;
  OtherTicks other;
  Projections projections(folder.path());
  CHECK_THROWS_WITH(projections.add(newer),
                    Contains("is of version 2 there and of version 3 in this program; remove"));
  CHECK_THROWS_WITH(projections.add(other),
                    Contains("has the fields {steps:list<uint64>,dropped:uint64} there and "
                             "{count:uint64} in this program; remove"));
  fs::copy_file(folder.path() / "talk.projection", folder.path() / "ticks.projection",
                fs::copy_options::overwrite_existing);
  Ticks ticks;
  CHECK_THROWS_WITH(projections.add(ticks), Contains("holds the projection 'talk'"));
  write_bytes(folder.path() / "ticks.projection", "nonsense");
  CHECK_THROWS_AS(projections.add(ticks), FileError);
}

TEST_CASE("projections that make no sense are refused") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  Projections projections;
  Misnamed misnamed;
  CHECK_THROWS_AS(projections.add(misnamed), std::invalid_argument);
  Talk talk;
  projections.add(talk);
  CHECK_THROWS_WITH(projections.add(talk), "the projection 'talk' is there twice");
  HearsStranger stranger;
  projections.add(stranger);
  CHECK_THROWS_WITH(projections.follow(*world),
                    "the projection 'stranger' listens to test.stranger, which is no kind of this "
                    "world's catalog");
}

TEST_CASE("what a projection throws ends the fold and is not saved") {
  const Recorded recorded;
  const TempDir folder;
  Touchy touchy;
  Projections projections(folder.path());
  projections.add(touchy);
  CHECK_THROWS_WITH(recorded.fold(projections), "ten are too many");
  CHECK_THROWS_AS(projections.save(), ProjectionError);
  CHECK_FALSE(fs::exists(folder.path() / "touchy.projection"));
}

}  // namespace
}  // namespace reprise::test
