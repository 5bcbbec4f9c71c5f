// What an event costs: PHOLD worlds of growing size, bare and recorded. `--small` runs in a moment
// and prints the digests that an optimisation must not move; `--json` prints one object.

#include <unistd.h>
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>

#include "agents/phold/phold.hpp"
#include "agents/standard_catalog.hpp"
#include "engine/json.hpp"
#include "engine/session.hpp"
#include "replay/recorder.hpp"

namespace {

using namespace reprise;
namespace json = boost::json;

struct NoInputs : InputSource {
  std::optional<Input> next() override { return std::nullopt; }
};

struct Measured {
  double events_per_s = 0;
  std::string prefix;
  std::string root;
};

Measured run_once(const Catalog& catalog, std::uint32_t agents, Step steps,
                  const std::filesystem::path& journal) {
  Simulation world(catalog, 1);
  phold::Phold prototype;
  prototype.options.agents = agents;
  world.add("phold", prototype, agents);
  NoInputs none;
  std::optional<JournalWriter> writer;
  std::optional<Recorder> recorder;
  const RunLimit limit{.steps = steps};
  const auto start = std::chrono::steady_clock::now();
  if (!journal.empty()) {
    writer.emplace(journal, JournalHeader{.schema = schema_of(catalog, {"phold"})},
                   ScenarioSource{}, true);
    recorder.emplace(world, *writer);
  }
  Session session(world, none);
  session.run(limit);
  if (recorder) recorder->finish(RunEnd::steps, limit);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  return {static_cast<double>(steps) / seconds.count(), to_string(world.prefix()),
          to_string(world.state_root())};
}

}  // namespace

int main(int argc, char** argv) {
  bool small = false;
  bool as_json = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--small") {
      small = true;
    } else if (word == "--json") {
      as_json = true;
    } else {
      std::fprintf(stderr, "usage: engine_bench [--small] [--json]\n");
      return 2;
    }
  }
  const Catalog catalog = standard_catalog();
  const std::filesystem::path journal = std::filesystem::temp_directory_path() /
                                        ("engine_bench_" + std::to_string(::getpid()) + ".rpj");
  json::array rows;
  bool same = true;
  for (const std::uint32_t agents : {1'000u, 10'000u, 100'000u, 1'000'000u}) {
    if (small && agents > 1'000) break;
    const Step steps = small ? 20'000 : std::max<Step>(2'000'000, 3 * agents);
    const int rounds = small ? 1 : 5;
    std::vector<double> bare;
    std::vector<double> recorded;
    Measured last;
    for (int round = 0; round < rounds; ++round) {
      const Measured a = run_once(catalog, agents, steps, {});
      last = run_once(catalog, agents, steps, journal);
      same = same && a.prefix == last.prefix && a.root == last.root;
      bare.push_back(a.events_per_s);
      recorded.push_back(last.events_per_s);
    }
    std::ranges::sort(bare);
    std::ranges::sort(recorded);
    const double median = bare[bare.size() / 2];
    const double median_recorded = recorded[recorded.size() / 2];
    rows.push_back(json::object{{"agents", agents},
                                {"steps", steps},
                                {"events_per_s", median},
                                {"recording_events_per_s", median_recorded},
                                {"prefix", last.prefix},
                                {"state", last.root}});
    if (!as_json) {
      std::printf("phold %8u agents: %6.2f M events/s, recording %6.2f M; prefix %s state %s\n",
                  agents, median / 1e6, median_recorded / 1e6, last.prefix.c_str(),
                  last.root.c_str());
    }
  }
  std::error_code ignored;
  std::filesystem::remove(journal, ignored);
  if (as_json) {
    const json::object same_figure{{"name", "recording changes no digest"},
                                   {"value", same ? 1 : 0},
                                   {"unit", "bool"},
                                   {"goal", 1},
                                   {"holds", same}};
    std::printf("%s\n", json_text(json::object{{"rows", std::move(rows)},
                                               {"figures", json::array{same_figure}}})
                            .c_str());
  }
  return same ? 0 : 1;
}
