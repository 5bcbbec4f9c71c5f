#include <catch2/catch.hpp>

#include "engine/world_expression.hpp"
#include "tests/support/test_agents.hpp"

// What an expression over a world says of the event that the step at hand delivered.
namespace reprise {
namespace {

using namespace test;

Value value_of(const std::vector<NamedValue>& values, std::string_view name) {
  for (const NamedValue& each : values) {
    if (each.name == name) return each.value;
  }
  FAIL("nothing is named " << name);
  return Unknown();
}

/// Counts the steps after which an expression over a meadow is true, as it runs for a second.
class Count final : public Observer {
 public:
  explicit Count(std::string_view text)
      : world_(meadow(catalog_)),
        followed_(WorldExpression(text, *world_, ValueType::boolean, EventNames::yes)) {
    world_->observe(*this);
    InputList inputs{meadow_inputs()};
    Session(*world_, inputs).run({.until = Time(1s)});
    world_->forget(*this);
  }

  bool wants_deliveries() const override { return true; }
  void on_delivery(const Delivery& delivery) override {
    if (!followed_.heeds(delivery.event.to)) return;
    const Truth truth = followed_.holds(*world_, &delivery);
    const Truth straight = followed_.expression().holds(*world_, &delivery);
    same_ = same_ && truth == straight;
    count_ += truth == Truth::yes ? 1 : 0;
  }

  /// The answers asked with a memory and without one are the same.
  bool same() const { return same_; }
  int count() const { return count_; }

 private:
  const Catalog catalog_ = test_catalog();
  std::unique_ptr<Simulation> world_;
  FollowedExpression followed_;
  bool same_ = true;
  int count_ = 0;
};

/// Counts the deliveries of the same run of which `is_so` holds.
template <class IsSo>
class Counted final : public Observer {
 public:
  explicit Counted(IsSo is_so) : is_so_(is_so) {
    const Catalog catalog = test_catalog();
    const auto world = meadow(catalog);
    world_ = world.get();
    world->observe(*this);
    InputList inputs{meadow_inputs()};
    Session(*world, inputs).run({.until = Time(1s)});
  }

  bool wants_deliveries() const override { return true; }
  void on_delivery(const Delivery& delivery) override {
    count_ += is_so_(delivery, *world_) ? 1 : 0;
  }
  int count() const { return count_; }

