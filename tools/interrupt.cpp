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
  // These come with an error of the call that made them, and that is enough.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGINT, note);
  std::signal(SIGTERM, note);
}

InterruptGuard::~InterruptGuard() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  std::signal(SIGPIPE, SIG_DFL);
  std::signal(SIGXFSZ, SIG_DFL);
}

bool InterruptGuard::asked() {
  return came != 0;
}

void InterruptGuard::expect_none() {
  if (asked()) throw Interrupted();
}

}  // namespace reprise
