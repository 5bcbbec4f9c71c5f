#include <catch2/catch.hpp>

#include "scenarios/scenario.hpp"
#include "tests/scenarios/test_agents.hpp"

// What a scenario's [expect] says, and what of it is refused.
namespace reprise::test {
namespace {

struct Quietly {
  static constexpr std::string_view about = "nothing is ever said";
  std::optional<std::string> after(const Delivery&, const Simulation&) { return std::nullopt; }
};

const Catalog& with_properties() {
  static const Catalog all = [] {
    Catalog made = catalog();
    made.add_property<Quietly>("test.quietly").add_property<Quietly>("test.loudly");
    return made;
  }();
  return all;
}

Expectations expected(const std::string& lines) {
  return parse_scenario(with_ear("[expect]\n" + lines), "thin.toml", with_properties()).expect;
}

std::string refused(const std::string& lines) {
  try {
    expected(lines);
  } catch (const InputError& error) {
    return error.what();
  }
  return "taken";
}

TEST_CASE("an expect says what must never be and what leads to what and when it is quiet") {
  const Expectations expect = expected(R"(never = ["ear.pings > 5"]
leads_to = [{ from = "ear.pings > 1", to = "ear.pings > 3", within = "5s" }]
quiet = "40s"
eventually_after_quiet = ["ear.pings > 0", "1 < 2"]
sometimes = ["ear.pings == 2"]
properties = ["test.loudly", "test.quietly"]
)");
  REQUIRE(expect.never.size() == 1);
  CHECK(expect.never[0].text == "ear.pings > 5");
  CHECK(expect.never[0].place.starts_with("thin.toml:5:"));
  REQUIRE(expect.leads_to.size() == 1);
  CHECK(expect.leads_to[0].from.text == "ear.pings > 1");
  CHECK(expect.leads_to[0].to.text == "ear.pings > 3");
  CHECK(expect.leads_to[0].from.place.starts_with("thin.toml:6:"));
  CHECK(expect.leads_to[0].within == std::chrono::seconds(5));
  CHECK(expect.quiet == Time(std::chrono::seconds(40)));
  REQUIRE(expect.eventually_after_quiet.size() == 2);
  CHECK(expect.eventually_after_quiet[1].text == "1 < 2");
  REQUIRE(expect.sometimes.size() == 1);
  CHECK(expect.sometimes[0].text == "ear.pings == 2");
  REQUIRE(expect.properties.size() == 2);
  CHECK(expect.properties[0].type == with_properties().property("test.loudly"));
}

TEST_CASE("what leads to what may stand in tables of its own") {
  const Expectations expect =
      expected("[[expect.leads_to]]\nfrom = \"1 < 2\"\nto = \"2 < 3\"\nwithin = \"1ms\"\n");
  REQUIRE(expect.leads_to.size() == 1);
  CHECK(expect.leads_to[0].to.place == "thin.toml:7:1");
}

TEST_CASE("expectations of a wrong type are refused at their place") {
  for (const char* key : {"never", "sometimes", "eventually_after_quiet", "properties"}) {
    const std::string name = key;
    CHECK(refused(name + " = \"5\"") ==
          "thin.toml:5:1: '" + name + "': expected a list of texts, found \"5\"");
    CHECK(refused(name + " = [5]") ==
          "thin.toml:5:1: '" + name + "': expected a list of texts, found [5]");
  }
  CHECK(refused("leads_to = \"5\"") ==
        "thin.toml:5:1: 'leads_to': expected a list of tables, found \"5\"");
  CHECK(refused("leads_to = [5]") ==
        "thin.toml:5:1: expected what leads to what, a table of keys; found 5");
  CHECK(refused("quiet = 40") ==
        "thin.toml:5:1: 'quiet': expected a time with its unit, such as \"250ms\" or \"5min\", "
        "found 40");
  CHECK(refused("quiet = \"-1s\"") == "thin.toml:5:1: 'quiet' is \"-1s\"; a time is 0 or more");
}

TEST_CASE("what leads to what is refused where a part is missing or unknown or no text") {
  const std::string from = "from = \"1 < 2\", ";
  const std::string to = "to = \"1 < 2\", ";
  CHECK(refused("leads_to = [{ " + from + "to = \"1 < 2\" }]") ==
        "thin.toml:5:13: what leads to what needs 'within'");
  CHECK(refused("leads_to = [{ " + from + "within = \"5s\" }]") ==
        "thin.toml:5:13: what leads to what needs 'to'");
  CHECK(refused("leads_to = [{ " + to + "within = \"5s\" }]") ==
        "thin.toml:5:13: what leads to what needs 'from'");
  CHECK(refused("leads_to = [{ " + from + to + "wthin = \"5s\" }]") ==
        "thin.toml:5:45: unknown key 'wthin' of what leads to what; did you mean 'within'?");
  CHECK(refused("leads_to = [{ " + from + to + "within = 5 }]") ==
        "thin.toml:5:45: 'within': expected a time with its unit, such as \"250ms\" or \"5min\", "
        "found 5");
  CHECK(refused("leads_to = [{ from = 5, " + to + "within = \"5s\" }]") ==
        "thin.toml:5:15: 'from': expected text, found 5");
}

TEST_CASE("an eventually_after_quiet without a quiet time is refused with what to write") {
  CHECK(refused("eventually_after_quiet = [\"1 < 2\"]") ==
        "thin.toml:5:1: 'eventually_after_quiet' needs to know when the quiet time begins; write "
        "quiet = \"40s\" beside it, or [chaos]");
  CHECK(refused("eventually_after_quiet = []") == "taken");
}

TEST_CASE("a property that there is not is refused with the nearest") {
  CHECK(refused("properties = [\"test.loudly\", \"test.quitely\"]") ==
        "thin.toml:5:30: unknown property 'test.quitely'; did you mean 'test.quietly'? `reprise "
        "kinds` lists them");
  CHECK(refused("properties = [\"test.loudly\", \"test.loudly\"]") ==
        "thin.toml:5:30: the property 'test.loudly' is named twice, first at thin.toml:5:15; once "
        "is enough");
  CHECK(refusal(with_ear("[expect]\nproperties = [\"any\"]")) ==
        "thin.toml:5:15: unknown property 'any', this program has none; `reprise kinds` lists "
        "them");
}

}  // namespace
}  // namespace reprise::test
