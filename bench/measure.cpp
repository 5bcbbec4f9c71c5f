#include "bench/measure.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cstdio>
#include <stdexcept>

namespace reprise::bench {

namespace {

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
          .prefix = text("prefix"),
          .state = text("state"),
          .work = text("work")};
}

[[noreturn]] void run_and_tell(const std::function<Sample()>& measured, int pipe) {
  int code = 1;
  try {
    const std::string text = json::serialize(to_json(measured()));
    code = ::write(pipe, text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench: %s\n", error.what());
  }
  ::_exit(code);
}

}  // namespace

Sample in_child(const std::function<Sample()>& measured) {
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
  Sample sample = from_json(json::parse(text));
  sample.peak_bytes = static_cast<std::uint64_t>(used.ru_maxrss) * 1024;
  return sample;
}

double Contender::median_rate() const {
  std::vector<double> rates;
  for (const Sample& sample : samples) {
    rates.push_back(static_cast<double>(sample.events) / sample.seconds);
  }
  std::ranges::sort(rates);
  return rates.at(rates.size() / 2);
}

void measure(std::vector<Contender>& contenders, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    for (Contender& contender : contenders) {
      contender.samples.push_back(in_child(contender.run));
    }
  }
}

json::object describe(const Contender& contender) {
  const auto rate = [](const Sample& sample) {
    return static_cast<double>(sample.events) / sample.seconds;
  };
  const auto [slowest, fastest] = std::ranges::minmax(contender.samples, {}, rate);
  const Sample& last = contender.samples.back();
  json::object answer{{"events_per_s", json::object{{"median", contender.median_rate()},
                                                    {"min", rate(slowest)},
                                                    {"max", rate(fastest)}}},
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

}  // namespace reprise::bench
