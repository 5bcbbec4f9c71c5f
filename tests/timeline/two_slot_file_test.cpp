#include "timeline/two_slot_file.hpp"

#include <catch2/catch.hpp>

#include "replay/file.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temp_dir.hpp"

namespace reprise::test {
namespace {

namespace fs = std::filesystem;

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

void store(const fs::path& path, const std::string& text) {
  TwoSlotFile(path).store(bytes_of(text));
}

/// What is held; "damaged" if no slot is whole.
std::string held(const fs::path& path) {
  try {
    const TwoSlotFile file(path);
    return {reinterpret_cast<const char*>(file.content().data()), file.content().size()};
  } catch (const FileError&) {
    return "damaged";
  }
}

constexpr std::size_t room = 4096;
constexpr std::size_t head = 40;

TEST_CASE("a two slot file holds what was stored last") {
  const TempDir folder;
  const fs::path path = folder.path() / "a";
  CHECK(TwoSlotFile(path).empty());
  CHECK_FALSE(fs::exists(path));
  TwoSlotFile file(path);
  for (int i = 0; i < 10; ++i) {
    const std::string text = "number " + std::to_string(i);
    file.store(bytes_of(text));
    CHECK(held(path) == text);
  }
  CHECK(fs::file_size(path) == 2 * room);
  store(path, "");
  CHECK(held(path).empty());
}

TEST_CASE("a two slot file grows with what it holds") {
  const TempDir folder;
  const fs::path path = folder.path() / "a";
  for (const std::size_t size : {0, 100, 4056, 4057, 100, 10'000, 1'000'000, 3}) {
    store(path, std::string(size, 'x'));
    CHECK(held(path) == std::string(size, 'x'));
  }
  CHECK_FALSE(fs::exists(folder.path() / "a.new"));
}

TEST_CASE("a store that was cut off at any byte leaves what was there before") {
  const TempDir folder;
  const fs::path path = folder.path() / "a";
  store(path, "what was there");
  store(path, "second, in slot 1");
  const std::string before = file_bytes(path);
  const std::string third = "what comes now";
  store(path, third);
  const std::string after = file_bytes(path);
  REQUIRE(before.size() == after.size());
  REQUIRE(before.substr(room) == after.substr(room));
  const std::size_t end = head + third.size();
  for (std::size_t cut = 0; cut <= end; ++cut) {
    INFO(cut);
    const std::string expected = cut == end ? third : "second, in slot 1";
    // What had not been written yet is as it was, zero or anything.
    for (const char rest : {'=', '\0', '\xff'}) {
      std::string torn = after.substr(0, cut) + before.substr(cut);
      if (rest != '=') std::fill(torn.begin() + cut, torn.begin() + end, rest);
      write_bytes(path, torn);
      REQUIRE(held(path) == expected);
    }
    store(path, "fourth");
    REQUIRE(held(path) == "fourth");
  }
}

TEST_CASE("a flipped bit in the newer slot leaves the older one and in both is damage") {
  const TempDir folder;
  const fs::path path = folder.path() / "a";
  store(path, "older");
  store(path, "newer");
  const std::string whole = file_bytes(path);
  for (std::size_t bit = 0; bit < 8 * (head + 5); ++bit) {
    std::string torn = whole;
    torn[room + bit / 8] ^= static_cast<char>(1 << bit % 8);
    write_bytes(path, torn);
    REQUIRE(held(path) == "older");
    torn[bit / 8] ^= static_cast<char>(1 << bit % 8);
    write_bytes(path, torn);
    REQUIRE(held(path) == "damaged");
  }
}

TEST_CASE("a two slot file that was cut short holds a slot that is whole or is damaged") {
  const TempDir folder;
  const fs::path path = folder.path() / "a";
  store(path, "older");
  store(path, "newer");
  const std::string whole = file_bytes(path);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    if (size > 110 && (size < room - 10 || size > room + 60) && size % 97 != 0) continue;
    write_bytes(path, whole.substr(0, size));
    INFO(size);
    REQUIRE(held(path) == (size < 2 * (head + 5) ? "damaged" : "older"));
  }
  store(path, "next");
  CHECK(held(path) == "next");
  write_bytes(path, whole + "more");
  CHECK(held(path) == "older");
  store(path, "next");
  CHECK(held(path) == "next");
}

TEST_CASE("a two slot file that cannot be written says why and keeps what it holds") {
  const TempDir folder;
  const fs::path path = folder.path() / "a";
  TwoSlotFile file(path);
  file.store(bytes_of("here"));
  fs::remove(path);
  CHECK_THROWS_WITH(file.store(bytes_of("there")),
                    Catch::Contains("cannot be written: No such file or directory"));
  CHECK_THROWS_AS(TwoSlotFile(folder.path() / "none" / "a").store(bytes_of("x")), FileError);
  CHECK_THROWS_AS(TwoSlotFile(folder.path()), FileError);
}

}  // namespace
}  // namespace reprise::test
