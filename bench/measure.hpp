#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::bench {

/// What one run of something was like.
struct Sample {
  std::uint64_t events = 0;
  double seconds = 0;            ///< From the first event to the last; journals sealed.
  double setup_seconds = 0;      ///< Before that: agents made, first keyframe written.
  std::uint64_t peak_bytes = 0;  ///< Of memory, the whole process; in_child() fills it in.
  std::string prefix{};
  std::string state{};
  std::string work{};  ///< A digest of what was done, comparable with another engine's.
};

/// Runs `measured` in a process of its own, with memory as if nothing had run before. Throws
/// std::runtime_error if it does not come back with a sample.
Sample in_child(const std::function<Sample()>& measured);

/// The same for what is no sample; "peak_bytes" is added to the answer.
boost::json::object answer_of_child(const std::function<boost::json::object()>& measured);

/// The middle one, of a few the upper one. `values` is not empty.
double median(std::vector<double> values);

/// CPU time of this process, all of its threads, in seconds.
double cpu_seconds();

/// Something to measure, by name.
struct Contender {
  std::string name;
  std::function<Sample()> run;
  std::vector<Sample> samples{};

  double median_rate() const;  ///< Events a second.
};

/// How many times as fast `a` is as `b`: the median over the rounds, in each of which they ran one
/// after the other, so that a machine whose speed changes from minute to minute hits both.
double ratio(const Contender& a, const Contender& b);

/// Runs each of them `rounds` times, in turns, every second time in the reverse order: a slow
/// minute hits all of them, and none always comes after another.
void measure(std::vector<Contender>& contenders, int rounds);

/// The rates' median, min and max, the peak memory and the digests.
boost::json::object describe(const Contender& contender);

/// A figure that was promised and whether it holds.
struct Figure {
  std::string name;
  double value = 0;
  std::string unit;
  double goal = 0;
  bool at_most = false;  ///< The goal is a bound from above.

  bool holds() const { return at_most ? value <= goal : value >= goal; }
};

boost::json::object describe(const Figure& figure);

/// What a bench is asked for on its command line.
struct Options {
  bool small = false;    ///< Sizes that run in a moment, one round each.
  bool as_json = false;  ///< One JSON object: rows, and the figures that were promised.
  int rounds = 0;        ///< How often each is run, in turns.
  std::string only{};    ///< The cases whose name contains this.
};

/// What a bench has to say.
struct Report {
  boost::json::array rows{};
  std::vector<Figure> figures{};
};

/// A bench's main(): reads the arguments, runs `bench`, prints its figures or all of its report as
/// JSON. 0 if every figure holds, 1 if one does not, 2 for other arguments, 70 if `bench` threw.
int run_bench(int argc, char** argv, int rounds,
              const std::function<Report(const Options&)>& bench);

}  // namespace reprise::bench
