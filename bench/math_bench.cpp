// What the functions of engine/math.hpp cost, beside those of the C library.

#include <array>
#include <cmath>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bench/measure.hpp"
#include "bench/world.hpp"
#include "engine/math.hpp"
#include "engine/random.hpp"

namespace {

using namespace reprise;
using bench::Figure;
using bench::Stopwatch;

constexpr std::size_t arguments = 4096;

/// A function of one or two arguments and where they usually lie.
struct Function {
  std::string_view name;
  double (*ours)(double, double);
  double (*libm)(double, double);
  double low;
  double high;
};

constexpr std::array<Function, 9> functions = {{
    {"exp", [](double x, double) { return math::exp(x); },
     [](double x, double) { return std::exp(x); }, -20, 20},
    {"expm1", [](double x, double) { return math::expm1(x); },
     [](double x, double) { return std::expm1(x); }, -3, 3},
    {"log", [](double x, double) { return math::log(x); },
     [](double x, double) { return std::log(x); }, 0.001, 1000},
    {"log1p", [](double x, double) { return math::log1p(x); },
     [](double x, double) { return std::log1p(x); }, -0.75, 2},
    {"pow", [](double x, double y) { return math::pow(x, y); },
     [](double x, double y) { return std::pow(x, y); }, 0.001, 20},
    {"sin", [](double x, double) { return math::sin(x); },
     [](double x, double) { return std::sin(x); }, -30, 30},
    {"cos", [](double x, double) { return math::cos(x); },
     [](double x, double) { return std::cos(x); }, -30, 30},
    {"tanh", [](double x, double) { return math::tanh(x); },
     [](double x, double) { return std::tanh(x); }, -4, 4},
    {"erf", [](double x, double) { return math::erf(x); },
     [](double x, double) { return std::erf(x); }, -4, 4},
}};

/// Nanoseconds a call, of calls that wait for nothing but their arguments.
double call_ns(double (*function)(double, double), const std::vector<double>& values, int repeats) {
  double sum = 0;
  const Stopwatch watch;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    for (std::size_t i = 0; i < arguments; ++i) {
      sum += function(values[i], values[arguments - 1 - i]);
    }
  }
  const double seconds = watch.seconds();
  if (std::isnan(sum)) throw std::runtime_error("a function gives no number for a usual argument");
  return seconds * 1e9 / static_cast<double>(repeats) / static_cast<double>(arguments);
}

bench::Report measure(const bench::Options& options) {
  bench::Report report;
  const int repeats = options.small ? 1 : 500;
  for (const Function& function : functions) {
    if (function.name.find(options.only) == std::string_view::npos) continue;
    Random random(1, function.name);
    std::vector<double> values;
    for (std::size_t i = 0; i < arguments; ++i) {
      values.push_back(random.real(function.low, function.high));
    }
    std::vector<double> ours;
    std::vector<double> libm;
    for (int round = 0; round < options.rounds; ++round) {
      ours.push_back(call_ns(function.ours, values, repeats));
      libm.push_back(call_ns(function.libm, values, repeats));
    }
    const std::string name(function.name);
    report.rows.push_back(boost::json::object{
        {"function", name}, {"ours_ns", bench::median(ours)}, {"libm_ns", bench::median(libm)}});
    report.figures.push_back({name + ": to libm's time", bench::median(ours) / bench::median(libm),
                              "ratio", options.small ? 1e9 : 2.0, true});
  }
  return report;
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run_bench(argc, argv, 7, measure);
}
