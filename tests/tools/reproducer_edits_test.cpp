#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "engine/faults.hpp"
#include "engine/json.hpp"
#include "tools/lab/hunt/reproducer_edits.hpp"

namespace reprise::test {
namespace {

namespace json = boost::json;
using Places = std::vector<std::vector<std::size_t>>;

Reproducer reproducer(const std::string& scenario) {
  return {.scenario = json_or_text(scenario).as_object(), .inputs = {}, .seed = 1, .limit = {}};
}

template <class Fault>
void give(Reproducer& run, int milliseconds, const Fault& fault) {
  run.inputs.push_back(std::make_shared<const GivenInput>(
      GivenInput{Time(std::chrono::milliseconds(milliseconds)), "network", Payload(fault)}));
}

std::vector<std::string> said_by(const std::vector<Reproducer>& all) {
  std::vector<std::string> texts;
  for (const Reproducer& each : all) texts.push_back(json_text(each.scenario));
  return texts;
}

TEST_CASE("a fault and the first thing that ends it are one unit") {
  Reproducer run = reproducer("{}");
  give(run, 1, Crash{"a"});
  give(run, 2, Crash{"b"});
  give(run, 3, Pause{"a"});
  give(run, 4, Restart{"a"});
  give(run, 5, Restart{"a"});
  give(run, 6, Resume{"a"});
  give(run, 7, Rot{"b"});
  CHECK(units_of(run.inputs) == Places{{0, 3}, {1}, {2, 5}, {4}, {6}});
}

TEST_CASE("what names an agent that is gone goes with it") {
  Reproducer run = reproducer(
      R"({"agent":[{"name":"s","kind":"server","count":3},{"name":"c","kind":"client"}]})");
  give(run, 1, Crash{"s[2]"});
  give(run, 2, Partition{{{"s[0]", "s[2]"}, {"c"}}});
  give(run, 3, Cut{"s[1]", "s[2]"});
  give(run, 4, Crash{"c"});
  for (const char* to : {"s[2]", "c"}) {
    run.inputs.push_back(std::make_shared<const GivenInput>(
        GivenInput{Time(std::chrono::milliseconds(5)), to, Payload(Rot{})}));
  }
  const std::vector<Reproducer> fewer = with_fewer_agents(run);
  REQUIRE(fewer.size() == 4);  // without s, without c, one s, two
  const auto kinds = [](const Reproducer& each) {
    std::vector<std::string> names;
    for (const auto& input : each.inputs) names.emplace_back(input->payload.type().name);
    return names;
  };
  CHECK(kinds(fewer[0]) ==
        std::vector<std::string>{"reprise.partition", "reprise.crash", "reprise.rot"});
  CHECK(fewer[0].agents() == 1);
  CHECK(kinds(fewer[1]).size() == 4);
  CHECK(fewer[2].agents() == 2);
  CHECK(fewer[2].inputs.size() == 3);
  CHECK(fewer[3].agents() == 3);
  CHECK(kinds(fewer[3]) ==
        std::vector<std::string>{"reprise.partition", "reprise.crash", "reprise.rot"});
  CHECK(fewer[3].inputs[2]->to == "c");
  CHECK(fewer[3].inputs[0]->payload.as<Partition>()->sides ==
        std::vector<std::vector<std::string>>{{"s[0]"}, {"c"}});
}

TEST_CASE("groups that share nodes become fewer together") {
  const Reproducer run = reproducer(
      R"({"agent":[{"name":"a","kind":"x","count":4},{"name":"b","kind":"x","count":4}],
          "node":[{"name":"n","count":4,"agents":["a","b"]}]})");
  const std::vector<Reproducer> fewer = with_fewer_agents(run);
  CHECK(fewer.size() == 8);
  for (const Reproducer& each : fewer) {
    const json::object& node = each.scenario.at("node").as_array().at(0).as_object();
    if (node.at("agents").as_array().size() == 1) {
      CHECK(each.agents() == 4);
    } else {
      CHECK(each.agents() == 2 * node.at("count").to_number<std::uint64_t>());
      CHECK(each.agents() < 8);
    }
  }
}

TEST_CASE("less is said table by table and key by key and what is needed stays") {
  const Reproducer run = reproducer(
      R"({"network":{"latency":{"shape":"normal"}},"agent":[{"name":"a","kind":"x","options":{"k":1}}]})");
  CHECK(
      said_by(with_less_said(run)) ==
      std::vector<std::string>{
          R"({"agent":[{"name":"a","kind":"x","options":{"k":1}}]})",
          R"({"network":{},"agent":[{"name":"a","kind":"x","options":{"k":1}}]})",
          R"({"network":{"latency":{}},"agent":[{"name":"a","kind":"x","options":{"k":1}}]})",
          R"({"network":{"latency":{"shape":"normal"}},"agent":[{"name":"a","kind":"x"}]})",
          R"({"network":{"latency":{"shape":"normal"}},"agent":[{"name":"a","kind":"x","options":{}}]})"});
}

TEST_CASE("numbers and times are halved and doubled one at a time") {
  const Reproducer run = reproducer(
      R"({"agent":[{"name":"4s","kind":"x","count":6,"options":{"k":3,"t":"3ms","r":0.5,"word":"w"}}]})");
  const auto with = [](const char* k, const char* t) {
    return std::string(R"({"agent":[{"name":"4s","kind":"x","count":6,"options":{"k":)") + k +
           R"(,"t":")" + t + R"(","r":0.5,"word":"w"}}]})";
  };
  CHECK(said_by(with_other_values(run)) ==
        std::vector<std::string>{with("1", "3ms"), with("3", "1.5ms"), with("6", "3ms"),
                                 with("3", "6ms")});
}

TEST_CASE("times become rounder and shorter") {
  Reproducer run = reproducer(R"({"chaos":{"quiet":"8s"}})");
  give(run, 1234, Crash{"a"});
  give(run, 2000, Restart{"a"});
  const auto times = [](const std::vector<Reproducer>& all) {
    std::vector<std::vector<std::int64_t>> each;
    for (const Reproducer& one : all) {
      each.emplace_back();
      for (const auto& input : one.inputs) {
        each.back().push_back(input->at.time_since_epoch().count() / 1'000'000);
      }
    }
    return each;
  };
  using Times = std::vector<std::vector<std::int64_t>>;
  CHECK(times(with_rounder_times(run)) == Times{{1200, 2000}, {1230, 2000}});
  const std::vector<Reproducer> less = with_less_time(run);
  CHECK(times(less) ==
        Times{{617, 1000}, {925, 1500}, {0, 766}, {617, 1383}, {1234, 1234}, {1234, 1617}});
  CHECK(less[0].scenario.at("chaos").at("quiet") == "4s");
  CHECK(less[2].scenario.at("chaos").at("quiet") == "8s");
}

}  // namespace
}  // namespace reprise::test
