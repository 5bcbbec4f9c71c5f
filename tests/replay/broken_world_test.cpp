#include <catch2/catch.hpp>

#include "replay/branch.hpp"
#include "replay/verify.hpp"
#include "tests/support/cluster.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temp_dir.hpp"

/// What holds for journals holds for those of worlds whose nodes and links fail.
namespace reprise {
namespace {

using namespace test;

WorldFactory cluster_factory(const Catalog& catalog) {
  return [&catalog](const JournalHeader& header) {
    return cluster(catalog, header.seed, rough_link(), all_mischief());
  };
}

TEST_CASE("a recorded run of a failing network lives again from every keyframe") {
  const TempDir dir;
  const Catalog catalog = cluster_catalog();
  const auto path = dir.path() / "chaos.rpj";
  auto world = cluster(catalog, 11, rough_link(), all_mischief());
  InputList inputs({input_at(100ms, *world->find("network"), Crash{"peer[1]"}),
                    input_at(130ms, *world->find("network"), Restart{"peer[1]"}),
                    input_at(200ms, *world->find("network"), Partition{{{"peer[0]"}}})});
  const Seal seal =
      record(path, *world, inputs, {.until = Time(1s)}, KeyframePolicy::every(50), true);
  const Journal journal(path);
  CHECK(network_of(*world).nodes.at(1).crashes > 1);
  const Verification verification = verify(journal, catalog, cluster_factory(catalog));
  CHECK_FALSE(verification.divergence);
  CHECK(verification.steps == seal.step);
  std::size_t keyframes = 0;
  for (Step step = 50; step < seal.step; step += 50) {
    CheckedPlayer player(journal, catalog, cluster_factory(catalog), step);
    keyframes += player.began() == 0 ? 0 : 1;
    player.run_to(seal.step, time_max, {});
    CHECK(player.world().state_root() == seal.root);
  }
  CHECK(keyframes > 10);
}

}  // namespace
}  // namespace reprise
