#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "engine/codec.hpp"

namespace reprise {

/// How many times its size a compressed piece may decode to.
inline constexpr std::size_t compression_max = 256;

/// Compresses with zstd. Keeps its memory from one call to the next.
class Compressor {
 public:
  explicit Compressor(int level);
  ~Compressor();
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  /// Appends `raw` to `out` as one zstd frame, or as it is where that is no longer or where a
  /// reader would not believe how much it makes (compression_max). Returns the bytes appended: as
  /// many as there are in `raw` if it was left as it is.
  std::size_t append(std::span<const std::byte> raw, Bytes& out);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// Decodes what Compressor wrote.
class Decompressor {
 public:
  Decompressor();
  ~Decompressor();
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  /// Decodes `stored` to exactly `size` bytes in `raw`. Throws DecodeError, also where `size` is
  /// beyond what may be believed.
  void decode(std::span<const std::byte> stored, std::size_t size, Bytes& raw);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace reprise
