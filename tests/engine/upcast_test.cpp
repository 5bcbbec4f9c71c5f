#include <catch2/catch.hpp>
#include <stdexcept>

#include "tests/support/test_agents.hpp"

namespace reprise {
namespace {

using namespace test;
using Catch::Contains;

/// A weight: whole kilograms, then grams, then grams and a label.
struct WeightV1 {
  static constexpr std::string_view kind = "test.weight";
  std::int32_t kilograms = 0;
  REPRISE_FIELDS(kilograms)
};
struct WeightV2 {
  static constexpr std::string_view kind = "test.weight";
  static constexpr std::uint16_t version = 2;
  std::int64_t grams = 0;
  REPRISE_FIELDS(grams)
};
struct Weight {
  static constexpr std::string_view kind = "test.weight";
  static constexpr std::uint16_t version = 3;
  std::int64_t grams = 0;
  std::string label;
  REPRISE_FIELDS(grams, label)
};
struct OtherV2 {
  static constexpr std::string_view kind = "test.weight";
  static constexpr std::uint16_t version = 2;
  std::int64_t ounces = 0;
  REPRISE_FIELDS(ounces)
};
struct OtherV3 {
  static constexpr std::string_view kind = "test.weight";
  static constexpr std::uint16_t version = 3;
  REPRISE_FIELDS()
};
struct Scale {
  using Handles = Messages<Weight>;
  std::int64_t grams = 0;
  REPRISE_FIELDS(grams)
  void on(const Weight& weight) { grams += weight.grams; }
};

WeightV2 to_grams(const WeightV1& old) {
  if (old.kilograms < 0) throw std::invalid_argument("nothing weighs less than nothing");
  return {old.kilograms * std::int64_t{1000}};
}
Weight with_label(const WeightV2& old) {
  return {old.grams, "unlabelled"};
}

const std::uint64_t weight_id = digest64_of("test.weight");

Catalog scales() {
  Catalog catalog;
  catalog.add<Scale>("scale");
  return catalog;
}

TEST_CASE("upcasters join and lift a message of any earlier version to the present one") {
  Catalog catalog = scales();
  catalog.upcast<WeightV2, Weight>(with_label).upcast<WeightV1, WeightV2>(to_grams);
  catalog.check_upcasters();
  CHECK(catalog.message_by_id(weight_id, 1) == &message_type<WeightV1>());
  CHECK(catalog.message_by_id(weight_id, 2) == &message_type<WeightV2>());
  CHECK(catalog.message_by_id(weight_id, 3) == &message_type<Weight>());
  CHECK(catalog.message_by_id(weight_id, 4) == nullptr);
  CHECK(catalog.message_by_id(1, 1) == nullptr);
  CHECK(catalog.version_reached("test.weight", 1) == 3);
  const Payload lifted = catalog.lifted(Payload(WeightV1{7}));
  REQUIRE(lifted.as<Weight>() != nullptr);
  CHECK(lifted.as<Weight>()->grams == 7000);
  CHECK(lifted.as<Weight>()->label == "unlabelled");
  CHECK(catalog.lifted(Payload(Weight{5, "a"})).as<Weight>()->grams == 5);
}

TEST_CASE("what an upcaster cannot lift is refused with its kind and both versions") {
  Catalog catalog = scales();
  catalog.upcast<WeightV1, WeightV2>(to_grams).upcast<WeightV2, Weight>(with_label);
  CHECK_THROWS_AS(catalog.lifted(Payload(WeightV1{-1})), DecodeError);
  CHECK_THROWS_WITH(catalog.lifted(Payload(WeightV1{-1})),
                    "test.weight version 1 cannot be lifted to version 2: nothing weighs less "
                    "than nothing");
}

TEST_CASE("upcasters that do not lead to the present version are refused") {
  Catalog catalog = scales();
  catalog.upcast<WeightV1, WeightV2>(to_grams);
  CHECK_THROWS_WITH(catalog.check_upcasters(),
                    "the upcasters of test.weight version 1 lead to version 2 and no further; "
                    "agents take version 3");
  CHECK(catalog.message_by_id(weight_id, 1) == nullptr);
  CHECK(catalog.version_reached("test.weight", 1) == 2);

  Catalog other = scales();
  other.upcast<WeightV2, OtherV3>([](const WeightV2&) { return OtherV3(); });
  CHECK_THROWS_WITH(other.check_upcasters(), Contains("but to another C++ type"));
  CHECK(other.message_by_id(weight_id, 2) == nullptr);

  Catalog nobody;
  nobody.upcast<WeightV1, WeightV2>(to_grams);
  CHECK_THROWS_WITH(nobody.check_upcasters(), Contains("lifts a kind that no agent takes"));
}

TEST_CASE("upcasters that contradict each other are refused when they are added") {
  Catalog catalog = scales();
  catalog.upcast<WeightV1, WeightV2>(to_grams);
  CHECK_THROWS_WITH((catalog.upcast<WeightV1, Weight>([](const WeightV1&) { return Weight(); })),
                    "the upcaster of test.weight version 1 to test.weight version 3 is the second "
                    "from version 1; there is one from each");
  CHECK_THROWS_WITH((catalog.upcast<OtherV2, Weight>([](const OtherV2&) { return Weight(); })),
                    Contains("knows version 2 by another C++ type"));
  CHECK_THROWS_WITH((catalog.upcast<Weight, WeightV2>([](const Weight&) { return WeightV2(); })),
                    Contains("does not lead to a later version"));
  CHECK_THROWS_WITH((catalog.upcast<WeightV2, OtherV2>([](const WeightV2&) { return OtherV2(); })),
                    Contains("does not lead to a later version"));
  CHECK_THROWS_WITH((catalog.upcast<Note, Weight>([](const Note&) { return Weight(); })),
                    "the upcaster of test.note version 1 to test.weight version 3 is between two "
                    "kinds; it lifts a kind to a later version");
}

}  // namespace
}  // namespace reprise
