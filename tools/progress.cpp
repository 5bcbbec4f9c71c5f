#include "tools/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "tools/output.hpp"

namespace reprise {

namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds silence(1000);
constexpr std::chrono::milliseconds refresh(100);
constexpr int width = 30;

}  // namespace

Progress::Progress(std::string what, std::string unit)
    : what_(std::move(what)),
      unit_(std::move(unit)),
      start_(steady_clock::now()),
      shown_(start_),
      terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (drawn_) std::fputs("\r\033[K", stderr);
}

void Progress::show(double fraction, std::uint64_t count) {
  if (!terminal_) return;
  const auto now = steady_clock::now();
  if (now - start_ < silence || now - shown_ < refresh) return;
  shown_ = now;
  drawn_ = true;
  const double rate = static_cast<double>(count) / seconds();
  if (fraction < 0) {
    std::fprintf(stderr, "\r\033[K%s  %s %s  %s/s", what_.c_str(), grouped(count).c_str(),
                 unit_.c_str(), grouped(static_cast<std::uint64_t>(rate)).c_str());
    return;
  }
  const double part = std::clamp(fraction, 0.0, 1.0);
  const int full = static_cast<int>(part * width);
  std::fprintf(stderr, "\r\033[K%s  [%s%s] %3d %%  %s %s  %s/s", what_.c_str(),
               std::string(static_cast<std::size_t>(full), '#').c_str(),
               std::string(static_cast<std::size_t>(width - full), '.').c_str(),
               static_cast<int>(part * 100), grouped(count).c_str(), unit_.c_str(),
               grouped(static_cast<std::uint64_t>(rate)).c_str());
}

double Progress::seconds() const {
  return std::chrono::duration<double>(steady_clock::now() - start_).count();
}

}  // namespace reprise