 private:
  IsSo is_so_;
  const Simulation* world_ = nullptr;
  int count_ = 0;
};

template <class IsSo>
void check(std::string_view text, IsSo is_so) {
  INFO(text);
  const Count count(text);
  CHECK(count.count() == Counted(is_so).count());
  CHECK(count.count() > 0);
  CHECK(count.same());
}

std::string name_of(const Simulation& world, AgentId id) {
  return id == world_id ? "world" : world.name_of(id);
}

TEST_CASE("an event is named by its facts and the fields of its message") {
  check("event.kind == 'test.note'", [](const Delivery& delivery, const Simulation&) {
    return delivery.event.as<Note>() != nullptr;
  });
  check("event.payload.value > 3", [](const Delivery& delivery, const Simulation&) {
    const Note* note = delivery.event.as<Note>();
    return note != nullptr && note->value > 3;
  });
  check("event.value > 3 and event.from == 'world'",
        [](const Delivery& delivery, const Simulation&) {
          const Note* note = delivery.event.as<Note>();
          return note != nullptr && note->value > 3 && delivery.event.key.from == world_id;
        });
  check("event.to == 'walker[3]' and event.from != event.to",
        [](const Delivery& delivery, const Simulation& world) {
          return name_of(world, delivery.event.to) == "walker[3]" &&
                 delivery.event.key.from != delivery.event.to;
        });
  check("event.hop > 0",
        [](const Delivery& delivery, const Simulation&) { return delivery.event.key.hop > 0; });
  check("event.dropped",
        [](const Delivery& delivery, const Simulation&) { return delivery.dropped; });
  check("event.step == step and event.time == time and step > 9",
        [](const Delivery& delivery, const Simulation&) { return delivery.step > 9; });
}

TEST_CASE("events and fields stand together in one expression") {
  check("event.kind == 'test.note' and walker[0].place < 0",
        [](const Delivery& delivery, const Simulation& world) {
          return delivery.event.as<Note>() != nullptr && world.agent<Walker>(AgentId{1})->place < 0;
        });
  check("any(walker.place == event.payload.value)",
        [](const Delivery& delivery, const Simulation& world) {
          const Note* note = delivery.event.as<Note>();
          bool any = false;
          for (std::uint32_t id = 1; note != nullptr && id <= 5; ++id) {
            any = any || world.agent<Walker>(AgentId{id})->place == note->value;
          }
          return any;
        });
}

TEST_CASE("an expression that names the event heeds every event and none other does") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  const WorldExpression of_event("event.hop > 0", *world, ValueType::boolean, EventNames::yes);
  const WorldExpression of_field("listener.heard[0] > 0", *world, ValueType::boolean,
                                 EventNames::yes);
  CHECK(of_event.names_event());
  CHECK(of_event.heeds(AgentId{2}));
  CHECK_FALSE(of_field.names_event());
  CHECK_FALSE(of_field.heeds(AgentId{2}));
  CHECK(of_event.holds(*world) == Truth::unknown);
}

std::string refusal(std::string_view text, const Simulation& world,
                    EventNames events = EventNames::yes) {
  try {
    const WorldExpression read(text, world, ValueType::boolean, events);
  } catch (const ExpressionError& error) {
    return error.what();
  }
  return "taken";
}

TEST_CASE("what no event has is refused with its column and what is meant") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  CHECK_THAT(refusal("event.knid == 'x'", *world),
             Catch::StartsWith("column 7:") && Catch::Contains("did you mean 'kind'?"));
  CHECK_THAT(refusal("1 == event.payload.valeu", *world),
             Catch::StartsWith("column 20:") && Catch::Contains("did you mean 'value'?"));
  CHECK_THAT(refusal("event", *world), Catch::Contains("name a part of it: event.kind"));
  CHECK_THAT(refusal("event[0] == 1", *world), Catch::Contains("name a part of it: event.kind"));
  CHECK_THAT(refusal("event.kind.name == 'x'", *world), Catch::Contains("has no parts"));
  CHECK_THAT(refusal("event.kind > 5", *world), Catch::StartsWith("column"));
  CHECK_THAT(refusal("event.cause == 5", *world), Catch::Contains("not known while a world runs"));
  CHECK_THAT(refusal("event.kind == 'x'", *world, EventNames::no),
             Catch::Contains("no event is at hand here"));
}

TEST_CASE("an agent that is called event goes before the event") {
  const Catalog catalog = test_catalog();
  Simulation world(catalog, 1);
  world.add("event", Listener{});
  const WorldExpression expression("event.last_letter == ''", world, ValueType::boolean,
                                   EventNames::yes);
  CHECK(expression.holds(world) == Truth::yes);
  CHECK_FALSE(expression.names_event());
  CHECK(refusal("event.kind == 'x'", world) != "taken");
}

TEST_CASE("an expression tells what its names stand for each once") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  world->run(Time(100ms));
  const WorldExpression expression(
      "walker[1].place > 0 and walker[1].place < 5 and any(walker.heard > 5) and event.hop > 0",
      *world, ValueType::boolean, EventNames::yes);
  const std::vector<NamedValue> values = expression.values(*world);
  CHECK(values.size() == 7);
  CHECK(value_of(values, "walker[1].place") ==
        Value(WideInteger{world->agent<Walker>(AgentId{2})->place}));
  CHECK(value_of(values, "walker[4].heard") ==
        Value(WideInteger{world->agent<Walker>(AgentId{5})->heard}));
  CHECK(std::holds_alternative<Unknown>(value_of(values, "event.hop")));
}

TEST_CASE("of a large group the receiver of the event and ten others are told") {
  const Catalog catalog = test_catalog();
  Simulation world(catalog, 1);
  world.add("fragile", Fragile{}, 50);
  const WorldExpression expression("all(fragile.sum < 5)", world);
  const Note note{7};
  const Event event({}, AgentId{43}, message_type<Note>(), &note);
  const std::vector<NamedValue> values = expression.values(world, nullptr);
  CHECK(values.size() == WorldExpression::members_max + 1);
  CHECK(value_of(values, "count of fragile") == Value(WideInteger{50}));
  const Delivery delivery{.step = 1, .event = event};
  const std::vector<NamedValue> told = expression.values(world, &delivery);
  REQUIRE(told.size() == WorldExpression::members_max + 2);
  CHECK(told.front().name == "fragile[42].sum");
}

}  // namespace
}  // namespace reprise
