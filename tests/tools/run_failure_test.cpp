#include <catch2/catch.hpp>

#include "tools/lab/run_failure.hpp"

namespace reprise::test {
namespace {

RunFailure agent_failure(const std::string& agent, const std::string& reason) {
  return {.what = "agent",
          .property = {},
          .agent = agent,
          .message = "market.fill",
          .reason = reason,
          .step = 7,
          .at = Time(Duration(1'500'000'000))};
}

TEST_CASE("a fingerprint leaves out which of a group it was and every number") {
  const RunFailure failure = agent_failure("trader[3]", "owes -12.5e3 lots at 300ms to t2");
  CHECK(fingerprint_of(failure) == "trader[*] fails on market.fill: owes # lots at # to t2");
  CHECK(in_words(failure) ==
        "trader[3] fails on market.fill: owes -12.5e3 lots at 300ms to t2 at step 7, 1.5s");
  CHECK(fingerprint_of(failure) ==
        fingerprint_of(agent_failure("trader[17]", "owes 4 lots at 2s to t2")));
  CHECK(fingerprint_of(failure) !=
        fingerprint_of(agent_failure("trader", "owes 4 lots at 2s to t2")));
}

TEST_CASE("a fingerprint leaves out what the reason quotes") {
  const std::string one = fingerprint_of(agent_failure("client[1]", "read \"7.1 x\" of \"k2\""));
  CHECK(one == "client[*] fails on market.fill: read \"*\" of \"*\"");
  CHECK(one == fingerprint_of(agent_failure("client[0]", "read \"\" of \"k3\"")));
  CHECK(fingerprint_of(agent_failure("a", "5\" of rain")) == "a fails on market.fill: #\" of rain");
}

TEST_CASE("an agent that was born is named by its group") {
  CHECK(fingerprint_of(agent_failure("sheep[3]/12", "lost")) ==
        "sheep[*]/* fails on market.fill: lost");
  CHECK(fingerprint_of(agent_failure("node2", "lost")) == "node2 fails on market.fill: lost");
}

TEST_CASE("numbers in a property are its own") {
  const RunFailure failure{.what = "always",
                           .property = "station.in_queue < 40",
                           .agent = {},
                           .message = {},
                           .reason = "is false for the first time",
                           .step = 9,
                           .at = {}};
  CHECK(fingerprint_of(failure) == "always 'station.in_queue < 40' is false for the first time");
  CHECK(short_name(fingerprint_of(failure)).size() == 8);
}

}  // namespace
}  // namespace reprise::test
