// What it costs to live a recorded run again: the program from its start to its end over a journal
// of the market, and the restoring of a state.

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "agents/phold/phold.hpp"
#include "agents/standard_catalog.hpp"
#include "bench/measure.hpp"
#include "bench/world.hpp"

namespace {

using namespace reprise;
using bench::Figure;
using bench::Stopwatch;

struct Process {
  double seconds = 0;
  std::uint64_t peak_bytes = 0;
};

/// Runs the program with its output thrown away. Throws std::runtime_error if it does not answer
/// yes.
Process run_program(std::vector<std::string> words) {
  words.insert(words.begin(), REPRISE_PROGRAM);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const Stopwatch watch;
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("there is no process to be had");
  if (child == 0) {
    ::dup2(::open("/dev/null", O_WRONLY), STDOUT_FILENO);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  int status = 0;
  rusage used{};
  if (::wait4(child, &status, 0, &used) != child || status != 0) {
    throw std::runtime_error(words[0] + " " + words[1] + " did not end well");
  }
  return {watch.seconds(), static_cast<std::uint64_t>(used.ru_maxrss) * 1024};
}

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
  const std::filesystem::path journal = std::filesystem::temp_directory_path() /
                                        ("reprise_bench_" + std::to_string(::getpid()) + ".rpj");
  const std::string scenario =
      std::string(REPRISE_SOURCE_DIR) + "/scenarios/library/market/thin_market.toml";
  const Process recorded =
      run_program({"run", scenario, "--steps", events, "-o", journal.string(), "--force"});
  std::vector<double> seconds;
  Process replayed;
  for (int round = 0; round < rounds; ++round) {
    replayed = run_program({"verify", journal.string()});
    seconds.push_back(replayed.seconds);
  }
  std::filesystem::remove(journal);
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
