#include "engine/property.hpp"

#include <catch2/catch.hpp>

#include "tests/support/test_agents.hpp"

namespace reprise {
namespace {

using namespace test;

/// Says when it has seen three deliveries.
struct AtMostTwo {
  static constexpr std::string_view about = "no more than two deliveries";
  int seen = 0;

  std::optional<std::string> after(const Delivery&, const Simulation&) {
    return ++seen > 2 ? std::optional<std::string>(std::to_string(seen)) : std::nullopt;
  }
};

struct BeginsEmpty {
  std::optional<std::string> begin(const Simulation& world) {
    return world.agent_count() == 0 ? std::nullopt : std::optional<std::string>("it is not empty");
  }
  std::optional<std::string> after(const Delivery&, const Simulation&) { return std::nullopt; }
};

TEST_CASE("a property of the catalog is made anew for each run") {
  Catalog catalog = test_catalog();
  catalog.add_property<AtMostTwo>("test.at_most_two").add_property<BeginsEmpty>("empty");
  const auto world = meadow(catalog);
  const Note note{1};
  const Event event({}, AgentId{1}, message_type<Note>(), &note);
  const Delivery delivery{.step = 1, .event = event};
  const PropertyType* type = catalog.property("test.at_most_two");
  REQUIRE(type != nullptr);
  CHECK(type->about == "no more than two deliveries");
  for (int run = 0; run < 2; ++run) {
    const std::unique_ptr<Property> property = type->make();
    CHECK_FALSE(property->begin(*world));
    CHECK_FALSE(property->after(delivery, *world));
    CHECK_FALSE(property->after(delivery, *world));
    CHECK(property->after(delivery, *world) == "3");
  }
  CHECK(catalog.property("empty")->make()->begin(*world) == "it is not empty");
  CHECK(catalog.property("test") == nullptr);
  CHECK(catalog.property_names() == std::vector<std::string>{"empty", "test.at_most_two"});
  CHECK(catalog.properties().size() == 2);
}

TEST_CASE("the name of a property is words with dots between and is taken once") {
  Catalog catalog;
  catalog.add_property<AtMostTwo>("a1.b_c.d");
  for (const char* name : {"", ".", "a.", ".a", "a..b", "A", "a b", "a.1", "a1.b_c.d"}) {
    INFO(name);
    CHECK_THROWS_AS(catalog.add_property<BeginsEmpty>(name), std::invalid_argument);
  }
}

}  // namespace
}  // namespace reprise
