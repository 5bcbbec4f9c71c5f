#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <vector>

#include "tests/house/house_rules.hpp"
#include "tools/lint/determinism.hpp"

using namespace reprise::house;
using reprise::lint::determinism_rules;
using reprise::lint::Finding;
using reprise::lint::Rule;

namespace {

/// What the house says of one file that lies at `path`, beside engine/time.hpp and one header of
/// each other room.
std::vector<std::string> said_of(const std::string& path, const std::string& text) {
  Tree tree;
  for (const char* room :
       {"engine", "agents", "scenarios", "replay", "timeline", "tools", "tools/lab"}) {
    tree.files.push_back({std::string(room) + "/other.hpp", "#pragma once\n"});
  }
  tree.files.push_back({path, text});
  std::vector<std::string> said;
  for (const Finding& finding : findings(tree)) said.push_back(to_string(finding));
  return said;
}

/// "rule@line" of each finding in the text.
std::vector<std::string> broken(const std::string& path, const std::string& text) {
  std::vector<std::string> rules;
  for (const std::string& said : said_of(path, text)) {
    const auto line = said.find(':') + 1;
    const auto rule = said.find(": ", line) + 2;
    rules.push_back(said.substr(rule, said.find(':', rule) - rule) + "@" +
                    said.substr(line, said.find(':', line) - line));
  }
  return rules;
}

using Rules = std::vector<std::string>;

struct Planted {
  std::string rule;
  std::string path;
  std::string text;
};

std::string lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "void f();\n";
  return text;
}

