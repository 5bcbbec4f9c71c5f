#include "replay/verify.hpp"

#include <catch2/catch.hpp>

#include "tests/support/recording.hpp"
#include "tests/support/temp_dir.hpp"

namespace reprise {
namespace {

using namespace test;
using Catch::Matchers::Contains;

/// What a planted agent does is decided here, outside of any run.
struct Plant {
  std::int64_t change = 0;  // added to what is sent from the tenth tick on
  std::int64_t hidden = 0;  // added to a field that is never sent
  std::int64_t drift = 0;   // added to `change` at every Start
  bool fails = false;
  bool silent = false;
} plant;

struct Planted {
  using Handles = Messages<Start, Tick, Note>;

  std::int64_t ticks = 0;
  std::int64_t sum = 0;
  std::int64_t hidden = 0;
  REPRISE_FIELDS(ticks, sum, hidden)

  void on(const Start&, Context& world) {
    plant.change += plant.drift;
    world.wake(1ms, Tick{});
  }
  void on(const Tick&, Context& world) {
    ++ticks;
    if (ticks == 10) hidden += plant.hidden;
    if (plant.fails && ticks == 12) throw std::runtime_error("planted");
    world.send(world.self(), Note{ticks >= 10 ? plant.change : 0});
    if (!plant.silent || ticks < 15) world.wake(1ms, Tick{});
  }
  void on(const Note& note, Context&) { sum += note.value; }
};

struct Garden {
  Garden() {
    plant = {};
    catalog.add<Planted>("planted");
    Simulation world(catalog, 1);
    world.add("planted", Planted{});
    InputList none;
    record(path, world, none, {.until = Time(20ms)});
  }

  Verification verify() const {
    return reprise::verify(Journal(path), catalog, [this](const JournalHeader& header) {
      auto world = std::make_unique<Simulation>(catalog, header.seed);
      world->add("planted", Planted{});
      return world;
    });
  }

