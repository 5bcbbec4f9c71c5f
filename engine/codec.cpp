#include "engine/codec.hpp"

#include <xxhash.h>

namespace reprise {

Digester::~Digester() {
  if (stream_ != nullptr) XXH3_freeState(stream_);
}

void Digester::spill(const void* data, std::size_t size) {
  if (stream_ == nullptr) {
    stream_ = XXH3_createState();
    REPRISE_ASSERT(stream_ != nullptr);
  }
  if (!streaming_) {
    XXH3_128bits_reset(stream_);
    streaming_ = true;
  }
  XXH3_128bits_update(stream_, small_.data(), size_);
  size_ = 0;
  if (size > small_bytes) {
    XXH3_128bits_update(stream_, data, size);
  } else {
    std::memcpy(small_.data(), data, size);
    size_ = size;
  }
}

Digest Digester::digest() const {
  if (!streaming_) return digest_of(std::span(small_.data(), size_));
  XXH3_state_t* whole = XXH3_createState();
  REPRISE_ASSERT(whole != nullptr);
  XXH3_copyState(whole, stream_);
  XXH3_128bits_update(whole, small_.data(), size_);
  const XXH128_hash_t hash = XXH3_128bits_digest(whole);
  XXH3_freeState(whole);
  return {hash.high64, hash.low64};
}

void Digester::reset() {
  size_ = 0;
  streaming_ = false;
}

std::span<const std::byte> Decoder::take(std::size_t size) {
  if (size > in_.size()) throw DecodeError("the bytes end in the middle of a value");
  const auto taken = in_.first(size);
  in_ = in_.subspan(size);
  return taken;
}

void Decoder::expect_end() const {
  if (!in_.empty()) {
    throw DecodeError(std::to_string(in_.size()) + " bytes are left over after a value");
  }
}

}  // namespace reprise