/// One sample for each thing that a rule names; each breaks its rule and no other.
std::vector<Planted> planted() {
  std::vector<Planted> samples = {
      {"include-path", "engine/a.cpp", "#include \"engine/nowhere.hpp\"\n"},
      {"include-path", "tools/a.cpp", "#include \"tools/nowhere.hpp\"\n"},
      {"include-room", "engine/a.cpp", "#include <toml++/toml.h>\n"},
      {"include-room", "engine/a.cpp", "#include <boost/program_options.hpp>\n"},
      {"include-room", "engine/a.cpp", "#include <unistd.h>\n"},
      {"include-room", "agents/a.cpp", "#include <boost/pfr.hpp>\n"},
      {"include-room", "agents/a.cpp", "#include <xxhash.h>\n"},
      {"include-room", "scenarios/a.cpp", "#include <openssl/sha.h>\n"},
      {"include-room", "scenarios/a.cpp", "#include <boost/pfr.hpp>\n"},
      {"include-room", "replay/a.cpp", "#include <zlib.h>\n"},
      {"include-room", "replay/a.cpp", "#include <unheard/of.hpp>\n"},
      {"include-room", "timeline/a.cpp", "#include <zstd.h>\n"},
      {"using-namespace-std", "tests/a.cpp", "using namespace std;\n"},
      {"long-file", "replay/a.cpp", lines(501)},
      {"long-file", "replay/a.cpp", "// long because: \n" + lines(500)},
      {"header-start", "timeline/a.hpp", "#include <map>\n#pragma once\n"},
      {"header-start", "timeline/a.hpp", "int f();\n"},
      {"wall-clock", "engine/a.cpp", "void f() { g(std::chrono::system_clock::now()); }"},
      {"wall-clock", "engine/a.cpp", "void f() { g(steady_clock::now()); }"},
      {"wall-clock", "engine/a.cpp", "void f() { g(high_resolution_clock::now()); }"},
      {"wall-clock", "engine/a.cpp", "long f() { return time(nullptr); }"},
      {"wall-clock", "engine/a.cpp", "long f() { return std::time(nullptr); }"},
      {"wall-clock", "engine/a.cpp", "#define NOW() ::time(0)\n"},
      {"wall-clock", "engine/a.cpp", "void f() { clock_gettime(0, &now); }"},
      {"wall-clock", "engine/a.cpp", "void f() { gettimeofday(&now, nullptr); }"},
      {"host-random", "agents/a.cpp", "void f() { std::random_device device; }"},
      {"host-random", "agents/a.cpp", "int f() { return 3 * rand(); }"},
      {"std-distribution", "agents/a.cpp", "void f() { std::normal_distribution<double> bell; }"},
      {"std-distribution", "agents/a.cpp", "void f() { std::shuffle(a, b, c); }"},
      {"std-hash", "engine/a.cpp", "auto f() { return std::hash<int>{}(3); }"},
      {"unordered", "engine/a.hpp", "#pragma once\nusing A = std::unordered_map<int, int>;"},
      {"unordered", "engine/a.hpp", "#pragma once\nusing A = boost::unordered_flat_set<int>;"},
      {"thread", "engine/a.cpp", "void f() { std::thread worker(g); }"},
      {"thread", "engine/a.cpp", "void f() { std::jthread worker(g); }"},
      {"thread", "engine/a.cpp", "void f() { std::async(g); }"},
      {"thread", "engine/a.hpp", "#pragma once\nclass A { std::mutex mutex_; };"},
      {"thread", "engine/a.hpp", "#pragma once\nclass A { std::shared_mutex mutex_; };"},
      {"environment", "agents/a.cpp", "void f() { std::getenv(name); }"},
      {"locale", "agents/a.cpp", "void f() { std::locale::global(l); }"},
      {"locale", "agents/a.cpp", "void f() { setlocale(LC_ALL, name); }"},
      {"pointer-key", "engine/a.hpp", "#pragma once\nstruct A { std::map<Agent*, int> of; };"},
      {"pointer-key", "engine/a.hpp", "#pragma once\nstruct A { std::set<const Agent*> all; };"},
      {"libm", "agents/a.cpp", "double f(double x) { return std::exp(x); }"},
      {"libm", "agents/a.cpp", "double f(double x) { return ::sin(x); }"},
      {"libm", "agents/a.cpp", "#include <cmath>\ndouble f(double x) { return 2 * pow(x, x); }"},
      {"two-draws", "agents/a.cpp",
       "void f() { g(world.random().below(6), world.random().below(6)); }"},
      {"two-draws", "agents/a.cpp", "void f() { g(uniform(rng, 1, 2), uniform(rng, 1, 2)); }"},
      {"two-draws", "agents/a.cpp", "void f() { g(h(random.below(6)), random.below(6)); }"},
      {"two-draws", "agents/a.cpp", "int f() { return rng.below(6) - rng.below(6); }"},
      {"wall-clock", "agents/a.cpp", "long f() { return clock(); }"},
      {"wall-clock", "agents/a.cpp", "const char* const built = __DATE__;"},
      {"wall-clock", "agents/a.cpp", "void f() { g(localtime(&now)); }"},
      {"host-random", "agents/a.cpp", "void f() { g(arc4random()); }"},
      {"std-distribution", "agents/a.cpp", "void f() { std::default_random_engine engine; }"},
      {"thread", "agents/a.hpp", "#pragma once\nstruct A { std::atomic<int> count; };"},
      {"thread", "agents/a.hpp", "#pragma once\nstruct A { std::atomic_int count; };"},
      {"thread", "agents/a.cpp", "void f() { std::this_thread::yield(); }"},
      {"thread", "agents/a.cpp", "void f() { sort(std::execution::par, a, b); }"},
      {"thread", "agents/a.cpp", "void f() {\n#pragma omp parallel\n g(); }"},
      {"environment", "agents/a.cpp", "int f() { return getpid(); }"},
      {"outside", "agents/a.cpp", "void f() { std::ifstream in(name); }"},
      {"outside", "agents/a.cpp", "void f() { auto* file = fopen(name, mode); }"},
      {"outside", "agents/a.cpp", "void f() { std::cin >> x; }"},
      {"outside", "agents/a.cpp", "bool f() { return std::filesystem::exists(name); }"},
      {"locale", "agents/a.cpp", "double f() { return std::stod(text); }"},
      {"locale", "agents/a.cpp", "double f() { return strtod(text, nullptr); }"},
      {"address", "agents/a.cpp", "auto f(A* a) { return reinterpret_cast<std::uintptr_t>(a); }"},
      {"address", "agents/a.cpp", "void f(A* a) { out << static_cast<const void*>(a); }"},
      {"address", "agents/a.cpp", "void f(A* a) { g(\"at %p\", a); }"},
      {"address", "agents/a.cpp", "void f(A* a) { g(R\"({:p})\", a); }"},
      {"floating-point", "agents/a.cpp", "double f(double x) { long double y = x; return y; }"},
      {"floating-point", "agents/a.cpp", "double f() { return std::reduce(a, b); }"},
      {"floating-point", "agents/a.cpp", "void f() { std::fesetround(FE_UPWARD); }"},
      {"floating-point", "agents/a.cpp", "#pragma STDC FP_CONTRACT ON\n"},
      {"two-draws", "agents/a.cpp",
       "void f() { auto& dice = world.random(); g(dice.uniform(1, 6), dice.uniform(1, 6)); }"},
      {"mutable-global", "agents/a.cpp", "int f() { thread_local int calls = 0; return 1; }"},
      {"mutable-global", "engine/a.cpp", "int f() { static int calls = 0; return 1; }"},
      {"mutable-global", "engine/a.cpp", "namespace a {\nstd::map<int, int> seen;\n}"},
      {"mutable-global", "engine/a.cpp", "namespace {\nint calls{0};\n}"},
      {"mutable-global", "engine/a.hpp", "#pragma once\nclass A { static int count; };"},
  };
  // who may not include whom: the table of rooms, read from the other side
  const auto refuse = [&](const std::string& room, const Rules& others) {
    for (const std::string& other : others) {
      samples.push_back(
          {"include-room", room + "/a.cpp", "#include \"" + other + "/other.hpp\"\n"});
    }
  };
  refuse("engine", {"agents", "scenarios", "replay", "timeline", "tools", "tools/lab"});
  refuse("agents", {"scenarios", "replay", "timeline", "tools", "tools/lab"});
  refuse("scenarios", {"replay", "timeline", "tools", "tools/lab"});
  refuse("replay", {"agents", "scenarios", "timeline", "tools", "tools/lab"});
  refuse("timeline", {"agents", "scenarios", "tools", "tools/lab"});
  return samples;
}

}  // namespace

