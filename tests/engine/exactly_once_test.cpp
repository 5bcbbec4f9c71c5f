#include <catch2/catch.hpp>

#include "engine/session.hpp"
#include "engine/simulation.hpp"
#include "tests/support/test_agents.hpp"

namespace reprise {
namespace {

using namespace test;
using Catch::Matchers::Contains;

constexpr AgentId listener{6};

Input sent(std::uint64_t seq, std::int64_t number, Duration at, std::string key = "") {
  Input input = input_at(at, listener, Note{number});
  input.producer_seq = seq;
  input.key = std::move(key);
  input.resendable = true;
  return input;
}

std::unique_ptr<Simulation> restored(const Simulation& world, const Catalog& catalog) {
  auto again = meadow(catalog);
  const Bytes state = saved(world);
  Decoder in(state);
  again->restore(in);
  in.expect_end();
  return again;
}

TEST_CASE("a repeat answers with the place of the first and changes nothing") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  const Admission first = world->inject(sent(1, 7, 1ms));
  CHECK_FALSE(first.repeat);
  CHECK(first.at == Time(1ms));
  const Admission waiting = world->inject(sent(1, 7, 3ms));
  CHECK(waiting.repeat);
  CHECK(waiting.at == Time(1ms));
  CHECK_FALSE(waiting.step);
  CHECK(world->waiting_inputs() == 1);
  world->run_until(Time(2ms));
  const Digest root = world->state_root();
  const Admission again = world->inject(sent(1, 7, 3ms));
  CHECK(again.repeat);
  CHECK(again.at == Time(1ms));
  REQUIRE(again.step);
  CHECK(*again.step > 0);
  CHECK(*again.step <= world->steps());
  CHECK(world->waiting_inputs() == 0);
  CHECK(world->state_root() == root);
}

TEST_CASE("a repeat with other content is refused") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  world->inject(sent(1, 7, 1ms, "order-1"));
  CHECK_THROWS_WITH(world->inject(sent(1, 8, 1ms, "order-1")), Contains("other content"));
  CHECK_THROWS_WITH(world->inject(sent(2, 8, 1ms, "order-1")), Contains("other content"));
  world->run_until(Time(2ms));
  CHECK_THROWS_WITH(world->inject(sent(1, 8, 3ms, "order-1")), Contains("other content"));
  CHECK_THROWS_WITH(world->inject(sent(1, 7, 3ms, "order-2")), Contains("other content"));
  CHECK_THROWS_WITH(world->inject(sent(2, 8, 3ms, "order-1")), Contains("'order-1'"));
}

TEST_CASE("a key is known under another number and to its own producer only") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  world->inject(sent(1, 7, 1ms, "order-1"));
  CHECK(world->inject(sent(2, 7, 1ms, "order-1")).repeat);
  world->run_until(Time(2ms));
  const Admission again = world->inject(sent(9, 7, 3ms, "order-1"));
  CHECK(again.repeat);
  CHECK(again.at == Time(1ms));
  Input other = sent(1, 7, 3ms, "order-1");
  other.producer = "somebody else";
  CHECK_FALSE(world->inject(other).repeat);
}

TEST_CASE("a number that was not beyond the highest is a repeat without a place when forgotten") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  const std::uint64_t last = InputMemory::window + 10;
  for (std::uint64_t seq = 1; seq <= last; ++seq) {
    world->inject(sent(seq, 1, Duration(seq), "key " + std::to_string(seq)));
  }
  world->run_until(Time(1ms));
  const Admission forgotten = world->inject(sent(10, 2, 2ms));
  CHECK(forgotten.repeat);
  CHECK_FALSE(forgotten.at);
  const Admission remembered = world->inject(sent(11, 1, 2ms, "key 11"));
  CHECK(remembered.repeat);
  CHECK(remembered.at == Time(Duration(11)));
  CHECK_FALSE(world->inject(sent(last + 1, 1, 2ms, "key 10")).repeat);
  CHECK(world->inject(sent(last + 2, 1, 2ms, "key 11")).repeat);
}

