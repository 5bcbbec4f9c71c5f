#include "timeline/timeline.hpp"

#include <catch2/catch.hpp>

#include "engine/json.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temp_dir.hpp"

namespace reprise {
namespace {

using namespace test;
using Catch::Matchers::Contains;

TEST_CASE("a position is a step or a time with a unit or the end") {
  CHECK(parse_position("12345") == Position(Step{12345}));
  CHECK(parse_position("0") == Position(Step{0}));
  CHECK(parse_position("300ms") == Position(Time(300ms)));
  CHECK(parse_position("end") == Position(EndOfRun()));
  for (const char* text : {"", "-1", "-5ms", "5 ms", "soon", "1.5", "99999999999999999999"}) {
    CHECK_FALSE(parse_position(text));
  }
  for (const char* text : {"12345", "300ms", "end"})
    CHECK(to_string(*parse_position(text)) == text);
}

struct Recorded {
  TempDir folder;
  Catalog catalog = test_catalog();
  Seal seal = record_meadow(folder.path() / "a.rpj", catalog);
  Journal journal{folder.path() / "a.rpj"};
  WorldFactory factory = meadow_factory(catalog);
};

TEST_CASE("a timeline stands where a straight run would whatever the order of the seeks") {
  const Recorded recorded;
  Timeline timeline(recorded.journal, recorded.catalog, recorded.factory);
  for (const Step step : {500, 100, 1200, 0, 1199, 1200}) {
    timeline.seek(Position(step));
    const auto straight = meadow(recorded.catalog);
    InputList inputs(meadow_inputs());
    Session(*straight, inputs).run({.steps = step});
    CHECK(timeline.world().steps() == step);
    CHECK(timeline.world().prefix() == straight->prefix());
    CHECK(timeline.world().state_root() == straight->state_root());
  }
}

TEST_CASE("at a time everything due has been delivered and the clock stands there") {
  const Recorded recorded;
  Timeline timeline(recorded.journal, recorded.catalog, recorded.factory);
  timeline.seek(Position(Time(500ms)));
  const auto straight = meadow(recorded.catalog);
  InputList inputs(meadow_inputs());
  Session(*straight, inputs).run({.until = Time(500ms)});
  CHECK(timeline.world().now() == Time(500ms));
  CHECK(timeline.world().state_root() == straight->state_root());
}

TEST_CASE("a step is one position however one came to it") {
  const Recorded recorded;
  Timeline direct(recorded.journal, recorded.catalog, recorded.factory);
  Timeline roundabout(recorded.journal, recorded.catalog, recorded.factory);
  roundabout.seek(Position(Time(500ms + 1234ns)));
  const Step step = roundabout.world().steps();
  roundabout.seek(Position(step));
  direct.seek(Position(step));
  CHECK(roundabout.world().state_root() == direct.world().state_root());
}

TEST_CASE("the end is the state that the seal names") {
  const Recorded recorded;
  Timeline timeline(recorded.journal, recorded.catalog, recorded.factory);
  timeline.seek(EndOfRun());
  CHECK(timeline.world().state_root() == *recorded.seal.root);
}

TEST_CASE("a position beyond the end is refused with where the end is") {
  const Recorded recorded;
  Timeline timeline(recorded.journal, recorded.catalog, recorded.factory);
  CHECK_THROWS_WITH(timeline.seek(Position(recorded.seal.step + 1)),
                    Contains("is beyond the end") && Contains("ends at 2s"));
  CHECK_THROWS_AS(timeline.seek(Position(Time(3s))), PositionError);
}

/// The divergence that seeking comes upon, if there is one.
std::optional<Divergence> met(Timeline& timeline, const Position& position) {
  try {
    timeline.seek(position);
  } catch (const DivergenceError& error) {
    return error.divergence;
  }
  return std::nullopt;
}

TEST_CASE("a world that is another from the start is met at step 0") {
  const Recorded recorded;
  const WorldFactory empty = [&](const JournalHeader& header) {
    return std::make_unique<Simulation>(recorded.catalog, header.seed);
  };
  Timeline timeline(recorded.journal, recorded.catalog, empty);
  const auto divergence = met(timeline, Position(Step{5}));
  REQUIRE(divergence);
  CHECK(divergence->what == Divergence::What::state);
  CHECK(divergence->step == 0);
}

/// What a whim does at its tenth tick is decided here, outside of any run.
struct Mood {
  std::int64_t said = 0;
  std::int64_t hidden = 0;
  bool fails = false;
  bool silent = false;
} mood;

struct Whim {
  using Handles = Messages<Start, Tick, Note>;

