#include "engine/math.hpp"

#include <mpfr.h>

#include <algorithm>
#include <array>
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "engine/digest.hpp"
#include "engine/random.hpp"
#include "tests/support/sizes.hpp"

namespace reprise {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double largest = std::numeric_limits<double>::max();
constexpr double smallest = std::numeric_limits<double>::denorm_min();

std::uint64_t bits_of(double x) {
  return std::bit_cast<std::uint64_t>(x);
}

/// Equal to the last bit: 0 is not -0, and there is one NaN.
bool same(double a, double b) {
  return bits_of(a) == bits_of(b);
}

double any_double(Random& random) {
  return std::bit_cast<double>(random.bits());
}

/// A number of MPFR's with so many bits that what it misses of an exact value is no part of an ulp.
class Exact {
 public:
  Exact() { mpfr_init2(number_, 140); }
  explicit Exact(double value) : Exact() { mpfr_set_d(number_, value, MPFR_RNDN); }
  ~Exact() { mpfr_clear(number_); }
  Exact(const Exact&) = delete;
  Exact& operator=(const Exact&) = delete;

  mpfr_ptr get() { return number_; }

  /// How far `value` is from it, in units in the last place of it.
  double ulps(double value) {
    const double nearest = mpfr_get_d(number_, MPFR_RNDN);
    if (same(value, nearest)) return 0.0;
    if (std::isnan(value) || std::isnan(nearest)) {
      return std::isnan(value) && std::isnan(nearest) ? 0.0 : infinity;
    }
    // between the largest double and infinity there is one more step
    if (std::isinf(value) || std::isinf(nearest)) {
      return std::fabs(value) >= largest && std::fabs(nearest) >= largest ? 0.5 : infinity;
    }
    if (mpfr_zero_p(number_) != 0) return infinity;
    const long exponent = std::max<long>(mpfr_get_exp(number_) - 1, -1022) - 52;
    mpfr_sub_d(number_, number_, value, MPFR_RNDN);
    mpfr_mul_2si(number_, number_, -exponent, MPFR_RNDN);
    return std::fabs(mpfr_get_d(number_, MPFR_RNDA));
  }

 private:
  mpfr_t number_;
};

/// One function of one argument, MPFR's, and where its values are interesting.
struct Function {
  std::string_view name;
  double (*ours)(double);
  int (*exact)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);
  double low;
  double high;
  std::string_view golden;
};

const std::array<Function, 8> functions = {{
    {"exp", math::exp, mpfr_exp, -746.0, 710.0, "f95ac2b0290930436c26fdbd263c02d3"},
    {"expm1", math::expm1, mpfr_expm1, -3.0, 3.0, "812814e1606b409a1f29994a821321b1"},
    {"log", math::log, mpfr_log, 0.25, 4.0, "445dc7a106b509ab3ebfb3a4a585e99a"},
    {"log1p", math::log1p, mpfr_log1p, -0.75, 2.0, "f24a9d198c0f20c8a341ee282c6f404d"},
    {"sin", math::sin, mpfr_sin, -30.0, 30.0, "29f82f1b14359885d95142cceb15feb8"},
    {"cos", math::cos, mpfr_cos, -30.0, 30.0, "188e12bd7d5cd1858a8c692fbd586258"},
    {"tanh", math::tanh, mpfr_tanh, -4.0, 4.0, "7a9902d3ae643b8f096146457ab459ae"},
    {"erf", math::erf, mpfr_erf, -6.5, 6.5, "c02075ba3d780831a622da93d6a3ce24"},
}};

/// In turn: any double there is, one where the function bends, one near 0, and one beyond any
/// habit.
double argument(const Function& function, int i, Random& random) {
  if (i % 4 == 0) return any_double(random);
  const double inside = random.real(function.low, function.high);
  if (i % 4 == 1) return inside;
  const std::int64_t power = i % 4 == 2 ? random.uniform(-64, 0) : random.uniform(0, 64);
  return std::ldexp(inside, static_cast<int>(power));
}

std::string digest_of_doubles(const std::vector<double>& values) {
  std::string bytes;
  bytes.reserve(values.size() * 8);
  for (const double value : values) {
    for (int shift = 0; shift < 64; shift += 8) {
      bytes += static_cast<char>(bits_of(value) >> shift & 255);
    }
  }
  return to_string(digest_of(bytes));
}

