// What it costs to live a recorded run again: the program from its start to its end over a journal
// of the market, and the restoring of a state.

#include <stdexcept>
#include <string>
#include <vector>

#include "agents/phold/phold.hpp"
#include "agents/standard_catalog.hpp"
#include "bench/measure.hpp"
#include "bench/program.hpp"
#include "bench/world.hpp"

namespace {

using namespace reprise;
using bench::Figure;
using bench::Process;
using bench::Stopwatch;

/// Seconds to restore a world of `agents` agents with an event under way each.
double restore_seconds(std::uint32_t agents, int rounds) {
  const Catalog catalog = standard_catalog();
  Simulation world(catalog, 1);
  phold::Phold prototype;
  prototype.options.agents = agents;
  world.add("phold", prototype, agents);
  world.run(time_max, Step{10} * agents);
  Bytes state;
  Encoder out(state);
  world.save(out);
  std::vector<double> seconds;
  for (int round = 0; round < rounds; ++round) {
    Simulation restored(catalog, 1);
    Decoder in(state);
    const Stopwatch watch;
    restored.restore(in);
    seconds.push_back(watch.seconds());
    if (restored.state_root() != world.state_root()) {
      throw std::runtime_error("what was restored is another world");
    }
  }
  return bench::median(std::move(seconds));
}

bench::Report measure(const bench::Options& options) {
  const int rounds = options.rounds;
  const std::string events = options.small ? "1000" : "10000";
  const bench::ScratchFolder scratch;
  const std::string journal = scratch.file("market.rpj").string();
  const std::string scenario =
      std::string(REPRISE_SOURCE_DIR) + "/scenarios/library/market/thin_market.toml";
  const Process recorded =
      bench::run_program({REPRISE_PROGRAM, "run", scenario, "--steps", events, "-o", journal});
  std::vector<double> seconds;
  Process replayed;
  for (int round = 0; round < rounds; ++round) {
    replayed = bench::run_program({REPRISE_PROGRAM, "verify", journal});
    seconds.push_back(replayed.seconds);
  }
  const double bound = options.small ? 1e9 : 1;
  const std::string of = events + " events of the market: ";
  std::vector<Figure> figures{
      {of + "replay, process start included", bench::median(seconds) * 1e3, "ms", 15 * bound, true},
      {of + "memory of the run", static_cast<double>(recorded.peak_bytes) / 1e6, "MB", 20 * bound,
       true},
      {of + "memory of the replay", static_cast<double>(replayed.peak_bytes) / 1e6, "MB",
       20 * bound, true},
      {"a state with 1000 events under way: restoring it", restore_seconds(1000, rounds) * 1e3,
       "ms", 1 * bound, true}};
  std::erase_if(figures, [&](const Figure& figure) {
    return figure.name.find(options.only) == std::string::npos;
  });
  return {.rows = {}, .figures = std::move(figures)};
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run_bench(argc, argv, 31, measure);
}
