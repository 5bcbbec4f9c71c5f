#pragma once

#include <csignal>
#include <iterator>
#include <stdexcept>

namespace reprise {

/// While it lives, SIGINT and SIGTERM ask for an end instead of making one. A second one, of either
/// kind, ends the program as usual if it comes more than 0.3 seconds after the first, and is the
/// same one before. After it they do what they did, but for one that came twice. SIGPIPE and
/// SIGXFSZ do nothing: the writes that made them fail.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  /// True once one has come.
  static bool asked();

  /// Throws Interrupted once one has come.
  static void expect_none();

 private:
  using Handler = void (*)(int);
  static constexpr int signals[] = {SIGINT, SIGTERM, SIGPIPE, SIGXFSZ};
  Handler before_[std::size(signals)];
};

/// An end was asked for in the middle of what leaves nothing half done. The program answers it with
/// ExitCode::interrupted.
class Interrupted : public std::runtime_error {
 public:
  Interrupted() : std::runtime_error("interrupted; nothing was written") {}
};

}  // namespace reprise
