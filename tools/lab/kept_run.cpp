#include "tools/lab/kept_run.hpp"

#include <optional>
#include <system_error>

#include "tools/lab/scenario_life.hpp"

namespace reprise {

KeptRun keep_run(const Scenario& scenario, const Catalog& catalog, const FeedOptions& feeds,
                 const RunLimit& limit, bool digests, const RunFailure& expected,
                 const std::filesystem::path& path, const std::function<bool()>& interrupted) {
  ScenarioLife life(scenario, catalog, feeds);
  std::error_code none;
  std::filesystem::remove(path.string() + ".new", none);  // of one that was killed
  life.record(path);
  if (life.run(limit, interrupted) == RunEnd::interrupted) return KeptRun::interrupted;
  const std::optional<RunFailure> failure = digests ? life.failure_with_digests() : life.failure();
  const bool same = failure && fingerprint_of(*failure) == fingerprint_of(expected) &&
                    failure->step == expected.step && failure->at == expected.at;
  return same ? KeptRun::whole : KeptRun::another;
}

}  // namespace reprise
