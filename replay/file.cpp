#include "replay/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace reprise {

namespace {

constexpr std::uint64_t hand_on_bytes = std::uint64_t{1} << 20;

std::string reason_of(int error) {
  return std::generic_category().message(error);
}

}  // namespace

OutputFile::OutputFile(const std::filesystem::path& path, bool overwrite)
    : path_(path), written_(path) {
  std::error_code none;
  const bool replaces = overwrite && std::filesystem::is_regular_file(path, none);
  if (replaces) {
    target_ = written_ = std::filesystem::canonical(path);  // not the link, what it leads to
    written_ += ".new";
  }
  const int exclusive = overwrite && !replaces ? O_TRUNC : O_EXCL;
  descriptor_ = ::open(written_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | exclusive, 0666);
  if (descriptor_ >= 0) return;
  if (errno == EEXIST) {
    throw FileError(written_.string() + ": exists; " +
                    (replaces ? "it is in the way of the new journal: move it away"
                              : "choose another name with -o, or overwrite with --force"));
  }
  throw FileError(path.string() + ": cannot be written: " + reason_of(errno));
}

OutputFile::~OutputFile() {
  if (!target_.empty()) discard();
  if (descriptor_ >= 0) ::close(descriptor_);
}

void OutputFile::append(std::span<const std::byte> bytes) {
  if (failed_) throw FileError(path_.string() + ": could not be written before");
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      failed_ = true;
      throw FileError(path_.string() + ": cannot be written: " + reason_of(errno));
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    written_bytes_ += static_cast<std::uint64_t>(written);
  }
#if defined(SYNC_FILE_RANGE_WRITE)
  // Let the device begin: less is left to wait for at the end. Only a hint, so errors are not one.
  if (written_bytes_ - handed_on_ >= hand_on_bytes) {
    ::sync_file_range(descriptor_, static_cast<off_t>(handed_on_),
                      static_cast<off_t>(written_bytes_ - handed_on_), SYNC_FILE_RANGE_WRITE);
    handed_on_ = written_bytes_;
  }
#endif
}

void OutputFile::close() {
  if (failed_) throw FileError(path_.string() + ": could not be written before");
  const int descriptor = descriptor_;
  descriptor_ = -1;
  // A pipe or device cannot be synchronised (EINVAL) and has nothing to lose by it.
  const bool synced = ::fdatasync(descriptor) == 0 || errno == EINVAL;
  const int error = errno;
  const bool closed = ::close(descriptor) == 0;
  if (!synced || !closed) {
    throw FileError(path_.string() + ": cannot be finished: " + reason_of(synced ? errno : error));
  }
  if (!target_.empty() && ::rename(written_.c_str(), target_.c_str()) != 0) {
    throw FileError(path_.string() + ": cannot be replaced: " + reason_of(errno));
  }
}

void OutputFile::discard() noexcept {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  descriptor_ = -1;
  std::error_code none;
  if (std::filesystem::is_regular_file(written_, none)) ::unlink(written_.c_str());
}

InputFile::InputFile(const std::filesystem::path& path) : path_(path) {
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (descriptor_ < 0 || ::fstat(descriptor_, &status) != 0) {
    const int error = errno;
    if (descriptor_ >= 0) ::close(descriptor_);
    throw FileError(path.string() + ": cannot be read: " + reason_of(error));
  }
  if (!S_ISREG(status.st_mode)) {
    ::close(descriptor_);
    throw FileError(path.string() + ": is no file");
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

InputFile::~InputFile() {
  ::close(descriptor_);
}

std::size_t InputFile::read(std::uint64_t offset, std::span<std::byte> bytes) const {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = ::pread(descriptor_, bytes.data() + done, bytes.size() - done,
                                static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw FileError(path_.string() + ": cannot be read: " + reason_of(errno));
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

}  // namespace reprise
