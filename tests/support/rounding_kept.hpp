#pragma once

#include <cfenv>

namespace reprise::test {

/// Puts the floating point of this thread back when it goes.
class RoundingKept {
 public:
  RoundingKept() { std::fegetenv(&before_); }
  ~RoundingKept() { std::fesetenv(&before_); }
  RoundingKept(const RoundingKept&) = delete;
  RoundingKept& operator=(const RoundingKept&) = delete;

 private:
  std::fenv_t before_{};
};

}  // namespace reprise::test
