#include "bench/journal_cases.hpp"

#include "agents/phold/phold.hpp"
#include "agents/standard_catalog.hpp"
#include "bench/event_store.hpp"
#include "bench/measure.hpp"
#include "bench/world.hpp"
#include "replay/journal_reader.hpp"
#include "replay/recorder.hpp"

namespace reprise::bench {

namespace fs = std::filesystem;

double torn_open_ms(const fs::path& folder, Step events) {
  constexpr int rounds = 9;
  constexpr std::uintmax_t cut_bytes = 100;
  const fs::path path = folder / "torn.rpj";
  const auto store = journal_store(path);
  event_stream(events, [&](std::span<const KeptEvent> kept) { store->append(kept); });
  store->finish();
  fs::resize_file(path, fs::file_size(path) - cut_bytes);
  std::vector<double> times;
  for (int i = 0; i < rounds; ++i) {
    const Stopwatch watch;
    const Journal journal(path);
    times.push_back(watch.seconds() * 1e3);
    if (journal.seal() || journal.events() != events) throw std::runtime_error("it is not torn");
  }
  return median(std::move(times));
}

double keyframe_of_dirty_pages(const fs::path& folder, std::size_t bytes) {
  constexpr std::size_t page = std::size_t{16} << 10;
  constexpr std::size_t dirty_every = 20;
  constexpr int rounds = 5;
  // Numbers of agents: small ones, their upper bytes zero.
  Random random(1, "state");
  std::vector<std::uint32_t> state(bytes / sizeof(std::uint32_t));
  for (std::uint32_t& word : state) word = static_cast<std::uint32_t>(random.uniform(0, 99'999));
  const auto save = [&](Encoder& out) {
    constexpr std::size_t piece = 64;
    for (std::size_t i = 0; i < state.size(); i += piece) {
      out.write(&state[i], piece * sizeof state[0]);
    }
  };
  std::vector<double> ratios;
  for (int round = 0; round < rounds; ++round) {
    const Catalog catalog = standard_catalog();
    JournalWriter journal(folder / "keyframes.rpj", {}, {}, true);
    double before = cpu_seconds();
    journal.add_keyframe({}, save);
    const double whole = cpu_seconds() - before;
    for (std::size_t at = 0; at < bytes; at += dirty_every * page) ++state[at / sizeof state[0]];
    before = cpu_seconds();
    journal.add_keyframe({}, save);
    ratios.push_back((cpu_seconds() - before) / whole);
    journal.discard();
  }
  return median(std::move(ratios));
}

double bytes_a_step(const fs::path& folder, std::uint32_t agents, Step steps) {
  const fs::path path = folder / "phold.rpj";
  const Catalog catalog = standard_catalog();
  Simulation world(catalog, 1);
  phold::Phold prototype;
  prototype.options.agents = agents;
  world.add("phold", prototype, agents);
  JournalWriter journal(path, {.schema = schema_of(catalog, agent_kinds_in(world))}, {}, true);
  Recorder recorder(world, journal);
  world.run(time_max, steps);
  recorder.finish(RunEnd::steps, {.steps = steps});
  return static_cast<double>(fs::file_size(path)) / static_cast<double>(steps);
}

}  // namespace reprise::bench
