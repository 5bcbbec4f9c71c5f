#include "engine/nearest.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace reprise {
namespace {

const std::vector<std::string> options = {"limit", "size", "tick_size", "interval"};

TEST_CASE("a word with one slip is taken for the name it resembles") {
  CHECK(nearest("limt", options) == "limit");
  CHECK(nearest("liimit", options) == "limit");
  CHECK(nearest("linit", options) == "limit");
  CHECK(nearest("ticksize", options) == "tick_size");
  CHECK(nearest("limit", options) == "limit");
}

TEST_CASE("two swapped neighbours are one edit") {
  const std::vector<std::string> names = {"abXYc", "bacde"};
  // One swap from the second name, but two changes from either if a swap were not known.
  CHECK(nearest("abcde", names) == "bacde");
  const std::vector<std::string> far = {"badcfe"};
  CHECK(nearest("abcdef", far).empty());
  const std::vector<std::string> near = {"badcef"};
  CHECK(nearest("abcdef", near) == "badcef");
}

TEST_CASE("a swapped pair is not edited again") {
  // Unrestricted, "ca" is two edits from "abc": swap, then insert between. Aligned, it is three.
  const std::vector<std::string> names = {"zzabc"};
  CHECK(nearest("zzca", names).empty());
}

TEST_CASE("a short word is two edits at most from what it is taken for") {
  const std::vector<std::string> names = {"abcdef"};
  CHECK(nearest("abcd", names) == "abcdef");
  CHECK(nearest("abc", names).empty());
  CHECK(nearest("abcxyz", names).empty());
}

TEST_CASE("a long word may be a third of its length away") {
  const std::vector<std::string> names = {"abcdefghijkl"};
  CHECK(nearest("abcdefghwxyz", names) == "abcdefghijkl");
  CHECK(nearest("abcdefgvwxyz", names).empty());
}

TEST_CASE("the first of two equally near names is taken") {
  const std::vector<std::string> names = {"cart", "card"};
  CHECK(nearest("carx", names) == "cart");
}

TEST_CASE("a nearer name is taken wherever it stands") {
  const std::vector<std::string> names = {"carxyz", "carx", "cax"};
  CHECK(nearest("carxy", names) == "carxyz");
  CHECK(nearest("carx", names) == "carx");
}

TEST_CASE("a name that shares nothing with a short word is not offered") {
  const std::vector<std::string> names = {"to", "at", "y"};
  CHECK(nearest("x", names).empty());
  CHECK(nearest("", names).empty());
}

TEST_CASE("there is no nearest among no names") {
  CHECK(nearest("limit", {}).empty());
}

TEST_CASE("a very long word is compared in no time") {
  CHECK(nearest(std::string(50'000'000, 'a'), options).empty());
}

TEST_CASE("a question is asked only if there is a name to offer") {
  CHECK(did_you_mean("limt", options) == "; did you mean 'limit'?");
  CHECK(did_you_mean("bandwidth", options).empty());
}

}  // namespace
}  // namespace reprise