TEST_CASE("a number that others overtook is refused while it is known never to have been taken") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  world->inject(sent(1, 7, 1ms));
  world->inject(sent(3, 9, 1ms, "order-3"));
  const char* late = "number 2 of producer 'test' comes after number 3 and was never taken; it has";
  CHECK_THROWS_WITH(world->inject(sent(2, 8, 1ms)), Contains(late));
  CHECK(world->inject(sent(2, 9, 1ms, "order-3")).repeat);
  world->run_until(Time(2ms));
  CHECK_THROWS_WITH(world->inject(sent(2, 8, 3ms)), Contains(late));
  const Admission by_key = world->inject(sent(2, 9, 3ms, "order-3"));
  CHECK(by_key.repeat);
  CHECK(by_key.step);
  Input unremembered = sent(2, 8, 3ms);
  unremembered.resendable = false;
  CHECK(world->inject(unremembered).repeat);
  CHECK(world->inject(sent(3, 9, 3ms, "order-3")).repeat);

  const std::uint64_t last = InputMemory::window + 10;
  for (std::uint64_t seq = 5; seq <= last; ++seq) {
    world->inject(sent(seq, 1, 2ms + Duration(seq)));
  }
  world->run_until(Time(4ms));
  CHECK(world->inject(sent(4, 1, 5ms)).repeat);  // what was before the oldest cannot be known
}

TEST_CASE("what is remembered survives a snapshot and is in the state root") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  const auto plain = meadow(catalog);
  world->inject(sent(1, 7, 1ms, "order-1"));
  Input unremembered = sent(1, 7, 1ms);
  unremembered.resendable = false;
  plain->inject(unremembered);
  world->run_until(Time(2ms));
  plain->run_until(Time(2ms));
  CHECK(world->prefix() == plain->prefix());
  CHECK(world->state_root() != plain->state_root());
  const auto again = restored(*world, catalog);
  CHECK(again->state_root() == world->state_root());
  CHECK(saved(*again) == saved(*world));
  const Admission repeat = again->inject(sent(5, 7, 3ms, "order-1"));
  CHECK(repeat.repeat);
  CHECK(repeat.at == Time(1ms));
  CHECK(repeat.step == world->inject(sent(1, 7, 3ms, "order-1")).step);
  CHECK_THROWS_WITH(again->inject(sent(1, 8, 3ms, "order-1")), Contains("other content"));
  CHECK(restored(*plain, catalog)->inject(unremembered).repeat);
}

TEST_CASE("an input may not overtake an earlier one of its producer") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  world->inject(sent(1, 7, 5ms));
  CHECK_THROWS_WITH(world->inject(sent(2, 8, 4ms)), Contains("before number 1"));
  CHECK_FALSE(world->inject(sent(2, 8, 5ms)).repeat);
}

TEST_CASE("inputs without number and key are never repeats") {
  const Catalog catalog = test_catalog();
  const auto world = meadow(catalog);
  CHECK_FALSE(world->inject(input_at(1ms, listener, Note{1})).repeat);
  CHECK_FALSE(world->inject(input_at(1ms, listener, Note{1})).repeat);
  CHECK(world->waiting_inputs() == 2);
}

TEST_CASE("a saved memory that is too large or of another size is refused") {
  InputMemory memory;
  memory.add("p", {.producer_seq = 1, .key = "k", .content = {}, .at = {}, .step = 1});
  Bytes bytes;
  Encoder out(bytes);
  memory.save(out);
  const auto load = [](const Bytes& from) {
    InputMemory loaded;
    Decoder in(from);
    loaded.load(in);
    in.expect_end();
  };
  CHECK_NOTHROW(load(bytes));
  Bytes other_window = bytes;
  other_window[4] = std::byte{1};
  CHECK_THROWS_WITH(load(other_window), Contains("remembers"));
  Bytes too_many = bytes;
  too_many[4 + 4 + 4 + 1 + 1] = std::byte{0xFF};
  CHECK_THROWS_AS(load(too_many), DecodeError);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK_THROWS_AS(load(Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size))),
                    DecodeError);
  }
}

}  // namespace
}  // namespace reprise
