// The main of every test program. A test that cannot run here says WARN("skipped: why") and
// returns; when a program ran nothing but such tests it exits with 77, which ctest reports as
// skipped and not as passed.
#define CATCH_CONFIG_CONSOLE_WIDTH 160  // the reasons of skipped tests hold paths
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#include <string_view>

namespace {

int test_cases = 0;
int test_cases_skipped = 0;
bool skipped = false;

struct SkipCounter : Catch::TestEventListenerBase {
  using TestEventListenerBase::TestEventListenerBase;

  void testCaseStarting(const Catch::TestCaseInfo&) override { skipped = false; }

  bool assertionEnded(const Catch::AssertionStats& stats) override {
    const Catch::AssertionResult& result = stats.assertionResult;
    skipped |= result.getResultType() == Catch::ResultWas::Warning &&
               std::string_view(result.getMessage()).starts_with("skipped:");
    return true;
  }

  void testCaseEnded(const Catch::TestCaseStats&) override {
    ++test_cases;
    test_cases_skipped += skipped ? 1 : 0;
  }
};

CATCH_REGISTER_LISTENER(SkipCounter)

}  // namespace

int main(int argc, char** argv) {
  const int failures = Catch::Session().run(argc, argv);
  const bool all_skipped = test_cases > 0 && test_cases == test_cases_skipped;
  return failures == 0 && all_skipped ? 77 : failures;
}
