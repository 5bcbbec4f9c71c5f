#include "engine/random.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <numbers>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "engine/digest.hpp"
#include "engine/time.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t int64_min = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t int64_max = std::numeric_limits<std::int64_t>::max();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::uint64_t bits_of(double x) {
  return std::bit_cast<std::uint64_t>(x);
}
std::uint64_t bits_of(std::int64_t x) {
  return static_cast<std::uint64_t>(x);
}
std::uint64_t bits_of(Duration x) {
  return bits_of(x.count());
}

std::uint64_t prime(Random& random) {
  constexpr std::array<std::uint64_t, 7> primes = {2, 3, 5, 7, 11, 13, 17};
  return random.choice(primes);
}

std::uint64_t eight_digits(Random& random) {
  std::string digits = "12345678";
  random.shuffle(digits);
  return std::stoull(digits);
}

std::string digest_of_draws(const std::vector<std::uint64_t>& draws) {
  std::string bytes;
  for (const std::uint64_t draw : draws) {
    for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(draw >> shift & 255);
  }
  return to_string(digest_of(bytes));
}

struct Golden {
  std::string_view name;
  std::array<std::uint64_t, 4> first;
  std::string_view digest;  ///< Of 100,000 draws, 8 bytes little-endian each.
  std::uint64_t (*draw)(Random&);
};

constexpr std::array<Golden, 16> goldens = {{
    {"bits",
     {0x6c302b3f0dc64e04, 0xf1dffaf4a6a857b5, 0xe10b678832e38a60, 0xe9637d7cb445bfe2},
     "4b6593b6fe8b649d17b3c34ef5b390d0",
     [](Random& r) -> std::uint64_t { return r.bits(); }},
    {"uniform",
     {100266, 464557, 542959, 242044},
     "371cb06271f10768941abd272d7a1b3b",
     [](Random& r) -> std::uint64_t { return bits_of(r.uniform(-5, 1'000'000)); }},
    {"uniform over two thirds",
     {0x29211d354a86358e, 0x9865f781822de673, 0xdc49c6d1086ff458, 0x1c55cbc8dc6ceab5},
     "cb0be2e57cb5cd3a7376954b47d32384",
     [](Random& r) -> std::uint64_t { return bits_of(r.uniform(int64_min, int64_max / 3)); }},
    {"uniform duration",
     {0x000002aeb7fe84cc, 0x0000000e80509614, 0x0000001197be50c9, 0x000001cf3c17f63e},
     "4c6301afb509cac8eb42df0f0fd10cda",
     [](Random& r) -> std::uint64_t { return bits_of(r.uniform(1us, 1h)); }},
    {"real",
     {0x3fe5f1a27c1fabbe, 0x3fd9745c2b1d91de, 0x3fc5ed1c094845fc, 0x3fbce1f6d76d0f90},
     "b0741ce7f26e51f4ee9bc2c84e9da7cb",
     [](Random& r) -> std::uint64_t { return bits_of(r.real()); }},
    {"real between",
     {0x400dac2fb6160e6c, 0x40085c840d0d61b2, 0x400d842de7d2e10c, 0x3fd9516fff4ec0b0},
     "dc84dcefbf73e594ca74856c83fef3ec",
     [](Random& r) -> std::uint64_t { return bits_of(r.real(-1.5, 4.0)); }},
    {"bernoulli",
     {0, 0, 1, 0},
     "5323667331de65419f02a39818de8e68",
     [](Random& r) -> std::uint64_t { return r.bernoulli(0.3) ? 1U : 0U; }},
    {"exponential",
     {0x3ff19b91b0304b26, 0x40038618624fc164, 0x3fea81631d1f8f0a, 0x3ffc42d42109433a},
     "8a459f7a692eee72f03ae22c2bdd3877",
     [](Random& r) -> std::uint64_t { return bits_of(r.exponential(2.5)); }},
    {"exponential duration",
     {1515766, 1531503, 1464119, 5557662},
     "2df59b61abef8fe00b347ffea4c83467",
     [](Random& r) -> std::uint64_t { return bits_of(r.exponential(3ms)); }},
    {"normal",
     {0x402f2a185f83b9a4, 0x401e0274295d36f4, 0x40297348301d469c, 0x40277be4d67306aa},
     "2ed8e4ef3036a50e072f9d6e9991d791",
     [](Random& r) -> std::uint64_t { return bits_of(r.normal(10.0, 3.0)); }},
    {"poisson of few",
     {2, 2, 2, 3},
     "0eabd7d073b654efcef4212cbb70eace",
     [](Random& r) -> std::uint64_t { return r.poisson(2.5); }},
    {"poisson of many",
     {1248, 1252, 1209, 1197},
     "5b1b18a546d0057ec57dd67847bb6ea9",
     [](Random& r) -> std::uint64_t { return r.poisson(1234.5); }},
    {"zipf",
     {321, 3, 46, 847},
     "52454e3f3c3f9218c3ac64613908e0a3",
     [](Random& r) -> std::uint64_t { return r.zipf(1'000'000, 1.1); }},
    {"zipf of exponent one",
     {5, 14, 10, 23},
     "1b2c76b125fbab50478fbb9dee86a828",
     [](Random& r) -> std::uint64_t { return r.zipf(50, 1.0); }},
    {"choice",
     {17, 3, 13, 7},
     "a83f100151d805978e19f508d5b74040",
     [](Random& r) -> std::uint64_t { return prime(r); }},
    {"shuffle",
     {25671438, 17352486, 13675284, 45831627},
     "83707b7e1a80a635ccff868308e9a601",
     [](Random& r) -> std::uint64_t { return eight_digits(r); }},
}};