/// So many arguments are held against MPFR.
int accuracy_arguments() {
  return test::cases(20'000, 1'000'000);
}

TEST_CASE("a million values of each function are the same in every build") {
  for (const Function& function : functions) {
    Random random(1, function.name);
    std::vector<double> values;
    values.reserve(1'000'000);
    for (int i = 0; i < 1'000'000; ++i)
      values.push_back(function.ours(argument(function, i, random)));
    INFO(function.name);
    CHECK(digest_of_doubles(values) == function.golden);
  }
}

/// Arguments of pow: any two doubles, and such that the power lies where doubles are.
struct PowArguments {
  double x = 0;
  double y = 0;
};

PowArguments pow_arguments(int i, Random& random) {
  if (i % 4 == 0) {
    const double x = any_double(random);
    const double y = any_double(random);
    return {x, y};
  }
  if (i % 4 == 1) {
    const double x = random.real(0.0, 20.0);
    const double y = random.real(-10.0, 10.0);
    return {x, y};
  }
  if (i % 4 == 2) {
    const auto x = static_cast<double>(random.uniform(-100, 100));
    const auto y = static_cast<double>(random.uniform(-20, 20));
    return {x, y};
  }
  const double x = std::bit_cast<double>(random.bits() & ~(std::uint64_t{1} << 63));
  const double log_of_result = random.real(-746.0, 710.0);
  return {x, log_of_result / math::log(x)};
}

TEST_CASE("a million values of pow are the same in every build") {
  Random random(1, "pow");
  std::vector<double> values;
  values.reserve(1'000'000);
  for (int i = 0; i < 1'000'000; ++i) {
    const PowArguments at = pow_arguments(i, random);
    values.push_back(math::pow(at.x, at.y));
  }
  CHECK(digest_of_doubles(values) == "cff536e64dc830844faddb848888f98f");
}

TEST_CASE("every function is within one unit in the last place") {
  for (const Function& function : functions) {
    Random random(2, function.name);
    double worst = 0.0;
    double worst_at = 0.0;
    for (int i = 0; i < accuracy_arguments(); ++i) {
      const double x = argument(function, i, random);
      Exact exact(x);
      function.exact(exact.get(), exact.get(), MPFR_RNDN);
      const double error = exact.ulps(function.ours(x));
      if (error > worst) {
        worst = error;
        worst_at = x;
      }
    }
    INFO(function.name << " at " << worst_at);
    CHECK(worst <= 1.0);
  }
}

TEST_CASE("pow is within two units in the last place") {
  Random random(2, "pow");
  double worst = 0.0;
  PowArguments worst_at;
  for (int i = 0; i < accuracy_arguments(); ++i) {
    const PowArguments at = pow_arguments(i, random);
    Exact exact(at.x);
    Exact power(at.y);
    mpfr_pow(exact.get(), exact.get(), power.get(), MPFR_RNDN);
    const double error = exact.ulps(math::pow(at.x, at.y));
    if (error > worst) {
      worst = error;
      worst_at = at;
    }
  }
  INFO("of " << worst_at.x << " to the power " << worst_at.y);
  CHECK(worst <= 2.0);
}

TEST_CASE("functions are exact where they can be") {
  CHECK(same(math::exp(0.0), 1.0));
  CHECK(same(math::exp(-0.0), 1.0));
  CHECK(same(math::log(1.0), 0.0));
  CHECK(same(math::cos(0.0), 1.0));
  CHECK(same(math::cos(-0.0), 1.0));
  for (double base = 1.0; base <= 30.0; ++base) {
    double power = 1.0;
    for (int exponent = 0; exponent <= 10; ++exponent, power *= base) {
      CHECK(same(math::pow(base, exponent), power));
      CHECK(same(math::pow(-base, exponent), exponent % 2 == 0 ? power : -power));
    }
    CHECK(same(math::pow(base * base, 0.5), base));
  }
  CHECK(same(math::pow(2.0, -1074.0), smallest));
  CHECK(same(math::pow(2.0, 1023.0), 0x1p1023));
}

TEST_CASE("functions that pass through zero keep its sign and the smallest numbers") {
  for (const auto function : {math::expm1, math::log1p, math::sin, math::tanh, math::erf}) {
    CHECK(same(function(0.0), 0.0));
    CHECK(same(function(-0.0), -0.0));
    CHECK(same(function(smallest), smallest));
    CHECK(same(function(-smallest), -smallest));
  }
}

TEST_CASE("odd functions are odd and the cosine is even") {
  Random random(3, "signs");
  for (int i = 0; i < 10'000; ++i) {
    const double x = i % 2 == 0 ? any_double(random) : random.real(0.0, 8.0);
    if (!std::isfinite(x)) continue;
    REQUIRE(same(math::sin(-x), -math::sin(x)));
    REQUIRE(same(math::cos(-x), math::cos(x)));
    REQUIRE(same(math::tanh(-x), -math::tanh(x)));
    REQUIRE(same(math::erf(-x), -math::erf(x)));
  }
}

TEST_CASE("infinities give limits and NaN gives NaN") {
  CHECK(same(math::exp(infinity), infinity));
  CHECK(same(math::exp(-infinity), 0.0));
  CHECK(same(math::expm1(infinity), infinity));
  CHECK(same(math::expm1(-infinity), -1.0));
  CHECK(same(math::log(infinity), infinity));
  CHECK(same(math::log1p(infinity), infinity));
  CHECK(same(math::tanh(infinity), 1.0));
  CHECK(same(math::tanh(-infinity), -1.0));
  CHECK(same(math::erf(infinity), 1.0));
  CHECK(same(math::erf(-infinity), -1.0));
  CHECK(same(math::sin(infinity), nan));
  CHECK(same(math::cos(-infinity), nan));
  const double other_nan = std::bit_cast<double>(bits_of(-nan) | 12345);
  for (const Function& function : functions) {
    INFO(function.name);
    CHECK(same(function.ours(nan), nan));
    CHECK(same(function.ours(other_nan), nan));
  }
}

TEST_CASE("exp overflows and vanishes at the right arguments") {
  CHECK(std::isfinite(math::exp(0x1.62e42fefa39efp+9)));
  CHECK(same(math::exp(0x1.62e42fefa39f0p+9), infinity));
  CHECK(same(math::exp(-0x1.74910d52d3051p+9), smallest));
  CHECK(same(math::exp(-0x1.74910d52d3052p+9), 0.0));
  CHECK(same(math::exp(largest), infinity));
  CHECK(same(math::exp(-largest), 0.0));
  CHECK(same(math::expm1(largest), infinity));
  CHECK(same(math::expm1(-largest), -1.0));
  CHECK(math::expm1(0x1.62e42fefa39efp+9) == math::exp(0x1.62e42fefa39efp+9));
}

TEST_CASE("a logarithm is minus infinity at its pole and NaN beyond") {
  CHECK(same(math::log(0.0), -infinity));
  CHECK(same(math::log(-0.0), -infinity));
  CHECK(same(math::log(-1.0), nan));
  CHECK(same(math::log(-infinity), nan));
  CHECK(same(math::log(-smallest), nan));
  CHECK(same(math::log1p(-1.0), -infinity));
  CHECK(same(math::log1p(-2.0), nan));
  CHECK(same(math::log1p(-infinity), nan));
  CHECK(same(math::log(smallest), -0x1.74385446d71c3p+9));
  CHECK(same(math::log(largest), 0x1.62e42fefa39efp+9));
}

TEST_CASE("the sine of a huge angle counts all digits of pi") {
  CHECK(same(math::sin(1e22), -0x1.b453ab76bf397p-1));
  CHECK(same(math::cos(1e22), 0x1.0be2cef01c8f4p-1));
  CHECK(same(math::sin(largest), 0x1.452fc98b34e97p-8));
  CHECK(same(math::cos(largest), -0x1.fffe62ecfab75p-1));
  // the double nearest to a multiple of pi/2
  CHECK(same(math::cos(0x1.6ac5b262ca1ffp+849), -0x1.14ae72e6ba22fp-61));
  CHECK(same(math::sin(0x1.6ac5b262ca1ffp+849), 1.0));
}

TEST_CASE("pow keeps to Annex F where an argument is special") {
  for (const double any : {0.0, -0.0, 2.5, -3.0, infinity, -infinity, nan}) {
    CHECK(same(math::pow(any, 0.0), 1.0));
    CHECK(same(math::pow(any, -0.0), 1.0));
    CHECK(same(math::pow(1.0, any), 1.0));
  }
  CHECK(same(math::pow(-1.0, infinity), 1.0));
  CHECK(same(math::pow(-1.0, -infinity), 1.0));
  CHECK(same(math::pow(0.0, 3.0), 0.0));
  CHECK(same(math::pow(-0.0, 3.0), -0.0));
  CHECK(same(math::pow(-0.0, 2.0), 0.0));
  CHECK(same(math::pow(-0.0, 2.5), 0.0));
  CHECK(same(math::pow(0.0, -3.0), infinity));
  CHECK(same(math::pow(-0.0, -3.0), -infinity));
  CHECK(same(math::pow(-0.0, -2.0), infinity));
  CHECK(same(math::pow(-0.0, -infinity), infinity));
  CHECK(same(math::pow(0.5, infinity), 0.0));
  CHECK(same(math::pow(0.5, -infinity), infinity));
  CHECK(same(math::pow(-2.0, infinity), infinity));
  CHECK(same(math::pow(-2.0, -infinity), 0.0));
  CHECK(same(math::pow(infinity, 0.5), infinity));
  CHECK(same(math::pow(infinity, -0.5), 0.0));
  CHECK(same(math::pow(-infinity, 3.0), -infinity));
  CHECK(same(math::pow(-infinity, 2.0), infinity));
  CHECK(same(math::pow(-infinity, -3.0), -0.0));
  CHECK(same(math::pow(-infinity, -2.0), 0.0));
  CHECK(same(math::pow(-8.0, 1.0 / 3.0), nan));
  CHECK(same(math::pow(nan, 2.0), nan));
  CHECK(same(math::pow(2.0, nan), nan));
  CHECK(same(math::pow(-2.0, 0x1p53 - 1), -infinity));
  CHECK(same(math::pow(-2.0, 0x1p53), infinity));
  CHECK(same(math::pow(-2.0, -0x1p53 + 1), -0.0));
  CHECK(same(math::pow(largest, largest), infinity));
  CHECK(same(math::pow(largest, -largest), 0.0));
  CHECK(same(math::pow(smallest, smallest), 1.0));
}

}  // namespace
}  // namespace reprise
