#include "engine/catalog.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "engine/merkle.hpp"
#include "engine/pending.hpp"
#include "engine/random.hpp"
#include "tests/support/test_agents.hpp"

namespace reprise {
namespace {

using namespace test;

struct Forger {
  static constexpr std::string_view kind = "reprise.forged";
  REPRISE_FIELDS()
};
struct HearsForger {
  using Handles = Messages<Forger>;
  REPRISE_FIELDS()
  void on(const Forger&) {}
};
struct OtherNote {
  static constexpr std::string_view kind = "test.note";
  REPRISE_FIELDS()
};
struct HearsOtherNote {
  using Handles = Messages<OtherNote>;
  REPRISE_FIELDS()
  void on(const OtherNote&) {}
};
struct Misdescribed {
  using Handles = Messages<Note>;
  struct Options {
    static constexpr About about[] = {{"limits", "The most of it."}};
    std::int64_t limit = 0;
    REPRISE_FIELDS(limit)
  };
  Options options;
  REPRISE_FIELDS(options)
  void on(const Note&) {}
};

TEST_CASE("a catalog knows agents and messages by name and id") {
  const Catalog catalog = test_catalog();
  REQUIRE(catalog.agent("walker") != nullptr);
  CHECK(catalog.agent_by_id(catalog.agent("walker")->id) == catalog.agent("walker"));
  CHECK(catalog.agent("nobody") == nullptr);
  REQUIRE(catalog.message("test.note") == &message_type<Note>());
  CHECK(catalog.message_by_id(digest64_of("test.note")) == &message_type<Note>());
  CHECK(catalog.message("reprise.stop") != nullptr);
  CHECK(catalog.agent_names() == std::vector<std::string>{"chaos", "fragile", "lamb", "listener",
                                                          "network", "sheep", "walker"});
}

TEST_CASE("names that are taken or malformed or reserved are refused") {
  Catalog catalog = test_catalog();
  CHECK_THROWS_WITH(catalog.add<HearsForger>("walker"),
                    "the agent kind 'walker' is already taken by 'walker'");
  CHECK_THROWS_WITH(catalog.add<Walker>("other"),
                    "the agent kind 'other' is the C++ type of 'walker'; give each type one name");
  CHECK_THROWS_WITH(
      catalog.add<HearsForger>("Forger"),
      "the agent kind 'Forger' is not made of lower-case letters, digits and underscores");
  CHECK_THROWS_WITH(catalog.add<HearsForger>("forger"),
                    "the message kind 'reprise.forged' is reserved: kinds that begin with "
                    "'reprise.' are the world's");
  CHECK_THROWS_WITH(
      catalog.add<HearsOtherNote>("other"),
      "the message kind 'test.note' is already taken by another C++ type, as 'test.note'");
}

TEST_CASE("a line about an option that there is not is refused") {
  Catalog catalog;
  CHECK_THROWS_WITH(catalog.add<Misdescribed>("misdescribed"),
                    "the agent kind 'misdescribed' says what 'limits' is, which is no option of "
                    "it; did you mean 'limit'?");
}

TEST_CASE("a payload is a value whatever its size") {
  Payload small(Note{7});
  Payload large(Letter{"hello", {1, 2}});
  STATIC_REQUIRE(sizeof(Payload) == 48);
  CHECK(small.type().small);
  CHECK_FALSE(large.type().small);
  const Payload copy = large;
  CHECK(copy.as<Letter>() != large.as<Letter>());
  CHECK(copy.as<Letter>()->text == "hello");
  CHECK(copy.as<Note>() == nullptr);
  std::swap(small, large);
  CHECK(large.as<Note>()->value == 7);
  const Payload moved = std::move(small);
  CHECK(moved.as<Letter>()->numbers.size() == 2);
  CHECK(small.empty());
}

TEST_CASE("pending events come out in order whatever the order they went in") {
  Random random(1, "pending");
  PendingEvents pending;
  std::vector<EventKey> keys;
  for (std::uint64_t i = 0; i < 5000; ++i) {
    const Duration at(random.uniform(0, 50));
    const auto hop = static_cast<std::uint32_t>(random.uniform(0, 2));
    const EventKey key{Time(at), hop, AgentId{static_cast<std::uint32_t>(i % 7)}, i};
    keys.push_back(key);
    pending.push(key, AgentId{1}, i % 2 == 0 ? Payload(Note{1}) : Payload(Letter{"x", {}}));
    if (i % 5 == 4) {
      const auto first = std::ranges::min_element(keys);
      REQUIRE(pending.first().key == *first);
      REQUIRE(pending.pop(pending.first()).key == *first);
      keys.erase(first);
    }
  }
  std::ranges::sort(keys);
  for (const EventKey& key : keys) REQUIRE(pending.pop(pending.first()).key == key);
  CHECK(pending.empty());
}

}  // namespace
}  // namespace reprise
