#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "engine/codec.hpp"

namespace reprise {

/// A file that holds what was stored in it last, whole, wherever a store() may have been cut off:
/// there are two slots, and each store() writes over the older one. One writer at a time.
class TwoSlotFile {
 public:
  static constexpr std::uint64_t content_bytes_max = std::uint64_t{256} << 20;

  /// Reads `path`, if it is there. Throws FileError if it cannot be read, or no slot in it is
  /// whole.
  explicit TwoSlotFile(std::filesystem::path path);

  /// Nothing has been stored yet.
  bool empty() const { return sequence_ == 0; }

  /// What was stored last.
  const Bytes& content() const { return content_; }

  /// Makes `content` what is held, on the device when it returns: a wait for that. Throws FileError
  /// if it cannot be written, or is larger than content_bytes_max; the file then still holds what
  /// it held.
  void store(std::span<const std::byte> content);

  const std::filesystem::path& path() const { return path_; }

 private:
  void write_new(const Bytes& slot);
  void write_over(const Bytes& slot);

  std::filesystem::path path_;
  std::uint64_t sequence_ = 0;    // of what was stored last; 0 before that
  std::uint64_t slot_bytes_ = 0;  // room of a slot; 0 where the file has to be made anew
  std::uint64_t newest_ = 0;      // the slot it is in
  Bytes content_;
};

}  // namespace reprise
