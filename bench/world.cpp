#include "bench/world.hpp"

#include <unistd.h>

#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

#include "agents/phold/phold.hpp"
#include "agents/standard_catalog.hpp"
#include "replay/recorder.hpp"

namespace reprise::bench {

namespace {

struct NoInputs : InputSource {
  std::optional<Input> next() override { return std::nullopt; }
};

std::filesystem::path journal_path() {
  return std::filesystem::temp_directory_path() /
         ("reprise_bench_" + std::to_string(::getpid()) + ".rpj");
}

/// A digest of how many jobs each agent of a PHOLD world handled; nothing for another world.
std::string work_of(const Simulation& world) {
  Digester digester;
  for (std::uint32_t id = 1; id <= world.agent_count(); ++id) {
    const auto* agent = world.agent<phold::Phold>(AgentId{id});
    if (agent == nullptr) return {};
    digester(agent->handled);
  }
  return to_string(digester.digest());
}

}  // namespace

Sample run_world(Simulation& world, InputSource& inputs, const RunLimit& limit, Recording recording,
                 const Stopwatch& since_start) {
  const std::filesystem::path path = journal_path();
  std::optional<JournalWriter> journal;
  std::optional<Recorder> recorder;
  if (recording) {
    const JournalHeader header{.schema = schema_of(world.catalog(), agent_kinds_in(world))};
    journal.emplace(path, header, ScenarioSource{}, true, *recording);
    recorder.emplace(world, *journal);
  }
  Session session(world, inputs);
  const double setup = since_start.seconds();
  const Stopwatch watch;
  const RunEnd end = session.run(limit);
  if (recorder) recorder->finish(end, limit);
  const double seconds = watch.seconds();
  std::error_code none;
  std::filesystem::remove(path, none);
  return {.events = world.steps(),
          .seconds = seconds,
          .setup_seconds = setup,
          .prefix = to_string(world.prefix()),
          .state = to_string(world.state_root()),
          .work = work_of(world)};
}

Sample run_phold(std::uint32_t agents, std::uint32_t events_each, std::uint64_t seed, Step steps,
                 Recording recording) {
  const Stopwatch watch;
  const Catalog catalog = standard_catalog();
  Simulation world(catalog, seed);
  phold::Phold prototype;
  prototype.options.agents = agents;
  prototype.options.events = events_each;
  world.add("phold", prototype, agents);
  NoInputs none;
  return run_world(world, none, {.steps = steps}, recording, watch);
}

}  // namespace reprise::bench
