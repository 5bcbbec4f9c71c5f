#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "engine/session.hpp"
#include "tests/scenarios/test_agents.hpp"

namespace reprise::test {
namespace {

const std::string full = R"(# said in passing
until = "1min"
name = "full"

[[agent]]
name = "ear"            # by the wall
kind = "listener"
count = 2
options = { size = 25, ratio = 0.1, delay = "5ms", weights = { b = 2, a = 1 } }

[[agent]]
name = "rock"
kind = "stone"

[[input]]
at = "5s"
to = "ear[1]"
send = { number = 1, kind = "test.ping", weight = inf, note = "h\u00e9" }

[[feed]]
name = "tape"
file = "tape.jsonl"
format = "jsonl"

[expect]
steps = 3
)";

const std::string canonical =
    R"({"agent":[{"count":2,"kind":"listener","name":"ear","options":{"delay":"5ms","ratio":0.1,"size":25,)"
    R"("weights":{"a":1,"b":2}}},{"kind":"stone","name":"rock"}],)"
    R"("feed":[{"file":"tape.jsonl","format":"jsonl","name":"tape"}],)"
    R"("input":[{"at":"5s","send":{"kind":"test.ping","note":"hé","number":1,"weight":"inf"},"to":"ear[1]"}],)"
    R"("name":"full","seed":0,"until":"1min"})";

Digest end_of(const Scenario& scenario) {
  const auto world = build_world(scenario, catalog());
  Scenario without_feeds = scenario;
  without_feeds.feeds.clear();
  const auto inputs = scenario_inputs(without_feeds, *world);
  Session(*world, *inputs).run({.until = *scenario.until});
  Digest end = world->prefix();
  return end += world->state_root();
}

TEST_CASE("the canonical text is sorted and has neither comments nor expectations") {
  CHECK(parse(full).canonical == canonical);
  CHECK(parse(full, {"agent.ear.count=5"}, 17).canonical == canonical);
  CHECK(parse("seed = 4\n" + full).canonical != canonical);
}

TEST_CASE("the canonical text does not depend on the order of keys in the file") {
  CHECK(parse("name = \"x\"\nuntil = \"1s\"\n" + with_ear("")).canonical ==
        parse("until = \"1s\"\nname = \"x\"\n" + with_ear("")).canonical);
}

TEST_CASE("a scenario read from its canonical text is the same") {
  const std::vector<std::string> overrides = {"agent.ear.options.size=30", "until=30s"};
  const Scenario first = parse(full, overrides, 9);
  const Scenario again =
      scenario_from_canonical(first.canonical, catalog(), first.overrides, first.seed);
  CHECK(again.canonical == first.canonical);
  CHECK(again.overrides == first.overrides);
  CHECK(again.seed == 9);
  CHECK(again.name == "full");
  CHECK(again.until == Time(std::chrono::seconds(30)));
  CHECK(again.file.empty());
  CHECK(again.source.empty());
  CHECK(!again.expect.steps);
  CHECK(again.feeds.size() == 1);
  CHECK(end_of(again) == end_of(first));
  CHECK(end_of(parse(full, {}, 9)) != end_of(first));
}

TEST_CASE("a canonical text that is damaged is refused") {
  const auto refused = [](std::string_view text) {
    return refusal_of([&] { scenario_from_canonical(text, catalog(), {}, 0); });
  };
  CHECK(refused("{") == "the journal's scenario: not JSON: incomplete JSON at byte 2");
  CHECK(refused("[]") == "the journal's scenario: no table of keys");
  CHECK(refused("{\"agent\":[{\"kind\":\"gone\",\"name\":\"x\"}],\"seed\":0}") ==
        "the journal's scenario: unknown agent kind 'gone'; did you mean 'stone'? `reprise kinds` "
        "lists them");
}

}  // namespace
}  // namespace reprise::test
