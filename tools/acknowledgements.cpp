#include "tools/acknowledgements.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "engine/decimal.hpp"
#include "engine/json.hpp"
#include "replay/file.hpp"

namespace reprise {

namespace {

constexpr std::string_view descriptors = "/dev/fd/";

/// The descriptor that `file` names, if it names one.
std::optional<int> descriptor_in(std::string_view file) {
  if (!file.starts_with(descriptors)) return std::nullopt;
  const std::optional<int> number = parse_number<int>(file.substr(descriptors.size()));
  return number && *number >= 0 ? number : std::nullopt;
}

[[noreturn]] void fail(const std::string& file, int error) {
  throw FileError("--acks " + file +
                  ": cannot be written: " + std::generic_category().message(error));
}

}  // namespace

Acknowledgements::Acknowledgements(const std::optional<std::string>& file) {
  if (!file) return;
  file_ = *file;
  // A socket cannot be opened by its name, only used as it is.
  const std::optional<int> given = descriptor_in(file_);
  descriptor_ = given ? ::fcntl(*given, F_DUPFD_CLOEXEC, 3)
                      : ::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail(file_, errno);
}

Acknowledgements::~Acknowledgements() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void Acknowledgements::add(const boost::json::object& answer, std::uint64_t inputs) {
  if (descriptor_ >= 0) waiting_.push_back({inputs, json_text(answer) + '\n'});
}

void Acknowledgements::give(std::uint64_t inputs) {
  std::string lines;
  for (; !waiting_.empty() && waiting_.front().inputs <= inputs; waiting_.pop_front()) {
    lines += waiting_.front().line;
  }
  for (std::string_view rest = lines; !rest.empty();) {
    const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
    if (written < 0 && errno == EAGAIN) {
      pollfd one{.fd = descriptor_, .events = POLLOUT, .revents = 0};
      ::poll(&one, 1, -1);
    } else if (written < 0 && errno != EINTR) {
      fail(file_, errno);
    }
    if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace reprise