  std::int64_t ticks = 0;
  std::int64_t hidden = 0;
  REPRISE_FIELDS(ticks, hidden)

  void on(const Start&, Context& world) { world.wake(1ms, Tick{}); }
  void on(const Tick&, Context& world) {
    const bool tenth = ++ticks == 10;
    if (tenth) hidden = mood.hidden;
    if (tenth && mood.fails) throw std::runtime_error("no mood for it");
    if (tenth && mood.silent) return;
    world.wake(1ms, Tick{});
    world.send(world.self(), Note{tenth ? mood.said : 0}, 1us);
  }
  void on(const Note&) {}
};

/// Step 1 is Start; tick n is step 2n and its note step 2n + 1.
struct Moody {
  Moody() {
    mood = {};
    catalog.add<Whim>("whim");
    Simulation world(catalog, 1);
    world.add("whim", Whim{});
    InputList none;
    record(path, world, none, {.until = Time(5s)});
    REQUIRE(Journal(path).checkpoints() > 3);
  }

  WorldFactory factory = [this](const JournalHeader& header) {
    auto world = std::make_unique<Simulation>(catalog, header.seed);
    world->add("whim", Whim{});
    return world;
  };

  std::optional<Divergence> met(const Position& position) const {
    const Journal journal(path);
    Timeline timeline(journal, catalog, factory);
    const auto divergence = reprise::met(timeline, position);
    CHECK(reprise::met(timeline, position) == divergence);
    return divergence;
  }

