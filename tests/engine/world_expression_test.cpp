#include "engine/world_expression.hpp"

#include <catch2/catch.hpp>

#include "tests/support/test_agents.hpp"

namespace reprise {
namespace {

using namespace test;

/// A meadow that has run for a while: five walkers, a listener, and a sheep with lambs.
struct Grown {
  Catalog catalog = test_catalog();
  std::unique_ptr<Simulation> world = meadow(catalog);
  InputList inputs{meadow_inputs()};

  Grown() { Session(*world, inputs).run({.until = Time(1s)}); }

  Truth ask(std::string_view text) const { return WorldExpression(text, *world).holds(*world); }

  void check(std::string_view text, Truth expected) const {
    INFO(text);
    CHECK(static_cast<int>(ask(text)) == static_cast<int>(expected));
  }

  std::vector<const Walker*> walkers() const {
    std::vector<const Walker*> all;
    for (std::uint32_t id = 1; id <= 5; ++id) all.push_back(world->agent<Walker>(AgentId{id}));
    return all;
  }
};

std::string text_of(std::int64_t value) {
  return value < 0 ? "-" + std::to_string(-value) : std::to_string(value);
}

TEST_CASE("an expression over a world names the fields of its agents") {
  const Grown grown;
  const Walker& third = *grown.walkers()[3];
  grown.check("walker[3].place == " + text_of(third.place), Truth::yes);
  grown.check("`walker[3]`.place == walker[3].place", Truth::yes);
  grown.check("walker[3].visited[0] == " + text_of(third.visited[0]), Truth::yes);
  grown.check("walker[3].options.peer == 'walker[0]'", Truth::yes);
  grown.check("walker[3].options.pace == 10ms", Truth::yes);
  grown.check("listener.heard[1000] == 1", Truth::unknown);
  grown.check("time == 1s and step == " + std::to_string(grown.world->steps()), Truth::yes);
  CHECK(WorldExpression("walker[1].place - walker[2].place", *grown.world, ValueType::any)
            .value(*grown.world) ==
        Value(WideInteger{grown.walkers()[1]->place - grown.walkers()[2]->place}));
}

TEST_CASE("an aggregate asks each agent of a group") {
  const Grown grown;
  WideInteger sum = 0;
  std::int64_t count = 0;
  std::int64_t least = grown.walkers()[0]->place;
  for (const Walker* walker : grown.walkers()) {
    sum += walker->place;
    count += walker->place > 0 ? 1 : 0;
    least = std::min(least, walker->place);
  }
  grown.check("count(walker.place > 0) == " + std::to_string(count), Truth::yes);
  grown.check("sum(walker.place) == " + text_of(static_cast<std::int64_t>(sum)), Truth::yes);
  grown.check("min(walker.place) == " + text_of(least), Truth::yes);
  grown.check("max(-walker.place) == -min(walker.place)", Truth::yes);
  grown.check("all(walker.place >= " + text_of(least) + ")", Truth::yes);
  grown.check("any(walker.place < " + text_of(least) + ")", Truth::no);
  grown.check("count(walker.place >= walker[2].place) >= 1", Truth::yes);
}

TEST_CASE("an agent that is born on the way is unknown before and after its life") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  const WorldExpression young("`sheep/3`.age < 2", *world);
  InputList none;
  Session session(*world, none);
  const auto lives = [&] {
    const auto id = world->find("sheep/3");
    return id && !world->retired(*id);
  };
  int seen = 0;
  while (session.step(Time(200ms))) {
    const Truth expected = !lives()                                               ? Truth::unknown
                           : world->agent<Lamb>(*world->find("sheep/3"))->age < 2 ? Truth::yes
                                                                                  : Truth::no;
    REQUIRE(static_cast<int>(young.holds(*world)) == static_cast<int>(expected));
    seen |= 1 << static_cast<int>(expected);
  }
  CHECK(seen == 7);
}

TEST_CASE("an expression heeds the agents that it names") {
  const Grown grown;
  const auto heeds = [&](std::string_view text, std::uint32_t id) {
    return WorldExpression(text, *grown.world).heeds(AgentId{id});
  };
  CHECK(heeds("walker[3].place > 0", 4));
  CHECK_FALSE(heeds("walker[3].place > 0", 3));
  CHECK(heeds("any(walker.place > 0)", 5));
  CHECK_FALSE(heeds("any(walker.place > 0)", 6));
  CHECK(heeds("walker[3].place > 0", 0));
  CHECK(heeds("time > 1s", 6));
  CHECK(heeds("`sheep/3`.age > 0", 20));
}

/// Tells a followed expression of each event.
struct Teller : Observer {
  std::vector<FollowedExpression>& all;
  std::uint64_t heeded = 0;

