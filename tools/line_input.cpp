#include "tools/line_input.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "replay/file.hpp"

namespace reprise {

namespace {

constexpr std::size_t chunk_bytes = std::size_t{64} << 10;

}  // namespace

bool LineInput::take_line() {
  const std::size_t end = buffer_.find('\n', scanned_);
  if (end == std::string::npos) {
    scanned_ = buffer_.size();
    if (buffer_.size() - taken_ > line_bytes_max + 1) {
      passing_over_ = true;
      taken_ = scanned_;
    }
    return false;
  }
  give(end);
  taken_ = scanned_ = end + 1;
  return true;
}

/// The bytes up to `end` are the line.
void LineInput::give(std::size_t end) {
  line_ = std::string_view(buffer_).substr(taken_, end - taken_);
  if (line_.ends_with('\r')) line_.remove_suffix(1);
  too_long_ = passing_over_ || line_.size() > line_bytes_max;
  passing_over_ = false;
  ++number_;
}

bool LineInput::wait(std::chrono::nanoseconds patience) const {
  pollfd one{.fd = descriptor_, .events = POLLIN, .revents = 0};
  const timespec time{.tv_sec = patience.count() / 1'000'000'000,
                      .tv_nsec = patience.count() % 1'000'000'000};
  return ::ppoll(&one, 1, &time, nullptr) > 0;
}

LineInput::Got LineInput::next(std::chrono::nanoseconds patience) {
  line_ = {};
  while (!take_line()) {
    if (ended_) return Got::end;
    if (!wait(patience)) return Got::nothing;
    buffer_.erase(0, taken_);
    scanned_ -= taken_;
    taken_ = 0;
    const std::size_t held = buffer_.size();
    buffer_.resize(held + chunk_bytes);
    const ssize_t got = ::read(descriptor_, buffer_.data() + held, chunk_bytes);
    const int error = errno;
    buffer_.resize(held + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got > 0) continue;
    if (got == 0) {
      ended_ = true;
      if (buffer_.empty() && !passing_over_) return Got::end;
      give(buffer_.size());
      taken_ = scanned_ = buffer_.size();
      break;
    }
    if (error == EINTR || error == EAGAIN) return Got::nothing;
    throw FileError("standard input: cannot be read: " + std::generic_category().message(error));
  }
  return too_long_ ? Got::too_long : Got::line;
}

}  // namespace reprise
