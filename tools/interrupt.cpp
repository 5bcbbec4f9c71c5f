#include "tools/interrupt.hpp"

#include <cstdint>
#include <ctime>

namespace reprise {

namespace {

volatile std::sig_atomic_t came = 0;
timespec came_at{};

/// Who stops a program and its process group, as timeout(1) does, sends one signal twice.
bool is_the_same() {
  constexpr std::int64_t same_ns = 300'000'000;
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (now.tv_sec - came_at.tv_sec) * std::int64_t{1'000'000'000} +
             (now.tv_nsec - came_at.tv_nsec) <
         same_ns;
}

void note(int signal) {
  if (came == 0) {
    clock_gettime(CLOCK_MONOTONIC, &came_at);
    came = 1;
  } else if (!is_the_same()) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
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
