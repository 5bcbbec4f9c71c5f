#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace reprise {

/// A progress bar on standard error, for work of more than a second and when that is a terminal;
/// otherwise silent.
class Progress {
 public:
  /// `what` is the work in a word: "run", "verify"; it is counted in `unit`s.
  explicit Progress(std::string what, std::string unit = "steps");

  /// Takes the bar away again.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `fraction` of the work, from 0 to 1, is done (negative: nobody knows), which was `count`
  /// units. Cheap enough to be called every few thousand steps.
  void show(double fraction, std::uint64_t count);

  double seconds() const;

 private:
  std::string what_;
  std::string unit_;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point shown_;
  bool terminal_ = false;
  bool drawn_ = false;
};

}  // namespace reprise