TEST_CASE("every distribution draws the same in every build") {
  for (const Golden& golden : goldens) {
    INFO(golden.name);
    Random random(2024, golden.name);
    std::vector<std::uint64_t> draws;
    for (int i = 0; i < 100'000; ++i) draws.push_back(golden.draw(random));
    CHECK(std::equal(golden.first.begin(), golden.first.end(), draws.begin()));
    CHECK(digest_of_draws(draws) == golden.digest);
  }
}

/// Chi-square of counts against expected counts, as standard deviations from its mean. Cells with
/// less than 5 expected are taken together with the next.
double surprise(const std::vector<double>& counts, const std::vector<double>& expected) {
  double sum = 0.0;
  double cells = 0.0;
  double count = 0.0;
  double expectation = 0.0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    count += counts[i];
    expectation += expected[i];
    if (expectation < 5.0) continue;
    sum += (count - expectation) * (count - expectation) / expectation;
    cells += 1.0;
    count = expectation = 0.0;
  }
  return (sum - (cells - 1.0)) / std::sqrt(2.0 * (cells - 1.0));
}

/// The same for numbers in [0, 1) that should be uniform there, in 100 cells.
double surprise_of_uniform(int draws, const std::function<double()>& draw) {
  std::vector<double> counts(100);
  for (int i = 0; i < draws; ++i) {
    const double value = draw();
    REQUIRE((value >= 0.0 && value < 1.0 + 1e-9));
    counts[std::min<std::size_t>(99, static_cast<std::size_t>(value * 100.0))] += 1.0;
  }
  return surprise(counts, std::vector<double>(100, draws / 100.0));
}

/// The same for ranks from 0 up, against the probability of each.
double surprise_of_ranks(int draws, std::size_t ranks, const std::function<std::uint64_t()>& draw,
                         const std::function<double(double)>& probability) {
  std::vector<double> counts(ranks);
  std::vector<double> expected(ranks);
  for (int i = 0; i < draws; ++i) counts[std::min<std::size_t>(ranks - 1, draw())] += 1.0;
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    expected[rank] = draws * probability(static_cast<double>(rank));
  }
  return surprise(counts, expected);
}

struct Moments {
  double mean = 0;
  double variance = 0;
};

Moments moments(int draws, const std::function<double()>& draw) {
  double sum = 0.0;
  double squares = 0.0;
  for (int i = 0; i < draws; ++i) {
    const double value = draw();
    sum += value;
    squares += value * value;
  }
  const double mean = sum / draws;
  return {mean, squares / draws - mean * mean};
}

constexpr double surprise_max = 4.0;

