#include "tools/lab/state_coverage.hpp"

#include <catch2/catch.hpp>

#include "engine/catalog.hpp"
#include "engine/context.hpp"
#include "engine/control.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/tools/program.hpp"

// Which bytes of an agent are in its digest.
namespace reprise::test {
namespace {

struct Plain {
  using Handles = Messages<Start>;
  std::uint8_t small = 0;
  std::uint64_t large = 0;
  std::string text;
  std::uint8_t last = 0;
  REPRISE_FIELDS(small, large, text, last)
  void on(const Start&, Context& world) {
    world.random().bits();
    world.random().bits();
  }
};

/// Keeps more than it names.
class Secretive {
 public:
  using Handles = Messages<Start>;
  Secretive() {}
  REPRISE_FIELDS(first_, third_)
  void on(const Start&, Context&) { ++second_; }

 private:
  std::uint64_t first_ = 0;
  std::uint64_t second_ = 0;
  std::uint64_t third_ = 0;
};

/// The same where the compiler would have left room anyway.
class Hiding {
 public:
  using Handles = Messages<Start>;
  Hiding() {}
  Hiding(const Hiding& other) : first_(other.first_), hidden_(other.hidden_), next_(other.next_) {}
  Hiding& operator=(const Hiding&) = default;
  REPRISE_FIELDS(first_, next_)
  void on(const Start&, Context&) { hidden_ = true; }

 private:
  std::uint32_t first_ = 0;
  bool hidden_ = false;
  std::uint64_t next_ = 0;
};

/// A class that names all, with room between.
class Honest {
 public:
  using Handles = Messages<Start>;
  Honest() {}
  Honest(const Honest& other) : first_(other.first_), next_(other.next_) {}
  Honest& operator=(const Honest&) = default;
  REPRISE_FIELDS(first_, next_)
  void on(const Start&, Context&) { ++first_; }

 private:
  std::uint8_t first_ = 0;
  std::uint64_t next_ = 0;
};

template <class A>
StateCoverage coverage() {
  Catalog catalog;
  catalog.add<A>("agent");
  return coverage_of(*catalog.agent("agent"));
}

TEST_CASE("all of a plain agent but its padding is in the digest") {
  const StateCoverage found = coverage<Plain>();
  CHECK(found.whole());
  CHECK(found.unnamed.empty());
  CHECK(found.bytes == sizeof(Plain));
  CHECK(found.padding == 14);
  CHECK(found.digested == sizeof(Plain) - 14);
}

TEST_CASE("members that are not named are told by their place") {
  const StateCoverage found = coverage<Secretive>();
  CHECK_FALSE(found.whole());
  CHECK(found.digested == 16);
  CHECK(found.padding == 0);
  REQUIRE(found.unnamed.size() == 1);
  CHECK(found.unnamed[0].first == 8);
  CHECK(found.unnamed[0].count == 8);
  CHECK(found.unnamed[0].after == "first_");
  CHECK(found.unnamed[0].certain);
}

TEST_CASE("a member that hides where padding could be is told by what is written there") {
  const StateCoverage found = coverage<Hiding>();
  CHECK_FALSE(found.whole());
  REQUIRE(found.unnamed.size() == 1);
  CHECK(found.unnamed[0].first == 4);
  CHECK(coverage<Honest>().whole());
  CHECK(coverage<Honest>().unnamed.empty());
  CHECK(coverage<Honest>().padding == 7);
}

TEST_CASE("the agents of a world are counted by kind with what they drew") {
  Catalog catalog;
  catalog.add<Plain>("plain");
  catalog.add<Honest>("honest");
  Simulation world(catalog, 1);
  world.add("one", Plain{});
  world.add("two", Plain{});
  world.add("three", Honest{});
  world.run_until(Time(Duration(1)));
  const std::vector<KindUse> kinds = kinds_in(world);
  REQUIRE(kinds.size() == 2);
  CHECK(kinds[0].type->name == "honest");
  CHECK(kinds[0].drawn == 0);
  CHECK(kinds[1].agents == 2);
  CHECK(kinds[1].drawn == 4);
  CHECK(kinds[1].least == 2);
  CHECK(kinds[1].most == 2);
  CHECK(kinds[1].reseeded == 0);
}

TEST_CASE("kinds shows the coverage of all agents or of one") {
  const ProgramResult all = run_program({"kinds", "--coverage"});
  INFO(all.out);
  CHECK(all.code == 0);
  CHECK_THAT(all.out, Catch::Contains("phold: ") && Catch::Contains("in the digest"));
  const ProgramResult one = run_program({"kinds", "phold", "--coverage", "--json"});
  CHECK(json_of(one).at("phold").at("not_digested").as_array().empty());
  const ProgramResult none = run_program({"kinds", "market.halt", "--coverage"});
  CHECK(none.code == 2);
  const auto add = [](Catalog& catalog) { catalog.add<Secretive>("secretive"); };
  const ProgramResult secret = run_in_process(add, {"kinds", "--coverage"});
  CHECK(secret.code == 1);
  CHECK_THAT(secret.out, Catch::Contains("8 bytes from 8 on, behind first_, are of members"));
}

}  // namespace
}  // namespace reprise::test
