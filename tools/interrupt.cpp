#include "tools/interrupt.hpp"

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
  for (std::size_t i = 0; i < std::size(signals); ++i) {
    const bool asks = signals[i] == SIGINT || signals[i] == SIGTERM;
    // The others come with an error of the call that made them, and that is enough.
    before_[i] = std::signal(signals[i], asks ? note : SIG_IGN);
  }
}

InterruptGuard::~InterruptGuard() {
  for (std::size_t i = 0; i < std::size(signals); ++i) std::signal(signals[i], before_[i]);
}

bool InterruptGuard::asked() {
  return came != 0;
}

void InterruptGuard::expect_none() {
  if (asked()) throw Interrupted();
}

}  // namespace reprise
