#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "engine/session.hpp"
#include "replay/recorder.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/scenario_inputs.hpp"
#include "tools/expectations.hpp"
#include "tools/lab/run_failure.hpp"

namespace reprise {

/// One life of a scenario's world, from its start to an end, with [expect] followed on the way.
class ScenarioLife {
 public:
  /// Builds the world and opens its feeds. Scenario and catalog must outlive this. Throws
  /// InputError.
  ScenarioLife(const Scenario& scenario, const Catalog& catalog, const FeedOptions& feeds = {});
  ScenarioLife(const ScenarioLife&) = delete;
  ScenarioLife& operator=(const ScenarioLife&) = delete;

  /// The whole life is written into a new journal, in place of what is at `path`. Before run().
  /// Throws FileError.
  void record(const std::filesystem::path& path, WorkOn encoding = WorkOn::caller);

  /// Runs to the limit. An agent that fails is no exception but RunEnd::failed. `interrupted` as in
  /// Session::run(). Throws InputError for a feed that turns out to be wrong.
  RunEnd run(const RunLimit& limit, const std::function<bool()>& interrupted = {});

  /// The same, where `drive` does what Session::run() would.
  RunEnd run(const RunLimit& limit, const std::function<RunEnd(Session&)>& drive);

  const Simulation& world() const { return *world_; }
  Simulation& world() { return *world_; }
  ExpectationWatch& watch() { return watch_; }
  const ExpectationWatch& watch() const { return watch_; }

  /// The agent that failed, if one has.
  const std::optional<AgentFailure>& agent_failure() const { return agent_failure_; }

  /// How the run ended, as its journal has it. After run(), of a life that was recorded.
  const Seal& seal() const { return *seal_; }

  /// What broke first: a property at the step that it broke at, an agent at the step that it could
  /// not take. Nothing where all is well so far. After run().
  std::optional<RunFailure> failure();

  /// The same; if no expression broke, the steps and digests of [expect] count too. They hold for
  /// the scenario as it stands in its file alone.
  std::optional<RunFailure> failure_with_digests();

 private:
  const Scenario& scenario_;
  std::unique_ptr<Simulation> world_;
  std::unique_ptr<ScenarioInputs> inputs_;
  ExpectationWatch watch_;
  std::unique_ptr<JournalWriter> writer_;
  std::optional<Recorder> recorder_;
  RunEnd end_ = RunEnd::interrupted;
  std::optional<AgentFailure> agent_failure_;
  std::optional<Seal> seal_;
};

}  // namespace reprise
