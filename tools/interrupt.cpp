#include "tools/interrupt.hpp"

#include <csignal>

namespace reprise {

namespace {

volatile std::sig_atomic_t came = 0;

void note(int signal) {
  came = 1;
  std::signal(signal, SIG_DFL);
}

}  // namespace

InterruptGuard::InterruptGuard() {
  came = 0;
  std::signal(SIGINT, note);
  std::signal(SIGTERM, note);
}

InterruptGuard::~InterruptGuard() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

bool InterruptGuard::asked() {
  return came != 0;
}

}  // namespace reprise
