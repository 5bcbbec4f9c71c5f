#pragma once

#include <cfenv>

namespace reprise {

/// While it lives, this thread's floating point is as a program finds it at its start: rounding to
/// nearest, subnormal numbers kept, no traps. What its caller had set comes back afterwards. Where
/// nothing is to be set it costs a few cycles on x86-64. It is there while a scenario is read, and
/// while a world is built, restored, run or digested: where subnormal numbers are taken for zeros,
/// even a comparison with 0 says something else.
class FloatingPointDefaults {
 public:
  FloatingPointDefaults();
  ~FloatingPointDefaults() {
    if (set_) std::fesetenv(&before_);
  }
  FloatingPointDefaults(const FloatingPointDefaults&) = delete;
  FloatingPointDefaults& operator=(const FloatingPointDefaults&) = delete;

 private:
  std::fenv_t before_;
  bool set_ = false;
};

}  // namespace reprise
