#include "tools/lab/client_history.hpp"

#include <catch2/catch.hpp>
#include <optional>

#include "scenarios/input_error.hpp"
#include "tests/tools/lab/histories.hpp"
#include "tools/lab/edn.hpp"

namespace reprise::test {
namespace {

ClientHistory read(std::string_view text) {
  return read_history(text, "test");
}

/// The message that refuses `text`; empty if it is read.
std::string refusal(std::string_view text, std::optional<Model> model = std::nullopt) {
  try {
    read_history(text, "test", model);
  } catch (const InputError& error) {
    CHECK_FALSE(error.reason().empty());
    CHECK_FALSE(error.remedy().empty());
    return error.what();
  }
  return "";
}

constexpr std::string_view one_write =
    "{:process 0, :type :invoke, :f :write, :value 1}\n"
    "{:process 0, :type :ok, :f :write, :value 1}\n";

TEST_CASE("EDN has one canonical text for each value") {
  const auto canonical = [](std::string_view text) {
    EdnReader reader(text);
    const auto element = reader.next();
    REQUIRE(element);
    CHECK_FALSE(reader.next());
    return edn_canonical(*element);
  };
  CHECK(canonical(" nil ") == "nil");
  CHECK(canonical("+5") == "5");
  CHECK(canonical("-0") == "0");
  CHECK(canonical("12345678901234567890123N") == "12345678901234567890123");
  CHECK(canonical("1.50") == "1.5");
  CHECK(canonical("1e3") == "1000.0");
  CHECK(canonical("1.50M") == "1.50M");
  CHECK(canonical(R"("a\u00e9\n\"")") == "\"a\xC3\xA9\\u000a\\\"\"");
  CHECK(canonical(R"("\ud83d\ude00")") == "\"\xF0\x9F\x98\x80\"");
  CHECK(canonical("[1,2 ;comment\n#_[3 4] (5)]") == "[1 2 [5]]");
  CHECK(canonical("{:b 1, :a #{2 1}}") == "{:a #{1 2} :b 1}");
  CHECK(canonical("#inst \"2020-01-01\"") == "\"2020-01-01\"");
  CHECK(canonical("[\\a \\( \\newline]") == "[\\a \\( \\newline]");
  CHECK(canonical("#_ #_ 1 2 3") == "3");
}

TEST_CASE("EDN that is none is refused where it stops to be") {
  const auto offset = [](std::string_view text) -> std::optional<std::size_t> {
    try {
      EdnReader reader(text);
      while (const auto element = reader.next()) edn_canonical(*element);
    } catch (const EdnError& error) {
      return error.offset();
    }
    return std::nullopt;
  };
  CHECK(offset("[1 2") == 0);
  CHECK(offset("[1 2}") == 4);
  CHECK(offset("1 )") == 2);
  CHECK(offset("{:a}") == 0);
  CHECK(offset(" \"abc") == 1);
  CHECK(offset("\"a\\q\"") == 2);
  CHECK(offset("\"\\u12\"") == 1);
  CHECK(offset("\"\\ud800\"") == 1);
  CHECK(offset("007") == 0);
  CHECK(offset("1x") == 0);
  CHECK(offset("1e999999") == 0);
  CHECK(offset("#_") == 2);
  CHECK(offset("#tag") == 4);
  CHECK(offset("# 1") == 0);
  CHECK(offset(":") == 0);
  CHECK(offset("\\") == 0);
  CHECK(offset(std::string_view("a\0b", 3)) == 1);
  CHECK(offset("[[[[1]]]]") == std::nullopt);
  CHECK(offset(std::string(64, '[') + std::string(64, ']')) == std::nullopt);
  CHECK(offset(std::string(100'000, '[')) == 65);
  CHECK(offset(std::string(66, '[') + std::string(66, ']')) == 65);
}

TEST_CASE("a history in EDN is read whether its events stand alone or in a vector") {
  const std::string events =
      "{:process 0, :type :invoke, :f :append, :key \"k\", :value \"x\", :time 3}\r\n"
      "{:process :nemesis, :type :info, :f :kill, :value \"n1\"}\r\n"
      "#jepsen.history.Op{:index 1, :type :ok, :process 0, :f :append, :key \"k\", :value "
      "\"x\"}\r\n"
      "{:process 1, :type :invoke, :f :get, :key \"k\", :value nil}\r\n";
  for (const std::string& text :
       {events, "[" + events + "]", "\xEF\xBB\xBF" + events, "; what happened\n(" + events + ")"}) {
    const ClientHistory history = read(text);
    CHECK(history.model == Model::key_value);
    CHECK(history.keyed);
    REQUIRE(history.operations.size() == 2);
    const Operation& append = history.operations[0];
    CHECK(append.function == Function::append);
    CHECK(append.key == "\"k\"");
    CHECK(append.argument == text_value("x"));
    CHECK(append.outcome == Outcome::ok);
    CHECK(append.call_position == 0);
    CHECK(append.return_position == 1);
    CHECK(append.return_line == append.call_line + 2);
    CHECK(history.operations[1].outcome == Outcome::pending);
  }
}

TEST_CASE("values that are pairs of key and value make a history of many keys") {
  const ClientHistory history = read(R"(
{:process 0, :type :invoke, :f :cas, :value [3 [1 2]]}
{:process 1, :type :invoke, :f :read, :value [4 nil]}
{:process 0, :type :info, :f :cas, :value [3 [1 2]], :error :timeout}
{:process 1, :type :ok, :f :read, :value [4 7]}
)");
  CHECK(history.keyed);
  CHECK(history.model == Model::cas_register);
  CHECK(history.operations[0].key == "3");
  CHECK(history.operations[0].expected == number_value(1));
  CHECK(history.operations[0].argument == number_value(2));
  CHECK(history.operations[0].outcome == Outcome::info);
  CHECK(history.operations[1].key == "4");
  CHECK(history.operations[1].result == number_value(7));
}

TEST_CASE("a cas without a key is no pair of key and value") {
  const ClientHistory history = read("{:process 0, :type :invoke, :f :cas, :value [1 2]}");
  CHECK_FALSE(history.keyed);
  CHECK(history.operations[0].expected == number_value(1));
}

TEST_CASE("a log is read in the shapes that versions of Jepsen gave it") {
  for (const char* const before :
       {"INFO  jepsen.util - ", "2015-03-01 12:00:00,123 INFO  jepsen.util - ",
        "INFO [2017-03-01 12:00:00,123] jepsen worker 0 - jepsen.util ",
        "[2017-03-01 12:00:00,123] INFO jepsen.util - ",
        "2020-05-01 10:00:00,123{GMT}\tINFO\t[jepsen worker 0] jepsen.util: "}) {
    const std::string start = before;
    const ClientHistory history = read(
        start + "- starting {\nINFO  jepsen.core - {\n" + start + "0\t:invoke\t:write\t4\r\n" +
        start + ":nemesis\t:info\t:start\tnil\n" + start + "1   :invoke :cas    [4 1]\n" + start +
        "0\t:ok\t:write\t4\n" + start + "1\t:info\t:cas\tindeterminate: Connection refused\n" +
        start + "2\t:invoke\t:read\tnil\n" + start + "2\t:fail\t:read\t:timed-out\n");
    INFO(start);
    REQUIRE(history.operations.size() == 3);
    CHECK(history.operations[0].argument == number_value(4));
    CHECK(history.operations[0].return_line == 6);
    CHECK(history.operations[1].outcome == Outcome::info);
    CHECK(history.operations[1].expected == number_value(4));
    CHECK(history.operations[2].outcome == Outcome::fail);
  }
}

TEST_CASE("a history without operations leaves nothing to judge") {
  for (const char* const text :
       {"", "\n\n", "[]", "; nothing", "{:process :nemesis, :type :info, :f :start}",
        "INFO  jepsen.util - hello\n"}) {
    CHECK_THAT(refusal(text), Catch::StartsWith("test: nothing to judge"));
  }
}

TEST_CASE("what is no history is refused with place and reason and remedy") {
  const auto refused = [](std::string_view text, const char* start) {
    INFO(text);
    CHECK_THAT(refusal(text), Catch::StartsWith(start));
  };
  refused("steps: 12\n", "test:1:1: this is no history of clients; give EDN");
  refused("\n  {:process 0", "test:2:3: '{' is never closed");
  refused("{:process 0, :type :invok, :f :read}",
          "test:1:20: unknown type of an event; write :invoke");
  refused("{:process 0, :type :invoke, :f :transfer}",
          "test:1:32: no function of a register or a key-value store; write one of :read");
  refused("{:process 0, :type :invoke}", "test:1:1: this event has no :f");
  refused("{:process \"a\", :type :invoke, :f :read}", "test:1:11: a process is a whole number");
  refused("{:process 99999999999999999999, :type :invoke, :f :read}",
          "test:1:11: a process is a whole number of 64 bits");
  refused("{:process 0, :process 1, :type :invoke, :f :read}",
          "test:1:14: this map has :process twice");
  refused("[1]", "test:1:2: an event is a map");
  refused("[[{:process 0}]]", "test:1:2: an event is a map");
  refused("{:process 0, :type :ok, :f :read, :value 1}",
          "test:1:1: process 0 returns from nothing");
  refused(std::string(one_write) + "{:process 0, :type :ok, :f :write, :value 1}",
          "test:3:1: process 0 returns from nothing");
  refused("{:process 0, :type :invoke, :f :read}\n{:process 0, :type :invoke, :f :read}",
          "test:2:1: process 0 calls again before its call in line 1 has returned");
  refused("{:process 0, :type :invoke, :f :read}\n{:process 0, :type :ok, :f :write, :value 1}",
          "test:2:1: process 0 returns from another function than it called in line 1");
  refused(
      "{:process 0, :type :invoke, :f :get, :key 1}\n"
      "{:process 0, :type :ok, :f :get, :key 2, :value 1}",
      "test:2:1: this returns from key 2, and the call in line 1 is of key 1");
  refused("{:process 0, :type :invoke, :f :get, :key 1}\n{:process 1, :type :invoke, :f :get}",
          "test:2:1: this event has no :key, and others have");
  refused("{:process 0, :type :invoke, :f :cas, :value 5}", "test:1:45: cas takes a vector of two");
  refused("{:process 0, :type :invoke, :f :append, :value 5}", "test:1:48: append takes a text");
  refused(
      "{:process 0, :type :invoke, :f :append, :value \"a\"}\n"
      "{:process 1, :type :invoke, :f :put, :value 5}",
      "test:2:45: this is no text, and the history has append");
  refused("{:process 0, :type :invoke, :f :write, :value \"\xFF\"}", "test:1:48: not UTF-8");
  refused("{:process 0, :type :invoke, :f :write, :value \"\\ud800\"}",
          "test:1:48: half of a surrogate pair");
  refused("INFO  jepsen.util - 0\t:invo", "test:1:23: unknown type of an event");
  refused("INFO  jepsen.util - 0", "test:1:22: the line ends before its type");
  refused("INFO  jepsen.util - 0\t:invoke\t:read\n", "test:1:36: the line ends before its value");
  refused("INFO  jepsen.util - 0\t:invoke\t:read\tnil nil\n",
          "test:1:41: something stands behind the value");
  refused("INFO  jepsen.util - 0\t:invoke\t:write\t[1\n", "test:1:38: '[' is never closed");
  CHECK_THAT(refusal("{:process 0, :type :invoke, :f :append, :value \"a\"}", Model::cas_register),
             Catch::StartsWith("test:1:1: a register has no append"));
}

TEST_CASE("a history cut off anywhere is read or refused and never more than that") {
  const std::string text = "[" + std::string(one_write) +
                           "{:process 1, :type :invoke, :f :cas, :value [1 \"\\u0041\"]}]";
  for (std::size_t length = 0; length < text.size(); ++length) {
    INFO(length);
    CHECK_FALSE(refusal(std::string_view(text).substr(0, length)).empty());
  }
  CHECK(refusal(text).empty());
}

TEST_CASE("what lies deep or is large is refused in time") {
  const std::string head = "{:process 0, :type :invoke, :f :write, :value ";
  CHECK_THAT(refusal(head + std::string(1'000'000, '[')), Catch::Contains("more than 64 deep"));
  std::string discards;
  for (int i = 0; i < 100'000; ++i) discards += "#_ ";
  CHECK_THAT(refusal(head + discards), Catch::Contains("more than 64 deep"));
  std::string tags;
  for (int i = 0; i < 100'000; ++i) tags += "#a ";
  CHECK_THAT(refusal(head + tags + "1}"), Catch::Contains("more than 64 deep"));
  CHECK(refusal(head + std::string(1'000'000, '9') + "}").empty());
  CHECK_THAT(refusal(head + std::string(1'000'000, '9') + ".5}"),
             Catch::Contains("a number beyond a double"));
}

}  // namespace
}  // namespace reprise::test