  explicit Teller(std::vector<FollowedExpression>& expressions) : all(expressions) {}
  bool deaf = false;

  bool wants_deliveries() const override { return true; }
  bool wants_checkpoints() const override { return false; }
  void on_delivery(const Delivery& delivery) override {
    if (deaf) return;
    for (FollowedExpression& each : all) heeded += each.heeds(delivery.event.to) ? 1 : 0;
  }
};

TEST_CASE("a followed expression comes to the same as one that is asked anew at each step") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  std::vector<WorldExpression> fresh;
  std::vector<FollowedExpression> followed;
  for (const char* text :
       {"count(walker.place > 0)", "sum(walker.place)", "sum(walker.mean)", "min(walker.mean)",
        "max(walker.place)", "any(walker.place > 9)", "all(walker.visited[3] < 9)",
        "max(walker.place - walker[1].place)", "sum(walker.place) * time", "`sheep/3`.age"}) {
    fresh.emplace_back(text, *world, ValueType::any);
    followed.emplace_back(fresh.back());
  }
  Teller teller(followed);
  world->observe(teller);
  InputList inputs(meadow_inputs());
  Session session(*world, inputs);
  int known = 0;
  while (session.step(Time(1s))) {
    teller.deaf = world->steps() % 7 == 0;  // an event that they are not told of
    if (world->steps() % 5 == 0) continue;  // nor are they always asked
    if (world->steps() % 211 == 0) {
      world->edit(edit_after(world->steps(), SetField{"walker[2]", "place", "77"}));
      for (FollowedExpression& each : followed) each.heeds(world_id);
    }
    for (std::size_t i = 0; i < fresh.size(); ++i) {
      const Value value = fresh[i].value(*world);
      REQUIRE(followed[i].value(*world) == value);
      known += std::holds_alternative<Unknown>(value) ? 0 : 1;
    }
  }
  CHECK(known > 1'000);
  CHECK(teller.heeded > 1'000);
}

TEST_CASE("what a world cannot have is refused at its column with the right name") {
  const Grown grown;
  struct Case {
    std::string text;
    std::size_t column;
    std::string reason;
  };
  for (const Case& each : std::vector<Case>{
           {"wlaker[3].place > 0", 1, "there is no agent 'wlaker'; did you mean 'walker'?"},
           {"xyz.place > 0", 1, "there is no agent 'xyz'; there are walker listener sheep"},
           {"walker[5].place > 0", 8, "there is no walker[5]; there are walker[0] to walker[4]"},
           {"`walker[5]`.place > 0", 1, "there are walker[0] to walker[4]"},
           {"walker['a'].place > 0", 8, "there is no walker[a]"},
           {"walker[3].plaec > 0", 11, "unknown field 'plaec'; did you mean 'place'?"},
           {"walker[3] > 0", 8, "name a field of it, there are options peer place heard"},
           {"listener == 1", 1, "an agent has no value of its own"},
           {"walker.place > 0", 1, "'walker' is a group; name one of it, walker[0], or ask all"},
           {"count(listener.last_letter == 'a') > 0", 1, "asks each member of a group"},
           {"count(walker.place) > 0", 7, "'count' asks each for yes or no, and this is a number"},
           {"sum(walker.place > 0) > 0", 5, "calculates with a number of each, and this is a"},
           {"cuont(walker.place > 0) > 0", 1, "unknown function 'cuont'; did you mean 'count'?"},
           {"average(walker.place) > 0", 1, "there are count sum min max any all"},
           {"count(any(walker.place > 0)) > 0", 7, "an aggregate stands in no other"},
           {"count(walker.place > 0 > 0", 24, "comparisons do not chain"},
           {"count(walker.place > 0", 6, "the '(' is not closed"},
           {"count(walker.place > 0)", 1, "an expression is answered with yes or no"},
           {"`sheep/3`.aeg > 0", 11, "unknown field 'aeg'; did you mean 'age'?"},
           {"`walker[0]/0`.age > 0", 1, "walker[0] has no children of that line"},
           {"time.x > 0", 6, "'time' of a world has no parts"},
       }) {
    INFO(each.text);
    try {
      grown.ask(each.text);
      FAIL("it was taken");
    } catch (const ExpressionError& error) {
      CHECK_THAT(error.reason, Catch::Contains(each.reason));
      CHECK(error.column == each.column);
    }
  }
}

}  // namespace
}  // namespace reprise
