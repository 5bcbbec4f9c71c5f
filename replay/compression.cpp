#include "replay/compression.hpp"

#include <zstd.h>

#include "engine/assert.hpp"

namespace reprise {

namespace {

constexpr int zstd_level = 1;
constexpr std::size_t segment_min = 512;

}  // namespace

void Segments::cut(std::size_t offset) {
  const std::size_t before = cuts.empty() ? 0 : cuts.back();
  if (offset - before >= segment_min) cuts.push_back(offset);
}

void Segments::clear() {
  bytes.clear();
  cuts.clear();
}

struct Compressor::Context {
  ZSTD_CCtx* zstd = ZSTD_createCCtx();
  ~Context() { ZSTD_freeCCtx(zstd); }
};

Compressor::Compressor() : context_(std::make_unique<Context>()) {
  REPRISE_ASSERT(context_->zstd != nullptr);
  ZSTD_CCtx_setParameter(context_->zstd, ZSTD_c_compressionLevel, zstd_level);
}

Compressor::~Compressor() = default;

std::size_t Compressor::append(const Segments& raw, Bytes& out) {
  const std::size_t size = raw.bytes.size();
  const std::size_t before = out.size();
  ZSTD_CCtx* const zstd = context_->zstd;
  ZSTD_CCtx_reset(zstd, ZSTD_reset_session_only);
  ZSTD_CCtx_setPledgedSrcSize(zstd, size);
  // Every flushed segment costs a block's head, and what does not get smaller is not kept.
  out.resize(before + ZSTD_compressBound(size) + 16 * (raw.cuts.size() + 1));
  ZSTD_outBuffer to{out.data() + before, out.size() - before, 0};
  std::size_t done = 0;
  for (std::size_t i = 0; i <= raw.cuts.size(); ++i) {
    const std::size_t end = i < raw.cuts.size() ? raw.cuts[i] : size;
    ZSTD_inBuffer from{raw.bytes.data() + done, end - done, 0};
    const ZSTD_EndDirective directive = i < raw.cuts.size() ? ZSTD_e_flush : ZSTD_e_end;
    std::size_t left = 0;
    do {
      left = ZSTD_compressStream2(zstd, &to, &from, directive);
      REPRISE_ASSERT(!ZSTD_isError(left));
    } while (left != 0);
    done = end;
  }
  if (to.pos >= size || size > to.pos * compression_max) {
    out.resize(before);
    out.insert(out.end(), raw.bytes.begin(), raw.bytes.end());
    return size;
  }
  out.resize(before + to.pos);
  return to.pos;
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
