// PHOLD in reprise, recording, beside the same in ns-3 with its schedulers: the same streams,
// delays and targets, so the same events.

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "bench/measure.hpp"
#include "bench/ns3_phold.hpp"
#include "bench/world.hpp"
#include "engine/codec.hpp"
#include "engine/random.hpp"

namespace {

using reprise::Digester;
using reprise::Duration;
using reprise::Random;
using reprise::Step;
using reprise::bench::Contender;
using reprise::bench::Options;
using reprise::bench::PholdDraw;
using reprise::bench::Report;
using reprise::bench::Sample;
namespace json = boost::json;

constexpr std::uint64_t seed = 1;
constexpr Duration lookahead = std::chrono::milliseconds(100);
constexpr Duration mean_delay = std::chrono::seconds(1);

Sample run_ns3(const std::string& scheduler, std::uint32_t agents, Step steps) {
  std::vector<Random> streams;
  for (std::uint32_t i = 0; i < agents; ++i) {
    streams.emplace_back(seed, "phold[" + std::to_string(i) + "]");
  }
  const auto draw = [](void* all, std::uint32_t agent) -> PholdDraw {
    auto& random = (*static_cast<std::vector<Random>*>(all))[agent];
    const Duration delay = lookahead + random.exponential(mean_delay);
    const auto last = static_cast<std::int64_t>(static_cast<std::vector<Random>*>(all)->size()) - 1;
    return {delay.count(), static_cast<std::uint32_t>(random.uniform(0, last))};
  };
  const auto run = reprise::bench::run_ns3_phold(scheduler, agents, steps, draw, &streams);
  Digester digester;
  for (const std::uint32_t handled : run.handled) digester(handled);
  return {.events = steps,
          .seconds = run.seconds,
          .setup_seconds = run.setup_seconds,
          .work = to_string(digester.digest())};
}

struct Size {
  std::uint32_t agents = 0;
  Step steps = 0;
  double goal = 0;  // how many times as fast as the best of ns-3
};

Report report(const Options& options) {
  const std::vector<Size> sizes = options.small ? std::vector<Size>{{1'000, 20'000, 0}}
                                                : std::vector<Size>{{1'000, 3'000'000, 2.5},
                                                                    {10'000, 3'000'000, 2.5},
                                                                    {100'000, 3'000'000, 3.5},
                                                                    {1'000'000, 20'000'000, 5}};
  Report report;
  for (const Size& size : sizes) {
    const std::string name = std::to_string(size.agents) + " agents";
    if (name.find(options.only) == std::string::npos) continue;
    std::vector<Contender> contenders;
    contenders.push_back({"reprise, recording", [size] {
                            return reprise::bench::run_phold(size.agents, 1, seed, size.steps,
                                                             reprise::WorkOn::caller);
                          }});
    // Not its CalendarScheduler: with 10,000 events under way it takes minutes for what the others
    // do in a second.
    for (const char* scheduler : {"MapScheduler", "HeapScheduler", "PriorityQueueScheduler"}) {
      contenders.push_back({std::string("ns-3 ") + scheduler, [scheduler, size] {
                              return run_ns3(std::string("ns3::") + scheduler, size.agents,
                                             size.steps);
                            }});
    }
    reprise::bench::measure(contenders, options.rounds);
    double best = 0;
    bool same = true;
    json::object row{{"agents", size.agents}, {"steps", size.steps}};
    for (const Contender& contender : contenders) {
      same = same && contender.samples.front().work == contenders.front().samples.front().work;
      if (&contender != &contenders.front()) best = std::max(best, contender.median_rate());
      row[contender.name] = describe(contender);
      if (options.as_json) continue;
      std::printf("%8u agents  %-28s %7.2f M events/s\n", size.agents, contender.name.c_str(),
                  contender.median_rate() / 1e6);
    }
    report.rows.push_back(std::move(row));
    report.figures.push_back({name + ": recording to the best of ns-3",
                              contenders.front().median_rate() / best, "times", size.goal});
    report.figures.push_back({name + ": the same work", same ? 1.0 : 0.0, "bool", 1});
  }
  return report;
}

}  // namespace

int main(int argc, char** argv) {
  return reprise::bench::run_bench(argc, argv, 5, report);
}
