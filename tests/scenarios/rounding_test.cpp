#include <catch2/catch.hpp>
#include <cfenv>
#include <string>

#include "engine/agent.hpp"
#include "engine/context.hpp"
#include "scenarios/scenario.hpp"
#include "tests/support/rounding_kept.hpp"

namespace reprise::test {
namespace {

/// What it holds is calculated when it is made.
struct Third {
  using Handles = Messages<Start>;
  struct Options {
    double share = 0;
    REPRISE_FIELDS(share)
  };

  static double quotient() {
    const volatile double one = 1;
    return one / 3;
  }

  Options options;
  double third = quotient();
  REPRISE_FIELDS(options, third)

  void on(const Start&, Context&) {}
};

TEST_CASE("a scenario is the same world however its reader rounds") {
  Catalog catalog;
  catalog.add<Third>("third");
  const std::string text =
      "[[agent]]\nname = \"a\"\nkind = \"third\"\ncount = 2\noptions = { share = "
      "0.30000000000000004 }\n";
  const auto root = [&] {
    const Scenario scenario = parse_scenario(text, "it.toml", catalog);
    return build_world(scenario_from_canonical(scenario.canonical, catalog, {}, 1), catalog)
        ->state_root();
  };
  const Digest plain = root();
  for (const int mode : {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) {
    const RoundingKept kept;
    std::fesetround(mode);
    CHECK(root() == plain);
  }
}

}  // namespace
}  // namespace reprise::test
