// What it costs to keep events: the journal's columns beside packed rows with zstd, SQLite, and
// cereal with zstd, all with the events of bench/event_stream.hpp.

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cstdio>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "bench/event_store.hpp"
#include "bench/journal_cases.hpp"
#include "bench/measure.hpp"
#include "bench/program.hpp"
#include "engine/random.hpp"

namespace {

using namespace reprise;
using bench::cpu_seconds;
using bench::EventStore;
using bench::Figure;
using bench::Options;
using bench::ReadSum;
using bench::Report;
namespace json = boost::json;

constexpr std::uint64_t events_a_seek = 100;

using MakeStore = std::unique_ptr<EventStore> (*)(const std::filesystem::path&);

/// Every run of a store: its answers by name.
struct Store {
  std::string name;
  MakeStore make = nullptr;
  std::map<std::string, std::vector<double>> runs{};
  std::uint64_t sum = 0;  // of what was read

  double median(const char* what) const { return bench::median(runs.at(what)); }
};

json::object run(const MakeStore& make, Step events, int seeks) {
  const bench::ScratchFolder scratch;
  const auto store = make(scratch.file("events"));
  double append = 0;
  bench::event_stream(events, [&](std::span<const bench::KeptEvent> kept) {
    const double before = cpu_seconds();
    store->append(kept);
    append += cpu_seconds() - before;
  });
  double before = cpu_seconds();
  store->finish();
  append += cpu_seconds() - before;
  const auto bytes = static_cast<double>(scratch.bytes());
  ReadSum sum;
  before = cpu_seconds();
  store->read(sum);
  const double read = cpu_seconds() - before;
  if (sum.events != events) throw std::runtime_error("other events were read than written");
  const auto count = static_cast<double>(events);
  json::object answer{{"append_per_s", count / append},
                      {"read_per_s", count / read},
                      {"bytes_per_event", bytes / count}};
  Random random(1, "seeks");
  std::vector<double> micros;
  for (int i = 0; i < seeks; ++i) {
    const auto last = static_cast<std::int64_t>(events - events_a_seek + 1);
    const auto step = static_cast<Step>(random.uniform(1, last));
    before = cpu_seconds();
    if (!store->read_from(step, events_a_seek, sum)) break;
    micros.push_back((cpu_seconds() - before) * 1e6);
  }
  if (!micros.empty()) {
    std::ranges::sort(micros);
    answer["seek_us_p50"] = micros[micros.size() / 2];
    answer["seek_us_p99"] = micros[micros.size() * 99 / 100];
  }
  answer["sum"] = sum.sum;
  return answer;
}

json::object describe(const Store& store) {
  json::object row{{"store", store.name}};
  for (const auto& [what, values] : store.runs) {
    const auto [least, most] = std::ranges::minmax(values);
    row[what] = json::object{{"median", bench::median(values)}, {"min", least}, {"max", most}};
  }
  return row;
}

std::vector<Figure> figures_of(const std::vector<Store>& stores, bool bounds) {
  const Store& journal = stores[0];
  const Store& rows = stores[1];
  const auto ratio = [&](const char* what, const Store& to) {
    return journal.median(what) / to.median(what);
  };
  const auto at_least = [&](double goal) { return bounds ? goal : 0; };
  const auto at_most = [&](double goal) { return bounds ? goal : 1e9; };
  std::vector<Figure> figures{
      {"append, to zstd-1 rows", ratio("append_per_s", rows), "times", at_least(1.6)},
      {"bytes an event, to zstd-1 rows", ratio("bytes_per_event", rows), "times", at_most(0.6),
       true},
      {"sequential read, to zstd-1 rows", ratio("read_per_s", rows), "times", at_least(1.1)},
      {"seek and read 100 events, to zstd-1 rows", ratio("seek_us_p50", rows), "times",
       at_most(0.4), true}};
  bool same = journal.sum == rows.sum;
  for (const Store& store : stores) {
    if (store.name != "SQLite") continue;
    same = same && store.sum == journal.sum;
    figures.push_back({"append, to SQLite", ratio("append_per_s", store), "times", at_least(7)});
    figures.push_back({"bytes an event, to SQLite", ratio("bytes_per_event", store), "times",
                       at_most(0.15), true});
    figures.push_back(
        {"sequential read, to SQLite", ratio("read_per_s", store), "times", at_least(5)});
    figures.push_back({"seek and read 100 events, to SQLite", ratio("seek_us_p50", store), "times",
                       at_most(2.5), true});
  }
  figures.push_back({"all stores give the same events back", same ? 1.0 : 0.0, "bool", 1});
  return figures;
}

void print_row(const Store& store) {
  std::printf("%-14s append %6.2f M/s, %6.2f bytes an event, read %6.2f M/s", store.name.c_str(),
              store.median("append_per_s") / 1e6, store.median("bytes_per_event"),
              store.median("read_per_s") / 1e6);
  if (store.runs.contains("seek_us_p50")) {
    std::printf(", seek p50 %.1f p99 %.1f us", store.median("seek_us_p50"),
                store.median("seek_us_p99"));
  }
  std::printf("\n");
}

/// Events through each store.
void measure_stores(const Options& options, Report& report) {
  const Step events = options.small ? 20'000 : 5'000'000;
  const int seeks = options.small ? 20 : 2000;
  std::vector<Store> stores{{"journal", bench::journal_store},
                            {"zstd-1 rows", bench::rows_store},
                            {"cereal + zstd", bench::cereal_store}};
#if defined(REPRISE_SQLITE)
  stores.push_back({"SQLite", bench::sqlite_store});
#else
  std::fputs("journal_bench: built without SQLite, which is left out\n", stderr);
#endif
  for (int round = 0; round < options.rounds; ++round) {
    for (Store& store : stores) {
      const json::object answer =
          bench::answer_of_child([&] { return run(store.make, events, seeks); });
      for (const auto& [what, value] : answer) {
        if (what == "sum") {
          store.sum = value.to_number<std::uint64_t>();
        } else {
          store.runs[what].push_back(value.to_number<double>());
        }
      }
    }
  }
  for (const Store& store : stores) {
    report.rows.push_back(describe(store));
    if (!options.as_json) print_row(store);
  }
  for (Figure& figure : figures_of(stores, !options.small)) {
    report.figures.push_back(std::move(figure));
  }
}

/// What is not about events.
void measure_journal(const Options& options, Report& report) {
  const bench::ScratchFolder scratch;
  const auto add = [&](const char* name, const char* unit, double value, double goal) {
    report.figures.push_back({name, value, unit, options.small ? 1e9 : goal, true});
  };
  add("opening a torn journal of 5 M events", "ms",
      bench::torn_open_ms(scratch.folder(), options.small ? 20'000 : 5'000'000), 10);
  add("a keyframe of 64 MiB with 5 % dirty pages, to one that is all new", "times",
      bench::keyframe_of_dirty_pages(scratch.folder(), std::size_t{options.small ? 1U : 64U} << 20),
      0.2);
  for (const std::uint32_t agents : {1'000U, 10'000U}) {
    add(agents == 1'000 ? "bytes a step, phold with 1,000 agents, inputs only"
                        : "bytes a step, phold with 10,000 agents, inputs only",
        "bytes", bench::bytes_a_step(scratch.folder(), agents, options.small ? 20'000 : 5'000'000),
        1.3);
  }
}

Report measure(const Options& options) {
  Report report;
  const auto wanted = [&](std::string_view name) {
    return name.find(options.only) != std::string_view::npos;
  };
  if (wanted("events")) measure_stores(options, report);
  if (wanted("journal")) measure_journal(options, report);
  return report;
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run_bench(argc, argv, 5, measure);
}
