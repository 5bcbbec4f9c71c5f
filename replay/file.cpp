#include "replay/file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace reprise {

namespace {

constexpr std::uint64_t hand_on_bytes = std::uint64_t{1} << 20;

std::string reason_of(int error) {
  return std::generic_category().message(error);
}

/// Makes the name of a new file durable, where the system can.
void enter(const std::filesystem::path& file) {
  const std::filesystem::path folder = file.parent_path();
  const int descriptor = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

/// What `file` holds at `offset`, or the first of it. Throws FileError where there is nothing.
void read_some(const InputFile& file, std::uint64_t offset, Bytes& bytes) {
  bytes.resize(std::min<std::uint64_t>(file.size() - offset, hand_on_bytes));
  if (file.read(offset, bytes) == bytes.size() && !bytes.empty()) return;
  throw FileError(file.path().string() + ": has become shorter while it was read");
}

/// Whether `whole` from `offset` on is what `path` holds.
bool ends_with(const InputFile& whole, std::uint64_t offset, const std::filesystem::path& path) {
  const InputFile part(path);
  if (part.size() != whole.size() - offset) return false;
  Bytes ours;
  Bytes theirs;
  for (std::uint64_t at = 0; at < part.size(); at += theirs.size()) {
    read_some(part, at, theirs);
    read_some(whole, offset + at, ours);
    if (ours != theirs) return false;
  }
  return true;
}

}  // namespace

OutputFile::OutputFile(const std::filesystem::path& path, bool overwrite, FileLayer& files)
    : path_(path), written_(path), files_(files) {
  std::error_code none;
  const bool replaces = overwrite && std::filesystem::is_regular_file(path, none);
  if (replaces) {
    target_ = written_ = std::filesystem::canonical(path);  // not the link, what it leads to
    written_ += ".new";
  }
  const int exclusive = overwrite && !replaces ? O_TRUNC : O_EXCL;
  descriptor_ = ::open(written_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | exclusive, 0666);
  if (descriptor_ >= 0) {
    lock();
    return;
  }
  if (errno == EEXIST) {
    throw FileError(written_.string() + ": exists; " +
                    (replaces ? "it is in the way of the new journal: move it away"
                              : "choose another name with -o, or overwrite with --force"));
  }
  throw FileError(path.string() + ": cannot be written: " + reason_of(errno));
}

OutputFile::OutputFile(const std::filesystem::path& path, FileLayer& files)
    : path_(path), written_(path), files_(files) {
  descriptor_ = ::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC);
  if (descriptor_ < 0) fail("cannot be written", errno);
  lock();
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) fail("cannot be read", errno);
  written_bytes_ = handed_on_ = static_cast<std::uint64_t>(status.st_size);
}

OutputFile::~OutputFile() {
  if (!target_.empty()) discard();
  if (descriptor_ >= 0) ::close(descriptor_);
}

/// Where the file system knows no locks, there are none.
void OutputFile::lock() {
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
  ::close(descriptor_);
  descriptor_ = -1;
  throw FileError(path_.string() + ": another process is writing it; wait for its end, or end it");
}

void OutputFile::fail(const std::string& what, int error) {
  failed_ = true;
  throw FileError(path_.string() + ": " + what + ": " + reason_of(error));
}

void OutputFile::expect_whole() const {
  if (failed_) throw FileError(path_.string() + ": could not be written before");
}

void OutputFile::append(std::span<const std::byte> bytes) {
  expect_whole();
  const std::uint64_t before = written_bytes_;
  while (!bytes.empty()) {
    const ssize_t written = files_.write(descriptor_, bytes);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      const int error = written == 0 ? ENOSPC : errno;
      if (written_bytes_ != before) files_.truncate(descriptor_, before);
      fail("cannot be written", error);
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

void OutputFile::sync() {
  expect_whole();
  int done = files_.sync(descriptor_);
  while (done != 0 && errno == EINTR) done = files_.sync(descriptor_);
  // A pipe or device cannot be synchronised (EINVAL) and has nothing to lose by it.
  if (done != 0 && errno != EINVAL) fail("cannot be made durable", errno);
  if (!entered_) enter(written_);
  entered_ = true;
  synced_bytes_ = written_bytes_;
  handed_on_ = written_bytes_;
}

std::filesystem::path OutputFile::move_aside(std::uint64_t length) {
  expect_whole();
  const InputFile whole(written_);
  const std::string stem = path_.string() + ".cut-" + std::to_string(length);
  std::filesystem::path aside = stem;
  // What was cut at the same place before is kept.
  std::error_code none;
  for (int number = 2; std::filesystem::exists(aside, none) && !ends_with(whole, length, aside);
       ++number) {
    aside = stem + "-" + std::to_string(number);
  }
  if (!std::filesystem::exists(aside, none)) {
    const std::filesystem::path unfinished = aside.string() + ".new";
    std::filesystem::remove(unfinished, none);
    OutputFile copy(unfinished, false, files_);
    Bytes bytes;
    for (std::uint64_t at = length; at < whole.size(); at += bytes.size()) {
      read_some(whole, at, bytes);
      copy.append(bytes);
    }
    copy.close();
    if (::rename(unfinished.c_str(), aside.c_str()) != 0) fail("cannot be moved aside", errno);
    enter(aside);
  }
  if (files_.truncate(descriptor_, length) != 0) fail("cannot be cut", errno);
  written_bytes_ = handed_on_ = synced_bytes_ = length;
  sync();
  return aside;
}

void OutputFile::close() {
  sync();
  const int descriptor = descriptor_;
  descriptor_ = -1;
  if (files_.close(descriptor) != 0) fail("cannot be finished", errno);
  if (target_.empty()) return;
  if (::rename(written_.c_str(), target_.c_str()) != 0) {
    throw FileError(path_.string() + ": cannot be replaced: " + reason_of(errno));
  }
  enter(target_);
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

std::span<const std::byte> FilePassage::at(std::uint64_t offset, std::size_t size) {
  constexpr std::size_t ahead_max = std::size_t{256} << 10;
  const std::uint64_t end = begin_ + held_;
  if (offset < begin_ || offset > end || size > end - offset) {
    const bool onward = offset >= begin_ && offset <= end;
    const std::size_t ahead = onward ? std::min(2 * held_, ahead_max) : 0;
    const std::size_t wanted = std::max(size, ahead);
    begin_ = offset;
    held_ = 0;  // in case that reading fails
    if (bytes_.size() < wanted) bytes_.resize(wanted);
    held_ = file_.read(offset, std::span(bytes_).first(wanted));
  }
  const std::size_t from = offset - begin_;
  return std::span<const std::byte>(bytes_).subspan(from, std::min(size, held_ - from));
}

}  // namespace reprise
