#include "timeline/two_slot_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include "engine/digest.hpp"
#include "replay/file.hpp"

namespace reprise {

namespace {

// A slot is: magic, digest of the rest (high, low), sequence number, length, content.
constexpr std::uint64_t magic = 0x31746f6c532e7072;  // "rp.Slot1"
constexpr std::size_t digested_from = 24;
constexpr std::size_t head_bytes = 40;
constexpr std::uint64_t slot_bytes_min = 4096;

struct Slot {
  std::uint64_t sequence = 0;
  Bytes content;
};

Bytes encoded(std::uint64_t sequence, std::span<const std::byte> content) {
  Bytes bytes;
  bytes.reserve(head_bytes + content.size());
  Encoder out(bytes);
  out(magic, std::uint64_t{0}, std::uint64_t{0}, sequence, std::uint64_t{content.size()});
  out.write(content.data(), content.size());
  const Digest digest = digest_of(std::span<const std::byte>(bytes).subspan(digested_from));
  Bytes words;
  Encoder digest_out(words);
  digest_out(digest.high, digest.low);
  std::ranges::copy(words, bytes.begin() + sizeof magic);
  return bytes;
}

/// The slot of at most `room` bytes at `offset`, if it is whole.
std::optional<Slot> slot_at(const InputFile& file, std::uint64_t offset, std::uint64_t room) {
  Bytes bytes(head_bytes);
  if (room < head_bytes || file.read(offset, bytes) != head_bytes) return std::nullopt;
  Decoder in(bytes);
  std::uint64_t mark = 0;
  std::uint64_t length = 0;
  Digest digest;
  Slot slot;
  in(mark, digest.high, digest.low, slot.sequence, length);
  if (mark != magic || slot.sequence == 0) return std::nullopt;
  if (length > std::min(room - head_bytes, TwoSlotFile::content_bytes_max)) return std::nullopt;
  bytes.resize(head_bytes + length);
  const std::span<std::byte> content = std::span(bytes).subspan(head_bytes);
  if (file.read(offset + head_bytes, content) != length) return std::nullopt;
  if (digest_of(std::span<const std::byte>(bytes).subspan(digested_from)) != digest) {
    return std::nullopt;
  }
  slot.content.assign(content.begin(), content.end());
  return slot;
}

[[noreturn]] void cannot_write(const std::filesystem::path& path, int error) {
  throw FileError(path.string() + ": cannot be written: " + std::generic_category().message(error));
}

/// An open descriptor.
class Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, int flags)
      : path_(path), descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {
    if (descriptor_ < 0) cannot_write(path_, errno);
  }
  ~Descriptor() { ::close(descriptor_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  void write(std::uint64_t offset, std::span<const std::byte> bytes) const {
    while (!bytes.empty()) {
      const ssize_t written =
          ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) cannot_write(path_, errno);
      bytes = bytes.subspan(static_cast<std::size_t>(written));
      offset += static_cast<std::uint64_t>(written);
    }
  }

  void sync() const {
    if (::fdatasync(descriptor_) != 0) cannot_write(path_, errno);
  }

 private:
  std::filesystem::path path_;
  int descriptor_;
};

}  // namespace

TwoSlotFile::TwoSlotFile(std::filesystem::path path) : path_(std::move(path)) {
  std::error_code none;
  if (!std::filesystem::exists(path_, none)) return;
  const InputFile file(path_);
  const std::uint64_t half = file.size() / 2;
  for (const std::uint64_t place : {0, 1}) {
    std::optional<Slot> slot = slot_at(file, place * half, half);
    if (!slot || slot->sequence <= sequence_) continue;
    sequence_ = slot->sequence;
    newest_ = place;
    content_ = std::move(slot->content);
  }
  if (sequence_ == 0)
    throw FileError(path_.string() + ": damaged: neither slot is whole; remove it to begin anew");
  slot_bytes_ = half;
}

void TwoSlotFile::store(std::span<const std::byte> content) {
  if (content.size() > content_bytes_max) {
    throw FileError(path_.string() + ": cannot hold " + std::to_string(content.size()) +
                    " bytes; it holds at most " + std::to_string(content_bytes_max));
  }
  const Bytes slot = encoded(sequence_ + 1, content);
  if (slot.size() > slot_bytes_) {
    write_new(slot);
  } else {
    write_over(slot);
  }
  ++sequence_;
  content_.assign(content.begin(), content.end());
}

void TwoSlotFile::write_over(const Bytes& slot) {
  const std::uint64_t older = 1 - newest_;
  const Descriptor file(path_, O_WRONLY);
  file.write(older * slot_bytes_, slot);
  file.sync();
  newest_ = older;
}

/// A file with room to grow takes the place of the one there is, all at once.
void TwoSlotFile::write_new(const Bytes& slot) {
  const std::uint64_t room = std::max(slot_bytes_min, std::bit_ceil(slot.size() * 2));
  std::filesystem::path beside = path_;
  beside += ".new";
  {
    const Descriptor file(beside, O_WRONLY | O_CREAT | O_TRUNC);
    file.write(0, slot);
    const std::byte end{};
    file.write(2 * room - 1, std::span(&end, 1));
    file.sync();
  }
  if (::rename(beside.c_str(), path_.c_str()) != 0) cannot_write(path_, errno);
  const std::filesystem::path folder = path_.parent_path();
  Descriptor(folder.empty() ? "." : folder, O_RDONLY | O_DIRECTORY).sync();
  slot_bytes_ = room;
  newest_ = 0;
}

}  // namespace reprise
