#include "engine/random.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "engine/digest.hpp"
#include "tests/support/data.hpp"

namespace reprise {
namespace {

std::array<std::uint64_t, 4> words_of(const Digest& state, const Digest& increment) {
  return {state.high, state.low, increment.high, increment.low | 1};
}

TEST_CASE("a stream begins where the digests of seed and name say") {
  const std::string seed("\x15\xcd\x5b\x07\0\0\0\0", 8);  // 123456789
  const Digest state = digest_of(seed + std::string(1, '\0') + "trader[3]");
  const Digest increment = digest_of(seed + std::string(1, '\1') + "trader[3]");
  CHECK(Random(123456789, "trader[3]").words() == words_of(state, increment));
}

TEST_CASE("seed and name both choose the stream") {
  CHECK(Random(1, "a") == Random(1, "a"));
  CHECK_FALSE(Random(1, "a") == Random(2, "a"));
  CHECK_FALSE(Random(1, "a") == Random(1, "b"));
  CHECK_FALSE(Random(1, "") == Random());
}

TEST_CASE("a stream goes on from its words") {
  Random random(7, "words");
  random.normal(0.0, 1.0);
  Random copy = Random::from_words(random.words());
  CHECK(copy == random);
  const std::uint64_t next = random.bits();
  CHECK_FALSE(copy == random);
  CHECK(copy.bits() == next);
  CHECK(copy == random);
}

TEST_CASE("a stream knows how many words were drawn since it stood elsewhere") {
  const Random start(1, "agent");
  Random random = start;
  CHECK(random.drawn_since(start) == 0U);
  for (int i = 0; i < 1000; ++i) random.bits();
  CHECK(random.drawn_since(start) == 1000U);
  const Random later = random;
  random.real();
  CHECK(random.drawn_since(later) == 1U);
  CHECK(random.drawn_since(Random(2, "agent")) == std::nullopt);
  CHECK(random.drawn_since(Random(1, "another")) == std::nullopt);
}

TEST_CASE("words with an even increment are refused") {
  CHECK_THROWS_AS(Random::from_words({1, 2, 3, 4}), std::invalid_argument);
  CHECK_NOTHROW(Random::from_words({0, 0, 0, 1}));
}

TEST_CASE("a stream is copied like a number") {
  STATIC_REQUIRE(sizeof(Random) == 32);
  STATIC_REQUIRE(std::is_trivially_copyable_v<Random>);
}

/// The six words behind "64bit:" of each round of PCG's own demonstration.
std::vector<std::vector<std::uint64_t>> published_rounds(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::vector<std::vector<std::uint64_t>> rounds;
  bool wanted = false;
  for (std::string line; std::getline(in, line);) {
    if (line.find("64bit:") != std::string::npos) {
      rounds.emplace_back();
      wanted = true;
    } else if (line.find(':') != std::string::npos) {
      wanted = false;
    }
    std::istringstream words(line);
    for (std::string word; wanted && words >> word;) {
      if (word.starts_with("0x")) rounds.back().push_back(std::stoull(word, nullptr, 16));
    }
  }
  return rounds;
}

TEST_CASE("the bits are those that PCG publishes") {
  const auto file = test::data_file("pcg-expected/check-pcg64.out");
  if (!file) return;
  struct Open : pcg64 {
    using pcg64::inc_;
    using pcg64::pcg64;
    using pcg64::state_;
  };
  const Open demonstration(42U, 54U);
  Random random = Random::from_words({static_cast<std::uint64_t>(demonstration.state_ >> 64),
                                      static_cast<std::uint64_t>(demonstration.state_),
                                      static_cast<std::uint64_t>(demonstration.inc_ >> 64),
                                      static_cast<std::uint64_t>(demonstration.inc_)});
  const auto rounds = published_rounds(*file);
  REQUIRE(rounds.size() == 5);
  for (const std::vector<std::uint64_t>& round : rounds) {
    REQUIRE(round.size() == 6);
    for (const std::uint64_t word : round) CHECK(random.bits() == word);
    for (int i = 0; i < 65 + 33 + 51; ++i) random.bits();  // its coins, dice and cards
  }
}

}  // namespace
}  // namespace reprise
