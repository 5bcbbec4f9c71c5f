#include "timeline/timeline.hpp"

#include <catch2/catch.hpp>

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
    ListedInputs inputs(meadow_inputs());
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
  ListedInputs inputs(meadow_inputs());
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

TEST_CASE("a history that cannot be reached is said to differ") {
  const Recorded recorded;
  const WorldFactory empty = [&](const JournalHeader& header) {
    return std::make_unique<Simulation>(recorded.catalog, header.seed);
  };
  Timeline timeline(recorded.journal, recorded.catalog, empty);
  CHECK_THROWS_WITH(timeline.seek(Position(Step{5})), Contains("is for nobody"));
}

}  // namespace
}  // namespace reprise
