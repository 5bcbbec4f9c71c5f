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

  /// The same under another seed, with these inputs and none of the scenario's own.
  ScenarioLife(const Scenario& scenario, const Catalog& catalog, std::uint64_t seed,
               InputList inputs);

  /// A second life that stands where `other` does and goes its own way. `other` has an InputList
  /// and is not recorded. Costs a copy of its world and of what its properties have seen.
  ScenarioLife(const ScenarioLife& other);
  ScenarioLife& operator=(const ScenarioLife&) = delete;

  /// The whole life is written into a new journal, in place of what is at `path`. Before run().
  /// Throws FileError.
  void record(const std::filesystem::path& path, WorkOn encoding = WorkOn::caller);

  /// Runs on to the limit, from wherever it stands. An agent that fails is no exception but
  /// RunEnd::failed. `interrupted` as in Session::run(). Throws InputError for a feed that turns
  /// out to be wrong.
  RunEnd run(const RunLimit& limit, const std::function<bool()>& interrupted = {});

  /// Delivers one event, if one is due up to the limit and nothing has broken. False otherwise:
  /// then run() says how it ended.
  bool step(const RunLimit& limit);

  /// Gives the world an input that the history does not have. From here on it goes another way, in
  /// which edits come right after their instants, whatever the step. Of a life with an InputList.
  void inject(const Input& input);

  /// As run(), where `drive` does what Session::run() would.
  RunEnd run(const RunLimit& limit, const std::function<RunEnd(Session&)>& drive);

  const Simulation& world() const { return *world_; }
  Simulation& world() { return *world_; }

  /// When what comes next is due; nothing when there is nothing.
  std::optional<Time> next_at() const { return session_.next_at(); }
  ExpectationWatch& watch() { return watch_; }
  const ExpectationWatch& watch() const { return watch_; }

  /// How the last run() ended.
  RunEnd end() const { return end_; }

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
  std::unique_ptr<InputSource> inputs_;
  InputList* list_ = nullptr;  // they, if they are one
  Session session_;
  ExpectationWatch watch_;
  std::unique_ptr<JournalWriter> writer_;
  std::optional<Recorder> recorder_;
  RunEnd end_ = RunEnd::interrupted;
  std::optional<AgentFailure> agent_failure_;
  std::optional<Seal> seal_;
};

}  // namespace reprise
