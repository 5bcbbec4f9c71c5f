#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace reprise {

/// The system's calls by which a file is written. A test overrides some of them, to let them fail.
/// Each answers as the system does: -1 with the reason in errno.
class FileLayer {
 public:
  virtual ~FileLayer() = default;

  virtual ssize_t write(int descriptor, std::span<const std::byte> bytes);
  virtual int sync(int descriptor);  ///< fdatasync
  virtual int truncate(int descriptor, std::uint64_t bytes);
  virtual int close(int descriptor);
};

/// The system itself.
FileLayer& system_files();

}  // namespace reprise