TEST_CASE("the tree obeys the rules of the house") {
  const Tree tree = read_tree(REPRISE_SOURCE_DIR);
  CHECK(tree.files.size() > 5);
  std::string said;
  for (const Finding& finding : findings(tree)) said += to_string(finding) + "\n";
  INFO(said);
  CHECK(said.empty());
}

TEST_CASE("each planted sample breaks the rule that it was planted for and no other") {
  for (const Planted& sample : planted()) {
    INFO(sample.path << "\n" << sample.text);
    const Rules rules = broken(sample.path, sample.text);
    REQUIRE(rules.size() == 1);
    CHECK(rules.front().substr(0, rules.front().find('@')) == sample.rule);
  }
}

TEST_CASE("every rule has a planted sample") {
  std::set<std::string> seen;
  for (const Planted& sample : planted()) seen.insert(sample.rule);
  for (const Rule& rule : determinism_rules()) CHECK(seen.count(std::string(rule.name)) == 1);
  for (const Rule& rule : style_rules({})) CHECK(seen.count(std::string(rule.name)) == 1);
}

TEST_CASE("a finding names file and line and rule and remedy") {
  const std::string text = "int a();\nvoid f() { std::async(a); }\n";
  const Rules said = said_of("engine/a.cpp", text);
  REQUIRE(said.size() == 1);
  CHECK(
      said.front() ==
      "engine/a.cpp:2: thread: std::async; a world runs on one thread; run many worlds at once in "
      "tools/lab");
}

TEST_CASE("the rules of determinism hold in engine and agents only") {
  const std::string text = "void f() { std::thread worker(g); }";
  CHECK(broken("engine/a.cpp", text) == Rules{"thread@1"});
  CHECK(broken("agents/market/a.cpp", text) == Rules{"thread@1"});
  CHECK(broken("tools/lab/a.cpp", text).empty());
  CHECK(broken("tests/engine/a.cpp", text).empty());
}

