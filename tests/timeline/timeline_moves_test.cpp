// Moving about in a recorded history, held against a plain straight run of it.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "agents/standard_catalog.hpp"
#include "engine/random.hpp"
#include "engine/world_expression.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/scenario_inputs.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/sizes.hpp"
#include "tests/support/temp_dir.hpp"
#include "timeline/timeline.hpp"

namespace reprise {
namespace {

using namespace test;
using Catch::Matchers::Contains;

constexpr Step steps_between_roots = 61;

/// What a plain straight run is like after each step.
struct Straight {
  std::vector<Digest> prefixes;
  std::map<Step, Digest> roots;               // of every so many steps
  std::vector<std::vector<std::uint8_t>> is;  // by question: whether it holds, by step
};

/// A recorded run of some world, and the same run once more, step by step.
struct History {
  TempDir folder;
  Catalog catalog;
  WorldFactory factory;
  std::function<std::unique_ptr<InputSource>(const Simulation&)> inputs;
  std::vector<std::string> questions;
  Straight straight;

  void record_to(Time until, Step keyframes_every) {
    const auto world = factory({});
    const auto source = inputs(*world);
    record(path(), *world, *source, {.until = until}, KeyframePolicy::every(keyframes_every));
    run_straight(until);
  }

  std::filesystem::path path() const { return folder.path() / "a.rpj"; }

  void run_straight(Time until) {
    const auto world = factory({});
    const auto source = inputs(*world);
    Session session(*world, *source);
    std::vector<WorldExpression> expressions;
    for (const std::string& text : questions) expressions.emplace_back(text, *world);
    straight.is.resize(questions.size());
    const auto note = [&] {
      straight.prefixes.push_back(world->prefix());
      if (world->steps() % steps_between_roots == 0) {
        straight.roots[world->steps()] = world->state_root();
      }
      for (std::size_t i = 0; i < questions.size(); ++i) {
        straight.is[i].push_back(expressions[i].holds(*world) == Truth::yes ? 1 : 0);
      }
    };
    session.settle(until);
    note();
    while (session.step(until)) {
      session.settle(until);
      note();
    }
  }

  Step last() const { return straight.prefixes.size() - 1; }

  bool becomes_true(std::size_t question, Step step) const {
    const auto& is = straight.is[question];
    return is[step] != 0 && (step == 0 || is[step - 1] == 0);
  }

