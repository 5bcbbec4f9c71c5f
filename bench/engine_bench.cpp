// What an event costs: PHOLD worlds of growing size beside the limit, the market and the queue,
// each without a journal, recorded as `reprise run` does, and recorded on one thread.

#include <cstdio>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "agents/standard_catalog.hpp"
#include "bench/measure.hpp"
#include "bench/phold_limit.hpp"
#include "bench/world.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/scenario_inputs.hpp"

namespace {

using namespace reprise;
using bench::Contender;
using bench::Figure;
using bench::Options;
using bench::Sample;
namespace json = boost::json;

constexpr std::uint64_t seed = 1;

Sample run_scenario(const std::string& file, Step steps, bench::Recording recording) {
  const bench::Stopwatch watch;
  const Catalog catalog = standard_catalog();
  const Scenario scenario = load_scenario(
      std::filesystem::path(REPRISE_SOURCE_DIR) / "scenarios/library" / file, catalog, {}, {});
  const auto world = build_world(scenario, catalog);
  const auto inputs = scenario_inputs(scenario, *world, {});
  return bench::run_world(*world, *inputs, {.steps = steps}, recording, watch);
}

struct Case {
  std::string name;
  std::uint32_t agents = 0;  // of PHOLD
  std::uint32_t events_each = 1;
  std::string scenario{};  // a file of the library, where it is not PHOLD
  Step steps = 0;
  std::vector<Contender> contenders{};

  const Contender& of(std::string_view mode) const {
    for (const Contender& contender : contenders) {
      if (contender.name == mode) return contender;
    }
    throw std::logic_error(name + " has no " + std::string(mode));
  }
  double ratio(std::string_view mode, std::string_view to) const {
    return bench::ratio(of(mode), of(to));
  }
};

std::vector<Case> cases_of(const Options& options) {
  std::vector<Case> all;
  if (options.small) {
    all = {{.name = "phold 1000", .agents = 1000, .steps = 20'000},
           {.name = "phold 1000 x 16", .agents = 1000, .events_each = 16, .steps = 40'000},
           {.name = "market", .scenario = "market/thin_market.toml", .steps = 20'000},
           {.name = "queueing", .scenario = "queueing/mm3.toml", .steps = 20'000}};
  } else {
    all = {{.name = "phold 1000", .agents = 1'000, .steps = 10'000'000},
           {.name = "phold 10000", .agents = 10'000, .steps = 10'000'000},
           {.name = "phold 100000", .agents = 100'000, .steps = 10'000'000},
           {.name = "phold 1000000", .agents = 1'000'000, .steps = 20'000'000},
           {.name = "phold 1000 x 16", .agents = 1'000, .events_each = 16, .steps = 10'000'000},
           {.name = "market", .scenario = "market/thin_market.toml", .steps = 500'000},
           {.name = "queueing", .scenario = "queueing/mm3.toml", .steps = 2'000'000}};
  }
  std::erase_if(
      all, [&](const Case& each) { return each.name.find(options.only) == std::string::npos; });
  return all;
}

void measure(Case& each, int rounds) {
  const Case& c = each;
  if (c.scenario.empty()) {
    each.contenders.push_back(
        {"limit", [&c] { return bench::phold_limit(c.agents, c.events_each, seed, c.steps); }});
  }
  const std::pair<const char*, bench::Recording> modes[] = {
      {"engine", std::nullopt}, {"recording", WorkOn::thread}, {"one thread", WorkOn::caller}};
  for (const auto& [name, recording] : modes) {
    each.contenders.push_back({name, [&c, recording] {
                                 return c.scenario.empty()
                                            ? bench::run_phold(c.agents, c.events_each, seed,
                                                               c.steps, recording)
                                            : run_scenario(c.scenario, c.steps, recording);
                               }});
  }
  bench::measure(each.contenders, rounds);
}

/// Every run of a case must have done the same work and come to the same digests.
bool agrees(const Case& each) {
  const Sample& first = each.of("engine").samples.front();
  for (const Contender& contender : each.contenders) {
    for (const Sample& sample : contender.samples) {
      const bool engine = contender.name != "limit";
      if (engine && (sample.prefix != first.prefix || sample.state != first.state)) return false;
      if (sample.work != first.work) return false;
    }
  }
  return true;
}

std::vector<Figure> figures_of(const std::vector<Case>& cases, const Options& options) {
  std::vector<Figure> figures;
  bool same = true;
  std::map<std::string, const Case*> by_name;
  for (const Case& each : cases) {
    by_name[each.name] = &each;
    same = same && agrees(each);
  }
  figures.push_back(
      {"recording and the limit do the same work, digest by digest", same ? 1.0 : 0.0, "bool", 1});
  if (options.small) return figures;
  for (const char* agents : {"1000", "10000", "100000"}) {
    const auto found = by_name.find(std::string("phold ") + agents);
    if (found == by_name.end()) continue;
    const Case& c = *found->second;
    figures.push_back({c.name + ": engine to limit", c.ratio("engine", "limit"), "ratio", 0.55});
    figures.push_back(
        {c.name + ": recording to limit", c.ratio("recording", "limit"), "ratio", 0.40});
    figures.push_back({c.name + ": what recording costs",
                       100 * (1 - c.ratio("recording", "engine")), "percent", 8, true});
  }
  const auto million = by_name.find("phold 1000000");
  if (million == by_name.end()) return figures;
  const Case& c = *million->second;
  figures.push_back(
      {c.name + ": recording to limit", c.ratio("recording", "limit"), "ratio", 0.25});
  for (const char* mode : {"engine", "recording"}) {
    figures.push_back({c.name + ": memory an agent, " + mode,
                       static_cast<double>(c.of(mode).samples.back().peak_bytes) / c.agents,
                       "bytes", 150, true});
  }
  if (const auto small = by_name.find("phold 1000"); small != by_name.end()) {
    figures.push_back({"from 1000 to 1000000 agents the engine slows down by",
                       small->second->of("engine").median_rate() / c.of("engine").median_rate(),
                       "times", 2.5, true});
  }
  return figures;
}

void print_row(const Case& each) {
  for (const Contender& contender : each.contenders) {
    const json::object row = bench::describe(contender);
    const json::object& rate = row.at("events_per_s").as_object();
    std::printf("%-16s %-10s %7.2f M events/s (%.2f to %.2f), peak %6.1f MB", each.name.c_str(),
                contender.name.c_str(), rate.at("median").as_double() / 1e6,
                rate.at("min").as_double() / 1e6, rate.at("max").as_double() / 1e6,
                static_cast<double>(contender.samples.back().peak_bytes) / 1e6);
    if (row.contains("prefix")) {
      std::printf(", prefix %s state %s", row.at("prefix").as_string().c_str(),
                  row.at("state").as_string().c_str());
    }
    std::printf("\n");
  }
}

json::object describe(const Case& each) {
  json::object row{{"case", each.name}, {"steps", each.of("engine").samples.front().events}};
  if (each.scenario.empty()) {
    row["agents"] = each.agents;
    row["events_each"] = each.events_each;
  } else {
    row["scenario"] = each.scenario;
  }
  for (const Contender& contender : each.contenders) {
    row[contender.name] = bench::describe(contender);
  }
  return row;
}

bench::Report report(const Options& options) {
  std::vector<Case> cases = cases_of(options);
  if (cases.empty()) return {};
  bench::Report report;
  for (Case& each : cases) {
    measure(each, options.rounds);
    report.rows.push_back(describe(each));
    if (!options.as_json) print_row(each);
  }
  report.figures = figures_of(cases, options);
  return report;
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run_bench(argc, argv, 25, report);
}
