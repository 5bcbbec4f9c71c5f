#include "engine/pattern.hpp"

#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <set>

#include "engine/random.hpp"

namespace reprise {
namespace {

bool found(std::string_view pattern, std::string_view text) {
  return Pattern(pattern).found_in(text);
}

TEST_CASE("a pattern is found anywhere unless it is tied to an end") {
  CHECK(found("trade", "market.trade"));
  CHECK(found("", ""));
  CHECK(found("", "x"));
  CHECK(found("^market", "market.trade"));
  CHECK_FALSE(found("^trade", "market.trade"));
  CHECK(found("trade$", "market.trade"));
  CHECK_FALSE(found("market$", "market.trade"));
  CHECK(found("^$", ""));
  CHECK_FALSE(found("^$", "x"));
  CHECK(found("^market[.]trade$", "market.trade"));
}

TEST_CASE("a pattern knows repeats alternatives and groups") {
  CHECK(found("^a*b$", "b"));
  CHECK(found("^a+b$", "aaab"));
  CHECK_FALSE(found("^a+b$", "b"));
  CHECK(found("^colou?r$", "color"));
  CHECK(found("^(ab|cd|)x$", "cdx"));
  CHECK(found("^(ab|cd|)x$", "x"));
  CHECK_FALSE(found("^(ab|cd)x$", "acx"));
  CHECK(found("^a{3}$", "aaa"));
  CHECK_FALSE(found("^a{3}$", "aa"));
  CHECK(found("^a{2,}$", "aaaa"));
  CHECK_FALSE(found("^a{2,3}$", "aaaa"));
  CHECK(found("^(ab){0}$", ""));
  CHECK(found("^(a*)*$", "aaa"));
  CHECK(found("^(a|b|ab)*c$", "ababbac"));
}

TEST_CASE("a pattern knows classes and escapes") {
  CHECK(found(R"(^trader\[\d+\]$)", "trader[12]"));
  CHECK_FALSE(found(R"(^trader\[\d+\]$)", "trader[x]"));
  CHECK(found("^[a-cx]+$", "abcx"));
  CHECK_FALSE(found("^[a-c]+$", "abd"));
  CHECK(found("^[^a-c]+$", "def"));
  CHECK(found(R"(^[\d\-\]]+$)", "1-]"));
  CHECK(found("^[]a]+$", "]a"));
  CHECK(found("^[a-]+$", "a-"));
  CHECK(found(R"(^\w+\s\W$)", "a_1 -"));
  CHECK(found(R"(^\S\D$)", "xy"));
  CHECK(found(R"(a\.b)", "a.b"));
  CHECK_FALSE(found(R"(a\.b)", "axb"));
  CHECK_FALSE(found("a.b", "a\nb"));
}

TEST_CASE("a pattern takes characters of UTF-8 whole") {
  CHECK(found("^.$", "\xC3\xA9"));
  CHECK_FALSE(found("^..$", "\xC3\xA9"));
  CHECK(found("^...$",
              "\xE2\x82\xAC"
              "a\xF0\x9F\x98\x80"));
  CHECK(found("^[^a]$", "\xE2\x82\xAC"));
  CHECK(found("^\xC3\xA9+$", "\xC3\xA9\xC3\xA9"));
  CHECK_FALSE(found("^\xC3\xA9+$", "\xC3\xA9\xA9"));
}

TEST_CASE("what is no pattern is refused at its place") {
  struct Case {
    std::string text;
    std::size_t offset;
    std::string reason;
  };
  for (const Case& each : std::vector<Case>{
           {"ab(cd", 2, "'(' is not closed"},
           {"ab)c", 2, "')' closes nothing"},
           {"[abc", 0, "'[' is not closed"},
           {"[", 0, "'[' is not closed"},
           {"x*+", 2, "a repeat of a repeat"},
           {"*x", 0, "nothing for '*' to repeat"},
           {"a|?", 2, "nothing for '?' to repeat"},
           {"a{", 1, "'{' begins a repeat"},
           {"a{x}", 1, "'{' begins a repeat"},
           {"a{2", 1, "'{' is not closed"},
           {"a{3,2}", 1, "upper bound"},
           {"a{1001}", 1, "at most 1000"},
           {"a{99999999999999999999}", 1, "at most 1000"},
           {"((a{100}){100}){100}", 1, "too large"},
           {"a{1000}a{1000}a{1000}a{1000}a{1000}a{1000}a{1000}a{1000}a{1000}a{1000}b", 70,
            "too large"},
           {"a\\", 1, "a backslash stands at the end"},
           {"a\\q", 1, "unknown escape"},
           {"[\\D]", 1, "this cannot stand in brackets"},
           {"[z-a]", 1, "the wrong way round"},
           {"[\\d-z]", 1, "from one sign to one"},
           {"[\xC3\xA9]", 1, "only ASCII"},
           {"(?i)x", 0, "'(?' is not known"},
           {std::string(101, '('), 100, "nested more than 100 deep"},
           {std::string(100'000, 'x'), 4096, "at most 4096 bytes"},
       }) {
    INFO(each.text.substr(0, 40));
    try {
      Pattern pattern(each.text);
      FAIL("it was taken");
    } catch (const PatternError& error) {
      CHECK(error.offset == each.offset);
      CHECK_THAT(error.what(), Catch::Contains(each.reason));
    }
  }
}

TEST_CASE("a hostile pattern takes no longer than its size times the text's") {
  // A matcher that goes back and tries again takes 2^28 steps and more for each of these.
  const std::string text(2'000, 'a');
  CHECK_FALSE(found("(a*)*b", text));
  CHECK_FALSE(found("(a|aa)+$b", text));
  CHECK_FALSE(found("(a?){1000}a{1000}b", text));
  CHECK_FALSE(found("^(((a+)+)+)+b$", text));
  CHECK(found(std::string(4'000, '|'), text));
}

std::uint64_t below(Random& random, std::int64_t bound) {
  return static_cast<std::uint64_t>(random.uniform(0, bound - 1));
}

/// A pattern as a tree and as text, with its meaning by definition: the places where it can end.
struct Sample {
  using Ends = std::set<std::size_t>;

  std::string text;
  std::function<Ends(const std::string&, std::size_t)> ends;
};

Sample random_pattern(Random& random, int depth) {
  const std::uint64_t choice = depth == 0 ? below(random, 3) : below(random, 8);
  const auto one = [](std::string text, std::string taken) {
    return Sample{std::move(text), [taken](const std::string& in, std::size_t at) {
                    const bool takes = at < in.size() && taken.find(in[at]) != std::string::npos;
                    return takes ? Sample::Ends{at + 1} : Sample::Ends{};
                  }};
  };
  if (choice == 0) return one("a", "a");
  if (choice == 1) return one("b", "b");
  if (choice == 2) {
    const bool dot = below(random, 2) == 0;
    return dot ? one(".", "abc") : one("[^a]", "bc");
  }
  if (choice <= 4) {
    const Sample left = random_pattern(random, depth - 1);
    const Sample right = random_pattern(random, depth - 1);
    if (choice == 3) {
      return {left.text + right.text, [left, right](const std::string& in, std::size_t at) {
                Sample::Ends all;
                for (const std::size_t middle : left.ends(in, at))
                  all.merge(right.ends(in, middle));
                return all;
              }};
    }
    return {"(" + left.text + "|" + right.text + ")",
            [left, right](const std::string& in, std::size_t at) {
              Sample::Ends all = left.ends(in, at);
              all.merge(right.ends(in, at));
              return all;
            }};
  }
  const Sample inner = random_pattern(random, depth - 1);
  const std::uint64_t least = below(random, 3);
  const std::uint64_t most = choice == 7 ? 100 : least + below(random, 3);
  const std::string counts =
      "{" + std::to_string(least) + "," + (choice == 7 ? "" : std::to_string(most)) + "}";
  return {"(" + inner.text + ")" + counts,
          [inner, least, most](const std::string& in, std::size_t at) {
            Sample::Ends all;
            Sample::Ends now{at};
            for (std::uint64_t times = 0; times <= most && !now.empty(); ++times) {
              if (times >= least) all.insert(now.begin(), now.end());
              Sample::Ends next;
              for (const std::size_t place : now) next.merge(inner.ends(in, place));
              if (times >= least && next == now) break;
              now = std::move(next);
            }
            return all;
          }};
}

TEST_CASE("random patterns are found where their definition says") {
  Random random(4, "patterns");
  int hits = 0;
  int cases = 0;
  for (int i = 0; i < 1'000; ++i) {
    const Sample sample = random_pattern(random, 3);
    const Pattern whole("^" + sample.text + "$");
    const Pattern anywhere(sample.text);
    for (int j = 0; j < 8; ++j) {
      std::string text(below(random, 7), 'a');
      for (char& c : text) c = static_cast<char>('a' + below(random, 3));
      INFO("'" << sample.text << "' in '" << text << "'");
      const bool is_whole = sample.ends(text, 0).contains(text.size());
      bool is_there = false;
      for (std::size_t at = 0; at <= text.size(); ++at) is_there |= !sample.ends(text, at).empty();
      REQUIRE(whole.found_in(text) == is_whole);
      REQUIRE(anywhere.found_in(text) == is_there);
      hits += is_whole ? 1 : 0;
      ++cases;
    }
  }
  CHECK(hits > cases / 20);  // else the samples show nothing
  CHECK(hits < cases - cases / 20);
}

}  // namespace
}  // namespace reprise
