#define XXH_INLINE_ALL
#include "engine/event.hpp"

#include <xxhash.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <utility>

namespace reprise {

namespace {

constexpr std::uint64_t word(Time time) {
  return static_cast<std::uint64_t>(time.time_since_epoch().count());
}

/// Two numbers of 32 bits as they stand one after the other. (Two narrow stores before the digest's
/// wide load would have it wait for them.)
constexpr std::uint64_t word(std::uint32_t first, std::uint32_t second) {
  return std::uint64_t{second} << 32 | first;
}

/// The digest of some words and the bytes of a small flat message. Of the last word only the first
/// `last_bytes` bytes are digested.
template <std::size_t last_bytes, std::size_t count>
Digest digest_short(const std::array<std::uint64_t, count>& words, const Event& event) {
  constexpr std::size_t start = (count - 1) * 8 + last_bytes;
  std::array<std::byte, count * 8 + Payload::inline_bytes> bytes;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    const auto put = [&](std::size_t place, std::uint64_t value) {
      const auto part = detail::little_endian(value);
      std::memcpy(bytes.data() + place, part.data(), part.size());
    };
    (put(I * 8, words[I]), ...);
  }
  (std::make_index_sequence<count>());
  XXH128_hash_t hash;
  if (event.kind->sole != nullptr) {
    hash = XXH3_128bits(bytes.data(), start);
  } else {
    std::memcpy(bytes.data() + start, event.message, event.kind->bytes);
    hash = XXH3_128bits(bytes.data(), start + event.kind->bytes);
  }
  return {hash.high64, hash.low64};
}

bool is_short(const MessageType& type) {
  return type.flat && type.small;
}

}  // namespace

Digest fold(const Digest& prefix, const Event& event, Mark mark, Digester& digester) {
  const MessageType& type = *event.kind;
  const EventKey& key = event.key;
  if (is_short(type)) {
    return digest_short<8>(
        std::array{prefix.high, prefix.low, word(key.at), word(key.hop, number(key.from)), key.seq,
                   word(number(event.to), static_cast<std::uint32_t>(mark)), type.id},
        event);
  }
  digester.reset();
  digester.numbers(prefix.high, prefix.low, word(key.at), key.hop, number(key.from), key.seq,
                   number(event.to), static_cast<std::uint32_t>(mark), type.id);
  type.digest(event.message, digester);
  return digester.digest();
}

Digest digest_of(const Event& event, Digester& digester) {
  const MessageType& type = *event.kind;
  const EventKey& key = event.key;
  if (is_short(type)) {
    return digest_short<4>(
        std::array{word(key.at), word(key.hop, number(key.from)), key.seq,
                   word(number(event.to), static_cast<std::uint32_t>(type.id)), type.id >> 32},
        event);
  }
  digester.reset();
  digester.numbers(word(key.at), key.hop, number(key.from), key.seq, number(event.to), type.id);
  type.digest(event.message, digester);
  return digester.digest();
}

}  // namespace reprise
