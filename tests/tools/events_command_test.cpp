#include <algorithm>
#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>
#include <map>
#include <sstream>

#include "engine/random.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/tools/program.hpp"

namespace reprise::test {
namespace {

namespace json = boost::json;

using Strings = std::vector<std::string>;

Strings lines_of(const std::string& text) {
  Strings lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// A short run of the thin market with a halt in it, and all of its events.
struct Market {
  TempDir folder;
  Strings lines;
  std::vector<json::object> events;

  Market() {
    const ProgramResult run = run_program(
        {"run", shipped("market/thin_market.toml"), "--until", "4s", "-o", "a.rpj"}, here());
    REQUIRE(run.code == 0);
    lines = answer({});
    for (const std::string& line : lines) events.push_back(json::parse(line).as_object());
  }

  ProgramOptions here() const { return {folder.path()}; }

  ProgramResult call(Strings arguments) const {
    arguments.insert(arguments.begin(), {"events", "a.rpj"});
    return run_program(arguments, here());
  }

  Strings answer(Strings arguments) const {
    arguments.emplace_back("--json");
    const ProgramResult result = call(arguments);
    INFO(result.err);
    REQUIRE(result.code == 0);
    REQUIRE(result.err.empty());
    return lines_of(result.out);
  }

  /// The lines of the events for which `is` holds.
  template <class Is>
  Strings those(const Is& is) const {
    Strings chosen;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (is(events[i])) chosen.push_back(lines[i]);
    }
    return chosen;
  }
};

const Market& market() {
  static const Market the_market;
  return the_market;
}

std::string text_of(const json::object& event, const char* key) {
  return std::string(event.at(key).as_string());
}

TEST_CASE("events writes a JSON object for each step") {
  const json::object end = json_of(run_program({"info", "a.rpj", "--json"}, market().here()));
  REQUIRE(std::ssize(market().events) == end.at("steps").as_int64());
  REQUIRE(market().events.size() > 1'000);
  std::int64_t step = 0;
  std::int64_t time = 0;
  for (const json::object& event : market().events) {
    REQUIRE(event.at("step") == ++step);
    REQUIRE(event.at("time_ns").as_int64() >= time);
    time = event.at("time_ns").as_int64();
    REQUIRE(event.at("payload").is_object());
    REQUIRE(event.at("hop").is_int64());
    const bool outside = event.at("from") == "world";
    REQUIRE(event.at("cause").is_null() == outside);
    if (outside) continue;
    const json::object& cause =
        market().events.at(static_cast<std::size_t>(event.at("cause").as_int64()) - 1);
    REQUIRE(cause.at("to") == event.at("from"));
    const bool at_once = cause.at("time_ns") == event.at("time_ns");
    REQUIRE(event.at("hop").as_int64() == (at_once ? cause.at("hop").as_int64() + 1 : 0));
  }
}

TEST_CASE("what events writes under a filter is that part of what it writes without one") {
  struct Question {
    std::string text;
    std::function<bool(const json::object&)> holds;
  };
  const auto payload = [](const json::object& event, const char* field) -> const json::value* {
    return event.at("payload").as_object().if_contains(field);
  };
  const std::vector<Question> questions = {
      {"kind == 'market.trade'", [](auto& e) { return e.at("kind") == "market.trade"; }},
      {"kind matches '^market[.]'",
       [](auto& e) { return text_of(e, "kind").starts_with("market."); }},
      {"from in ['exchange', \"maker\"]",
       [](auto& e) { return e.at("from") == "exchange" || e.at("from") == "maker"; }},
      {"to matches '^trader\\[1?\\d\\]$'",
       [](auto& e) { return text_of(e, "to").starts_with("trader["); }},
      {"time >= 1.5s", [](auto& e) { return e.at("time_ns").as_int64() >= 1'500'000'000; }},
      {"step < 700", [](auto& e) { return e.at("step").as_int64() < 700; }},
      {"hop > 0", [](auto& e) { return e.at("hop").as_int64() > 0; }},
      {"step - cause < 10",
       [](auto& e) {
         return !e.at("cause").is_null() && e.at("step").as_int64() - e.at("cause").as_int64() < 10;
       }},
      {"payload.quantity >= 250000000",
       [&](auto& e) {
         const json::value* quantity = payload(e, "quantity");
         return quantity != nullptr && quantity->as_int64() >= 250'000'000;
       }},
      {"price / 2 > 5000000000.0",
       [&](auto& e) {
         const json::value* price = payload(e, "price");
         return price != nullptr && price->as_int64() > 10'000'000'000;
       }},
      {"not dropped", [](auto&) { return true; }},
  };
  Random random(5, "filters");
  const auto one_of = [&](std::int64_t size) {
    return static_cast<std::size_t>(random.uniform(0, size - 1));
  };
  const Strings agents = {"exchange", "maker", "trader", "trader[3]", "noise", "world"};
  const Strings kinds = {"market.trade", "market.follow", "reprise.start", "market.replace"};
  std::size_t chosen = 0;
  std::size_t empty = 0;
  for (int i = 0; i < 60; ++i) {
    Strings arguments;
    std::vector<std::function<bool(const json::object&)>> all;
    if (random.bernoulli(0.3)) {
      const std::string agent = agents[one_of(std::ssize(agents))];
      arguments.insert(arguments.end(), {"--agent", agent});
      all.push_back([agent](const json::object& event) {
        const auto is = [&](const std::string& name) {
          return name == agent || name.starts_with(agent + "[");
        };
        return is(text_of(event, "from")) || is(text_of(event, "to"));
      });
    }
    if (random.bernoulli(0.3)) {
      const std::string kind = kinds[one_of(std::ssize(kinds))];
      arguments.insert(arguments.end(), {"--kind", kind, "--kind", "market.order"});
      all.push_back([kind](const json::object& event) {
        return text_of(event, "kind") == kind || event.at("kind") == "market.order";
      });
    }
    if (random.bernoulli(0.3)) {
      const std::int64_t from = random.uniform(1, 1'000);
      arguments.insert(arguments.end(), {"--from", std::to_string(from), "--to", "2s"});
      all.push_back([from](const json::object& event) {
        return event.at("step").as_int64() >= from &&
               event.at("time_ns").as_int64() <= 2'000'000'000;
      });
    }
    const Question& a = questions[one_of(std::ssize(questions))];
    const Question& b = questions[one_of(std::ssize(questions))];
    // Where either is about a field that is absent its opposite does not hold either, so only
    // these two.
    const bool both = random.bernoulli(0.5);
    // A kind that has no such field is refused, not empty.
    arguments.insert(arguments.end(), {"--where", a.text + (both ? " and " : " or ") + b.text});
    all.push_back([a, b, both](const json::object& event) {
      return both ? a.holds(event) && b.holds(event) : a.holds(event) || b.holds(event);
    });
    INFO(Catch::rangeToString(arguments));
    const ProgramResult refused = market().call(arguments);
    if (refused.code == 2) {
      CHECK_THAT(refused.err,
                 Catch::Contains("no kind of message here") || Catch::Contains("unknown name"));
      continue;
    }
    const Strings expected = market().those([&](const json::object& event) {
      return std::ranges::all_of(all, [&](const auto& holds) { return holds(event); });
    });
    REQUIRE(market().answer(arguments) == expected);
    chosen += expected.size();
    empty += expected.empty() ? 1 : 0;
  }
  CHECK(chosen > 10'000);  // else the filters show nothing
  CHECK(empty < 30);
}

TEST_CASE("events takes both ends of a range") {
  const auto steps = [](std::int64_t from, std::int64_t to) {
    return market().those([=](const json::object& event) {
      return event.at("step").as_int64() >= from && event.at("step").as_int64() <= to;
    });
  };
  CHECK(market().answer({"--from", "10", "--to", "20"}) == steps(10, 20));
  CHECK(market().answer({"--from", "10", "--to", "10"}) == steps(10, 10));
  CHECK(market().answer({"--from", "end"}) == Strings{market().lines.back()});
  CHECK(market().answer({"--to", "end"}) == market().lines);
  CHECK(market().answer({"--from", "0"}) == market().lines);
  CHECK(market().answer({"--to", "0"}).empty());
  CHECK(market().answer({"--to", "0s"}) ==
        market().those([](const json::object& event) { return event.at("time_ns") == 0; }));
  const std::int64_t time = market().events[500].at("time_ns").as_int64();
  const std::string at = std::to_string(time) + "ns";
  CHECK(market().answer({"--from", at, "--to", at}) ==
        market().those([&](const json::object& event) { return event.at("time_ns") == time; }));
}

TEST_CASE("events stops at its limit") {
  CHECK(market().answer({"--limit", "3"}) ==
        Strings(market().lines.begin(), market().lines.begin() + 3));
  CHECK(market().answer({"--limit", "0"}).empty());
  const Strings trades =
      market().those([](const json::object& event) { return event.at("kind") == "market.trade"; });
  REQUIRE(trades.size() > 5);
  CHECK(market().answer({"--kind", "market.trade", "--limit", "5"}) ==
        Strings(trades.begin(), trades.begin() + 5));
}

/// The fields of the rows of a table as RFC 4180 has them.
std::vector<Strings> parse_csv(const std::string& text) {
  std::vector<Strings> rows;
  Strings row(1);
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
      row.back() += text[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (quoted || (c != ',' && c != '\n')) {
      row.back() += c;
    } else if (c == ',') {
      row.emplace_back();
    } else {
      rows.push_back(std::exchange(row, Strings(1)));
    }
  }
  return rows;
}

TEST_CASE("events writes as CSV what it writes as JSON") {
  const ProgramResult result = market().call({"--csv"});
  REQUIRE(result.code == 0);
  std::vector<Strings> rows = parse_csv(result.out);
  REQUIRE(rows.size() == market().events.size() + 1);
  const Strings heading = rows.front();
  CHECK(heading ==
        Strings{"step", "time_ns", "hop", "from", "to", "kind", "cause", "payload", "dropped"});
  for (std::size_t i = 0; i < market().events.size(); ++i) {
    REQUIRE(rows[i + 1].size() == heading.size());
    for (std::size_t column = 0; column < heading.size(); ++column) {
      const json::value& value = market().events[i].at(heading[column]);
      const std::string& field = rows[i + 1][column];
      if (value.is_null()) {
        REQUIRE(field.empty());
      } else if (value.is_string()) {
        REQUIRE(field == std::string(value.as_string()));
      } else {
        REQUIRE(json::parse(field) == value);
      }
    }
  }
}

TEST_CASE("events writes a table for a person") {
  const ProgramResult result = market().call({"--kind", "market.trade", "--limit", "40"});
  REQUIRE(result.code == 0);
  const Strings lines = lines_of(result.out);
  REQUIRE(lines.size() == 41);
  const std::string& heading = lines.front();
  for (const char* column : {"step", "cause", "time", "from", "to", "kind", "message"})
    CHECK_THAT(heading, Catch::Contains(column));
  const std::size_t message = heading.find("message");
  for (std::size_t i = 1; i < lines.size(); ++i) {
    INFO(lines[i]);
    CHECK(lines[i].substr(message, 9) == "{\"price\":");
    CHECK(lines[i].substr(heading.find("kind"), 12) == "market.trade");
    CHECK(lines[i].substr(heading.find("from"), 9) == "exchange ");
  }
  const ProgramResult halt = market().call({"--where", "kind == 'reprise.start'"});
  CHECK_THAT(halt.out, Catch::Contains("   0.000000000s  world     ") ||
                           Catch::Contains("  0.000000000s  world     "));
}

TEST_CASE("events ends quietly when nobody reads on") {
  for (const char* trap : {"", "trap '' PIPE; "}) {
    INFO(trap);
    const ProgramResult result =
        run_shell(std::string(trap) + "{ " REPRISE_PROGRAM
                                      " events a.rpj --json; echo $? > code; } | head -n 2",
                  market().here());
    CHECK(result.err.empty());
    CHECK(lines_of(result.out) == Strings(market().lines.begin(), market().lines.begin() + 2));
    CHECK(read_file(market().folder.path() / "code") == "0\n");
  }
}

TEST_CASE("events says that it cannot write") {
  const ProgramResult full =
      run_shell(REPRISE_PROGRAM " events a.rpj --json > /dev/full", market().here());
  CHECK(full.code == 2);
  CHECK_THAT(full.err, Catch::Contains("standard output: cannot be written"));
}

TEST_CASE("events refuses what makes no sense and says what would") {
  struct Case {
    Strings arguments;
    std::string reason;
  };
  for (const Case& each : std::vector<Case>{
           {{"--agent", "trader[99]"},
            "there is no agent 'trader[99]'; trader is a group of 20: trader[0] to trader[19]"},
           {{"--agent", "exchang"}, "did you mean 'exchange'?"},
           {{"--kind", "market.trad"}, "of kind 'market.trad'; did you mean 'market.trade'?"},
           {{"--kind", "queueing.arrival"}, "no message of the journal is of kind"},
           {{"--from", "soon"}, "--from takes a step (12345), a time with its unit (300ms) or end"},
           {{"--to", "-1"}, "--to takes"},
           {{"--from", "9s"}, "9s is beyond the end"},
           {{"--to", "99999999"}, "99999999 is beyond the end"},
           {{"--from", "20", "--to", "10"}, "--to 10 lies before --from 20"},
           {{"--from", "2s", "--to", "1s"}, "--to 1s lies before --from 2s"},
           {{"--limit", "-1"},
            "--limit takes a whole number from 0 to 9223372036854775807, not '-1'"},
           {{"--limit", "many"},
            "--limit takes a whole number from 0 to 9223372036854775807, not 'many'"},
           {{"--json", "--csv"}, "--json and --csv exclude each other"},
           {{"--where", "kind = 'x'"},
            "--where: column 6: '=' is no operator; write '=='\n"
            "  kind = 'x'\n"
            "       ^\n"},
           {{"--where", "payload.pric > 5"},
            "column 9: no kind of message here has a field 'pric'; "
            "did you mean 'price'?\n"
            "  payload.pric > 5\n"
            "          ^\n"},
           {{"--where", "knid == 'x'"}, "unknown name 'knid'; did you mean 'kind'?"},
           {{"--where", "to == exchange_1"}, "unknown name 'exchange_1'; text stands in quotes"},
           {{"--where", "payload == 1"}, "name a field of it: payload.price"},
           {{"--where", "time.s == 1"}, "'time' of an event has no parts"},
           {{"--where", "time > '3s'"}, "a number is not compared with text"},
           {{"--where", "price > 'x'"}, "a number is not compared with text"},
           {{"--where", "step"}, "answered with yes or no, and this is a number"},
           {{"--where", ""}, "an expression is missing"},
           {{"--kind", "market.halt", "--where", "price > 5"}, "unknown name 'price'"},
       }) {
    INFO(Catch::rangeToString(each.arguments));
    const ProgramResult refused = market().call(each.arguments);
    CHECK(refused.code == 2);
    CHECK(refused.out.empty());
    CHECK_THAT(refused.err, Catch::Contains(each.reason));
  }
}

TEST_CASE("events that were recorded are told in the same lines as those that are lived again") {
  const TempDir folder;
  const ProgramOptions here{folder.path()};
  const auto run = [&](const Strings& options) {
    Strings arguments{"run", shipped("market/thin_market.toml"), "--until", "20s"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    REQUIRE(run_program(arguments, here).code == 0);
  };
  run({"-o", "lived.rpj", "--keyframes", "off"});
  run({"-o", "keyframes.rpj", "--keyframes", "1000"});
  run({"-o", "recorded.rpj", "--events", "--keyframes", "off"});
  const ProgramResult info = run_program({"info", "recorded.rpj", "--check"}, here);
  CHECK(info.code == 0);
  CHECK(info.out.find("\n    events  ") != std::string::npos);
  const json::object counts = json_of(run_program({"info", "recorded.rpj", "--json"}, here));
  CHECK(counts.at("events") == counts.at("steps"));
  const std::vector<Strings> questions = {
      {"--json"},
      {"--csv", "--from", "7s"},
      {"--from", "9s", "--to", "10500ms", "--agent", "trader"},
      {"--from", "6000", "--kind", "market.trade", "--agent", "maker", "--agent", "world"},
      {"--where", "step - cause > 100", "--limit", "50"},
      {"--from", "end"}};
  for (const Strings& question : questions) {
    const auto answer = [&](const char* journal) {
      Strings arguments{"events", journal};
      arguments.insert(arguments.end(), question.begin(), question.end());
      const ProgramResult result = run_program(arguments, here);
      REQUIRE(result.code == 0);
      return result.out;
    };
    const std::string lived = answer("lived.rpj");
    CHECK(lines_of(lived).size() > 1);
    CHECK(answer("keyframes.rpj") == lived);
    CHECK(answer("recorded.rpj") == lived);
  }
}

TEST_CASE("the events of a journal that is cut off are told up to the cut") {
  const std::string whole = read_file(market().folder.path() / "a.rpj");
  market().folder.write("cut.rpj", whole.substr(0, whole.size() - 20));
  const ProgramResult result = run_program({"events", "cut.rpj", "--json"}, market().here());
  CHECK(result.code == 0);
  CHECK_THAT(result.err, Catch::Contains("cut.rpj: cut off or damaged"));
  const Strings lines = lines_of(result.out);
  REQUIRE(lines.size() <= market().lines.size());
  REQUIRE_FALSE(lines.empty());
  CHECK(lines == Strings(market().lines.begin(), market().lines.begin() + std::ssize(lines)));
}

}  // namespace
}  // namespace reprise::test
