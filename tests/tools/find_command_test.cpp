#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>
#include <sstream>

#include "tests/support/temp_dir.hpp"
#include "tests/tools/program.hpp"

namespace reprise::test {
namespace {

namespace json = boost::json;
using Catch::Matchers::Contains;

using Strings = std::vector<std::string>;

Strings lines_of(const std::string& text) {
  Strings lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// A short run of the thin market, "a.rpj", with a halt in it.
struct Market {
  TempDir folder;
  std::int64_t steps = 0;

  Market() {
    const ProgramResult run =
        run_program({"run", shipped("market/thin_market.toml"), "--until", "20s", "-o", "a.rpj",
                     "--set", "input[0].at=12s", "--json"},
                    here());
    REQUIRE(run.code == 0);
    steps = json_of(run).at("steps").as_int64();
  }

  ProgramOptions here() const { return {folder.path()}; }

  ProgramResult find(const std::string& expression, Strings options) const {
    options.insert(options.begin(), {"find", "a.rpj", expression});
    return run_program(options, here());
  }

  std::vector<std::int64_t> steps_found(const std::string& expression, Strings options) const {
    options.emplace_back("--json");
    const ProgramResult result = find(expression, options);
    INFO(expression << ": " << result.err);
    REQUIRE(result.code == (result.out.empty() ? 1 : 0));
    std::vector<std::int64_t> found;
    for (const std::string& line : lines_of(result.out)) {
      found.push_back(json::parse(line).at("step").as_int64());
    }
    return found;
  }

  /// Where `field > 0` becomes true, from a table of every step.
  std::vector<std::int64_t> rises_of(const std::string& field) const {
    const ProgramResult table =
        run_program({"show", "a.rpj", "--field", field, "--every", "1", "--json"}, here());
    REQUIRE(table.code == 0);
    std::vector<std::int64_t> rises;
    bool was = false;
    std::int64_t step = 0;
    for (const std::string& line : lines_of(table.out)) {
      const json::value row = json::parse(line);
      REQUIRE(row.at("step").as_int64() == step++);
      const bool is = row.at("fields").at(field).as_int64() > 0;
      if (is && !was) rises.push_back(row.at("step").as_int64());
      was = is;
    }
    REQUIRE(step == steps + 1);
    return rises;
  }
};

const Market& market() {
  static const Market the_market;
  return the_market;
}

TEST_CASE("find gives the steps at which a table of every step shows it becoming true") {
  const std::string field = "exchange.bid";
  const auto rises = market().rises_of(field);
  REQUIRE(rises.size() > 3);
  const std::string expression = field + " > 0";
  CHECK(market().steps_found(expression, {"--all"}) == rises);
  CHECK(market().steps_found(expression, {}) == std::vector{rises.front()});
  CHECK(market().steps_found(expression, {"--last"}) == std::vector{rises.back()});
  CHECK(market().steps_found(expression, {"--all", "--limit", "2"}) ==
        std::vector{rises[0], rises[1]});
  const std::string second = std::to_string(rises[1]);
  const std::string behind = std::to_string(rises[1] + 1);
  CHECK(market().steps_found(expression, {"--from", second}) == std::vector{rises[1]});
  CHECK(market().steps_found(expression, {"--from", behind}) == std::vector{rises[2]});
  CHECK(market().steps_found(expression, {"--last", "--to", second}) == std::vector{rises[1]});
  CHECK(market().steps_found(expression, {"--all", "--from", second, "--to", second}) ==
        std::vector{rises[1]});
  CHECK(market().steps_found(expression, {"--last", "--from", behind, "--to", behind}).empty());
}

TEST_CASE("find says what was delivered at the step it found") {
  const ProgramResult found = market().find("maker.halted", {});
  CHECK(found.code == 0);
  CHECK_THAT(found.out,
             Contains("step ") && Contains(" at 12") && Contains("from exchange to maker"));
  const json::object event = json_of(market().find("maker.halted", {"--json"}));
  const std::string step = std::to_string(event.at("step").as_int64());
  const json::object listed = json_of(
      run_program({"events", "a.rpj", "--from", step, "--to", step, "--json"}, market().here()));
  for (const char* key : {"step", "time_ns", "from", "to", "kind"}) {
    CHECK(event.at(key) == listed.at(key));
  }
}

TEST_CASE("find takes times as its bounds") {
  const auto all = market().steps_found("exchange.bid > 0", {"--all"});
  const ProgramResult result =
      market().find("exchange.bid > 0", {"--all", "--json", "--from", "5s", "--to", "15s"});
  std::vector<std::int64_t> inside;
  for (const std::string& line : lines_of(result.out)) {
    const json::value event = json::parse(line);
    CHECK(event.at("time_ns").as_int64() >= 5'000'000'000);
    CHECK(event.at("time_ns").as_int64() <= 15'000'000'000);
    inside.push_back(event.at("step").as_int64());
  }
  CHECK_FALSE(inside.empty());
  CHECK(inside.size() < all.size());
  CHECK(market().steps_found("time >= 0", {}) == std::vector<std::int64_t>{0});
}

TEST_CASE("find answers no where it never becomes true") {
  for (const Strings& options : {Strings{}, Strings{"--last"}, Strings{"--all"}}) {
    const ProgramResult none = market().find("count(trader.position > 0) > 20", options);
    CHECK(none.code == 1);
    CHECK(none.out.empty());
    CHECK_THAT(none.err, Contains("it never becomes true from step 0 to step " +
                                  std::to_string(market().steps)));
  }
}

TEST_CASE("find refuses what it cannot ask with the column and the right name") {
  struct Case {
    Strings arguments;
    std::string message;
  };
  for (const Case& each : std::vector<Case>{
           {{"trader[3].chas < 0"}, "column 11: unknown field 'chas'; did you mean 'cash'?"},
           {{"tradr[3].cash < 0"}, "column 1: there is no agent 'tradr'; did you mean 'trader'?"},
           {{"trader[3].cash"}, "answered with yes or no"},
           {{"maker.halted", "--first", "--last"}, "exclude each other"},
           {{"maker.halted", "--limit", "3"}, "--limit goes with --all"},
           {{"maker.halted", "--from", "soon"}, "--from takes a step (12345)"},
           {{"maker.halted", "--to", "1h"}, "is beyond the end"},
           {{"maker.halted", "--from", "9s", "--to", "8s"}, "there is no step"},
       }) {
    Strings arguments = each.arguments;
    arguments.insert(arguments.begin(), {"find", "a.rpj"});
    const ProgramResult refused = run_program(arguments, market().here());
    INFO(refused.err);
    CHECK(refused.code == 2);
    CHECK(refused.out.empty());
    CHECK_THAT(refused.err, Contains(each.message));
  }
}

Strings show(Strings options) {
  options.insert(options.begin(), {"show", "a.rpj"});
  const ProgramResult result = run_program(options, market().here());
  INFO(result.err);
  REQUIRE(result.code == 0);
  return lines_of(result.out);
}

TEST_CASE("a table has the same values as the state at the time of each row") {
  const Strings rows = show({"--field", "trader[3].position", "--field", "sum(trader.cash)",
                             "--every", "3s", "--from", "2s", "--to", "18s", "--json"});
  REQUIRE(rows.size() == 6);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const json::value row = json::parse(rows[i]);
    const std::string at = std::to_string(2 + 3 * i) + "s";
    const json::object state =
        json_of(run_program({"show", "a.rpj", "--at", at, "--json"}, market().here()));
    CHECK(row.at("step") == state.at("step"));
    CHECK(row.at("time_ns") == state.at("time_ns"));
    const json::object& agents = state.at("agents").as_object();
    CHECK(row.at("fields").at("trader[3].position") == agents.at("trader[3]").at("position"));
    std::int64_t sum = 0;
    for (int trader = 0; trader < 20; ++trader) {
      sum += agents.at("trader[" + std::to_string(trader) + "]").at("cash").as_int64();
    }
    CHECK(row.at("fields").at("sum(trader.cash)") == sum);
  }
}

TEST_CASE("a table can be text and comma-separated values") {
  const Strings options{"--field", "exchange.bid", "--field", "exchange.subscribers[77].trades",
                        "--every", "500",          "--to",    "1000"};
  Strings text = show(options);
  REQUIRE(text.size() == 4);
  CHECK_THAT(text[0], Contains("step") && Contains("time") && Contains("exchange.bid"));
  CHECK_THAT(text[3], Contains("1000") && Contains("  -"));
  Strings with_csv = options;
  with_csv.emplace_back("--csv");
  const Strings csv = show(with_csv);
  REQUIRE(csv.size() == 4);
  CHECK(csv[0] == "step,time_ns,exchange.bid,exchange.subscribers[77].trades");
  CHECK(csv[3].substr(0, 5) == "1000,");
  CHECK(csv[3].back() == ',');
}

TEST_CASE("show gives fields of a moment") {
  const json::object state = json_of(run_program(
      {"show", "a.rpj", "--at", "9s", "--agent", "exchange", "--json"}, market().here()));
  const json::object fields = json_of(run_program(
      {"show", "a.rpj", "--at", "9s", "--field", "exchange.bid", "--json"}, market().here()));
  CHECK(fields.at("fields").at("exchange.bid") == state.at("agents").at("exchange").at("bid"));
  CHECK(fields.at("step") == state.at("step"));
  CHECK_THAT(show({"--at", "9s", "--field", "exchange.bid"})[1], Contains("exchange.bid = "));
}

TEST_CASE("show refuses tables that make no sense") {
  struct Case {
    Strings options;
    std::string message;
  };
  for (const Case& each : std::vector<Case>{
           {{"--every", "1s"}, "--every goes with --field"},
           {{"--from", "1s"}, "--from goes with --every"},
           {{"--csv"}, "--csv goes with --every"},
           {{"--field", "exchange.bid", "--every", "0"}, "--every takes a time"},
           {{"--field", "exchange.bid", "--every", "end"}, "--every takes a time"},
           {{"--field", "exchange.bid", "--every", "1s", "--at", "2s"}, "exclude each other"},
           {{"--field", "exchange.bid", "--agent", "maker"}, "exclude each other"},
           {{"--field", "exchange.bid", "--every", "1s", "--to", "1s", "--from", "2s"},
            "--to 1s lies before --from 2s"},
           {{"--field", "exchange.bdi"}, "column 10: unknown field 'bdi'; did you mean 'bid'?"},
           {{"--field", "trader.cash"}, "'trader' is a group; name one of it"},
       }) {
    Strings arguments{"show", "a.rpj"};
    arguments.insert(arguments.end(), each.options.begin(), each.options.end());
    const ProgramResult refused = run_program(arguments, market().here());
    INFO(refused.err);
    CHECK(refused.code == 2);
    CHECK_THAT(refused.err, Contains(each.message));
  }
}

}  // namespace
}  // namespace reprise::test