  TempDir folder;
  Catalog catalog;
  std::filesystem::path path = folder.path() / "a.rpj";
};

// Step 1 is Start; tick n is step 2n and its note step 2n + 1.

TEST_CASE("a run that lives again as it was is equal") {
  const Garden garden;
  const Verification result = garden.verify();
  CHECK_FALSE(result.divergence);
  CHECK(result.steps == 41);
}

TEST_CASE("a world that changed its mind computes another history from a named step on") {
  const Garden garden;
  plant.change = 5;
  const Verification result = garden.verify();
  REQUIRE(result.divergence);
  CHECK(result.deterministic);
  CHECK(result.divergence->what == Divergence::What::events);
  CHECK(result.divergence->step == 21);
  CHECK(result.steps == 20);
}

TEST_CASE("a world that differs from one execution to the next is not deterministic") {
  const Garden garden;
  plant.drift = 1;
  const Verification result = garden.verify();
  REQUIRE(result.divergence);
  CHECK_FALSE(result.deterministic);
  CHECK(result.divergence->step == 21);
}

TEST_CASE("a world that is right again at the second execution is not deterministic") {
  const Garden garden;
  plant.change = -1;
  plant.drift = 1;  // 0 at the first Start after the plant
  CHECK_FALSE(garden.verify().divergence);
  const Verification result = garden.verify();
  REQUIRE(result.divergence);
  CHECK_FALSE(result.deterministic);
}

TEST_CASE("a state that differs though the events are the same is found at the next checkpoint") {
  const Garden garden;
  plant.hidden = 1;
  const Verification result = garden.verify();
  REQUIRE(result.divergence);
  CHECK(result.divergence->what == Divergence::What::state);
  CHECK(result.divergence->step == 41);
  CHECK(result.deterministic);
}

TEST_CASE("a run that now fails or now ends early is told apart from one that differs") {
  const Garden garden;
  SECTION("fails") {
    plant.fails = true;
    const Verification result = garden.verify();
    REQUIRE(result.divergence);
    CHECK(result.divergence->what == Divergence::What::failure);
    CHECK(result.divergence->step == 24);
    CHECK(result.divergence->computed == "planted fails on test.tick: planted");
  }
  SECTION("ends early") {
    plant.silent = true;
    const Verification result = garden.verify();
    REQUIRE(result.divergence);
    CHECK(result.divergence->what == Divergence::What::end);
    CHECK(result.divergence->step == 32);
  }
}

TEST_CASE("a failure that does not come again is a difference") {
  Garden garden;
  plant.fails = true;
  {
    Simulation world(garden.catalog, 1);
    world.add("planted", Planted{});
    InputList none;
    CHECK(record(garden.path, world, none, {}).end == RunEnd::failed);
  }
  CHECK_FALSE(garden.verify().divergence);
  plant.fails = false;
  const Verification result = garden.verify();
  REQUIRE(result.divergence);
  CHECK(result.divergence->what == Divergence::What::failure);
  CHECK(result.divergence->step == 24);
}

TEST_CASE("every kind of end is verified as what it was") {
  const TempDir folder;
  const Catalog catalog = test_catalog();
  const auto path = folder.path() / "a.rpj";
  RunLimit limit;
  std::vector<Input> inputs;
  SECTION("steps") {
    limit.steps = 123;
  }
  SECTION("until") {
    limit.until = Time(33ms);
  }
  SECTION("stopped") {
    inputs.push_back(input_at(15ms, world_id, Stop{}));
  }
  SECTION("edited at the end") {
    limit.steps = 50;
    inputs = {edit_after(20, SetField{"walker[1]", "place", "9"}), edit_after(50, Reseed{"", 3})};
  }
  SECTION("edited at a checkpoint") {
    limit.steps = 4096;
    inputs = {edit_after(4096, SetField{"walker[1]", "place", "9"})};
  }
  const auto world = meadow(catalog);
  InputList source(inputs);
  const Seal seal = record(path, *world, source, limit);
  const Verification result = verify(Journal(path), catalog, meadow_factory(catalog));
  CHECK_FALSE(result.divergence);
  CHECK(result.steps == seal.step);
  CHECK(seal.inputs == inputs.size());
}

TEST_CASE("an edit made after the clock was moved on lives again") {
  const TempDir folder;
  const Catalog catalog = test_catalog();
  const auto path = folder.path() / "a.rpj";
  const auto world = meadow(catalog);
  {
    JournalWriter journal(path, header_of(*world), {}, true);
    Recorder recorder(*world, journal);
    world->run_until(Time(500ms + 123456ns));
    world->edit(edit_after(world->steps(), SetField{"walker[1]", "place", "9"}));
    world->run_until(Time(1s));
    recorder.finish(RunEnd::until, {.until = Time(1s)});
  }
  const Verification result = verify(Journal(path), catalog, meadow_factory(catalog));
  CHECK_FALSE(result.divergence);
}

TEST_CASE("a seal that names another end than the last checkpoint is damage") {
  const TempDir folder;
  const Catalog catalog = test_catalog();
  const auto path = folder.path() / "a.rpj";
  for (const bool lies : {false, true}) {
    const auto world = meadow(catalog);
    {
      JournalWriter journal(path, header_of(*world), {}, true);
      Recorder recorder(*world, journal);
      world->run_until(Time(1s));
      world->checkpoint();
      Seal seal{.end = RunEnd::until,
                .limit = {.until = Time(1s)},
                .step = world->steps(),
                .at = world->now(),
                .prefix = world->prefix(),
                .root = world->state_root()};
      if (lies) seal.root = Digest{1, 2};
      journal.seal(seal);
    }
    const Journal journal(path);
    if (lies) {
      CHECK_THROWS_WITH(verify(journal, catalog, meadow_factory(catalog)),
                        Contains("the seal and the last checkpoint differ"));
    } else {
      CHECK_FALSE(verify(journal, catalog, meadow_factory(catalog)).divergence);
    }
  }
}

TEST_CASE("another world than the recorded one differs before the first step") {
  const TempDir folder;
  const Catalog catalog = test_catalog();
  record_meadow(folder.path() / "a.rpj", catalog);
  const Verification result = verify(Journal(folder.path() / "a.rpj"), catalog,
                                     [&](const JournalHeader&) { return meadow(catalog, 2); });
  REQUIRE(result.divergence);
  CHECK(result.divergence->what == Divergence::What::state);
  CHECK(result.divergence->step == 0);
}

TEST_CASE("a journal of kinds that changed is refused before anything is executed") {
  const TempDir folder;
  const Catalog catalog = test_catalog();
  record_meadow(folder.path() / "a.rpj", catalog);
  const Catalog other = Catalog().add<Walker>("walker");
  CHECK_THROWS_WITH(
      verify(Journal(folder.path() / "a.rpj"), other, meadow_factory(other)),
      Contains("recorded by a program with other kinds: agent kind lamb: not in this program"));
}

TEST_CASE("verification tells how far it is") {
  const TempDir folder;
  const Catalog catalog = test_catalog();
  const Seal seal = record_meadow(folder.path() / "a.rpj", catalog, 200s);
  REQUIRE(seal.step > 1 << 16);
  Step last = 0;
  verify(Journal(folder.path() / "a.rpj"), catalog, meadow_factory(catalog),
         [&](Step step) { last = step; });
  CHECK(last >= 1 << 16);
}

}  // namespace
}  // namespace reprise
