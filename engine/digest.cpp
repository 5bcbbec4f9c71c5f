#define XXH_INLINE_ALL
#include "engine/digest.hpp"

#include <xxhash.h>

namespace reprise {

Digest& Digest::operator+=(const Digest& other) {
  low += other.low;
  high += other.high + (low < other.low ? 1 : 0);
  return *this;
}

Digest digest_of(std::span<const std::byte> bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.high64, hash.low64};
}

Digest digest_of(std::string_view text) {
  return digest_of(std::as_bytes(std::span(text)));
}

std::uint64_t digest64_of(std::string_view text) {
  return XXH3_64bits(text.data(), text.size());
}

std::string to_string(const Digest& digest) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(32);
  for (const std::uint64_t half : {digest.high, digest.low}) {
    for (int shift = 60; shift >= 0; shift -= 4) text += digits[(half >> shift) & 15];
  }
  return text;
}

std::optional<Digest> parse_digest(std::string_view text) {
  if (text.size() != 32) return std::nullopt;
  Digest digest;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool decimal = c >= '0' && c <= '9';
    if (!decimal && !(c >= 'a' && c <= 'f')) return std::nullopt;
    const auto nibble = static_cast<std::uint64_t>(decimal ? c - '0' : c - 'a' + 10);
    std::uint64_t& half = i < 16 ? digest.high : digest.low;
    half = half << 4 | nibble;
  }
  return digest;
}

}  // namespace reprise
