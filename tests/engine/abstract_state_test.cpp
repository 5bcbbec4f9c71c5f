#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/abstract_state.hpp"
#include "engine/catalog.hpp"
#include "engine/control.hpp"

namespace reprise::test {
namespace {

enum class Mood : std::uint8_t { calm, cross };

struct Inner {
  bool open = false;
  std::uint64_t count = 0;
  REPRISE_FIELDS(open, count)
};

struct Thing {
  using Handles = Messages<Start>;
  struct Options {
    std::int32_t size = 1;
    REPRISE_FIELDS(size)
  };

  Options options;
  Mood mood = Mood::calm;
  std::int32_t number = 0;
  std::optional<std::int64_t> maybe;
  std::vector<std::int32_t> list;
  std::map<std::string, Inner> map;
  std::set<std::int32_t> set;
  Inner inner;
  std::string text;
  double real = 0;
  Time at{};
  AgentId other{};
  REPRISE_FIELDS(options, mood, number, maybe, list, map, set, inner, text, real, at, other)

  void on(const Start&) {}
};

/// One that says itself what counts.
struct Named {
  using Handles = Messages<Start>;

  std::int64_t number = 0;
  bool ignored = false;
  REPRISE_FIELDS(number, ignored)

  void abstract(AbstractState& state) const { state.is(number < 10).compared(7); }
  void on(const Start&) {}
};

template <class A>
AbstractState state_of(const A& agent) {
  static const Catalog catalog = [] {
    Catalog made;
    made.add<Thing>("thing").add<Named>("named");
    return made;
  }();
  AbstractState state;
  catalog.agent_by_key(&detail::agent_key<A>)->abstract(&agent, state);
  return state;
}

/// Whether an agent to which `change` was done is another one to a search.
bool tells_apart(const std::function<void(Thing&)>& change) {
  Thing changed;
  change(changed);
  return state_of(changed).exact() != state_of(Thing{}).exact();
}

TEST_CASE("what counts by itself of an agent's state is small") {
  CHECK(tells_apart([](Thing& thing) { thing.mood = Mood::cross; }));
  CHECK(tells_apart([](Thing& thing) { thing.number = 1; }));
  CHECK(tells_apart([](Thing& thing) { thing.number = -1; }));
  CHECK(tells_apart([](Thing& thing) { thing.maybe = 0; }));
  CHECK(tells_apart([](Thing& thing) { thing.list = {0}; }));
  CHECK(tells_apart([](Thing& thing) { thing.map["a"] = {}; }));
  CHECK(tells_apart([](Thing& thing) { thing.set = {1}; }));
  CHECK(tells_apart([](Thing& thing) { thing.inner.open = true; }));
  CHECK(tells_apart([](Thing& thing) { thing.inner.count = 3; }));
  CHECK_FALSE(tells_apart([](Thing& thing) { thing.options.size = 2; }));
  CHECK_FALSE(tells_apart([](Thing& thing) { thing.text = "text"; }));
  CHECK_FALSE(tells_apart([](Thing& thing) { thing.real = 2; }));
  CHECK_FALSE(tells_apart([](Thing& thing) { thing.at = Time(Duration(5)); }));
  CHECK_FALSE(tells_apart([](Thing& thing) { thing.other = AgentId{3}; }));
  CHECK(state_of(Thing{}).compared().empty());
}

TEST_CASE("large numbers count as large") {
  const auto with_number = [](std::int32_t number) {
    return state_of(Thing{.number = number}).exact();
  };
  CHECK(with_number(3) != with_number(4));
  CHECK(with_number(4) == with_number(1'000'000));
  CHECK(with_number(-1) == with_number(-5));
  CHECK(with_number(-1) != with_number(4));
}

TEST_CASE("an agent may say itself what it is like") {
  CHECK(state_of(Named{.number = 1}).exact() ==
        state_of(Named{.number = 9, .ignored = true}).exact());
  CHECK(state_of(Named{.number = 1}).exact() != state_of(Named{.number = 10}).exact());
  REQUIRE(state_of(Named{}).compared().size() == 1);
  CHECK(state_of(Named{}).compared()[0] == 7);
}

TEST_CASE("parts in another order are another state") {
  CHECK(AbstractState().is(1).is(2).exact() != AbstractState().is(2).is(1).exact());
  CHECK(AbstractState().is(0).exact() != AbstractState().exact());
}

}  // namespace
}  // namespace reprise::test
