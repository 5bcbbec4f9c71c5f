#include "replay/file_layer.hpp"

#include <unistd.h>

namespace reprise {

ssize_t FileLayer::write(int descriptor, std::span<const std::byte> bytes) {
  return ::write(descriptor, bytes.data(), bytes.size());
}

int FileLayer::sync(int descriptor) {
  return ::fdatasync(descriptor);
}

int FileLayer::truncate(int descriptor, std::uint64_t bytes) {
  return ::ftruncate(descriptor, static_cast<off_t>(bytes));
}

int FileLayer::close(int descriptor) {
  return ::close(descriptor);
}

FileLayer& system_files() {
  static FileLayer system;
  return system;
}

}  // namespace reprise
