#include "engine/floating_point.hpp"

namespace reprise {

namespace {

/// Whether it is certain that there is nothing to set.
bool is_default() {
#ifdef __SSE2__
  // The control bits of MXCSR: what is masked, how it rounds, and what becomes of subnormals.
  constexpr unsigned control = 0xffc0;
  constexpr unsigned standard = 0x1f80;
  return (__builtin_ia32_stmxcsr() & control) == standard && std::fegetround() == FE_TONEAREST;
#else
  return false;
#endif
}

}  // namespace

FloatingPointDefaults::FloatingPointDefaults() {
  if (is_default()) return;
  set_ = std::fegetenv(&before_) == 0 && std::fesetenv(FE_DFL_ENV) == 0;
}

}  // namespace reprise
