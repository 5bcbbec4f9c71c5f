#include "engine/time.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "engine/random.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a duration is a decimal number and a unit") {
  CHECK(parse_duration("7ns") == 7ns);
  CHECK(parse_duration("7us") == 7us);
  CHECK(parse_duration("300ms") == 300ms);
  CHECK(parse_duration("12.5s") == 12500ms);
  CHECK(parse_duration("5min") == 5min);
  CHECK(parse_duration("1.5h") == 90min);
  CHECK(parse_duration("2d") == 48h);
  CHECK(parse_duration("0s") == 0s);
  CHECK(parse_duration("-1.5s") == -1500ms);
  CHECK(parse_duration("007.500s") == 7500ms);
}

TEST_CASE("what is no duration is nothing") {
  for (const char* text : {"",   "s",    "5",    "5 s",  " 5s",   "5s ",    "+5s", "--5s",
                           "-",  "-s",   ".5s",  "5.s",  "5..5s", "1.2.3s", "5S",  "5sec",
                           "5m", "1e3s", "5,5s", "0x5s", "infs",  "nans",   "5µs"}) {
    INFO(text);
    CHECK(parse_duration(text) == std::nullopt);
  }
}

TEST_CASE("a duration finer than a nanosecond is nothing") {
  CHECK(parse_duration("0.5ns") == std::nullopt);
  CHECK(parse_duration("1.0000000001s") == std::nullopt);
  CHECK(parse_duration("1.000000001s") == 1000000001ns);
  CHECK(parse_duration("1.000000000000000000000000s") == 1s);
  CHECK(parse_duration("0.00000000000000000000001d") == std::nullopt);
}

TEST_CASE("a fraction of a minute or a day is exact") {
  CHECK(parse_duration("0.1min") == 6s);
  CHECK(parse_duration("0.0000000000025h") == 9ns);
  CHECK(parse_duration("0.0000152587890625d") == 1318359375ns);  // 1/65536 of a day
  CHECK(parse_duration("0.333333333333d") == std::nullopt);
}

TEST_CASE("a duration is read up to the last one that fits and not beyond") {
  CHECK(parse_duration("9223372036854775807ns") == Duration::max());
  CHECK(parse_duration("9223372036854775808ns") == std::nullopt);
  CHECK(parse_duration("-9223372036854775808ns") == Duration::min());
  CHECK(parse_duration("-9223372036854775809ns") == std::nullopt);
  CHECK(parse_duration("9223372036.854775807s") == Duration::max());
  CHECK(parse_duration("9223372036.854775808s") == std::nullopt);
  CHECK(parse_duration("106751d") == 24h * 106751);
  CHECK(parse_duration("106752d") == std::nullopt);
  CHECK(parse_duration("18446744073709551617ns") == std::nullopt);
  CHECK(parse_duration(std::string(10'000, '9') + "s") == std::nullopt);
  CHECK(parse_duration(std::string(10'000, '0') + "1s") == 1s);
}

TEST_CASE("a duration is written in the largest unit that says it exactly") {
  CHECK(to_string(Duration(0)) == "0s");
  CHECK(to_string(Duration(1ns)) == "1ns");
  CHECK(to_string(Duration(999ns)) == "999ns");
  CHECK(to_string(Duration(1500ns)) == "1.5us");
  CHECK(to_string(Duration(300ms)) == "300ms");
  CHECK(to_string(Duration(1500ms)) == "1.5s");
  CHECK(to_string(Duration(90s)) == "1.5min");
  CHECK(to_string(Duration(100s)) == "100s");
  CHECK(to_string(Duration(10min)) == "10min");
  CHECK(to_string(Duration(36h)) == "1.5d");
  CHECK(to_string(Duration(25h)) == "25h");
  CHECK(to_string(Duration(24h + 1ns)) == "86400.000000001s");
  CHECK(to_string(Duration(-1500ms)) == "-1.5s");
  CHECK(to_string(Duration::max()) == "9223372036.854775807s");
  CHECK(to_string(Duration::min()) == "-9223372036.854775808s");
  CHECK(to_string(Time(Duration(12500ms))) == "12.5s");
}

TEST_CASE("a duration that was written is read again") {
  Random random(1, "durations");
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t bits = random.bits();
    const Duration duration(static_cast<std::int64_t>(bits) >> (i % 64));
    const std::string text = to_string(duration);
    INFO(text);
    REQUIRE(parse_duration(text) == duration);
    const Duration minutes = duration / 1min * Duration(1min);
    REQUIRE(parse_duration(to_string(minutes)) == minutes);
  }
}

}  // namespace
}  // namespace reprise