  /// By a linear scan.
  std::optional<Step> expected(std::size_t question, Step from, Direction direction) const {
    if (direction == Direction::forward) {
      for (Step step = from + 1; step <= last(); ++step) {
        if (becomes_true(question, step)) return step;
      }
      return std::nullopt;
    }
    for (Step step = from; step-- > 0;) {
      if (becomes_true(question, step)) return step;
    }
    return std::nullopt;
  }
};

/// Lives about in the history at random and compares each place with the straight run.
void wander(const History& history, std::size_t keyframe_bytes_max, int moves, std::uint64_t seed) {
  const Journal journal(history.path());
  Timeline timeline(journal, history.catalog, history.factory, keyframe_bytes_max);
  std::vector<FollowedExpression> expressions;
  for (const std::string& text : history.questions)
    expressions.emplace_back(WorldExpression(text, timeline.world()));
  Random random(seed, "wander");
  const Straight& straight = history.straight;
  const auto up_to = [&](Step most) {
    return static_cast<Step>(random.uniform(std::int64_t{0}, static_cast<std::int64_t>(most)));
  };
  Step at = 0;
  const auto there = [&](Step step) {
    at = step;
    REQUIRE(timeline.world().steps() == step);
    REQUIRE(timeline.world().prefix() == straight.prefixes[step]);
    const auto root = straight.roots.find(step);
    if (root != straight.roots.end()) REQUIRE(timeline.world().state_root() == root->second);
    REQUIRE(timeline.keyframes().bytes() <= keyframe_bytes_max);
  };
  int found_any = 0;
  for (int move = 0; move < moves; ++move) {
    switch (up_to(6)) {
      case 0:
        timeline.seek(Position(up_to(history.last())));
        there(timeline.world().steps());
        break;
      case 1: {
        const Step to = up_to(history.last() / steps_between_roots) * steps_between_roots;
        timeline.seek(Position(to));
        there(to);
        break;
      }
      case 2: {
        const Step steps = up_to(std::min<Step>(history.last() - at, 3000));
        timeline.forward(steps);
        there(at + steps);
        break;
      }
      case 3: {
        const Step steps = up_to(std::min<Step>(at, 3000));
        timeline.back(steps);
        there(at - steps);
        break;
      }
      case 4:
        for (int i = 0; i < 70 && at != 0; ++i) {
          timeline.back();
          there(at - 1);
        }
        break;
      default: {
        const std::size_t question = up_to(history.questions.size() - 1);
        const auto direction = up_to(1) == 0 ? Direction::forward : Direction::back;
        FollowedExpression& expression = expressions[question];
        const Question asked{
            .holds = [&](const Simulation& world) { return expression.holds(world) == Truth::yes; },
            .heeds = [&](AgentId to) { return expression.heeds(to); }};
        const auto expected = history.expected(question, at, direction);
        const auto found = timeline.find(direction, asked);
        INFO(history.questions[question] << " from step " << at);
        REQUIRE(found.has_value() == expected.has_value());
        if (found) REQUIRE(found->step == *expected);
        found_any += found ? 1 : 0;
        there(expected.value_or(at));
        break;
      }
    }
  }
  CHECK(found_any > 0);
}

/// With room for all keyframes, for a few, and for none.
void wander_with_each_budget(const History& history) {
  REQUIRE(history.last() > 5'000);
  const int moves = cases(60, 600);
  wander(history, Timeline::keyframe_bytes_default, moves, 1);
  wander(history, std::size_t{2} << 20, moves, 2);
  wander(history, 0, moves / 3, 3);
}

std::unique_ptr<History> history_of(const std::string& name,
                                    const std::vector<std::string>& overrides,
                                    const std::vector<std::string>& questions, Time until) {
  auto history = std::make_unique<History>();
  history->catalog = standard_catalog();
  const Catalog& catalog = history->catalog;
  const auto scenario = std::make_shared<const Scenario>(
      load_scenario(REPRISE_SOURCE_DIR "/scenarios/library/" + name, catalog, overrides));
  history->factory = [scenario, &catalog](const JournalHeader&) {
    return build_world(*scenario, catalog);
  };
  history->inputs = [scenario](const Simulation& world) -> std::unique_ptr<InputSource> {
    return scenario_inputs(*scenario, world);
  };
  history->questions = questions;
  history->record_to(until, 2'500);
  return history;
}

TEST_CASE("a timeline in a market stands wherever a straight run does") {
  wander_with_each_budget(
      *history_of("market/thin_market.toml", {"input[0].at=6s"},
                  {"trader[3].position > 0", "count(trader.position > 0) > 10",
                   "exchange.ask - exchange.bid > 20000000", "maker.halted", "maker.position < -1"},
                  Time(12s)));
}

TEST_CASE("a timeline in a queue stands wherever a straight run does") {
  wander_with_each_budget(
      *history_of("queueing/mm3.toml", {},
                  {"station.in_queue > 5", "station.in_service == 0", "station.departed > 1000"},
                  Time(12'000s)));
}

TEST_CASE("a timeline in phold stands wherever a straight run does") {
  wander_with_each_budget(*history_of(
      "phold/phold.toml", {},
      {"phold[7].handled > 3", "max(phold.handled) >= 20", "count(phold.handled == 0) < 300"},
      Time(10s)));
}

/// A world with inputs, births, edits, and agents that retire.
std::unique_ptr<History> meadow_with_edits() {
  auto history = std::make_unique<History>();
  history->catalog = test_catalog();
  history->factory = meadow_factory(history->catalog);
  history->inputs = [](const Simulation&) -> std::unique_ptr<InputSource> {
    std::vector<Input> inputs = meadow_inputs(30);
    for (const Step step : {600, 601, 1234, 2500}) {
      inputs.push_back(edit_after(step, SetField{"walker[1]", "place", "1000"}));
    }
    return std::make_unique<InputList>(inputs);
  };
  history->questions = {"walker[1].place == 1000", "`sheep/3`.age == 2", "any(walker.place > 20)",
                        "walker[2].heard > 50"};
  history->record_to(Time(9s), 700);
  return history;
}

TEST_CASE("a timeline among edits and births stands wherever a straight run does") {
  wander_with_each_budget(*meadow_with_edits());
}

struct Moves {
  std::unique_ptr<History> history = meadow_with_edits();
  Journal journal{history->path()};
  Timeline timeline{journal, history->catalog, history->factory};

  static Question never() {
    return {.holds = [](const Simulation&) { return false; }};
  }
};

TEST_CASE("near the present a step back has a keyframe close behind it") {
  Moves moves;
  moves.timeline.seek(EndOfRun());
  for (int i = 0; i < 500; ++i) {
    const CheckedPlayer* keyframe = moves.timeline.keyframes().find(moves.timeline.world().steps());
    REQUIRE(keyframe != nullptr);
    CHECK(moves.timeline.world().steps() - keyframe->world().steps() <= 512);
    moves.timeline.back();
  }
}

TEST_CASE("moves beyond either end are refused with how many steps there are") {
  Moves moves;
  moves.timeline.seek(Position(Step{5}));
  CHECK_THROWS_WITH(moves.timeline.back(6), Contains("before step 5 there are no 6"));
  CHECK_THROWS_AS(moves.timeline.forward(moves.history->last() - 4), PositionError);
  CHECK(moves.timeline.world().steps() == 5);
  moves.timeline.back(5);
  CHECK(moves.timeline.world().steps() == 0);
}

TEST_CASE("what never becomes true leaves the timeline where it stood") {
  Moves moves;
  moves.timeline.seek(Position(Time(700ms + 123ns)));
  const Digest root = moves.timeline.world().state_root();
  for (const Direction direction : {Direction::forward, Direction::back}) {
    CHECK_FALSE(moves.timeline.find(direction, Moves::never()));
    CHECK(moves.timeline.world().now() == Time(700ms + 123ns));
    CHECK(moves.timeline.world().state_root() == root);
  }
}

TEST_CASE("what is true from the start becomes true at step 0") {
  Moves moves;
  moves.timeline.seek(Position(Step{1000}));
  const Question always{.holds = [](const Simulation&) { return true; }};
  CHECK_FALSE(moves.timeline.find(Direction::forward, always));
  const auto found = moves.timeline.find(Direction::back, always);
  REQUIRE(found);
  CHECK(found->step == 0);
  CHECK(moves.timeline.world().steps() == 0);
}

TEST_CASE("what is found names the event delivered there") {
  Moves moves;
  const WorldExpression heard("listener.heard[3] == 23", moves.timeline.world());
  const auto found = moves.timeline.find(
      Direction::forward,
      {.holds = [&](const Simulation& world) { return heard.holds(world) == Truth::yes; }});
  REQUIRE(found);
  CHECK(found->at == moves.timeline.world().now());
  CHECK(found->kind->name == "test.note");
  CHECK(moves.timeline.world().name_of(found->to) == "listener");
}

TEST_CASE("a search that is interrupted ends") {
  Moves moves;
  int asked = 0;
  const auto interrupted = [&] { return ++asked == 2; };
  CHECK_FALSE(moves.timeline.find(Direction::forward, Moves::never(), interrupted));
  CHECK(moves.timeline.world().steps() < moves.history->last());
}

/// Keeps a count that is no part of its state: what is restored has forgotten it, and goes on
/// otherwise some steps later.
struct Forgetful {
  using Handles = Messages<Start, Tick, Note>;

  Forgetful() {}  // no aggregate, so nobody sees that a field is missing

  std::int64_t ticks = 0;
  std::int64_t said = 0;
  std::int64_t unsaved = 0;
  REPRISE_FIELDS(ticks, said)

  void on(const Start&, Context& world) { world.wake(1ms, Tick{}); }
  void on(const Tick&, Context& world) {
    ++ticks;
    said = ++unsaved / 16;
    world.wake(1ms, Tick{});
    world.send(world.self(), Note{said}, 1us);
  }
  void on(const Note&) {}
};

TEST_CASE("keyframes that lead to another history are found out once and then left alone") {
  TempDir folder;
  Catalog catalog;
  catalog.add<Forgetful>("forgetful");
  const WorldFactory factory = [&](const JournalHeader& header) {
    auto world = std::make_unique<Simulation>(catalog, header.seed);
    world->add("forgetful", Forgetful{});
    return world;
  };
  const auto path = folder.path() / "a.rpj";
  const auto world = factory({.schema = {}, .scenario = {}, .seed = 1, .overrides = {}});
  InputList none;
  record(path, *world, none, {.steps = 1000}, KeyframePolicy::every(100));
  const Journal journal(path);
  REQUIRE(journal.keyframes() == 10);
  const auto asks = [](std::int64_t ticks) {
    return Question{.holds = [ticks](const Simulation& now) {
      return now.agent<Forgetful>(AgentId{1})->ticks >= ticks;
    }};
  };
  for (const std::size_t budget : {std::size_t{0}, Timeline::keyframe_bytes_default}) {
    for (const Step from : {Step{1000}, Step{950}, Step{101}}) {
      INFO(from << " steps, " << budget << " bytes");
      Timeline timeline(journal, catalog, factory, budget);
      timeline.seek(Position(from));
      CHECK(timeline.world().steps() == from);
      const auto back = timeline.find(Direction::back, asks(20));
      REQUIRE(back);
      CHECK(back->step == 40);
      const auto forward = timeline.find(Direction::forward, asks(300));
      REQUIRE(forward);
      CHECK(forward->step == 600);
      const auto event = timeline.delivered();
      REQUIRE(event);
      CHECK(event->event.step == 600);
      CHECK(timeline.world().steps() == 600);
    }
    Timeline timeline(journal, catalog, factory, budget);
    timeline.seek(Position(Step{100}));
    const auto forward = timeline.find(Direction::forward, asks(300));
    REQUIRE(forward);
    CHECK(forward->step == 600);
    timeline.seek(Position(Step{901}));
    REQUIRE(timeline.delivered());
    CHECK(timeline.delivered()->event.step == 901);
  }
}

}  // namespace
}  // namespace reprise
