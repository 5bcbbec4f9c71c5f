#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "engine/session.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/scenario_inputs.hpp"
#include "tools/lab/run_failure.hpp"

namespace reprise {

/// What came of keeping a run.
enum class KeptRun : std::uint8_t {
  whole,
  interrupted,
  another  ///< It failed otherwise than before, or not at all: it is not deterministic.
};

/// Lives a run again, which failed with `expected`, and keeps its journal, in place of what is at
/// `path`. The digests of [expect] count if `digests`. Throws FileError.
KeptRun keep_run(const Scenario& scenario, const Catalog& catalog, const FeedOptions& feeds,
                 const RunLimit& limit, bool digests, const RunFailure& expected,
                 const std::filesystem::path& path, const std::function<bool()>& interrupted);

}  // namespace reprise
