#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace reprise {

/// A 128-bit XXH3 digest (Collet, xxHash 0.8). It tells different states apart; it is no defence
/// against someone who forges one: identity and chain of a journal are SHA-256.
struct Digest {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  friend auto operator<=>(const Digest&, const Digest&) = default;

  /// Addition modulo 2^128: the digest of a set, whatever its order.
  Digest& operator+=(const Digest& other);
};

/// The digest of `bytes`.
Digest digest_of(std::span<const std::byte> bytes);
Digest digest_of(std::string_view text);

/// The 64-bit XXH3 digest of `text`: the id of a kind.
std::uint64_t digest64_of(std::string_view text);

/// 32 lower-case hexadecimal digits, the high half first; and back.
std::string to_string(const Digest& digest);
std::optional<Digest> parse_digest(std::string_view text);

}  // namespace reprise