TEST_CASE("what only agents may not do the engine may") {
  const std::string text = "void f(A* a) { g(reinterpret_cast<std::uintptr_t>(a)); }";
  CHECK(broken("agents/a.cpp", text) == Rules{"address@1"});
  CHECK(broken("engine/a.cpp", text).empty());
}

TEST_CASE("each room may include what its row of the table allows") {
  const auto include = [](const std::string& name) { return "#include " + name + "\n"; };
  CHECK(broken("engine/a.cpp", include("<boost/pfr.hpp>") + include("<pcg_random.hpp>") +
                                   include("<cereal/types/vector.hpp>") + include("<xxhash.h>"))
            .empty());
  CHECK(
      broken("agents/market/a.cpp", include("\"engine/other.hpp\"") + include("<vector>")).empty());
  CHECK(broken("scenarios/a.cpp", include("\"agents/other.hpp\"") + include("<toml++/toml.h>") +
                                      include("<boost/json.hpp>") + include("<zlib.h>"))
            .empty());
  CHECK(broken("replay/a.cpp", include("\"engine/other.hpp\"") + include("<openssl/evp.h>") +
                                   include("<zstd.h>") + include("<sys/stat.h>"))
            .empty());
  CHECK(broken("timeline/a.cpp", include("\"replay/other.hpp\"")).empty());
  CHECK(broken("tools/a.cpp", include("\"tools/lab/other.hpp\"") + include("<boost/asio.hpp>"))
            .empty());
  CHECK(broken("tools/lab/a.cpp", include("\"tools/other.hpp\"")).empty());
  CHECK(broken("bench/a_bench.cpp", include("\"agents/other.hpp\"")).empty());
}

TEST_CASE("what stands in a comment or a string breaks no rule") {
  CHECK(broken("engine/a.cpp",
               "// std::thread, getenv and #include \"replay/other.hpp\"\n"
               "/* steady_clock\n std::hash */ int f();\n"
               "const char* a = \"std::thread \\\" getenv(\";\n"
               "const char* const b = R\"x(std::async \" ) getenv)x\";\n"
               "const char c = '\"'; const int d = 184'203; void g();  // system_clock\n")
            .empty());
}

TEST_CASE("a rule sees what stands behind a comment or a string or a digit separator") {
  CHECK(broken("engine/a.cpp",
               "/* one\n two */ void f() { setlocale(\"a\\\\\", 'x'); }\n"
               "const int a = 1'000; void g() { getenv(R\"(x)\"); }\n") ==
        Rules{"locale@2", "environment@3"});
}

TEST_CASE("our own names and those of others are no calls of the C library") {
  CHECK(broken("agents/a.cpp",
               "#include <cmath>\n"
               "std::optional<Time> time(int a);\n"
               "Time time() { return event.time() + world->time(); }\n"
               "double f(double x) { return reprise::exp(x) + std::sqrt(x) + std::floor(x); }\n"
               "double exp(double x);\n")
            .empty());
  CHECK(
      broken("agents/a.cpp", "#include \"engine/other.hpp\"\ndouble f(double x) { return log(x); }")
          .empty());
}

TEST_CASE("draws in statements or conditions or braces of their own have an order") {
  CHECK(broken("agents/a.cpp",
               "void f(Random& rng) {\n"
               "  const int a = rng.below(6);\n"
               "  const int b = rng.below(6);\n"
               "  const Pair c{rng.below(6), rng.below(6)};\n"
               "  if (rng.below(6) == 1) g(rng.below(6));\n"
               "  h(a < b ? rng.below(6) : rng.below(7));\n"
               "  for (int i = 0; i < rng.below(6); ++i) g(rng.below(6));\n"
               "}\n"
               "A::A(Random& random) : b(random.below(6)), c(random.below(6)) {}\n")
            .empty());
}

