#include "engine/codec.hpp"

#include <catch2/catch.hpp>
#include <cereal/archives/json.hpp>
#include <cereal/archives/portable_binary.hpp>
#include <limits>
#include <sstream>

#include "engine/ids.hpp"
#include "engine/time.hpp"

namespace reprise {
namespace {

using Catch::Matchers::Contains;

enum class Colour : std::uint8_t { red, green, blue };

struct Point {
  std::int32_t x = 0;
  std::int32_t y = 0;
  REPRISE_FIELDS(x, y)
};

struct Everything {
  bool yes = true;
  std::int8_t tiny = -2;
  std::uint64_t large = 0x0102030405060708;
  double real = 1.5;
  Colour colour = Colour::blue;
  AgentId agent{7};
  Duration duration{-1};
  Time time{Duration(5)};
  std::string text = "hi";
  std::optional<std::int16_t> nothing;
  std::optional<std::int16_t> something = 9;
  std::array<std::uint16_t, 2> pair_of{1, 2};
  std::vector<Point> points{{1, 2}, {3, 4}};
  std::set<std::uint8_t> numbers{5, 3};
  std::map<std::string, Point> places;
  std::pair<std::int32_t, std::string> both{1, "x"};
  REPRISE_FIELDS(yes, tiny, large, real, colour, agent, duration, time, text, nothing, something,
                 pair_of, points, numbers, places, both)
};

struct Padded {
  std::int8_t a = 1;
  std::int32_t b = 2;
  REPRISE_FIELDS(a, b)
};

Everything sample() {
  Everything all;
  all.places["a"] = {5, 6};
  return all;
}

std::string hex(const Bytes& bytes) {
  std::string text;
  for (const std::byte byte : bytes) {
    text += "0123456789abcdef"[std::to_integer<unsigned>(byte) >> 4];
    text += "0123456789abcdef"[std::to_integer<unsigned>(byte) & 15];
  }
  return text;
}

TEST_CASE("canonical bytes are little endian and in the order of the fields") {
  CHECK(hex(encode(sample())) ==
        "01"
        "fe"
        "0807060504030201"
        "000000000000f83f"
        "02"
        "07000000"
        "ffffffffffffffff"
        "0500000000000000"
        "020000006869"
        "01"
        "000900"
        "01000200"
        "0200000001000000020000000300000004000000"
        "020000000305"
        "0100000001000000610500000006000000"
        "010000000100000078");
}

TEST_CASE("what was encoded is decoded again") {
  const Bytes bytes = encode(sample());
  CHECK(encode(decode<Everything>(bytes)) == bytes);
}

TEST_CASE("bytes cut short anywhere are refused") {
  const Bytes bytes = encode(sample());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK_THROWS_AS(decode<Everything>(std::span(bytes).first(size)), DecodeError);
  }
}

TEST_CASE("bytes that are left over are refused") {
  Bytes bytes = encode(sample());
  bytes.push_back(std::byte{0});
  CHECK_THROWS_WITH(decode<Everything>(bytes), "1 bytes are left over after a value");
}

TEST_CASE("a length beyond the bytes is refused before anything is allocated") {
  const Bytes bytes = encode(std::uint32_t{0xffffffff});
  CHECK_THROWS_WITH(decode<std::string>(bytes), "a length is larger than what follows it");
  CHECK_THROWS_WITH(decode<std::vector<Everything>>(bytes),
                    "a length is larger than what follows it");
  using Places = std::map<std::string, Point>;
  CHECK_THROWS_WITH(decode<Places>(bytes), "a length is larger than what follows it");
}

TEST_CASE("a bool that is neither 0 nor 1 is refused") {
  CHECK_THROWS_WITH(decode<bool>(encode(std::uint8_t{2})), "a bool is neither 0 nor 1");
}

TEST_CASE("an enumeration without that value is refused") {
  CHECK(decode<Colour>(encode(std::uint8_t{1})) == Colour::green);
  CHECK_THROWS_WITH(decode<Colour>(encode(std::uint8_t{3})), "an enumeration has no value 3");
}

TEST_CASE("random bytes never do more than throw") {
  std::uint64_t state = 1;
  for (int round = 0; round < 20'000; ++round) {
    Bytes bytes = encode(sample());
    for (int change = 0; change < 3; ++change) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      bytes[(state >> 33) % bytes.size()] = static_cast<std::byte>(state >> 56);
    }
    try {
      const Everything all = decode<Everything>(bytes);
      CHECK(all.points.size() < bytes.size());
    } catch (const DecodeError&) {
    }
  }
}

TEST_CASE("the digest takes both zeros and all NaNs as one and tells other reals apart") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(digest_value(0.0) == digest_value(-0.0));
  CHECK(digest_value(nan) == digest_value(-nan));
  CHECK(digest_value(0.0) != digest_value(5e-324));
  CHECK(digest_value(1.0f) != digest_value(-1.0f));
}

TEST_CASE("the encoding keeps the sign of a zero and makes all NaNs one") {
  CHECK(std::signbit(decode<double>(encode(-0.0))));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(encode(nan) == encode(-nan));
}

TEST_CASE("a digest is that of the canonical bytes however long they are") {
  CHECK(digest_value(sample()) == digest_of(encode(sample())));
  for (const std::size_t size : {0, 1, 1019, 1020, 1021, 2047, 2048, 2049, 100'000}) {
    const std::string text(size, 'x');
    CHECK(digest_value(text) == digest_of(encode(text)));
    const std::vector<Point> points(size);
    CHECK(digest_value(points) == digest_of(encode(points)));
  }
}

TEST_CASE("a digester starts anew after a reset") {
  Digester digester;
  digester(std::string(5000, 'a'));
  digester.reset();
  digester(std::uint32_t{7});
  CHECK(digester.digest() == digest_value(std::uint32_t{7}));
}

TEST_CASE("records without padding are digested from memory and those with padding are not") {
  STATIC_REQUIRE(detail::flat<Point>() == (std::endian::native == std::endian::little));
  STATIC_REQUIRE_FALSE(detail::flat<Padded>());
  STATIC_REQUIRE_FALSE(detail::flat<double>());
  CHECK(hex(encode(Padded())) == "0102000000");
}

TEST_CASE("types with fields go through the archives of cereal as well") {
  std::stringstream json;
  {
    cereal::JSONOutputArchive out(json);
    out(cereal::make_nvp("point", Point{3, 4}));
  }
  CHECK_THAT(json.str(), Contains("\"x\": 3") && Contains("\"y\": 4"));
  std::stringstream binary;
  const Everything before = sample();
  cereal::PortableBinaryOutputArchive out(binary);
  out(before);
  Everything after;
  cereal::PortableBinaryInputArchive in(binary);
  in(after);
  CHECK(encode(after) == encode(before));
}

}  // namespace
}  // namespace reprise
