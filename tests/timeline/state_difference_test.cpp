#include "timeline/state_difference.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <map>
#include <set>

#include "tests/support/recording.hpp"
#include "tests/support/temp_dir.hpp"
#include "timeline/input_difference.hpp"

namespace reprise {
namespace {

using namespace test;

struct Shelf {
  std::map<std::int64_t, std::vector<std::int64_t>> rows;
  std::optional<std::int64_t> mark;
  std::set<std::int64_t> seen;
  std::uint64_t large = 0;
  double weight = 0;
  Duration age{};
  std::string label;
  REPRISE_FIELDS(rows, mark, seen, large, weight, age, label)
};

/// "path: a -> b (delta)", one for each.
std::vector<std::string> told(const std::vector<FieldDifference>& differences) {
  std::vector<std::string> lines;
  for (const FieldDifference& each : differences) {
    const auto text = [](const auto& value) { return value ? json_text(*value) : "none"; };
    const auto delta = each.delta();
    lines.push_back(each.path + ": " + text(each.a) + " -> " + text(each.b) +
                    (delta ? " (" + json_text(*delta) + ')' : ""));
  }
  return lines;
}

std::vector<std::string> told(const Shelf& a, const Shelf& b) {
  return told(field_differences(type_of<Shelf>(), to_json(a), to_json(b)));
}

TEST_CASE("fields that differ are named by their paths with both values and the delta") {
  const Shelf a{.rows = {{1, {5, 6}}, {2, {7}}, {4, {}}},
                .mark = 3,
                .seen = {1, 2},
                .large = std::uint64_t{1} << 63,
                .weight = 1.5,
                .age = 5ms,
                .label = "a"};
  CHECK(told(a, a).empty());
  Shelf b = a;
  b.rows[1] = {5, 9, 1};
  b.rows.erase(2);
  b.rows[3] = {8};
  b.mark = -4;
  b.seen = {1, 3};
  b.large = (std::uint64_t{1} << 63) - 10;
  b.weight = 1.25;
  b.age = 2ms;
  b.label = "b";
  CHECK(told(a, b) == std::vector<std::string>{
                          "rows[1][1]: 6 -> 9 (3)", "rows[1][2]: none -> 1", "rows[2]: [7] -> none",
                          "rows[3]: none -> [8]", "mark: 3 -> -4 (-7)", "seen: [1,2] -> [1,3]",
                          "large: 9223372036854775808 -> 9223372036854775798 (-10)",
                          "weight: 1.5 -> 1.25 (-0.25)", "age: 5000000 -> 2000000 (-3000000)",
                          "label: \"a\" -> \"b\""});
  b = a;
  b.mark.reset();
  b.large = 1;
  b.weight = std::numeric_limits<double>::infinity();
  CHECK(told(a, b) ==
        std::vector<std::string>{"mark: 3 -> null",
                                 "large: 9223372036854775808 -> 1 (-9223372036854775807)",
                                 "weight: 1.5 -> \"inf\""});
  b = a;
  b.large = 0;  // one more than an int64 holds
  CHECK(told(a, b) == std::vector<std::string>{"large: 9223372036854775808 -> 0"});
}

TEST_CASE("agents of two worlds are matched by name and the most changed come first") {
  const Catalog catalog = test_catalog();
  const auto build = [&](std::uint32_t listeners, std::int64_t place) {
    auto world = std::make_unique<Simulation>(catalog, 1);
    world->add("listener", Listener{}, listeners);
    world->add("walker",
               Walker{.place = place, .heard = place, .mean = static_cast<double>(place)});
    world->add("other", Listener{.heard = {place}});
    world->add("same", Listener{.heard = {5}});
    return world;
  };
  const auto a = build(3, 1);
  const auto b = build(2, 4);
  const StateDifference found = state_difference(*a, *b, 10, 2);
  std::vector<std::string> names;
  for (const AgentDifference& agent : found.agents) names.push_back(agent.name);
  CHECK(names == std::vector<std::string>{"listener[2]", "walker", "other", "same"});
  CHECK(found.agents[0].only_in_one());
  CHECK(found.agents[0].kind_a == "listener");
  CHECK(found.agents[1].fields.size() == 2);
  CHECK(found.agents[1].fields_count == 3);
  CHECK(told(found.agents[2].fields) == std::vector<std::string>{"heard[0]: 1 -> 4 (3)"});
  CHECK(found.agents[3].fields_count == 0);  // its id is another
  CHECK(found.fields_differ == 3);
  CHECK_FALSE(found.roots_equal);
  const StateDifference few = state_difference(*a, *b, 2, 1);
  CHECK(few.agents.size() == 2);
  CHECK(few.agents_count == 4);
  CHECK(few.agents[1].name == "walker");
  const std::vector<std::string> preferred{"other"};
  CHECK(first_agent_that_differs(*a, *b, preferred, 9)->name == "other");
  CHECK(first_agent_that_differs(*a, *b, {}, 9)->name == "listener[2]");
  CHECK_FALSE(first_agent_that_differs(*a, *a, {}, 9));
  CHECK(state_difference(*a, *build(3, 1), 10, 10).roots_equal);
}

TEST_CASE("inputs that one run has or that have changed are told apart") {
  const TempDir folder;
  const Catalog catalog = test_catalog();
  const auto recorded = [&](const char* name, std::vector<Input> inputs) {
    std::ranges::stable_sort(inputs, {}, &Input::at);
    const auto world = meadow(catalog);
    InputList source(inputs);
    record(folder.path() / name, *world, source, {.until = Time(2s)});
    return Journal(folder.path() / name);
  };
  std::vector<Input> inputs = meadow_inputs();
  const Journal a = recorded("a.rpj", inputs);
  CHECK(input_difference(a, a, 10).count() == 0);
  inputs[3].payload = Payload(Note{99});
  inputs[7].to = AgentId{6};
  inputs[39].at = Time(300ms);
  inputs.erase(inputs.begin() + 20);
  inputs.push_back(input_at(55ms, AgentId{1}, Note{5}));  // without a number
  inputs.push_back(input_at(55ms, AgentId{1}, Note{5}));
  const Journal b = recorded("b.rpj", inputs);
  const InputDifference found = input_difference(a, b, 10);
  CHECK(found.complete);
  CHECK(found.only_a == 1);
  CHECK(found.only_b == 2);
  CHECK(found.changed == 3);
  std::vector<std::pair<std::uint64_t, std::uint64_t>> numbers;
  for (const ChangedInput& each : found.inputs) {
    numbers.emplace_back(each.a ? each.a->producer_seq : 0, each.b ? each.b->producer_seq : 0);
  }
  using Pairs = std::vector<std::pair<std::uint64_t, std::uint64_t>>;
  CHECK(numbers == Pairs{{4, 4}, {8, 8}, {0, 0}, {0, 0}, {21, 0}, {40, 40}});
  CHECK(found.inputs[5].a->at == Time(273ms));
  CHECK(found.inputs[5].b->at == Time(300ms));
  CHECK(input_difference(a, b, 2).inputs.size() == 2);
  CHECK(input_difference(a, b, 2).count() == 6);
  CHECK(input_difference(b, a, 10).only_a == 2);
}

}  // namespace
}  // namespace reprise
