#include "bench/measure.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <iterator>
#include <ranges>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <optional>
#include <stdexcept>

#include "engine/json.hpp"

namespace reprise::bench {

namespace {

double rate_of(const Sample& sample) {
  return static_cast<double>(sample.events) / sample.seconds;
}

namespace json = boost::json;

json::object to_json(const Sample& sample) {
  return {{"events", sample.events}, {"seconds", sample.seconds}, {"setup", sample.setup_seconds},
          {"prefix", sample.prefix}, {"state", sample.state},     {"work", sample.work}};
}

Sample from_json(const json::value& value) {
  const auto text = [&](const char* key) { return std::string(value.at(key).as_string()); };
  return {.events = value.at("events").to_number<std::uint64_t>(),
          .seconds = value.at("seconds").to_number<double>(),
          .setup_seconds = value.at("setup").to_number<double>(),
          .peak_bytes = value.at("peak_bytes").to_number<std::uint64_t>(),
          .prefix = text("prefix"),
          .state = text("state"),
          .work = text("work")};
}

[[noreturn]] void run_and_tell(const std::function<json::object()>& measured, int pipe) {
  int code = 1;
  try {
    const std::string text = json::serialize(measured());
    code = ::write(pipe, text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench: %s\n", error.what());
  }
  ::_exit(code);
}

}  // namespace

json::object answer_of_child(const std::function<json::object()>& measured) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("there is no pipe to be had");
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("there is no process to be had");
  if (child == 0) run_and_tell(measured, ends[1]);
  ::close(ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t got = 0; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  int status = 0;
  rusage used{};
  if (::wait4(child, &status, 0, &used) != child || status != 0) {
    throw std::runtime_error("what was measured did not end well");
  }
  json::object answer = json::parse(text).as_object();
  answer["peak_bytes"] = static_cast<std::uint64_t>(used.ru_maxrss) * 1024;
  return answer;
}

Sample in_child(const std::function<Sample()>& measured) {
  return from_json(answer_of_child([&] { return to_json(measured()); }));
}

double cpu_seconds() {
  std::timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values.at(values.size() / 2);
}

double Contender::median_rate() const {
  std::vector<double> rates;
  std::ranges::transform(samples, std::back_inserter(rates), rate_of);
  return median(std::move(rates));
}

double ratio(const Contender& a, const Contender& b) {
  std::vector<double> ratios;
  std::ranges::transform(
      a.samples, b.samples, std::back_inserter(ratios),
      [](const Sample& one, const Sample& other) { return rate_of(one) / rate_of(other); });
  return median(std::move(ratios));
}

void measure(std::vector<Contender>& contenders, int rounds) {
  const auto run = [](Contender& contender) {
    contender.samples.push_back(in_child(contender.run));
  };
  for (int round = 0; round < rounds; ++round) {
    if (round % 2 == 0) {
      std::ranges::for_each(contenders, run);
    } else {
      std::ranges::for_each(contenders | std::views::reverse, run);
    }
  }
}

json::object describe(const Contender& contender) {
  const auto [slowest, fastest] = std::ranges::minmax(contender.samples, {}, rate_of);
  const Sample& last = contender.samples.back();
  json::object answer{{"events_per_s", json::object{{"median", contender.median_rate()},
                                                    {"min", rate_of(slowest)},
                                                    {"max", rate_of(fastest)}}},
                      {"setup_s", last.setup_seconds},
                      {"peak_bytes", last.peak_bytes}};
  if (!last.prefix.empty()) answer["prefix"] = last.prefix;
  if (!last.state.empty()) answer["state"] = last.state;
  if (!last.work.empty()) answer["work"] = last.work;
  return answer;
}

json::object describe(const Figure& figure) {
  return {{"name", figure.name},
          {"value", figure.value},
          {"unit", figure.unit},
          {"goal", figure.goal},
          {"bound", figure.at_most ? "at most" : "at least"},
          {"holds", figure.holds()}};
}

namespace {

std::optional<Options> parse(int argc, char** argv, int rounds) {
  Options options{.rounds = rounds};
  const std::vector<std::string> words(argv + 1, argv + argc);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--small") {
      options.small = true;
    } else if (words[i] == "--json") {
      options.as_json = true;
    } else if (words[i] == "--rounds" && i + 1 < words.size()) {
      options.rounds = std::atoi(words[++i].c_str());
      if (options.rounds < 1) return std::nullopt;
    } else if (words[i] == "--only" && i + 1 < words.size()) {
      options.only = words[++i];
    } else {
      return std::nullopt;
    }
  }
  if (options.small) options.rounds = 1;
  return options;
}

/// Prints the figures; true if all hold.
bool tell(const Report& report, bool as_json) {
  bool hold = true;
  json::array figures;
  for (const Figure& figure : report.figures) {
    figures.push_back(describe(figure));
    hold = hold && figure.holds();
    if (as_json) continue;
    std::printf("%s %s: %.3g %s (%s %.3g)\n", figure.holds() ? "holds " : "MISSED",
                figure.name.c_str(), figure.value, figure.unit.c_str(),
                figure.at_most ? "at most" : "at least", figure.goal);
  }
  if (as_json) {
    const json::object answer{{"rows", report.rows}, {"figures", std::move(figures)}};
    std::printf("%s\n", json_text(answer).c_str());
  }
  return hold;
}

}  // namespace

int run_bench(int argc, char** argv, int rounds,
              const std::function<Report(const Options&)>& bench) {
  const std::string name = std::filesystem::path(argv[0]).filename().string();
  const std::optional<Options> options = parse(argc, argv, rounds);
  if (!options) {
    std::fprintf(stderr,
                 "usage: %s [--small] [--json] [--rounds N] [--only NAME]\n"
                 "  --small     sizes that run in a moment; the digests are those of every build\n"
                 "  --json      one JSON object: rows, and the figures that were promised\n"
                 "  --rounds N  how often each is run, in turns (%d)\n"
                 "  --only X    the cases whose name contains X\n",
                 name.c_str(), rounds);
    return 2;
  }
  try {
    const Report report = bench(*options);
    if (report.rows.empty() && report.figures.empty()) {
      std::fprintf(stderr, "%s: no case is called '%s'\n", name.c_str(), options->only.c_str());
      return 2;
    }
    return tell(report, options->as_json) ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", name.c_str(), error.what());
    return 70;
  }
}

}  // namespace reprise::bench
