#pragma once

#include <cfenv>

namespace reprise {

/// While it lives, this thread's floating point is as a program finds it at its start: rounding to
/// nearest, subnormal numbers kept, no traps. What its caller had set comes back afterwards. Where
/// nothing is to be set it costs a few cycles on x86-64. Even reading a number and comparing with 0
/// go by these settings.
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