  TempDir folder;
  Catalog catalog;
  std::filesystem::path path = folder.path() / "a.rpj";
};

TEST_CASE("a position before another history begins can be stood in and none behind it can") {
  const Moody moody;
  mood.said = 5;
  CHECK_FALSE(moody.met(Position(Step{20})));
  CHECK_FALSE(moody.met(Position(Time(10ms))));
  for (const Position& position :
       {Position(Step{21}), Position(Step{5000}), Position(Time(11ms)), Position(EndOfRun())}) {
    const auto divergence = moody.met(position);
    INFO(to_string(position));
    REQUIRE(divergence);
    CHECK(divergence->what == Divergence::What::events);
    CHECK(divergence->step == 21);
  }
}

TEST_CASE("a state that differs though the events are the same is met at the next checkpoint") {
  const Moody moody;
  mood.hidden = 1;
  CHECK_FALSE(moody.met(Position(Step{4095})));
  for (const Position& position : {Position(Step{4096}), Position(Time(3s))}) {
    const auto divergence = moody.met(position);
    INFO(to_string(position));
    REQUIRE(divergence);
    CHECK(divergence->what == Divergence::What::state);
    CHECK(divergence->step == 4096);
  }
}

TEST_CASE("an agent that fails only now is met at its step") {
  const Moody moody;
  mood.fails = true;
  const auto divergence = moody.met(EndOfRun());
  REQUIRE(divergence);
  CHECK(divergence->what == Divergence::What::failure);
  CHECK(divergence->step == 20);
  CHECK(divergence->computed == "whim fails on test.tick: no mood for it");
}

TEST_CASE("a history that ends before the recorded one is met where it ends") {
  const Moody moody;
  mood.silent = true;
  for (const Position& position : {Position(Step{500}), Position(Time(4s))}) {
    const auto divergence = moody.met(position);
    INFO(to_string(position));
    REQUIRE(divergence);
    CHECK(divergence->what == Divergence::What::end);
    CHECK(divergence->step == 21);
  }
}

TEST_CASE("a search meets another history where a seek does") {
  const Moody moody;
  mood.said = 5;
  const Journal journal(moody.path);
  Timeline timeline(journal, moody.catalog, moody.factory);
  const Question never{.holds = [](const Simulation&) { return false; }};
  timeline.seek(Position(Step{15}));
  try {
    timeline.find(Direction::forward, never);
    FAIL("it went on");
  } catch (const DivergenceError& error) {
    CHECK(error.divergence.step == 21);
  }
  CHECK(timeline.world().steps() == 0);
  timeline.seek(Position(Step{20}));
  CHECK_FALSE(timeline.find(Direction::back, never));
  CHECK(timeline.world().steps() == 20);
}

TEST_CASE("the clock stands at the time asked for also after the last event") {
  mood = {.silent = true};
  const TempDir folder;
  Catalog catalog;
  catalog.add<Whim>("whim");
  const WorldFactory factory = [&](const JournalHeader& header) {
    auto world = std::make_unique<Simulation>(catalog, header.seed);
    world->add("whim", Whim{});
    return world;
  };
  const auto recorded = factory({.seed = 1});
  InputList none;
  const Seal seal = record(folder.path() / "a.rpj", *recorded, none, {.until = Time(5s)});
  const Journal journal(folder.path() / "a.rpj");
  Timeline timeline(journal, catalog, factory);
  timeline.seek(Position(Time(3s)));
  CHECK(timeline.world().steps() == seal.step);
  CHECK(timeline.world().now() == Time(3s));
  timeline.seek(EndOfRun());
  CHECK(timeline.world().now() == Time(5s));
}

TEST_CASE("edits and a clock that was moved on are on the way and no difference") {
  const TempDir folder;
  const Catalog catalog = test_catalog();
  const auto path = folder.path() / "a.rpj";
  const auto world = meadow(catalog);
  Step edited = 0;
  {
    JournalWriter journal(path, header_of(*world), {}, true);
    Recorder recorder(*world, journal);
    world->run_until(Time(500ms + 123456ns));
    edited = world->steps();
    world->edit(edit_after(edited, SetField{"walker[1]", "place", "9"}));
    world->run_until(Time(1s));
    world->edit(edit_after(world->steps(), SetField{"walker[2]", "place", "7"}));
    recorder.finish(RunEnd::until, {.until = Time(1s)});
  }
  const Journal journal(path);
  const WorldFactory factory = meadow_factory(catalog);
  Timeline timeline(journal, catalog, factory);
  for (const Position& position :
       {Position(edited), Position(edited + 1), Position(Time(900ms)), Position(EndOfRun())}) {
    CHECK_FALSE(met(timeline, position));
  }
  CHECK(timeline.world().state_root() == *journal.seal()->root);
}

TEST_CASE("what was delivered as the present step is told wherever one stands") {
  const Recorded recorded;
  const EventRange all{.last = recorded.journal.last_step()};
  DerivedEvents events(recorded.journal, recorded.catalog, recorded.factory, all);
  std::vector<KeptEvent> straight;
  while (const auto event = events.next()) straight.push_back(kept(*event));
  Timeline timeline(recorded.journal, recorded.catalog, recorded.factory);
  CHECK_FALSE(timeline.delivered());
  for (const Step step : {Step{1}, Step{2}, Step{500}, Step{97}, recorded.journal.last_step()}) {
    timeline.seek(Position(step));
    const Digest root = timeline.world().state_root();
    const auto told = timeline.delivered();
    REQUIRE(told);
    const DeliveredEvent& event = straight.at(step - 1).event;
    CHECK(told->event.step == step);
    CHECK(told->event.at == event.at);
    CHECK(told->event.from == event.from);
    CHECK(told->event.to == event.to);
    CHECK(told->event.kind == event.kind);
    CHECK(to_json(*event.kind->fields, told->event.message) ==
          to_json(*event.kind->fields, event.message));
    CHECK(timeline.world().steps() == step);
    CHECK(timeline.world().state_root() == root);
  }
  timeline.seek(Position(Time(500ms + 1234ns)));
  timeline.delivered();
  CHECK(timeline.world().now() == Time(500ms + 1234ns));
}

}  // namespace
}  // namespace reprise