TEST_CASE("a uniform whole number takes every value of its range alike") {
  Random random(1, "uniform");
  const auto from_10_values = [&] { return static_cast<std::uint64_t>(random.uniform(-3, 6) + 3); };
  CHECK(surprise_of_ranks(100'000, 10, from_10_values, [](double) { return 0.1; }) < surprise_max);
}

TEST_CASE("a uniform whole number is unbiased where 2^64 is no multiple of the range") {
  // of 3 * 2^62 numbers, those divisible by 3 would come twice as often without rejection
  Random random(1, "biased");
  const auto remainder = [&] {
    const std::int64_t drawn = random.uniform(int64_min, int64_min + 3 * (int64_max / 4) + 2);
    return (static_cast<std::uint64_t>(drawn) - static_cast<std::uint64_t>(int64_min)) % 3;
  };
  CHECK(surprise_of_ranks(100'000, 3, remainder, [](double) { return 1.0 / 3; }) < surprise_max);
}

TEST_CASE("a uniform whole number stays between its ends") {
  Random random(1, "ends");
  bool negative = false;
  bool positive = false;
  for (int i = 0; i < 1000; ++i) {
    CHECK(random.uniform(5, 5) == 5);
    CHECK(random.uniform(int64_max, int64_max) == int64_max);
    const std::int64_t any = random.uniform(int64_min, int64_max);
    negative |= any < 0;
    positive |= any > 0;
    const Duration duration = random.uniform(Duration(-2ns), Duration(2ns));
    CHECK((duration >= -2ns && duration <= 2ns));
  }
  CHECK(negative);
  CHECK(positive);
}

TEST_CASE("a real number is uniform from 0 up to 1") {
  Random random(1, "real");
  CHECK(surprise_of_uniform(100'000, [&] { return random.real(); }) < surprise_max);
  for (int i = 0; i < 1000; ++i) {
    const double scaled = random.real() * 0x1p53;
    CHECK(scaled == std::floor(scaled));
  }
}

TEST_CASE("a real number between two ends never is the upper one") {
  Random random(1, "real ends");
  const double low = 1.0;
  const double high = std::nextafter(low, 2.0);
  for (int i = 0; i < 1000; ++i) {
    CHECK(random.real(low, high) == low);
    CHECK(random.real(low, low) == low);
  }
  CHECK(surprise_of_uniform(100'000, [&] { return (random.real(-7.0, 3.0) + 7.0) / 10.0; }) <
        surprise_max);
}

TEST_CASE("a bernoulli draw is true as often as its probability says") {
  Random random(1, "bernoulli");
  int times = 0;
  for (int i = 0; i < 100'000; ++i) {
    times += random.bernoulli(0.2) ? 1 : 0;
    if (i < 1000) CHECK_FALSE(random.bernoulli(0.0));
    if (i < 1000) CHECK(random.bernoulli(1.0));
  }
  CHECK(std::fabs(times - 20'000) < 4.0 * std::sqrt(100'000 * 0.2 * 0.8));
}

TEST_CASE("an exponential time has the exponential distribution") {
  Random random(1, "exponential");
  const auto quantile = [&] { return -std::expm1(-random.exponential(4.0) / 4.0); };
  CHECK(surprise_of_uniform(200'000, quantile) < surprise_max);
  const Moments found = moments(200'000, [&] { return random.exponential(4.0); });
  CHECK(found.mean == Approx(4.0).epsilon(0.01));
  CHECK(found.variance == Approx(16.0).epsilon(0.02));
}

TEST_CASE("the tail of an exponential time is exponential") {
  Random random(1, "exponential tail");
  const double start = 7.697117470131050;  // where the layers end
  std::vector<std::uint64_t> beyond;
  double sum = 0.0;
  for (int i = 0; i < 1'000'000; ++i) {
    const double drawn = random.exponential(1.0);
    if (drawn < start) continue;
    beyond.push_back(bits_of(drawn));
    sum += drawn - start;
  }
  const auto all = static_cast<double>(beyond.size());
  CHECK(all == Approx(454.2).epsilon(0.15));
  CHECK(sum / all == Approx(1.0).epsilon(0.15));
  CHECK(digest_of_draws(beyond) == "78958ea5c8e6d4a8e02081874af94527");
}

TEST_CASE("an exponential duration is whole and never beyond what fits") {
  Random random(1, "exponential duration");
  const Moments found = moments(
      100'000, [&] { return static_cast<double>(random.exponential(Duration(2us)).count()); });
  CHECK(found.mean == Approx(2000.0).epsilon(0.01));
  bool full = false;
  for (int i = 0; i < 1000; ++i) {
    const Duration duration = random.exponential(Duration::max());
    CHECK(duration >= 0ns);
    full |= duration == Duration::max();
  }
  CHECK(full);
  // with a mean of 1 ns, 1 - exp(-1/2) of the draws are nearest to 0
  int zeros = 0;
  for (int i = 0; i < 100'000; ++i) zeros += random.exponential(Duration(1ns)) == 0ns ? 1 : 0;
  CHECK(std::fabs(zeros - 39'347) < 4.0 * std::sqrt(100'000 * 0.3935 * 0.6065));
}

double normal_quantile(double x) {
  return 0.5 * std::erfc(-x / std::sqrt(2.0));
}

TEST_CASE("a normal number has the normal distribution") {
  Random random(1, "normal");
  const auto quantile = [&] { return normal_quantile((random.normal(5.0, 3.0) - 5.0) / 3.0); };
  CHECK(surprise_of_uniform(200'000, quantile) < surprise_max);
  const Moments found = moments(200'000, [&] { return random.normal(5.0, 3.0); });
  CHECK(found.mean == Approx(5.0).margin(0.03));
  CHECK(found.variance == Approx(9.0).epsilon(0.02));
  CHECK(random.normal(5.0, 0.0) == 5.0);
}

TEST_CASE("the tails of a normal number are normal") {
  Random random(1, "normal tail");
  const double start = 3.654152885361009;  // where the layers end
  const double share = 2.0 * normal_quantile(-start);
  std::vector<std::uint64_t> beyond;
  double sum = 0.0;
  double signs = 0.0;
  for (int i = 0; i < 1'000'000; ++i) {
    const double drawn = random.normal(0.0, 1.0);
    if (std::fabs(drawn) < start) continue;
    beyond.push_back(bits_of(drawn));
    sum += std::fabs(drawn);
    signs += drawn < 0.0 ? -1.0 : 1.0;
  }
  const auto all = static_cast<double>(beyond.size());
  CHECK(all == Approx(1e6 * share).epsilon(0.2));
  CHECK(std::fabs(signs) < 4.0 * std::sqrt(all));
  const double mean =
      2.0 * std::exp(-start * start / 2.0) / std::sqrt(2.0 * std::numbers::pi) / share;
  CHECK(sum / all == Approx(mean).epsilon(0.02));
  CHECK(digest_of_draws(beyond) == "f5d44d44047357003f3e4713a007c2be");
}

TEST_CASE(
    "a poisson count has the poisson distribution on both sides of where the method changes") {
  Random random(1, "poisson");
  for (const double mean : {0.1, 3.5, 9.99, 10.0, 12.5, 40.0, 500.0}) {
    INFO(mean);
    const auto probability = [&](double k) {
      return std::exp(k * std::log(mean) - mean - std::lgamma(k + 1.0));
    };
    CHECK(surprise_of_ranks(
              100'000, 1000, [&] { return random.poisson(mean); }, probability) < surprise_max);
  }
}

TEST_CASE("a poisson count of a large mean has it as mean and variance") {
  Random random(1, "poisson large");
  for (const double mean : {1e4, 1e9, 1e15}) {
    INFO(mean);
    const Moments found = moments(50'000, [&] {
      return (static_cast<double>(random.poisson(mean)) - mean) / std::sqrt(mean);
    });
    CHECK(found.mean == Approx(0.0).margin(0.02));
    CHECK(found.variance == Approx(1.0).epsilon(0.03));
  }
}

TEST_CASE("a zipf rank comes in proportion to its power") {
  Random random(1, "zipf");
  for (const double exponent : {0.0, 0.5, 0.999999, 1.0, 1.5, 3.0, 6.0}) {
    INFO(exponent);
    double sum = 0.0;
    for (int k = 1; k <= 30; ++k) sum += std::pow(k, -exponent);
    const auto probability = [&](double rank) { return std::pow(rank + 1.0, -exponent) / sum; };
    CHECK(surprise_of_ranks(
              100'000, 30, [&] { return random.zipf(30, exponent) - 1; }, probability) <
          surprise_max);
  }
}

TEST_CASE("a zipf rank stays between 1 and the last") {
  Random random(1, "zipf ends");
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  bool huge = false;
  for (int i = 0; i < 1000; ++i) {
    CHECK(random.zipf(1, 1.5) == 1);
    CHECK(random.zipf(10, 1e300) == 1);
    CHECK(random.zipf(most, 2.0) >= 1);
    huge |= random.zipf(most, 0.0) > most / 2;
  }
  CHECK(huge);
}

TEST_CASE("a choice takes every element alike and can change it") {
  Random random(1, "choice");
  std::vector<double> counts(7);
  for (int i = 0; i < 70'000; ++i) random.choice(counts) += 1.0;
  CHECK(surprise(counts, std::vector<double>(7, 10'000.0)) < surprise_max);
  const std::string letter = "a";
  CHECK(&random.choice(letter) == letter.data());
}

TEST_CASE("a shuffle gives every order alike") {
  Random random(1, "shuffle");
  std::map<std::string, double> orders;
  for (int i = 0; i < 48'000; ++i) {
    std::string order = "abcd";
    random.shuffle(order);
    orders[order] += 1.0;
  }
  std::vector<double> counts;
  for (const auto& [order, count] : orders) counts.push_back(count);
  REQUIRE(counts.size() == 24);
  CHECK(surprise(counts, std::vector<double>(24, 2000.0)) < surprise_max);
  std::vector<int> none;
  random.shuffle(none);
  CHECK(none.empty());
}

TEST_CASE("arguments that make no sense are refused in a sentence") {
  Random random(1, "misuse");
  const Random before = random;
  CHECK_THROWS_WITH(random.uniform(2, 1), "Random::uniform: `low` must not be above `high`");
  CHECK_THROWS_WITH(random.exponential(0.0),
                    "Random::exponential: the mean must be positive and finite");
  CHECK_THROWS_AS(random.uniform(Duration(2ns), Duration(1ns)), std::invalid_argument);
  CHECK_THROWS_AS(random.real(1.0, 0.0), std::invalid_argument);
  CHECK_THROWS_AS(random.real(0.0, infinity), std::invalid_argument);
  CHECK_THROWS_AS(random.real(nan, 1.0), std::invalid_argument);
  CHECK_THROWS_AS(random.real(-1.7e308, 1.7e308), std::invalid_argument);
  for (const double p : {-0.1, 1.1, nan, infinity}) {
    CHECK_THROWS_AS(random.bernoulli(p), std::invalid_argument);
  }
  for (const double mean : {-1.0, 0.0, nan, infinity}) {
    CHECK_THROWS_AS(random.exponential(mean), std::invalid_argument);
    CHECK_THROWS_AS(random.poisson(mean), std::invalid_argument);
  }
  CHECK_THROWS_AS(random.exponential(Duration(0)), std::invalid_argument);
  CHECK_THROWS_AS(random.exponential(Duration(-1)), std::invalid_argument);
  CHECK_THROWS_AS(random.poisson(1.1e15), std::invalid_argument);
  CHECK_THROWS_AS(random.normal(nan, 1.0), std::invalid_argument);
  CHECK_THROWS_AS(random.normal(0.0, -1.0), std::invalid_argument);
  CHECK_THROWS_AS(random.normal(0.0, infinity), std::invalid_argument);
  CHECK_THROWS_AS(random.zipf(0, 1.0), std::invalid_argument);
  CHECK_THROWS_AS(random.zipf(10, -0.5), std::invalid_argument);
  CHECK_THROWS_AS(random.zipf(10, nan), std::invalid_argument);
  CHECK(random == before);
}

}  // namespace
}  // namespace reprise
