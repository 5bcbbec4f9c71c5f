#include <atomic>
#include <catch2/catch.hpp>
#include <stdexcept>
#include <thread>

#include "tools/lab/ordered_work.hpp"

namespace reprise::test {
namespace {

using Numbers = std::vector<std::uint64_t>;

/// Work whose later pieces are often done before the earlier ones.
OrderedWork<std::uint64_t> squares(std::uint64_t end, unsigned jobs, Numbers& taken) {
  OrderedWork<std::uint64_t> work{.first = 2, .end = end, .jobs = jobs};
  work.work = [](std::uint64_t number, const std::atomic<bool>&) {
    if (number % 3 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return number * number;
  };
  work.take = [&taken](std::uint64_t number, std::uint64_t result) {
    CHECK(result == number * number);
    taken.push_back(number);
    return true;
  };
  return work;
}

TEST_CASE("results are taken in order whatever order they come in") {
  for (const unsigned jobs : {1U, 2U, 7U}) {
    Numbers taken;
    CHECK(squares(1000, jobs, taken).run());
    REQUIRE(taken.size() == 998);
    for (std::size_t i = 0; i < taken.size(); ++i) CHECK(taken[i] == i + 2);
  }
  Numbers none;
  CHECK(squares(2, 3, none).run());
  CHECK(none.empty());
}

TEST_CASE("no more is done ahead than the bound says") {
  Numbers taken;
  OrderedWork<std::uint64_t> work = squares(2000, 3, taken);
  std::atomic<std::uint64_t> begun = 0;
  std::uint64_t ahead = 0;
  work.work = [&](std::uint64_t number, const std::atomic<bool>&) {
    ++begun;
    if (number == 2) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return number * number;
  };
  work.take = [&](std::uint64_t number, std::uint64_t) {
    ahead = std::max(ahead, begun - (number - 2));
    return true;
  };
  CHECK(work.run());
  CHECK(ahead > 1);
  CHECK(ahead <= 3 * OrderedWork<std::uint64_t>::ahead_per_job);
}

TEST_CASE("the first piece in order that throws ends the work") {
  for (const unsigned jobs : {1U, 4U}) {
    Numbers taken;
    OrderedWork<std::uint64_t> work = squares(500, jobs, taken);
    work.work = [](std::uint64_t number, const std::atomic<bool>&) {
      if (number == 40) std::this_thread::sleep_for(std::chrono::milliseconds(20));
      if (number == 40 || number == 45) throw std::runtime_error(std::to_string(number));
      return number * number;
    };
    CHECK_THROWS_WITH(work.run(), "40");
    CHECK(taken.size() == 38);
  }
}

TEST_CASE("what is wanted no more is stopped") {
  Numbers taken;
  OrderedWork<std::uint64_t> work = squares(500, 2, taken);
  work.work = [](std::uint64_t number, const std::atomic<bool>& stop) {
    while (number == 9 && !stop) std::this_thread::yield();
    return number * number;
  };
  SECTION("as soon as the taker has enough") {
    work.take = [](std::uint64_t number, std::uint64_t) { return number != 5; };
    CHECK_FALSE(work.run());
  }
  SECTION("as soon as it is interrupted") {
    work.interrupted = [&] { return taken.size() == 4; };
    CHECK_FALSE(work.run());
    CHECK(taken == Numbers{2, 3, 4, 5});
  }
}

}  // namespace
}  // namespace reprise::test
