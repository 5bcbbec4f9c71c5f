#include "tools/lab/linearizability.hpp"

#include <catch2/catch.hpp>

#include "tests/support/sizes.hpp"
#include "tests/tools/lab/histories.hpp"

namespace reprise::test {
namespace {

ClientHistory read(std::string_view text) {
  return read_history(text, "test");
}

Verdict verdict_of(std::string_view text) {
  return judge(read(text)).verdict;
}

/// Checks that the offending part is what it says that it is, by brute force where it is small.
void check_offending(const ClientHistory& history, const Judgement& judgement) {
  REQUIRE(judgement.offending);
  const OffendingPart& part = *judgement.offending;
  const ClientHistory alone = history_of(part, history);
  CHECK(part.minimal);
  CHECK(judge(alone).verdict == Verdict::not_linearizable);
  CHECK_FALSE(some_order_fits(alone));
  for (std::size_t i = 0; i < alone.operations.size(); ++i) {
    if (alone.operations[i].outcome != Outcome::ok) continue;
    CHECK(some_order_fits(relaxed(alone, i)));
  }
  CHECK(part.prefix_end == history.operations[part.failing].return_position);
  CHECK_FALSE(some_order_fits(prefix(history, part.prefix_end)));
  CHECK(some_order_fits(prefix(history, part.prefix_end - 1)));
}

/// Any history at all: results are drawn, too.
ClientHistory scrambled(const Shape& shape, std::uint64_t seed) {
  ClientHistory history = AtomicStore(shape, seed).run();
  std::mt19937_64 random(~seed);
  std::vector<ClientValue> seen = {ClientValue{}};
  for (const Operation& operation : history.operations) {
    seen.push_back(operation.argument);
    seen.push_back(operation.result);
  }
  for (Operation& operation : history.operations) {
    const ClientValue& other = seen[random() % seen.size()];
    const bool change = random() % 3 == 0;
    if (change && operation.function == Function::read) operation.result = other;
    if (change && operation.outcome == Outcome::fail) operation.outcome = Outcome::ok;
  }
  return history;
}

TEST_CASE("the checker agrees with every order tried one after the other") {
  const std::uint64_t count = cases<std::uint64_t>(6'000, 200'000);
  std::size_t linearizable = 0;
  std::size_t not_linearizable = 0;
  for (std::uint64_t seed = 0; seed < count; ++seed) {
    Shape shape{.model = seed % 2 == 0 ? Model::cas_register : Model::key_value};
    shape.operations = 3 + seed % 6;
    shape.processes = 2 + seed % 4;
    shape.values = 2 + static_cast<int>(seed % 3);
    const ClientHistory history = scrambled(shape, seed);
    const Judgement judgement = judge(history);
    INFO("seed " << seed);
    const bool fits = some_order_fits(history);
    REQUIRE(judgement.verdict == (fits ? Verdict::linearizable : Verdict::not_linearizable));
    ++(fits ? linearizable : not_linearizable);
    if (!fits) check_offending(history, judgement);
  }
  CHECK(linearizable > count / 5);
  CHECK(not_linearizable > count / 5);
}

TEST_CASE("what an atomic store did is linearizable and one impossible read makes it not") {
  const std::uint64_t count = cases<std::uint64_t>(300, 10'000);
  for (std::uint64_t seed = 0; seed < count; ++seed) {
    Shape shape{.model = seed % 2 == 0 ? Model::cas_register : Model::key_value};
    shape.operations = 40 + seed % 100;
    shape.processes = 2 + seed % 8;
    shape.values = 5;
    shape.info = 0.05;
    ClientHistory history = AtomicStore(shape, seed).run();
    INFO("seed " << seed);
    REQUIRE(judge(history).verdict == Verdict::linearizable);
    for (std::size_t i = 0; i < history.operations.size(); ++i) {
      Operation& operation = history.operations[i];
      if (operation.function != Function::read || operation.outcome != Outcome::ok) continue;
      operation.result = text_value("nobody wrote this");
      const Judgement judgement = judge(history);
      REQUIRE(judgement.verdict == Verdict::not_linearizable);
      CHECK(judgement.offending->failing == i);
      CHECK(judgement.offending->operations == std::vector<std::size_t>{i});
      break;
    }
  }
}

TEST_CASE("a stale read is shown with the two writes that make it one") {
  const ClientHistory history = read(R"(
{:process 0, :type :invoke, :f :write, :value 1}
{:process 0, :type :ok,     :f :write, :value 1}
{:process 1, :type :invoke, :f :read,  :value nil}
{:process 1, :type :ok,     :f :read,  :value 1}
{:process 0, :type :invoke, :f :write, :value 2}
{:process 0, :type :ok,     :f :write, :value 2}
{:process 1, :type :invoke, :f :read,  :value nil}
{:process 1, :type :ok,     :f :read,  :value 1}
)");
  const Judgement judgement = judge(history);
  REQUIRE(judgement.verdict == Verdict::not_linearizable);
  check_offending(history, judgement);
  const OffendingPart& part = *judgement.offending;
  CHECK(part.operations == std::vector<std::size_t>{0, 2, 3});
  CHECK(part.context.empty());
  CHECK(part.failing == 3);
  CHECK(history.operations[part.failing].return_line == 9);
  REQUIRE(part.longest_order.size() == 2);
  CHECK(part.longest_order[1].operation == 2);
  CHECK(part.longest_order[1].value_after == number_value(2));
}

TEST_CASE("what has no answer may have happened at any time after its call or never") {
  const std::string write = R"(
{:process 0, :type :invoke, :f :write, :value 1}
{:process 0, :type :info,   :f :write, :value :timed-out}
)";
  const auto read_of = [](const char* process, const char* value) {
    return std::string("{:process ") + process + ", :type :invoke, :f :read, :value nil}\n" +
           "{:process " + process + ", :type :ok, :f :read, :value " + value + "}\n";
  };
  CHECK(verdict_of(write + read_of("1", "nil") + read_of("1", "1")) == Verdict::linearizable);
  CHECK(verdict_of(write + read_of("1", "nil") + read_of("1", "nil")) == Verdict::linearizable);
  CHECK(verdict_of(write + read_of("1", "1") + read_of("1", "nil")) == Verdict::not_linearizable);
  CHECK(verdict_of(read_of("1", "1") + write) == Verdict::not_linearizable);
  CHECK(verdict_of("{:process 0, :type :invoke, :f :write, :value 1}\n" + read_of("1", "1")) ==
        Verdict::linearizable);
}

TEST_CASE("what failed did not happen") {
  CHECK(verdict_of(R"(
{:process 0, :type :invoke, :f :write, :value 1}
{:process 0, :type :fail,   :f :write, :value 1}
{:process 0, :type :invoke, :f :read,  :value nil}
{:process 0, :type :ok,     :f :read,  :value 1}
)") == Verdict::not_linearizable);
}

TEST_CASE("each key is judged by itself and the earliest offence is told") {
  const ClientHistory history = read(R"(
{:process 0, :type :invoke, :f :put, :key "a", :value "1"}
{:process 0, :type :ok,     :f :put, :key "a", :value "1"}
{:process 0, :type :invoke, :f :get, :key "b", :value nil}
{:process 0, :type :ok,     :f :get, :key "b", :value ""}
{:process 0, :type :invoke, :f :get, :key "b", :value nil}
{:process 0, :type :ok,     :f :get, :key "b", :value "1"}
{:process 0, :type :invoke, :f :get, :key "a", :value nil}
{:process 0, :type :ok,     :f :get, :key "a", :value "2"}
)");
  const Judgement judgement = judge(history);
  CHECK(judgement.keys == 2);
  REQUIRE(judgement.verdict == Verdict::not_linearizable);
  CHECK(judgement.offending->key == "\"b\"");
  CHECK(history.operations[judgement.offending->failing].return_line == 7);
}

/// Fifty clients append at once, and what is there afterwards says in which order.
ClientHistory crowd(const char* last) {
  std::string text;
  for (int i = 0; i < 50; ++i) {
    text += "{:process " + std::to_string(i) + ", :type :invoke, :f :append, :key 1, :value \"<" +
            std::to_string(i) + ">\"}\n";
  }
  std::string all;
  for (int i = 0; i < 50; ++i) {
    text += "{:process " + std::to_string(i) + ", :type :ok, :f :append, :key 1, :value nil}\n";
    all += "<" + std::to_string(i * 7 % 50) + ">";
  }
  text += "{:process 0, :type :invoke, :f :get, :key 1, :value nil}\n";
  text += "{:process 0, :type :ok, :f :get, :key 1, :value \"" + all + last + "\"}\n";
  return read(text);
}

TEST_CASE("fifty appends at once take no time in any of their orders") {
  const Judgement good = judge(crowd(""));
  CHECK(good.verdict == Verdict::linearizable);
  CHECK(good.configurations < 1'000);
  const Judgement bad = judge(crowd("<51>"));
  CHECK(bad.verdict == Verdict::not_linearizable);
  CHECK(bad.configurations < 10'000);
}

TEST_CASE("a limit of memory or time makes the verdict unknown") {
  const ClientHistory history =
      AtomicStore({.operations = 2'000, .processes = 8, .info = 0.01}, 1).run();
  CHECK(judge(history).verdict == Verdict::linearizable);
  const Judgement small = judge(history, {.memory_bytes_max = 1 << 10});
  CHECK(small.verdict == Verdict::unknown);
  CHECK(small.out_of_memory);
  const Judgement stopped = judge(history, {.stop = [] { return true; }});
  CHECK(stopped.verdict == Verdict::unknown);
  CHECK_FALSE(stopped.out_of_memory);
}

TEST_CASE("a long history is judged in time and memory that grow with its length") {
  const ClientHistory history =
      AtomicStore({.operations = 50'000, .processes = 6, .values = 5, .info = 0.0005}, 1).run();
  const Judgement judgement = judge(history, {.memory_bytes_max = std::size_t{64} << 20});
  CHECK(judgement.verdict == Verdict::linearizable);
}

}  // namespace
}  // namespace reprise::test
