#include "engine/decimal.hpp"

#include <catch2/catch.hpp>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>

namespace reprise {
namespace {

constexpr std::int64_t int64_min = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t int64_max = std::numeric_limits<std::int64_t>::max();

TEST_CASE("a decimal is read exactly in units of its scale") {
  CHECK(parse_decimal("61685.99000000", 8) == 6168599000000);
  CHECK(parse_decimal("61685.99", 8) == 6168599000000);
  CHECK(parse_decimal("0.00000001", 8) == 1);
  CHECK(parse_decimal("-0.5", 1) == -5);
  CHECK(parse_decimal("+7", 0) == 7);
  CHECK(parse_decimal("-0", 8) == 0);
  CHECK(parse_decimal("000123.4", 2) == 12340);
  CHECK(parse_decimal("3.000", 0) == 3);
  CHECK(parse_decimal("1.0500000000000000000000000", 2) == 105);
  CHECK(parse_decimal("1.000000000000000001", 18) == 1000000000000000001);
}

TEST_CASE("a decimal finer than its unit is no value") {
  CHECK(parse_decimal("0.000000001", 8) == std::nullopt);
  CHECK(parse_decimal("1.5", 0) == std::nullopt);
  CHECK(parse_decimal("0.000000010", 8) == 1);
}

TEST_CASE("a decimal is read up to the last one that fits and not beyond") {
  CHECK(parse_decimal("9223372036854775807", 0) == int64_max);
  CHECK(parse_decimal("9223372036854775808", 0) == std::nullopt);
  CHECK(parse_decimal("-9223372036854775808", 0) == int64_min);
  CHECK(parse_decimal("-9223372036854775809", 0) == std::nullopt);
  CHECK(parse_decimal("92233720368.54775807", 8) == int64_max);
  CHECK(parse_decimal("92233720368.54775808", 8) == std::nullopt);
  CHECK(parse_decimal("-92233720368.54775808", 8) == int64_min);
  CHECK(parse_decimal("92233720369", 8) == std::nullopt);
  CHECK(parse_decimal("18446744073709551617", 0) == std::nullopt);
  CHECK(parse_decimal(std::string(10'000, '9'), 8) == std::nullopt);
  CHECK(parse_decimal(std::string(10'000, '0') + "1", 0) == 1);
}

TEST_CASE("what is not a decimal number is no value") {
  for (const char* text :
       {"",      "-",    "+",    ".",    "-.",  "1.",  ".5",       "-.5", "--1",
        "+-1",   "1-",   "1 ",   " 1",   "1e3", "1E3", "0x1",      "1,5", "1_000",
        "1.2.3", "1..2", "1.+2", "1.-2", "nan", "inf", "\xD9\xA1", "1\n", "１"}) {
    INFO("text: '" << text << "'");
    CHECK(parse_decimal(text, 8) == std::nullopt);
  }
  CHECK(parse_decimal(std::string_view("1\0", 2), 8) == std::nullopt);
}

TEST_CASE("a decimal is written in as few digits as say it exactly") {
  CHECK(decimal_text(6168599000000, 8) == "61685.99");
  CHECK(decimal_text(100000000, 8) == "1");
  CHECK(decimal_text(1000, 0) == "1000");
  CHECK(decimal_text(0, 8) == "0");
  CHECK(decimal_text(1, 8) == "0.00000001");
  CHECK(decimal_text(-5, 1) == "-0.5");
  CHECK(decimal_text(-1050, 3) == "-1.05");
  CHECK(decimal_text(int64_max, 8) == "92233720368.54775807");
  CHECK(decimal_text(int64_min, 8) == "-92233720368.54775808");
  CHECK(decimal_text(int64_min, 0) == "-9223372036854775808");
  CHECK(decimal_text(int64_min, 18) == "-9.223372036854775808");
}

TEST_CASE("a decimal that was written is read back as the same number at every scale") {
  for (int scale = 0; scale <= decimal_scale_max; ++scale) {
    std::uint64_t bits = 0x9E3779B97F4A7C15U;
    for (int i = 0; i < 200; ++i) {
      bits = bits * 6364136223846793005U + 1442695040888963407U;
      const auto value = static_cast<std::int64_t>(bits) >> (i % 64);
      INFO("value " << value << " at scale " << scale);
      CHECK(parse_decimal(decimal_text(value, scale), scale) == value);
    }
  }
}

TEST_CASE("a product of decimals keeps the unit") {
  CHECK(multiply_decimal(150000000, 200000000, 8) == 300000000);
  CHECK(multiply_decimal(6168599000000, 1000000, 8) == 61685990000);
  CHECK(multiply_decimal(-3, 7, 0) == -21);
  CHECK(multiply_decimal(0, int64_min, 8) == 0);
}

TEST_CASE("a product of decimals passes through more than 64 bits") {
  CHECK(multiply_decimal(int64_max, 100000000, 8) == int64_max);
  CHECK(multiply_decimal(int64_min, 100000000, 8) == int64_min);
  CHECK(multiply_decimal(3'000'000'000'000'000'000, 3'000'000'000'000'000'000, 18) ==
        9'000'000'000'000'000'000);
}

TEST_CASE("a product halfway between two units goes to the even one") {
  CHECK(multiply_decimal(5, 1, 1) == 0);
  CHECK(multiply_decimal(15, 1, 1) == 2);
  CHECK(multiply_decimal(25, 1, 1) == 2);
  CHECK(multiply_decimal(35, 1, 1) == 4);
  CHECK(multiply_decimal(-5, 1, 1) == 0);
  CHECK(multiply_decimal(-15, 1, 1) == -2);
  CHECK(multiply_decimal(25, -1, 1) == -2);
  CHECK(multiply_decimal(-35, 1, 1) == -4);
}

TEST_CASE("a product off the halfway point goes to the nearest unit") {
  CHECK(multiply_decimal(4, 1, 1) == 0);
  CHECK(multiply_decimal(6, 1, 1) == 1);
  CHECK(multiply_decimal(-6, 1, 1) == -1);
  CHECK(multiply_decimal(250000001, 1, 8) == 3);
  CHECK(multiply_decimal(249999999, 1, 8) == 2);
}

TEST_CASE("a product that does not fit is refused with a sentence") {
  CHECK(multiply_decimal(int64_max, 1, 0) == int64_max);
  CHECK_THROWS_AS(multiply_decimal(int64_max, 2, 0), std::overflow_error);
  CHECK_THROWS_AS(multiply_decimal(int64_min, -1, 0), std::overflow_error);
  CHECK_THROWS_AS(multiply_decimal(int64_min, int64_min, 18), std::overflow_error);
  // One half beyond the last number rounds to one that does not fit.
  CHECK_THROWS_AS(multiply_decimal(int64_max, 100000001, 8), std::overflow_error);
  CHECK_THROWS_WITH(multiply_decimal(int64_min, 500000000, 8),
                    "the product of -92233720368.54775808 and 5 does not fit into 64 bits at 8 "
                    "decimal places");
}

}  // namespace
}  // namespace reprise