TEST_CASE("constants and functions and types are no mutable globals") {
  CHECK(broken("engine/a.cpp",
               "namespace a::b {\n"
               "constexpr int one = 1;\n"
               "inline const std::array<int, 2> two = {1, 2};\n"
               "static int helper(int x) { static const int y = 3; return x + y; }\n"
               "struct A { static A make(); static constexpr int three = 3; int four = 4; int "
               "five{5}; };\n"
               "enum class Colour : int { red, green };\n"
               "A::A() : four{1}, five(2) {}\n"
               "A& A::operator=(const A&) = default;\n"
               "template <typename T = int> using V = std::vector<T>;\n"
               "extern template class std::vector<A>;\n"
               "}\n"
               "__extension__ typedef unsigned __int128 Wide;\n"
               "extern \"C\" { int c(); }\n")
            .empty());
}

TEST_CASE("a pointer as a value is no pointer key") {
  CHECK(broken("engine/a.hpp", "#pragma once\nstd::map<int, Agent*> f(std::set<A> a, int* b);")
            .empty());
}

TEST_CASE("a long file may say near its top why it is long") {
  CHECK(broken("replay/a.cpp", lines(500)).empty());
  CHECK(broken("replay/a.cpp", "// long because: one table\n" + lines(600)).empty());
  CHECK(broken("replay/a.cpp", lines(600) + "// long because: one table\n") ==
        Rules{"long-file@501"});
  CHECK(broken("tests/replay/a.cpp", lines(600)).empty());
}

TEST_CASE("an excuse with a reason stands for its line or for the line below it") {
  const std::string excuse = "// reprise: allow(environment) read once before the world exists";
  CHECK(broken("engine/a.cpp", "void f() { getenv(b); }  " + excuse + "\n").empty());
  CHECK(broken("engine/a.cpp", "  " + excuse + "\n\nvoid f() { getenv(b); }\n").empty());
  CHECK(broken("engine/a.cpp", excuse + "\nvoid f() {\n getenv(b); }\n") ==
        Rules{"excuse@1", "environment@3"});
}

TEST_CASE("an excuse works for an include") {
  const std::string excuse = "// reprise: allow(include-room) the checksum of gzip";
  CHECK(broken("replay/a.cpp", "#include <zlib.h>  " + excuse + "\n").empty());
  CHECK(broken("replay/a.cpp", excuse + "\n#include <zlib.h>\n").empty());
}

TEST_CASE("an excuse without a reason is itself a finding") {
  CHECK(broken("engine/a.cpp", "void f() { getenv(b); }  // reprise: allow(environment)\n") ==
        Rules{"excuse@1"});
}

TEST_CASE("an excuse for another rule or for nothing is itself a finding") {
  CHECK(broken("engine/a.cpp", "void f() { getenv(b); }  // reprise: allow(thread) why not\n") ==
        Rules{"environment@1", "excuse@1"});
  CHECK(broken("engine/a.cpp", "int f();  // reprise: allow(no-such-rule) why not\n") ==
        Rules{"excuse@1"});
}

TEST_CASE("only the fixed entries lie at the top of the tree") {
  Tree tree;
  tree.entries = {".ci",   ".git",   ".gitignore", "CMakeLists.txt",
                  "build", "engine", "run.rpj",    "tools"};
  CHECK(findings(tree).empty());
  tree.entries.push_back("util");
  REQUIRE(findings(tree).size() == 1);
  CHECK(to_string(findings(tree).front()).starts_with("util:1: top-entries: "));
}

TEST_CASE("an empty file and a file cut in the middle of anything are read to their end") {
  const std::string text =
      "#include <zlib.h>\n/* a */ \"b\\\"\" 'c' R\"d(e)d\" 1'0 // reprise: allow(x) y\n#define f "
      "\\\n g";
  for (std::size_t length = 0; length <= text.size(); ++length) {
    CHECK(reprise::lint::parse("bench/a.cpp", text.substr(0, length)).lines <= 4);
  }
  CHECK(broken("bench/a.cpp", "").empty());
}
