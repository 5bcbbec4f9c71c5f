#include "replay/file.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <span>
#include <string>

#include "tests/support/temp_dir.hpp"

namespace reprise {
namespace {

using namespace test;

TEST_CASE("a passage gives the bytes of a file wherever it is asked") {
  std::mt19937 random(1);
  std::string content(3'000'000, '\0');
  for (char& each : content) each = static_cast<char>(random());
  const TempDir folder;
  const InputFile file(folder.write("file", content));
  FilePassage passage(file);
  const auto check = [&](std::uint64_t offset, std::size_t size) {
    const auto expected = std::as_bytes(std::span(content)).subspan(offset);
    const auto given = passage.at(offset, size);
    REQUIRE(std::ranges::equal(given, expected.first(std::min(size, expected.size()))));
  };
  const auto up_to = [&](std::size_t most) { return random() % (most + 1); };
  for (std::size_t offset = 0; offset < content.size();) {  // a walk over frames
    const std::size_t body = up_to(random() % 8 == 0 ? 400'000 : 5'000);
    check(offset, 160);
    if (offset + 160 + body > content.size()) break;
    check(offset + 160, body);
    offset += 160 + body;
  }
  for (int i = 0; i < 2000; ++i) check(up_to(content.size()), up_to(20'000));
  check(content.size(), 1);
  check(content.size() - 1, 2);
}

}  // namespace
}  // namespace reprise
