#include "tools/interrupt.hpp"

#include <atomic>
#include <cstdint>
#include <ctime>

namespace reprise {

namespace {

std::atomic<std::int64_t> came_at_ns = 0;  // 0: none has
static_assert(std::atomic<std::int64_t>::is_always_lock_free);

std::int64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * std::int64_t{1'000'000'000} + now.tv_nsec + 1;
}

/// One that comes once the first has: who stops a program and its process group, as timeout(1)
/// does, sends it a signal twice.
void note_again(int signal) {
  constexpr std::int64_t same_ns = 300'000'000;
  if (now_ns() - came_at_ns < same_ns) return;
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void note(int signal) {
  std::int64_t none = 0;
  if (!came_at_ns.compare_exchange_strong(none, now_ns())) note_again(signal);
}

bool asks_for_an_end(int signal) {
  return signal == SIGINT || signal == SIGTERM;
}

}  // namespace

InterruptGuard::InterruptGuard() {
  came_at_ns = 0;
  for (std::size_t i = 0; i < std::size(signals); ++i) {
    // The others come with an error of the call that made them, and that is enough.
    before_[i] = std::signal(signals[i], asks_for_an_end(signals[i]) ? note : SIG_IGN);
  }
}

InterruptGuard::~InterruptGuard() {
  for (std::size_t i = 0; i < std::size(signals); ++i) {
    std::signal(signals[i], asked() && asks_for_an_end(signals[i]) ? note_again : before_[i]);
  }
}

bool InterruptGuard::asked() {
  return came_at_ns != 0;
}

void InterruptGuard::expect_none() {
  if (asked()) throw Interrupted();
}

}  // namespace reprise
