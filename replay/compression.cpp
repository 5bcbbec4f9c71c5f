#include "replay/compression.hpp"

#include <zstd.h>

#include "engine/assert.hpp"

namespace reprise {

namespace {

constexpr int hash_log =
    11;  // pieces are small, and clearing a larger table costs more than it finds

}  // namespace

struct Compressor::Context {
  ZSTD_CCtx* zstd = ZSTD_createCCtx();
  ~Context() { ZSTD_freeCCtx(zstd); }
};

Compressor::Compressor(int level) : context_(std::make_unique<Context>()) {
  REPRISE_ASSERT(context_->zstd != nullptr);
  ZSTD_CCtx_setParameter(context_->zstd, ZSTD_c_compressionLevel, level);
  if (level == 1) ZSTD_CCtx_setParameter(context_->zstd, ZSTD_c_hashLog, hash_log);
}

Compressor::~Compressor() = default;

std::size_t Compressor::append(std::span<const std::byte> raw, Bytes& out) {
  const std::size_t before = out.size();
  out.resize(before + ZSTD_compressBound(raw.size()));
  const std::size_t size = ZSTD_compress2(context_->zstd, out.data() + before, out.size() - before,
                                          raw.data(), raw.size());
  REPRISE_ASSERT(!ZSTD_isError(size));
  const bool plain = size >= raw.size() || raw.size() > size * compression_max;
  out.resize(before + (plain ? 0 : size));
  if (plain) out.insert(out.end(), raw.begin(), raw.end());
  return plain ? raw.size() : size;
}

struct Decompressor::Context {
  ZSTD_DCtx* zstd = ZSTD_createDCtx();
  ~Context() { ZSTD_freeDCtx(zstd); }
};

Decompressor::Decompressor() : context_(std::make_unique<Context>()) {
  REPRISE_ASSERT(context_->zstd != nullptr);
}

Decompressor::~Decompressor() = default;

void Decompressor::decode(std::span<const std::byte> stored, std::size_t size, Bytes& raw) {
  if (size == stored.size()) {
    raw.assign(stored.begin(), stored.end());
    return;
  }
  if (size > stored.size() * compression_max) throw DecodeError("a length asks for too much");
  raw.resize(size);
  const std::size_t got =
      ZSTD_decompressDCtx(context_->zstd, raw.data(), size, stored.data(), stored.size());
  if (ZSTD_isError(got) || got != size) {
    throw DecodeError("compressed bytes do not decode to the length that was said");
  }
}

}  // namespace reprise
